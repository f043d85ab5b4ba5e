"""find and xargs."""

from __future__ import annotations

import functools
import operator
import posixpath
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.filesystem import Stat
from simulator.shell.glob import matches
from simulator.shell.process import Process
from simulator.shell.programs.listing import group_name, mode_text, user_name
from simulator.shell.programs.support import (
    Status,
    UsageError,
    complain,
    empty_input,
    number,
    parse_options,
    program,
    resolve,
    run_child,
)
from simulator.shell.streams import decode, read_all

_TYPES: Final = {"f": "file", "d": "dir", "l": "link", "c": "char", "b": "block", "p": "fifo"}
_SIZES: Final = {"": 512, "b": 512, "c": 1, "w": 2, "k": 1024, "M": 1024**2, "G": 1024**3}
_ACTIONS: Final = frozenset(["-print", "-print0", "-exec", "-delete", "-printf", "-quit", "-ls"])


class _Stop(Exception):
    """``-quit``."""


@dataclass
class _Found:
    """A file that find looks at, as it was named from the starting point."""

    path: str
    status: Stat
    depth: int
    pruned: bool = False


Test = Callable[[_Found], Awaitable[bool]]


@dataclass
class _Expression:
    """Parses find's expression into one test; remembers the batches of ``-exec ... +``."""

    process: Process
    tokens: list[str]
    status: Status
    index: int = 0
    max_depth: int = 1_000_000
    min_depth: int = 0
    depth_first: bool = False
    acts: bool = False
    batches: list[tuple[list[str], list[str]]] = field(default_factory=list)

    def parse(self) -> Test:
        if not self.tokens:
            return self._print("\n")
        test = self._or()
        if self.index < len(self.tokens):
            raise UsageError(f"paths must precede expression: `{self.tokens[self.index]}'", hint=False)
        return test if self.acts else _both(test, self._print("\n"))

    def _peek(self) -> str:
        return self.tokens[self.index] if self.index < len(self.tokens) else ""

    def _or(self) -> Test:
        left = self._and()
        while self._peek() in ("-o", "-or"):
            self.index += 1
            left = _either(left, self._and())
        return left

    def _and(self) -> Test:
        left = self._not()
        while self._peek() not in ("", "-o", "-or", ")"):
            if self._peek() in ("-a", "-and"):
                self.index += 1
            left = _both(left, self._not())
        return left

    def _not(self) -> Test:
        token = self._peek()
        if token in ("!", "-not"):
            self.index += 1
            inner = self._not()

            async def negated(found: _Found) -> bool:
                return not await inner(found)

            return negated
        if token == "(":
            self.index += 1
            inner = self._or()
            if self._peek() != ")":
                raise UsageError(
                    "invalid expression; I was expecting to find a ')' somewhere but did not see one.", hint=False
                )
            self.index += 1
            return inner
        return self._primary()

    def _argument(self, name: str) -> str:
        if self.index >= len(self.tokens):
            raise UsageError(f"missing argument to `{name}'", hint=False)
        self.index += 1
        return self.tokens[self.index - 1]

    def _primary(self) -> Test:
        if self.index >= len(self.tokens):
            raise UsageError("invalid expression", hint=False)
        name = self.tokens[self.index]
        self.index += 1
        self.acts = self.acts or name in _ACTIONS
        if name in ("-exec", "-execdir"):
            return self._exec()
        if name in ("-print", "-print0"):
            return self._print("\n" if name == "-print" else "\0")
        if name == "-printf":
            return self._printf(self._argument(name))
        if name == "-delete":
            self.depth_first = True
            return self._delete
        if name in ("-maxdepth", "-mindepth"):
            level = number(self._argument(name), f"Expected a positive decimal integer argument to {name}")
            self.max_depth = level if name == "-maxdepth" else self.max_depth
            self.min_depth = level if name == "-mindepth" else self.min_depth
            return _always
        if name in _FLAGS:
            self.depth_first = self.depth_first or name == "-depth"
            return _FLAGS[name]
        if name in ("-empty",):
            return self._empty
        if name not in _TESTS:
            if not name.startswith("-"):
                raise UsageError(f"paths must precede expression: `{name}'", hint=False)
            raise UsageError(f"unknown predicate `{name}'", hint=False)
        check = _TESTS[name](self.process, self._argument(name))

        async def tested(found: _Found) -> bool:
            return check(found)

        return tested

    def _print(self, end: str) -> Test:
        async def show(found: _Found) -> bool:
            await self.process.stdout.write(found.path + end)
            return True

        return show

    def _printf(self, form: str) -> Test:
        from simulator.shell.formatting import unescape

        text = unescape(form, octal_needs_zero=False)

        async def show(found: _Found) -> bool:
            values = {
                "p": found.path, "f": posixpath.basename(found.path) or found.path, "s": str(found.status.size),
                "h": posixpath.dirname(found.path) or ".", "m": f"{found.status.mode:o}", "M": mode_text(found.status),
                "u": user_name(self.process, found.status.uid), "g": group_name(self.process, found.status.gid),
                "d": str(found.depth), "y": next(k for k, v in _TYPES.items() if v == found.status.kind), "%": "%",
                "i": str(found.status.inode),
            }  # fmt: skip
            await self.process.stdout.write(re.sub(r"%(.)", lambda m: values.get(m.group(1), m.group()), text))
            return True

        return show

    async def _delete(self, found: _Found) -> bool:
        if found.path in (".", "./"):
            return True
        path = resolve(self.process, found.path)
        try:
            if found.status.kind == "dir":
                self.process.fs.remove_dir(path)
            else:
                self.process.fs.remove(path)
        except OSError as error:
            self.status.fail()
            await complain(self.process, f"cannot delete ‘{found.path}’: {describe(error)}")
            return False
        return True

    async def _empty(self, found: _Found) -> bool:
        if found.status.kind == "dir":
            return not self.process.fs.list(resolve(self.process, found.path))
        return found.status.kind == "file" and found.status.size == 0

    def _exec_batch(self, command: list[str]) -> Test:
        """``-exec COMMAND {} +``: the paths are collected, and the command runs once at the end."""
        batch: list[str] = []
        self.batches.append((command, batch))

        async def collect(found: _Found) -> bool:
            batch.append(found.path)
            return True

        return collect

    def _exec(self) -> Test:
        command: list[str] = []
        while True:
            token = self._argument("-exec")
            if token == ";":
                break
            if token == "+" and command and command[-1] == "{}":
                return self._exec_batch(command[:-1])
            command.append(token)
        if not command:
            raise UsageError("invalid argument `;' to `-exec'", hint=False)

        async def run(found: _Found) -> bool:
            return await run_child(self.process, [word.replace("{}", found.path) for word in command]) == 0

        return run


async def _always(found: _Found) -> bool:
    return True


async def _never(found: _Found) -> bool:
    return False


async def _prune(found: _Found) -> bool:
    found.pruned = True
    return True


async def _quit(found: _Found) -> bool:
    raise _Stop


_FLAGS: Final[dict[str, Test]] = {
    "-true": _always,
    "-false": _never,
    "-prune": _prune,
    "-quit": _quit,
    "-depth": _always,
    "-xdev": _always,
    "-mount": _always,
    "-follow": _always,
    "-noleaf": _always,
}


def _both(left: Test, right: Test) -> Test:
    async def test(found: _Found) -> bool:
        return await left(found) and await right(found)

    return test


def _either(left: Test, right: Test) -> Test:
    async def test(found: _Found) -> bool:
        return await left(found) or await right(found)

    return test


def _compared(text: str, unit: float = 1) -> Callable[[float], bool]:
    """``+N`` more, ``-N`` less, ``N`` exactly; values are rounded up to units first."""
    sign, digits = (text[0], text[1:]) if text[:1] in "+-" else ("", text)
    if not digits.isdigit():
        raise UsageError(f"invalid argument `{text}'", hint=False)
    wanted = int(digits)

    def check(value: float) -> bool:
        units = -(-value // unit)
        return units > wanted if sign == "+" else units < wanted if sign == "-" else units == wanted

    return check


def _by_type(process: Process, text: str) -> Callable[[_Found], bool]:
    kinds = [_TYPES.get(letter) for letter in text.split(",")]
    if None in kinds:
        raise UsageError(f"Unknown argument to -type: {text}", hint=False)
    return lambda found: found.status.kind in kinds


def _by_name(process: Process, text: str) -> Callable[[_Found], bool]:
    return lambda found: matches(posixpath.basename(found.path.rstrip("/")) or found.path, text)


def _by_name_ignoring_case(process: Process, text: str) -> Callable[[_Found], bool]:
    return lambda found: matches((posixpath.basename(found.path.rstrip("/")) or found.path).lower(), text.lower())


def _by_size(process: Process, text: str) -> Callable[[_Found], bool]:
    unit = text[-1:] if text[-1:].isalpha() else ""
    if unit not in _SIZES:
        raise UsageError(f"invalid -size type `{unit}'", hint=False)
    check = _compared(text.removesuffix(unit), _SIZES[unit])
    return lambda found: check(found.status.size)


def _by_age(unit_s: float) -> Callable[[Process, str], Callable[[_Found], bool]]:
    def make(process: Process, text: str) -> Callable[[_Found], bool]:
        check = _compared(text)
        now = process.system.clock.now()
        return lambda found: check((now - found.status.mtime) // unit_s)

    return make


def _by_mode(process: Process, text: str) -> Callable[[_Found], bool]:
    digits = text.lstrip("-/")
    if not re.fullmatch(r"[0-7]{1,4}", digits):
        raise UsageError(f"invalid mode ‘{text}’", hint=False)
    mode = int(digits, 8)
    if text[0] == "-":
        return lambda found: found.status.mode & mode == mode
    return lambda found: bool(found.status.mode & mode) if text[0] == "/" else found.status.mode == mode


def _newer(process: Process, text: str) -> Callable[[_Found], bool]:
    reference = process.fs.stat(resolve(process, text)).mtime
    return lambda found: found.status.mtime > reference


_TESTS: Final[dict[str, Callable[[Process, str], Callable[[_Found], bool]]]] = {
    "-name": _by_name,
    "-iname": _by_name_ignoring_case,
    "-path": lambda process, text: lambda found: matches(found.path, text),
    "-wholename": lambda process, text: lambda found: matches(found.path, text),
    "-type": _by_type,
    "-size": _by_size,
    "-mtime": _by_age(86400),
    "-mmin": _by_age(60),
    "-perm": _by_mode,
    "-newer": _newer,
    "-user": lambda process, text: lambda found: text in (str(found.status.uid), user_name(process, found.status.uid)),
    "-group": lambda process, text: (
        lambda found: text in (str(found.status.gid), group_name(process, found.status.gid))
    ),
}


@program
async def find(process: Process) -> int:
    arguments = process.args[1:]
    while arguments[:1] and arguments[0] in ("-L", "-H", "-P"):
        arguments = arguments[1:]
    split = next((i for i, text in enumerate(arguments) if text[:1] == "-" or text in ("(", "!")), len(arguments))
    status = Status()
    expression = _Expression(process, arguments[split:], status)
    test = expression.parse()
    try:
        for start in arguments[:split] or ["."]:
            await _walk(process, expression, test, start, 0)
    except _Stop:
        pass
    for command, paths in expression.batches:
        if paths and await run_child(process, [*command, *paths]) != 0:
            status.fail()
    return status.code


async def _walk(process: Process, expression: _Expression, test: Test, path: str, depth: int) -> None:
    process.budget.spend_steps()
    full = resolve(process, path)
    try:
        found = _Found(path, process.fs.stat(full), depth)
    except OSError as error:
        expression.status.fail()
        await complain(process, f"‘{path}’: {describe(error)}")
        return
    counted = depth >= expression.min_depth
    if counted and not expression.depth_first:
        await test(found)
    if found.status.kind == "dir" and depth < expression.max_depth and not found.pruned:
        try:
            names = process.fs.list(full)
        except OSError as error:
            expression.status.fail()
            await complain(process, f"‘{path}’: {describe(error)}")
            names = []
        for name in names:
            await _walk(process, expression, test, posixpath.join(path, name), depth + 1)
    if counted and expression.depth_first:
        await test(found)


@program
async def xargs(process: Process) -> int:
    """Status 123 when a command failed, 127 when there is none of that name."""
    options = parse_options(
        process.args[1:], "n:I:0rd:tL:P:s:x",
        {"max-args": "n", "replace": "I", "null": "0", "no-run-if-empty": "r", "delimiter": "d", "verbose": "t",
         "max-lines": "L", "max-procs": "P"}, permute=False,
    )  # fmt: skip
    text = decode(await read_all(process.stdin))
    process.budget.spend_bytes(len(text))
    command = options.operands or ["echo"]
    marker = options.value("I")
    if marker is not None:
        items = [line.strip(" \t") for line in text.splitlines() if line.strip()]
        commands = [[word.replace(marker, item) for word in command] for item in items]
    else:
        commands = _batches(
            command, _items(text, options.value("d"), "0" in options, options.value("L")), options.value("n")
        )
        if not commands and "r" not in options:
            commands = [list(command)]
    worst = 0
    for words in commands:
        if "t" in options:
            await process.stderr.write(" ".join(words) + "\n")
        code = await run_child(process, words, stdin=empty_input())
        if code in (126, 127):
            return code
        worst = 123 if code else worst
    return worst


def _batches(command: Sequence[str], items: list[list[str]], limit: str | None) -> list[list[str]]:
    """``items`` holds groups that must stay together (lines with -L, else everything)."""
    out = []
    for group in items:
        count = number(limit, f'invalid number "{limit}" for -n option') if limit else len(group) or 1
        if count < 1:
            raise UsageError(f"value {limit} for -n option should be >= 1", hint=False)
        out += [[*command, *group[start : start + count]] for start in range(0, len(group), count)]
    return out


def _items(text: str, delimiter: str | None, null: bool, lines: str | None) -> list[list[str]]:
    if null or delimiter is not None:
        separator = "\0" if null else {"\\n": "\n", "\\t": "\t", "\\0": "\0"}.get(delimiter or "", delimiter or "\n")
        parts = text.split(separator)
        return [parts[:-1] if parts[-1] == "" else parts]
    if lines:
        rows = [_words(line) for line in text.splitlines() if line.strip()]
        count = max(1, int(lines))
        return [
            functools.reduce(operator.iadd, rows[start : start + count], []) for start in range(0, len(rows), count)
        ]
    return [_words(text)]


def _words(text: str) -> list[str]:
    """xargs' own quoting: quotes protect to their pair on the same line, a backslash protects one character."""
    words: list[str] = []
    current: str | None = None
    quote = ""
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if quote:
            if char == "\n":
                break
            current, quote = (current or "", "") if char == quote else ((current or "") + char, quote)
        elif char in "'\"":
            quote, current = char, current or ""
        elif char == "\\" and index < len(text):
            current = (current or "") + text[index]
            index += 1
        elif char in " \t\n":
            if current is not None:
                words.append(current)
            current = None
        else:
            current = (current or "") + char
    if quote:
        kind = "single" if quote == "'" else "double"
        raise UsageError(
            f"unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option", hint=False
        )
    return words if current is None else [*words, current]
