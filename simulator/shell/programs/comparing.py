"""diff and cmp."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.shell.budget import Budget
from simulator.shell.errors import describe
from simulator.shell.process import Process
from simulator.shell.programs.dates import format_date
from simulator.shell.programs.support import (
    Options,
    UsageError,
    complain,
    is_directory,
    number,
    open_input,
    parse_options,
    program,
    resolve,
    stat_or_none,
)
from simulator.shell.streams import decode, read_all

_MAX_CHANGES = 2000  # beyond it the rest counts as replaced, so that the work stays bounded


@dataclass(frozen=True)
class Hunk:
    """``left[a:b]`` was replaced by ``right[c:d]``."""

    a: int
    b: int
    c: int
    d: int


def hunks(left: Sequence[str], right: Sequence[str], budget: Budget) -> list[Hunk]:
    """The shortest edit script (Myers), its neighbouring changes joined."""
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    pairs = _common(left[start:], right[start:], budget)
    out: list[Hunk] = []
    a = c = start
    for x, y in [*((x + start, y + start) for x, y in pairs), (len(left), len(right))]:
        if x > a or y > c:
            out.append(Hunk(a, x, c, y))
        a, c = x + 1, y + 1
    return out


def _common(left: Sequence[str], right: Sequence[str], budget: Budget) -> list[tuple[int, int]]:
    """Index pairs of a longest common subsequence; empty when more than ``_MAX_CHANGES`` changes would be needed."""
    furthest = {1: 0}
    history: list[dict[int, int]] = []
    for changes in range(min(len(left) + len(right), _MAX_CHANGES) + 1):
        history.append(dict(furthest))
        for k in range(-changes, changes + 1, 2):
            budget.spend_steps()
            down = k == -changes or (k != changes and furthest[k - 1] < furthest[k + 1])
            x = furthest[k + 1] if down else furthest[k - 1] + 1
            y = x - k
            while x < len(left) and y < len(right) and left[x] == right[y]:
                x, y = x + 1, y + 1
            furthest[k] = x
            if x >= len(left) and y >= len(right):
                return _backtrack(history, len(left), len(right))
    return []


def _backtrack(history: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for changes in range(len(history) - 1, -1, -1):
        furthest, k = history[changes], x - y
        down = k == -changes or (k != changes and furthest.get(k - 1, -1) < furthest.get(k + 1, -1))
        previous_k = k + 1 if down else k - 1
        previous_x = furthest.get(previous_k, 0)
        previous_y = previous_x - previous_k
        while x > max(previous_x, 0) and y > max(previous_y, 0):
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = previous_x, previous_y
    return pairs[::-1]


@program
async def diff(process: Process) -> int:
    """Status 0 equal, 1 different, 2 trouble."""
    options = parse_options(
        process.args[1:], "uU:qrsBbwiN",
        {"unified": "u", "brief": "q", "recursive": "r", "report-identical-files": "s", "ignore-case": "i",
         "ignore-all-space": "w", "ignore-space-change": "b", "color": "color?"}, usage_status=2,
    )  # fmt: skip
    if len(options.operands) < 2:
        raise UsageError(f"missing operand after '{(options.operands or ['diff'])[-1]}'", 2)
    left, right = options.operands[:2]
    if is_directory(process, left) and is_directory(process, right):
        return await _diff_directories(process, options, left, right)
    if is_directory(process, left):
        left = f"{left.rstrip('/')}/{right.rpartition('/')[2]}"
    elif is_directory(process, right):
        right = f"{right.rstrip('/')}/{left.rpartition('/')[2]}"
    return await _diff_files(process, options, left, right)


async def _diff_directories(process: Process, options: Options, left: str, right: str) -> int:
    names = [set(process.fs.list(resolve(process, path))) for path in (left, right)]
    status = 0
    for name in sorted(names[0] | names[1]):
        sides = [f"{path.rstrip('/')}/{name}" for path in (left, right)]
        if name not in names[0] or name not in names[1]:
            await process.stdout.write(f"Only in {left if name in names[0] else right}: {name}\n")
            status = max(status, 1)
        elif is_directory(process, sides[0]) and is_directory(process, sides[1]):
            if "r" in options:
                status = max(status, await _diff_directories(process, options, sides[0], sides[1]))
            else:
                await process.stdout.write(f"Common subdirectories: {sides[0]} and {sides[1]}\n")
        else:
            flag = " ".join(word for word in process.args[1:] if word.startswith("-"))
            status = max(
                status,
                await _diff_files(process, options, sides[0], sides[1], title=f"diff {flag} {sides[0]} {sides[1]}\n"),
            )
    return status


async def _diff_files(process: Process, options: Options, left: str, right: str, title: str = "") -> int:
    texts: list[str] = []
    for path in (left, right):
        try:
            texts.append(decode(await read_all(open_input(process, path))))
        except OSError as error:
            await complain(process, f"{path}: {describe(error)}")
    if len(texts) < 2:
        return 2
    process.budget.spend_bytes(sum(map(len, texts)))
    sides = [text.splitlines(keepends=True) for text in texts]
    before, after = ([_normal(line, options) for line in lines] for lines in sides)
    changes = hunks(before, after, process.budget)
    if not changes:
        if "s" in options:
            await process.stdout.write(f"Files {left} and {right} are identical\n")
        return 0
    if "q" in options:
        await process.stdout.write(f"Files {left} and {right} differ\n")
        return 1
    await process.stdout.write(title)
    if "u" in options or "U" in options:
        context = number(options.value("U", "3") or "", "invalid context length")
        await process.stdout.write(_unified(process, left, right, sides[0], sides[1], changes, context))
    else:
        await process.stdout.write("".join(_normal_hunk(hunk, sides[0], sides[1]) for hunk in changes))
    return 1


def _normal(line: str, options: Options) -> str:
    if "w" in options:
        line = "".join(line.split())
    elif "b" in options:
        line = " ".join(line.rstrip().split(" "))
        line = " ".join(part for part in line.split(" ") if part)
    return line.lower() if "i" in options else line


def _lines(mark: str, lines: Sequence[str]) -> str:
    return "".join(
        mark + (line if line.endswith("\n") else line + "\n\\ No newline at end of file\n") for line in lines
    )


def _span(first: int, last: int) -> str:
    """``3,5`` for the half-open 0-based range 2:5; of an empty one, the line before it."""
    if last <= first:
        return str(first)
    return str(last) if last == first + 1 else f"{first + 1},{last}"


def _normal_hunk(hunk: Hunk, left: Sequence[str], right: Sequence[str]) -> str:
    kind = "a" if hunk.a == hunk.b else "d" if hunk.c == hunk.d else "c"
    head = f"{_span(hunk.a, hunk.b)}{kind}{_span(hunk.c, hunk.d)}\n"
    removed, added = _lines("< ", left[hunk.a : hunk.b]), _lines("> ", right[hunk.c : hunk.d])
    return head + removed + ("---\n" if kind == "c" else "") + added


def _unified(
    process: Process, left: str, right: str, a: Sequence[str], b: Sequence[str], changes: Sequence[Hunk], context: int
) -> str:
    out = [_title(process, mark, path) for mark, path in (("---", left), ("+++", right))]
    groups: list[list[Hunk]] = []
    for hunk in changes:
        if groups and hunk.a - groups[-1][-1].b <= 2 * context:
            groups[-1].append(hunk)
        else:
            groups.append([hunk])
    for group in groups:
        first, last = group[0], group[-1]
        before = min(context, first.a)
        after = min(context, len(a) - last.b)
        spans = (first.a - before, last.b + after), (first.c - before, last.d + after)
        out.append("@@ -{} +{} @@\n".format(*(_unified_span(*span) for span in spans)))
        position = first.a - before
        for hunk in group:
            out += [_lines(" ", a[position : hunk.a]), _lines("-", a[hunk.a : hunk.b]), _lines("+", b[hunk.c : hunk.d])]
            position = hunk.b
        out.append(_lines(" ", a[position : last.b + after]))
    return "".join(out)


def _unified_span(first: int, last: int) -> str:
    count = last - first
    return f"{first + 1}" if count == 1 else f"{first + 1 if count else first},{count}"


def _title(process: Process, mark: str, path: str) -> str:
    status = stat_or_none(process, path)
    moment = status.mtime if status is not None else process.system.clock.now()
    return f"{mark} {path}\t{format_date('%Y-%m-%d %H:%M:%S.%N %z', moment)}\n"


@program
async def cmp(process: Process) -> int:
    options = parse_options(process.args[1:], "s", {"quiet": "s", "silent": "s"}, usage_status=2)
    if len(options.operands) < 2:
        raise UsageError(f"missing operand after '{(options.operands or ['cmp'])[-1]}'", 2)
    data = []
    for path in options.operands[:2]:
        try:
            data.append(await read_all(open_input(process, path)))
        except OSError as error:
            await complain(process, f"{path}: {describe(error)}")
            return 2
    if data[0] == data[1]:
        return 0
    if "s" not in options:
        place = next((i for i, (x, y) in enumerate(zip(*data, strict=False)) if x != y), None)
        names = options.operands
        if place is None:
            short = names[0] if len(data[0]) < len(data[1]) else names[1]
            shared = min(map(len, data))
            await complain(process, f"EOF on {short} after byte {shared}, line {data[0][:shared].count(10)}")
        else:
            line = data[0][:place].count(b"\n") + 1
            await process.stdout.write(f"{names[0]} {names[1]} differ: byte {place + 1}, line {line}\n")
    return 1
