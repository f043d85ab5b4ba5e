"""sort, uniq, comm, join."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.process import Process
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    all_lines,
    complain,
    lines_of,
    number,
    open_input,
    parse_options,
    program,
    resolve,
)
from simulator.shell.streams import encode

_NUMBER: Final = re.compile(r"\s*(-?(?:\d+(?:\.\d*)?|\.\d+))")
_HUMAN: Final = re.compile(r"\s*(-?(?:\d+(?:\.\d*)?|\.\d+))([kKMGTPEZY]?)")
_KEY: Final = re.compile(r"(\d+)(?:\.(\d+))?([a-zA-Z]*)(?:,(\d+)(?:\.(\d+))?([a-zA-Z]*))?")
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

Rank = Callable[[str], object]


def _numeric(text: str) -> Decimal:
    match = _NUMBER.match(text)
    return Decimal(match.group(1)) if match else Decimal(0)


def _human(text: str) -> tuple[int, int, Decimal]:
    """By unit first, then by number, as GNU compares them."""
    match = _HUMAN.match(text)
    value = Decimal(match.group(1)) if match else Decimal(0)
    unit = " KMGTPEZY".find(match.group(2).upper() or " ") if match else 0
    sign = (value > 0) - (value < 0)
    return sign, unit * sign, value


def _version(text: str) -> list[tuple[int, int, str]]:
    """Digits compare as numbers, everything else as text."""
    return [(1, int(part), "") if part.isdigit() else (0, 0, part) for part in re.findall(r"\d+|\D+", text)]


def _general(text: str) -> float:
    match = re.match(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", text)
    return float(match.group()) if match else float("-inf")


def _month(text: str) -> int:
    name = text.strip()[:3].upper()
    return _MONTHS.index(name) + 1 if name in _MONTHS else 0


_RANKS: Final[dict[str, Rank]] = {"n": _numeric, "h": _human, "V": _version, "g": _general, "M": _month}


@dataclass(frozen=True)
class _Key:
    """``-k START[.CHAR],END[.CHAR]`` with its letters; counts from 1, ``end`` 0 is the end of the line."""

    start: int
    start_char: int
    end: int
    end_char: int
    flags: str

    def text(self, line: str, separator: str | None) -> str:
        spans = _field_spans(line, separator)
        begin = spans[self.start - 1][0] if self.start <= len(spans) else len(line)
        if "b" in self.flags and separator is None:
            begin += len(line[begin:]) - len(line[begin:].lstrip(" \t"))
        begin += self.start_char - 1
        if not self.end or self.end > len(spans):
            return line[begin:]
        stop_begin, stop = spans[self.end - 1]
        return line[begin : min(stop, stop_begin + self.end_char) if self.end_char else stop]


def _field_spans(line: str, separator: str | None) -> list[tuple[int, int]]:
    """Where the fields lie. Without a separator the blanks before a field belong to it."""
    if separator is None:
        return [match.span() for match in re.finditer(r"[ \t]*[^ \t]+", line)]
    spans, start = [], 0
    for part in line.split(separator):
        spans.append((start, start + len(part)))
        start += len(part) + len(separator)
    return spans


def _parse_key(text: str, inherited: str) -> _Key:
    match = _KEY.fullmatch(text)
    if match is None or match.group(1) == "0":
        detail = "field number is zero: " if match else "invalid number at field start: "
        raise UsageError(
            f"{detail}invalid count at start of ‘{text}’"
            if not match
            else f"{detail}invalid field specification ‘{text}’",
            2,
            hint=False,
        )
    start, start_char, flags, end, end_char, more = match.groups()
    flags += more or ""
    return _Key(int(start), int(start_char or 1), int(end or 0), int(end_char or 0), flags or inherited)


def _ranking(flags: str) -> Rank:
    rank = next((_RANKS[letter] for letter in flags if letter in _RANKS), None)

    def of(text: str) -> object:
        if "b" in flags:
            text = text.lstrip(" \t")
        if "d" in flags:
            text = "".join(char for char in text if char.isalnum() or char in " \t")
        if "f" in flags:
            text = text.upper()
        return encode(text) if rank is None else rank(text)

    return of


class _Order:
    """The keys of one ``sort``, as a list of key functions with their directions, the most important first."""

    def __init__(self, options: Options) -> None:
        flags = "".join(letter for letter in options.flags if letter in "nhVgMbdfr")
        separator = options.value("t")
        if separator is not None and len(separator) != 1:
            separator = {"\\t": "\t", "\\0": "\0"}.get(separator)
            if separator is None:
                raise UsageError(f"multi-character tab ‘{options.value('t')}’", 2, hint=False)
        keys = [_parse_key(text, flags) for text in options.values.get("k", ())]
        self._steps: list[tuple[Rank, bool]] = []
        for key in keys:
            self._steps.append((self._keyed(key, separator), "r" in key.flags))
        if not keys:
            self._steps.append((_ranking(flags), "r" in flags))
        self._last_resort = not (set(options.flags) & {"s", "u"})
        self._reverse = "r" in flags

    @staticmethod
    def _keyed(key: _Key, separator: str | None) -> Rank:
        rank = _ranking(key.flags)
        return lambda line: rank(key.text(line, separator))

    def sorted(self, lines: list[str]) -> list[str]:
        if self._last_resort:
            lines = sorted(lines, key=encode, reverse=self._reverse)
        for rank, reverse in reversed(self._steps):
            lines = sorted(lines, key=rank, reverse=reverse)  # type: ignore[arg-type]
        return lines

    def key(self, line: str) -> list[object]:
        return [rank(line) for rank, _ in self._steps]


@program
async def sort(process: Process) -> int:
    options = parse_options(
        process.args[1:],
        "nhVgMbdfrusck:t:o:zm",
        {"numeric-sort": "n", "human-numeric-sort": "h", "version-sort": "V", "reverse": "r", "unique": "u", "key": "k",
         "field-separator": "t", "ignore-case": "f", "stable": "s", "check": "c", "output": "o",
         "ignore-leading-blanks": "b", "general-numeric-sort": "g", "month-sort": "M"},
        usage_status=2,
    )  # fmt: skip
    status = Status()
    order = _Order(options)
    lines = await all_lines(process, options.operands, _Failing(status, 2), "cannot read: {path}: {error}")
    if status.code:
        return status.code
    ordered = order.sorted(lines)
    if "u" in options:
        ordered = [line for i, line in enumerate(ordered) if i == 0 or order.key(line) != order.key(ordered[i - 1])]
    if "c" in options:
        return await _check_order(process, lines, ordered, options)
    text = "".join(line + "\n" for line in ordered)
    if output := options.value("o"):
        process.fs.write(resolve(process, output), encode(text))
    else:
        await process.stdout.write(text)
    return 0


class _Failing(Status):
    """Reports failures to another status under a code of its own."""

    def __init__(self, target: Status, code: int) -> None:
        super().__init__()
        self._target, self._code = target, code

    def fail(self, code: int = 1) -> None:
        self._target.fail(self._code)


async def _check_order(process: Process, lines: list[str], ordered: list[str], options: Options) -> int:
    if lines == ordered:
        return 0
    place = next((i for i, (a, b) in enumerate(zip(lines, ordered, strict=False)) if a != b), 0)
    name = options.operands[0] if options.operands else "-"
    await complain(process, f"{name}:{place + 2}: disorder: {lines[min(place + 1, len(lines) - 1)]}")
    return 1


@program
async def uniq(process: Process) -> int:
    options = parse_options(
        process.args[1:],
        "cduif:s:w:",
        {"count": "c", "repeated": "d", "unique": "u", "ignore-case": "i", "skip-fields": "f", "skip-chars": "s"},
    )
    skip_fields = number(options.value("f", "0") or "", "invalid number of fields to skip")
    skip_chars = number(options.value("s", "0") or "", "invalid number of bytes to skip")
    compared = options.value("w")
    width = None if compared is None else number(compared, f"{compared}: invalid number of bytes to compare")

    def key(line: str) -> str:
        for _ in range(skip_fields):
            line = re.sub(r"^[ \t]*[^ \t]*", "", line)
        line = line[skip_chars:]
        line = line[:width]
        return line.lower() if "i" in options else line

    async def flush(line: str, count: int) -> None:
        if count and not ("d" in options and count == 1) and not ("u" in options and count > 1):
            await process.stdout.write(f"{count:7d} {line}\n" if "c" in options else line + "\n")

    current, count = "", 0
    try:
        reader = open_input(process, options.operands[0] if options.operands else "-")
    except OSError as error:
        await complain(process, f"{options.operands[0]}: {describe(error)}")
        return 1
    async for line in lines_of(reader):
        if count and key(line) == key(current):
            count += 1
            continue
        await flush(current, count)
        current, count = line, 1
    await flush(current, count)
    return 0


@program
async def comm(process: Process) -> int:
    options = parse_options(process.args[1:], "123")
    if len(options.operands) != 2:
        raise UsageError(
            "missing operand" if not options.operands else f"missing operand after ‘{options.operands[-1]}’"
        )
    status = Status()
    left, right = [await all_lines(process, [path], status) for path in options.operands]
    if status.code:
        return status.code
    i = j = 0
    while i < len(left) or j < len(right):
        if j >= len(right) or (i < len(left) and encode(left[i]) < encode(right[j])):
            column, line, i = 1, left[i], i + 1
        elif i >= len(left) or encode(right[j]) < encode(left[i]):
            column, line, j = 2, right[j], j + 1
        else:
            column, line, i, j = 3, left[i], i + 1, j + 1
        if str(column) not in options:
            tabs = sum(str(before) not in options for before in range(1, column))
            await process.stdout.write("\t" * tabs + line + "\n")
    return 0


@program
async def join(process: Process) -> int:
    """Join two sorted files on a field. ``-1 N -2 N -t C``."""
    options = parse_options(process.args[1:], "1:2:j:t:a:")
    if len(options.operands) != 2:
        raise UsageError("missing operand")
    separator = options.value("t")
    places = [int(options.value(n) or options.value("j") or 1) - 1 for n in "12"]
    status = Status()
    tables = []
    for path, place in zip(options.operands, places, strict=True):
        rows = [line.split(separator) for line in await all_lines(process, [path], status)]
        tables.append([(row[place] if place < len(row) else "", _without(row, place)) for row in rows])
    glue = separator or " "
    for key, left in tables[0]:
        partners = [right for other, right in tables[1] if other == key]
        for right in partners:
            process.budget.spend_steps()
            await process.stdout.write(glue.join([key, *left, *right]) + "\n")
        if not partners and "1" in options.values.get("a", ()):
            await process.stdout.write(glue.join([key, *left]) + "\n")
    return status.code


def _without(row: Sequence[str], place: int) -> list[str]:
    return [*row[:place], *row[place + 1 :]]
