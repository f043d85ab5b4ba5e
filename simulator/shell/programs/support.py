"""What the programs share: options, input files, messages."""

from __future__ import annotations

import posixpath
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.filesystem import Stat
from simulator.shell.process import Process, Program, Reader
from simulator.shell.streams import Buffer, FileReader, NullStream, ZeroReader, decode

_OPENERS: Final[dict[str, Callable[[], Reader]]] = {"/dev/null": NullStream, "/dev/zero": ZeroReader}


class UsageError(Exception):
    """A program was called wrongly: prints ``NAME: MESSAGE`` and what else coreutils says."""

    def __init__(self, message: str, status: int = 1, *, hint: bool = True) -> None:
        super().__init__(message)
        self.status, self.hint = status, hint


def program(body: Callable[[Process], Awaitable[int]]) -> Program:
    """Turn a UsageError into its message and status."""

    async def run(process: Process) -> int:
        try:
            return await body(process)
        except UsageError as error:
            if str(error):
                await complain(process, str(error))
            else:
                await process.stderr.write(f"Usage: {process.name} [OPTION]... PATTERNS [FILE]...\n")
            if error.hint:
                await process.stderr.write(f"Try '{process.name} --help' for more information.\n")
            return error.status

    run.__doc__ = body.__doc__
    return run


class Options:
    """Parsed options, and the operands that are left. ``values`` keeps every value of an option in order."""

    def __init__(self) -> None:
        self.flags: list[str] = []
        self.values: dict[str, list[str]] = {}
        self.operands: list[str] = []

    def __contains__(self, name: str) -> bool:
        return name in self.flags or name in self.values

    def value(self, name: str, default: str | None = None) -> str | None:
        """The last value given for an option."""
        return self.values[name][-1] if name in self.values else default

    def last(self, *names: str) -> str:
        """Whichever of these flags came last, or ""."""
        return next((flag for flag in reversed(self.flags) if flag in names), "")


def parse_options(
    arguments: Sequence[str],
    spec: str,
    long: dict[str, str] | None = None,
    *,
    permute: bool = True,
    usage_status: int = 1,
) -> Options:
    """Like getopt_long. ``spec``: ``n:rv`` (a colon: takes a value); ``long`` maps long names to letters or names,
    with a trailing ``:`` or ``?`` (an optional value). Without ``permute`` the first operand ends the options."""
    options, long = Options(), long or {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            options.operands += rest
            break
        if argument.startswith("--"):
            _long_option(options, argument, rest, spec, long, usage_status)
        elif argument.startswith("-") and argument != "-":
            _short_options(options, argument, rest, spec, usage_status)
        elif permute:
            options.operands.append(argument)
        else:
            options.operands += [argument, *rest]
            break
    return options


def _short_options(options: Options, argument: str, rest: list[str], spec: str, usage_status: int) -> None:
    for position, letter in enumerate(argument[1:], 2):
        place = spec.find(letter)
        if place < 0 or letter == ":":
            raise UsageError(f"invalid option -- '{letter}'", usage_status)
        if spec[place + 1 : place + 2] != ":":
            options.flags.append(letter)
            continue
        if position < len(argument):
            value = argument[position:]
        elif rest:
            value = rest.pop(0)
        else:
            raise UsageError(f"option requires an argument -- '{letter}'", usage_status)
        options.flags.append(letter)
        options.values.setdefault(letter, []).append(value)
        return


def _long_option(
    options: Options, argument: str, rest: list[str], spec: str, long: dict[str, str], usage_status: int
) -> None:
    name, equals, value = argument[2:].partition("=")
    found = [candidate for candidate in long if candidate.startswith(name)]
    if name in long:
        found = [name]
    if len(found) != 1:
        raise UsageError(f"unrecognized option '--{name}'", usage_status)
    key = long[found[0]]
    optional, required = key.endswith("?"), key.endswith(":")
    key = key.rstrip("?:")
    if len(key) == 1 and not optional:
        place = spec.find(key)
        required = required or (place >= 0 and spec[place + 1 : place + 2] == ":")
    if required and not equals:
        if not rest:
            raise UsageError(f"option '--{found[0]}' requires an argument", usage_status)
        value = rest.pop(0)
    if equals and not (required or optional):
        raise UsageError(f"option '--{found[0]}' doesn't allow an argument", usage_status)
    options.flags.append(key)
    if required or equals:
        options.values.setdefault(key, []).append(value)


async def complain(process: Process, message: str) -> None:
    await process.stderr.write(f"{process.name}: {message}\n")


def resolve(process: Process, path: str) -> str:
    """``path`` as an absolute, normal path."""
    return posixpath.normpath("/" + posixpath.join(process.cwd, path).lstrip("/"))


def stat_or_none(process: Process, path: str) -> Stat | None:
    try:
        return process.fs.stat(resolve(process, path))
    except OSError:
        return None


def is_directory(process: Process, path: str) -> bool:
    status = stat_or_none(process, path)
    return status is not None and status.kind == "dir"


def open_input(process: Process, path: str) -> Reader:
    """A reader of a file; ``-`` is standard input. OSError."""
    if path in ("-", "/dev/stdin", "/dev/fd/0"):
        return process.stdin
    full = resolve(process, path)
    if full in _OPENERS:
        return _OPENERS[full]()
    return FileReader(process.fs, full)


async def each_input(
    process: Process, paths: Sequence[str], on_error: Callable[[], None], template: str = "{path}: {error}"
) -> AsyncIterator[tuple[str, Reader]]:
    """Open each input in turn (standard input when there is none). One that cannot be opened is complained about."""
    for path in paths or ("-",):
        try:
            reader = open_input(process, path)
        except OSError as error:
            on_error()
            await complain(process, template.format(path=path, error=describe(error)))
            continue
        yield path, reader


class Status:
    """An exit status that only gets worse."""

    def __init__(self) -> None:
        self.code = 0

    def fail(self, code: int = 1) -> None:
        self.code = max(self.code, code)


async def lines_of(reader: Reader) -> AsyncIterator[str]:
    """Lines without their newlines."""
    while line := await reader.read_line():
        yield decode(line.removesuffix(b"\n"))


async def all_lines(
    process: Process, paths: Sequence[str], status: Status, template: str = "{path}: {error}"
) -> list[str]:
    """All lines of all inputs; their bytes are charged, because they are held in memory."""
    lines = []
    async for _, reader in each_input(process, paths, status.fail, template):
        async for line in lines_of(reader):
            process.budget.spend_bytes(len(line) + 1)
            lines.append(line)
    return lines


def number(text: str, message: str) -> int:
    """A decimal number, or a UsageError with the message."""
    try:
        return int(text)
    except ValueError:
        raise UsageError(message, hint=False) from None


_MULTIPLIERS: Final = {"": 1, "b": 512, "k": 1024, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4,
                       "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "c": 1, "w": 2}  # fmt: skip


def size(text: str, message: str) -> int:
    """``10``, ``4k``, ``2M``, ``1GB``; a sign stays."""
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    unit = digits.lstrip("0123456789")
    digits = digits[: len(digits) - len(unit)]
    if not digits or unit.removesuffix("iB") not in _MULTIPLIERS:
        raise UsageError(message, hint=False)
    return sign * int(digits) * _MULTIPLIERS[unit.removesuffix("iB")]


def human_size(value: int, *, base: int = 1024) -> str:
    """``5.4M``, ``100G``: rounded up, with one decimal below 10, as coreutils does."""
    if value < base:
        return str(value)
    scaled = value
    divisor = 1
    for unit in "KMGTPE" if base == 1024 else "kMGTPE":
        divisor *= base
        tenths = -(-scaled * 10 // divisor)
        if tenths < 100:
            return f"{tenths // 10}.{tenths % 10}{unit}"
        whole = -(-scaled // divisor)
        if whole < base:
            return f"{whole}{unit}"
    return f"{-(-scaled // divisor)}E"


async def run_child(process: Process, arguments: Sequence[str], **changes: object) -> int:
    """Run another program as a child of this one. 127 when there is none of that name."""
    from simulator.shell.interpreter import Shell, run_program

    shell = Shell(process, process.programs, name=process.name, budget=process.budget)
    found = shell.find_program(arguments[0])
    if found is None:
        script = shell.find_script(arguments[0])
        if script is None:
            await complain(
                process,
                f"‘{arguments[0]}’: No such file or directory"
                if process.name == "env"
                else f"{arguments[0]}: No such file or directory",
            )
            return 127
        arguments = ["bash", script, *arguments[1:]]
        found = process.programs["bash"]
    child = shell.process(list(arguments))
    for name, value in changes.items():
        setattr(child, name, value)
    process.budget.spend_steps()
    return await run_program(found, child)


def empty_input() -> Buffer:
    return Buffer()
