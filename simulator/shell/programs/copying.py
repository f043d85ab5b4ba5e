"""Programs that change files: cp, mv, rm, mkdir, rmdir, touch, chmod, truncate, mktemp, ln."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.filesystem import Stat
from simulator.shell.process import Process
from simulator.shell.programs.dates import parse_date
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    complain,
    is_directory,
    parse_options,
    program,
    resolve,
    size,
    stat_or_none,
)

_CLAUSE: Final = re.compile(r"([ugoa]*)([-+=])([rwxXst]*)")


@program
async def mkdir(process: Process) -> int:
    options = parse_options(process.args[1:], "pm:v", {"parents": "p", "mode": "m", "verbose": "v"})
    if not options.operands:
        raise UsageError("missing operand")
    status = Status()
    mode = (
        int(options.value("m", "755") or "755", 8)
        if re.fullmatch(r"[0-7]*", options.value("m", "755") or "")
        else 0o755
    )
    for operand in options.operands:
        try:
            created = _make_directories(process, operand, mode) if "p" in options else [operand]
            if "p" not in options:
                process.fs.make_dir(resolve(process, operand), mode)
        except OSError as error:
            status.fail()
            await complain(process, f"cannot create directory ‘{operand}’: {describe(error)}")
            continue
        if "v" in options:
            for name in created:
                await process.stdout.write(f"mkdir: created directory '{name}'\n")
    return status.code


def _make_directories(process: Process, operand: str, mode: int) -> list[str]:
    created, path = [], ""
    for part in resolve(process, operand).split("/")[1:]:
        path += "/" + part
        if part and not is_directory(process, path):
            process.fs.make_dir(path, mode)
            created.append(path)
    return created


@program
async def rmdir(process: Process) -> int:
    options = parse_options(process.args[1:], "pv", {"parents": "p", "ignore-fail-on-non-empty": "ignore"})
    if not options.operands:
        raise UsageError("missing operand")
    status = Status()
    for operand in options.operands:
        parts = operand.rstrip("/").split("/")
        for count in range(len(parts), 0 if "p" in options else len(parts) - 1, -1):
            name = "/".join(parts[:count])
            if not name:
                break
            try:
                process.fs.remove_dir(resolve(process, name))
            except OSError as error:
                status.fail()
                await complain(process, f"failed to remove '{name}': {describe(error)}")
                break
    return status.code


@program
async def rm(process: Process) -> int:
    options = parse_options(
        process.args[1:], "rRfidvI", {"recursive": "r", "force": "f", "dir": "d", "verbose": "v", "interactive": "i"}
    )
    if not options.operands and "f" not in options:
        raise UsageError("missing operand")
    status = Status()
    for operand in options.operands:
        if operand.rstrip("/").rpartition("/")[2] in (".", ".."):
            status.fail()
            await complain(process, f"refusing to remove '.' or '..' directory: skipping '{operand}'")
        elif resolve(process, operand) == "/" and ("r" in options or "R" in options):
            status.fail()
            await complain(process, "it is dangerous to operate recursively on '/'")
            await complain(process, "use --no-preserve-root to override this failsafe")
        else:
            await _remove(process, operand, options, status)
    return status.code


async def _remove(process: Process, path: str, options: Options, status: Status) -> None:
    process.budget.spend_steps()
    full = resolve(process, path)
    try:
        found = process.fs.stat(full)
        if found.kind != "dir":
            process.fs.remove(full)
        elif "r" in options or "R" in options:
            for name in process.fs.list(full):
                await _remove(process, posixpath.join(path, name), options, status)
            process.fs.remove_dir(full)
        elif "d" in options:
            process.fs.remove_dir(full)
        else:
            status.fail()
            await complain(process, f"cannot remove '{path}': Is a directory")
            return
    except OSError as error:
        if not ("f" in options and isinstance(error, FileNotFoundError | NotADirectoryError)):
            status.fail()
            await complain(process, f"cannot remove '{path}': {describe(error)}")
        return
    if "v" in options:
        await process.stdout.write(f"removed {'directory ' if found.kind == 'dir' else ''}'{path}'\n")


@program
async def touch(process: Process) -> int:
    options = parse_options(
        process.args[1:], "camd:t:r:", {"no-create": "c", "date": "d", "reference": "r", "time": "time:"}
    )
    if not options.operands:
        raise UsageError("missing file operand")
    moment = process.system.clock.now()
    if (text := options.value("d")) is not None:
        try:
            moment = parse_date(text, moment)
        except ValueError:
            raise UsageError(f"invalid date format ‘{text}’", hint=False) from None
    if (reference := options.value("r")) is not None:
        found = stat_or_none(process, reference)
        if found is None:
            raise UsageError(f"failed to get attributes of '{reference}': No such file or directory", hint=False)
        moment = found.mtime
    status = Status()
    for operand in options.operands:
        path = resolve(process, operand)
        try:
            if stat_or_none(process, operand) is None:
                if "c" in options:
                    continue
                process.fs.write(path, b"", append=True)
            process.fs.set_mtime(path, moment)
        except OSError as error:
            status.fail()
            await complain(process, f"cannot touch '{operand}': {describe(error)}")
    return status.code


def _transfers(process: Process, options: Options) -> list[tuple[str, str]]:
    """Pairs of source and target for cp and mv."""
    operands = list(options.operands)
    directory = options.value("t")
    if directory is None:
        if not operands:
            raise UsageError("missing file operand")
        if len(operands) == 1:
            raise UsageError(f"missing destination file operand after '{operands[0]}'")
        directory = operands.pop()
        if "T" in options or (len(operands) == 1 and not is_directory(process, directory)):
            if directory.endswith("/") and not is_directory(process, operands[0]):
                raise UsageError(f"cannot create regular file '{directory}': Not a directory", hint=False)
            return [(operands[0], directory)]
    if not is_directory(process, directory):
        detail = "" if stat_or_none(process, directory) else ": No such file or directory"
        raise UsageError(f"target '{directory}'{detail or ' is not a directory'}", hint=False)
    return [(source, posixpath.join(directory, posixpath.basename(source.rstrip("/")))) for source in operands]


@program
async def cp(process: Process) -> int:
    options = parse_options(
        process.args[1:], "rRapfivnut:TdLPl",
        {"recursive": "r", "archive": "a", "force": "f", "no-clobber": "n", "target-directory": "t", "verbose": "v",
         "no-target-directory": "T", "update": "u", "preserve": "preserve?"},
    )  # fmt: skip
    pairs = _transfers(process, options)
    status = Status()
    for source, target in pairs:
        await _copy(process, source, target, options, status)
    return status.code


async def _copy(process: Process, source: str, target: str, options: Options, status: Status) -> None:
    process.budget.spend_steps()
    origin, goal = resolve(process, source), resolve(process, target)
    try:
        found = process.fs.stat(origin)
    except OSError as error:
        status.fail()
        await complain(process, f"cannot stat '{source}': {describe(error)}")
        return
    existing = stat_or_none(process, target)
    if refusal := _refusal(process, source, target, found, existing, options):
        status.fail()
        await complain(process, refusal)
        return
    if existing is not None and "n" in options and found.kind != "dir":
        return
    try:
        names = _copy_one(process, origin, goal, found, existing, options)
    except OSError as error:
        status.fail()
        kind = "directory" if found.kind == "dir" else "regular file"
        await complain(process, f"cannot create {kind} '{target}': {describe(error)}")
        return
    if "v" in options:
        await process.stdout.write(f"'{source}' -> '{target}'\n")
    for name in names:
        await _copy(process, posixpath.join(source, name), posixpath.join(target, name), options, status)


def _refusal(process: Process, source: str, target: str, found: Stat, existing: Stat | None, options: Options) -> str:
    """Why ``source`` is not copied to ``target``; "" when nothing is in the way."""
    origin, goal, is_dir = resolve(process, source), resolve(process, target), found.kind == "dir"
    if is_dir and not any(flag in options for flag in "rRa"):
        return f"-r not specified; omitting directory '{source}'"
    if origin == goal:
        return f"'{source}' and '{target}' are the same file"
    if is_dir and (goal + "/").startswith(origin.rstrip("/") + "/"):
        return f"cannot copy a directory, '{source}', into itself, '{target}'"
    if existing is None or is_dir == (existing.kind == "dir"):
        return ""
    if is_dir:
        return f"cannot overwrite non-directory '{target}' with directory '{source}'"
    return "" if "n" in options else f"cannot overwrite directory '{target}' with non-directory"


def _copy_one(
    process: Process, origin: str, goal: str, found: Stat, existing: Stat | None, options: Options
) -> Sequence[str]:
    """Copy the file, or make the directory; then the names in it, which are still to be copied."""
    if found.kind != "dir":
        _copy_file(process, origin, goal, options, found.mode if existing is None else None, found.mtime)
        return ()
    if existing is None:
        process.fs.make_dir(goal, found.mode)
    return process.fs.list(origin)


def _copy_file(process: Process, origin: str, goal: str, options: Options, mode: int | None, mtime: float) -> None:
    data = process.fs.read(origin)
    process.budget.spend_bytes(len(data))
    process.fs.write(goal, data)
    if mode is not None:
        process.fs.set_mode(goal, mode)
    if "p" in options or "a" in options or "preserve" in options:
        process.fs.set_mtime(goal, mtime)


@program
async def mv(process: Process) -> int:
    options = parse_options(
        process.args[1:], "fivnut:T", {"force": "f", "no-clobber": "n", "target-directory": "t", "verbose": "v"}
    )
    pairs = _transfers(process, options)
    status = Status()
    for source, target in pairs:
        await _move(process, source, target, options, status)
    return status.code


async def _move(process: Process, source: str, target: str, options: Options, status: Status) -> None:
    origin, goal = resolve(process, source), resolve(process, target)
    try:
        found = process.fs.stat(origin)
    except OSError as error:
        status.fail()
        await complain(process, f"cannot stat '{source}': {describe(error)}")
        return
    existing = stat_or_none(process, target)
    problem = ""
    if origin == goal:
        problem = f"'{source}' and '{target}' are the same file"
    elif found.kind == "dir" and (goal + "/").startswith(origin + "/"):
        problem = f"cannot move '{source}' to a subdirectory of itself, '{target}'"
    elif existing is not None and existing.kind != "dir" and found.kind == "dir":
        problem = f"cannot overwrite non-directory '{target}' with directory '{source}'"
    elif existing is not None and existing.kind == "dir" and found.kind != "dir":
        problem = f"cannot overwrite directory '{target}' with non-directory"
    if problem:
        status.fail()
        await complain(process, problem)
        return
    if existing is not None and "n" in options:
        return
    try:
        process.fs.rename(origin, goal)
    except OSError as error:
        if describe(error) == "Invalid cross-device link":
            await _move_across(process, source, target, status)
            return
        status.fail()
        await complain(process, f"cannot move '{source}' to '{target}': {describe(error)}")
        return
    if "v" in options:
        await process.stdout.write(f"renamed '{source}' -> '{target}'\n")


async def _move_across(process: Process, source: str, target: str, status: Status) -> None:
    """Between filesystems: copy, then remove."""
    copying = parse_options(["-a"], "a")
    before = status.code
    await _copy(process, source, target, copying, status)
    if status.code == before:
        await _remove(process, source, parse_options(["-rf"], "rf"), status)


def changed_mode(text: str, mode: int, directory: bool) -> int:
    """The mode after ``755`` or ``u+x,go-w``. ValueError."""
    if re.fullmatch(r"[0-7]{1,4}", text):
        return int(text, 8)
    for clause in text.split(","):
        match = _CLAUSE.fullmatch(clause)
        if match is None:
            raise ValueError(text)
        who, operator, letters = match.groups()
        classes = "ugo" if not who or "a" in who else who
        bits = 0
        for letter in letters:
            if letter in "rwx" or (letter == "X" and (directory or mode & 0o111)):
                value = {"r": 4, "w": 2}.get(letter, 1)
                bits |= sum(value << {"u": 6, "g": 3, "o": 0}[name] for name in classes)
            elif letter == "t":
                bits |= 0o1000
            elif letter == "s":
                bits |= (0o4000 if "u" in classes else 0) | (0o2000 if "g" in classes else 0)
        if not who and operator != "=":
            bits &= ~0o022 if operator == "+" and set(letters) & {"w"} else ~0
        mask = sum(7 << {"u": 6, "g": 3, "o": 0}[name] for name in classes)
        mode = mode | bits if operator == "+" else mode & ~bits if operator == "-" else (mode & ~mask) | bits
    return mode


@program
async def chmod(process: Process) -> int:
    arguments = process.args[1:]
    # A mode such as -x looks like an option
    modes = [text for text in arguments if re.fullmatch(r"-[rwxXst]+", text)]
    options = parse_options([text for text in arguments if text not in modes], "Rvcf", {"recursive": "R"})
    operands = [*modes[:1], *options.operands]
    if len(operands) < 2:
        raise UsageError("missing operand" if not operands else f"missing operand after ‘{operands[0]}’")
    status = Status()

    async def change(path: str) -> None:
        full = resolve(process, path)
        try:
            found = process.fs.stat(full)
            process.fs.set_mode(full, changed_mode(operands[0], found.mode, found.kind == "dir"))
        except ValueError:
            raise UsageError(f"invalid mode: ‘{operands[0]}’") from None
        except OSError as error:
            status.fail()
            verb = "cannot access" if isinstance(error, FileNotFoundError) else "changing permissions of"
            await complain(process, f"{verb} '{path}': {describe(error)}")
            return
        if "R" in options and found.kind == "dir":
            for name in process.fs.list(full):
                await change(posixpath.join(path, name))

    for operand in operands[1:]:
        await change(operand)
    return status.code


@program
async def truncate(process: Process) -> int:
    options = parse_options(process.args[1:], "s:c", {"size": "s"})
    text = options.value("s")
    if text is None:
        raise UsageError("you must specify either ‘--size’ or ‘--reference’")
    for operand in options.operands:
        path = resolve(process, operand)
        found = stat_or_none(process, operand)
        data = process.fs.read(path) if found is not None else b""
        length = size(text, f"Invalid number: ‘{text}’")
        length = max(0, len(data) + length) if text[0] in "+-" else length
        process.budget.spend_bytes(length)
        process.fs.write(path, data[:length].ljust(length, b"\0"))
    return 0


@program
async def mktemp(process: Process) -> int:
    options = parse_options(process.args[1:], "dqup:t", {"directory": "d", "tmpdir": "p"})
    template = options.operands[0] if options.operands else "tmp.XXXXXXXXXX"
    tail = re.search(r"X{3,}(?=[^/X]*$)", template)
    if tail is None:
        raise UsageError(f"too few X's in template ‘{template}’", hint=False)
    base = options.value("p") or ("/tmp" if not options.operands or "t" in options else "")
    for count in range(10_000):
        filled = f"{count:0{len(tail.group())}d}"[-len(tail.group()) :]
        name = posixpath.join(base, template[: tail.start()] + filled + template[tail.end() :])
        if stat_or_none(process, name) is None:
            if "d" in options:
                process.fs.make_dir(resolve(process, name), 0o700)
            else:
                process.fs.write(resolve(process, name), b"")
                process.fs.set_mode(resolve(process, name), 0o600)
            await process.stdout.write(name + "\n")
            return 0
    raise UsageError(f"failed to create file via template ‘{template}’: File exists", hint=False)
