"""sed: the GNU stream editor, without w, r of special files, e, and back-references in patterns."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from simulator.shell.errors import describe
from simulator.shell.process import Process, Writer
from simulator.shell.programs.support import (
    Options,
    Status,
    UsageError,
    complain,
    is_directory,
    open_input,
    parse_options,
    program,
    resolve,
)
from simulator.shell.regex import Dialect, Match, Regex, RegexError, compile_regex
from simulator.shell.streams import Buffer, FileReader, decode, encode

_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "f": "\f", "v": "\v"}
_NO_ARGUMENT: Final = "dDgGhHnNpPx=F"


class SedError(Exception):
    """The script is wrong."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


@dataclass
class _Address:
    """``kind``: line, last, regex, step (first~step), plus (+N), multiple (~N), zero (0, of ``0,/re/``)."""

    kind: str
    number: int = 0
    step: int = 0
    regex: Regex | None = None  # None: the last one used


@dataclass
class _Command:
    name: str
    first: _Address | None
    second: _Address | None
    negated: bool
    text: str = ""
    regex: Regex | None = None
    replacement: list[str | int] = field(default_factory=list)
    flags: str = ""
    occurrence: int = 1
    table: dict[str, str] = field(default_factory=dict)
    jump: int = 0  # where "{" continues when its address does not match, and where a branch goes
    active: bool = False  # inside its range
    until: int = 0


class _ScriptParser:
    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text, self._dialect, self._position = text, dialect, 0
        self._commands: list[_Command] = []
        self._labels: dict[str, int] = {}
        self._blocks: list[int] = []

    def parse(self) -> list[_Command]:
        while True:
            self._skip(" \t\n;")
            if self._position >= len(self._text):
                break
            self._command()
        if self._blocks:
            raise self._error("unmatched `{'", 0)
        for command in self._commands:
            if command.name in "btT":
                if command.text and command.text not in self._labels:
                    raise SedError(f"can't find label for jump to `{command.text}'", 4)
                command.jump = self._labels.get(command.text, len(self._commands))
        return self._commands

    def _error(self, message: str, place: int | None = None) -> SedError:
        return SedError(f"-e expression #1, char {self._position if place is None else place}: {message}")

    def _peek(self) -> str:
        return self._text[self._position : self._position + 1]

    def _take(self) -> str:
        char = self._peek()
        self._position += 1
        return char

    def _skip(self, chars: str) -> None:
        while self._peek() and self._peek() in chars:
            self._position += 1

    def _command(self) -> None:
        first = self._address()
        second = None
        self._skip(" \t")
        if first is not None and self._peek() == ",":
            self._take()
            self._skip(" \t")
            second = self._second_address()
        self._skip(" \t")
        negated = False
        while self._peek() == "!":
            self._take()
            self._skip(" \t")
            negated = True
        name = self._take()
        if not name or name in "\n;":
            raise self._error("missing command", min(self._position, len(self._text)))
        if first is not None and first.kind == "line" and first.number == 0:
            if second is None or second.kind != "regex":
                raise self._error("invalid usage of line address 0")
            first.kind = "zero"
        self._finish_command(_Command(name, first, second, negated, active=first is not None and first.kind == "zero"))

    def _finish_command(self, command: _Command) -> None:
        name = command.name
        if name == "#":
            self._position = self._line_end()
            return
        if name == "}":
            if not self._blocks:
                raise self._error("unexpected `}'")
            self._commands[self._blocks.pop()].jump = len(self._commands)
            self._end_of_command()
            return
        if name == ":":
            self._labels[self._label(stops="\n;").rstrip()] = len(self._commands)
            return
        if name == "{":
            self._blocks.append(len(self._commands))
        elif name == "s":
            self._substitute(command)
        elif name == "y":
            self._transliterate(command)
        elif name in "aic":
            command.text = self._text_argument()
        elif name in "btT":
            command.text = self._label(stops="\n;}").rstrip()
        elif name in "rw":
            command.text = self._label(stops="\n")
        elif name in "qQl":
            self._skip(" \t")
            digits = re.compile(r"\d*").match(self._text, self._position)
            assert digits is not None
            self._position = digits.end()
            command.text = digits.group()
        elif name not in _NO_ARGUMENT:
            raise self._error(f"unknown command: `{name}'")
        if name in _NO_ARGUMENT or name in "qQlsy":
            self._end_of_command()
        self._commands.append(command)

    def _end_of_command(self) -> None:
        self._skip(" \t")
        if self._peek() not in ("", "\n", ";", "}", "#"):
            self._position += 1
            raise self._error("extra characters after command")

    def _line_end(self) -> int:
        end = self._text.find("\n", self._position)
        return len(self._text) if end < 0 else end

    def _label(self, stops: str) -> str:
        self._skip(" \t")
        start = self._position
        while self._peek() and self._peek() not in stops:
            self._position += 1
        return self._text[start : self._position]

    def _text_argument(self) -> str:
        """The text of a, i, c: behind ``a\\`` and a newline, or on the same line. An escaped newline goes on."""
        self._skip(" \t")
        if self._peek() == "\\":
            self._take()
            self._skip(" \t")
            if self._peek() == "\n":
                self._take()
        elif not self._peek():
            raise self._error("expected \\ after `a', `c' or `i'", len(self._text))
        out = []
        while (char := self._peek()) not in ("", "\n"):
            self._take()
            if char == "\\":
                char = self._take()
                char = char if char == "\n" else _ESCAPES.get(char, char) if char in "t" else char
            out.append(char)
        return "".join(out) + "\n"

    def _address(self) -> _Address | None:
        char = self._peek()
        if char.isdigit():
            value = self._number()
            if self._peek() == "~":
                self._take()
                return _Address("step", value, self._number())
            return _Address("line", value)
        if char == "$":
            self._take()
            return _Address("last")
        if char == "/" or char == "\\":
            self._take()
            delimiter = "/" if char == "/" else self._take()
            pattern = self._delimited(delimiter, "unterminated address regex")
            ignore_case = False
            while self._peek() in ("I", "M") and self._peek():
                ignore_case = self._take() == "I" or ignore_case
            return _Address("regex", regex=self._compile(pattern, ignore_case))
        return None

    def _second_address(self) -> _Address:
        if self._peek() in ("+", "~") and self._peek():
            kind = "plus" if self._take() == "+" else "multiple"
            return _Address(kind, self._number())
        address = self._address()
        if address is None:
            raise self._error("unexpected `,'")
        return address

    def _number(self) -> int:
        digits = re.compile(r"\d*").match(self._text, self._position)
        assert digits is not None
        self._position = digits.end()
        return int(digits.group() or 0)

    def _delimited(self, delimiter: str, problem: str, *, regex: bool = True) -> str:
        """The text up to the delimiter. An escaped delimiter loses its backslash; brackets hide it in a regex."""
        out: list[str] = []
        in_bracket = False
        while True:
            char = self._take()
            if not char or (char == "\n" and regex and problem.endswith("regex")):
                raise self._error(problem, len(self._text))
            if char == "\\" and not in_bracket:
                following = self._take()
                if following == delimiter:
                    out.append(delimiter)
                elif following == "\n" and not regex:
                    out.append("\\\n")
                else:
                    out.append("\\" + following)
                continue
            if char == delimiter and not in_bracket:
                return "".join(out)
            if regex:
                in_bracket = self._in_bracket(char, in_bracket, out)
            out.append(char)

    def _in_bracket(self, char: str, inside: bool, out: list[str]) -> bool:
        if not inside:
            return char == "[" and self._text.find("]", self._position + 1) >= 0
        if char != "]":
            return True
        opened = "".join(out).rpartition("[")[2]
        return opened in ("", "^") or bool(re.search(r"\[:[a-z]*:$", "".join(out)))

    def _compile(self, pattern: str, ignore_case: bool) -> Regex | None:
        if not pattern:
            return None
        try:
            return compile_regex(pattern, self._dialect, ignore_case=ignore_case)
        except RegexError as error:
            raise self._error(str(error)) from None

    def _substitute(self, command: _Command) -> None:
        delimiter = self._take()
        pattern = self._delimited(delimiter, "unterminated `s' command")
        replacement = self._delimited(delimiter, "unterminated `s' command", regex=False)
        while (char := self._peek()) and char in "gpiIme0123456789w":
            if char.isdigit():
                command.occurrence = self._number()
                if command.occurrence == 0:
                    raise self._error("number option to `s' command may not be zero")
                continue
            self._take()
            if char in "ew":
                raise self._error(f"the `{char}' flag of `s' is not supported")
            command.flags += char.lower()
        if self._peek() not in ("", "\n", ";", "}", "#", " ", "\t"):
            self._position += 1
            raise self._error("unknown option to `s'")
        command.regex = self._compile(pattern, "i" in command.flags)
        command.replacement = _parse_replacement(replacement)
        groups = command.regex.groups if command.regex else 9
        worst = max((piece for piece in command.replacement if isinstance(piece, int)), default=0)
        if worst > groups:
            raise self._error(f"invalid reference \\{worst} on `s' command's RHS")

    def _transliterate(self, command: _Command) -> None:
        delimiter = self._take()
        source, target = (
            _unescape(self._delimited(delimiter, "unterminated `y' command", regex=False)) for _ in range(2)
        )
        if len(source) != len(target):
            raise self._error("strings for `y' command are different lengths")
        command.table = dict(zip(source, target, strict=True))


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _ESCAPES.get(match.group(1), match.group(1)), text, flags=re.DOTALL)


def _parse_replacement(text: str) -> list[str | int]:
    """Literal pieces, group numbers (0 for ``&``), and the case switches ``\\U \\L \\u \\l \\E`` as they stand."""
    pieces: list[str | int] = []
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if char == "&":
            pieces.append(0)
        elif char == "\\" and index < len(text):
            escaped = text[index]
            index += 1
            if escaped.isdigit():
                pieces.append(int(escaped))
            elif escaped in "ULulE":
                pieces.append("\\" + escaped)
            else:
                pieces.append(_ESCAPES.get(escaped, escaped))
        else:
            pieces.append(char)
    return pieces


def _replaced(match: Match, pieces: Sequence[str | int]) -> str:
    out, mode, once = "", "", ""
    for piece in pieces:
        if isinstance(piece, str) and len(piece) == 2 and piece[0] == "\\":
            if piece[1] in "ul":
                once = piece[1]
            else:
                mode = piece[1].strip("E")
            continue
        text = match.group(piece) if isinstance(piece, int) else piece
        text = text.upper() if mode == "U" else text.lower() if mode == "L" else text
        if once and text:
            text = (text[0].upper() if once == "u" else text[0].lower()) + text[1:]
            once = ""
        out += text
    return out


class _Quit(Exception):
    def __init__(self, status: int, printing: bool) -> None:
        self.status, self.printing = status, printing


class _Editor:
    """One run of the script over one sequence of lines."""

    def __init__(
        self,
        process: Process,
        commands: Sequence[_Command],
        lines: AsyncIterator[tuple[str, bool]],
        out: Writer,
        quiet: bool,
    ) -> None:
        self._process, self._commands, self._lines, self._out, self._quiet = process, commands, lines, out, quiet
        self._next: tuple[str, bool] | None = None
        self._space, self._hold, self._newline = "", "", True
        self._number = 0
        self._after: list[str] = []
        self._last_regex: Regex | None = None
        self._substituted = False

    async def run(self) -> int:
        self._next = await anext(self._lines, None)
        restart = False
        try:
            while restart or await self._advance():
                restart = await self._cycle()
        except _Quit as leave:
            if leave.printing and not self._quiet:
                await self._print(self._space)
            await self._flush()
            return leave.status
        return 0

    async def _advance(self) -> bool:
        """Read the next line into the pattern space; False at the end of input."""
        if self._next is None:
            return False
        self._space, self._newline = self._next
        self._number += 1
        self._substituted = False
        self._process.budget.spend_bytes(1)
        self._next = await anext(self._lines, None)
        return True

    async def _print(self, text: str) -> None:
        await self._out.write(text + ("\n" if self._newline else ""))

    async def _flush(self) -> None:
        for text in self._after:
            await self._out.write(text)
        self._after.clear()

    async def _cycle(self) -> bool:
        """One pass of the script over the pattern space. True: begin again without reading a line."""
        counter = 0
        while counter < len(self._commands):
            self._process.budget.spend_steps()
            command = self._commands[counter]
            counter += 1
            if self._selected(command) == command.negated:
                counter = command.jump if command.name == "{" else counter
                continue
            if command.name == "d":
                await self._flush()
                return False
            if command.name == "D":
                await self._flush()
                _head, newline, rest = self._space.partition("\n")
                if not newline:
                    return False
                self._space = rest
                return True
            if command.name in "btT":
                taken = command.name == "b" or self._substituted == (command.name == "t")
                if command.name != "b":
                    self._substituted = False
                counter = command.jump if taken else counter
            elif command.name == "c":
                if command.second is None or not command.active or command.negated:
                    await self._out.write(command.text)
                await self._flush()
                return False
            else:
                await self._execute(command)
        if not self._quiet:
            await self._print(self._space)
        await self._flush()
        return False

    async def _execute(self, command: _Command) -> None:
        name = command.name
        if name == "s":
            await self._substitute(command)
        elif name == "p":
            await self._print(self._space)
        elif name == "P":
            await self._out.write(self._space.partition("\n")[0] + "\n")
        elif name == "=":
            await self._out.write(f"{self._number}\n")
        elif name == "y":
            self._space = "".join(command.table.get(char, char) for char in self._space)
        elif name == "i":
            await self._out.write(command.text)
        elif name == "a":
            self._after.append(command.text)
        elif name == "r":
            self._after.append(self._file_text(command.text))
        elif name in "gGhHx":
            self._exchange(name)
        elif name in "nN":
            await self._read_more(name)
        elif name in "qQ":
            raise _Quit(int(command.text or 0), name == "q")
        elif name == "l":
            await self._out.write(_visible(self._space) + "$\n")
        elif name == "F":
            await self._out.write("-\n")
        elif name == "w":
            self._process.fs.write(resolve(self._process, command.text), encode(self._space + "\n"), append=True)

    def _file_text(self, path: str) -> str:
        try:
            return decode(self._process.fs.read(resolve(self._process, path)))
        except OSError:
            return ""

    def _exchange(self, name: str) -> None:
        if name == "x":
            self._space, self._hold = self._hold, self._space
        elif name == "g":
            self._space = self._hold
        elif name == "h":
            self._hold = self._space
        elif name == "G":
            self._space += "\n" + self._hold
        else:
            self._hold += "\n" + self._space
        self._process.budget.spend_bytes(len(self._space) // 64)

    async def _read_more(self, name: str) -> None:
        if self._next is None:
            raise _Quit(0, True)
        if name == "n":
            if not self._quiet:
                await self._print(self._space)
            await self._flush()
            substituted = self._substituted
            await self._advance()
            self._substituted = substituted
            return
        before, substituted = self._space, self._substituted
        await self._flush()
        await self._advance()
        self._space = f"{before}\n{self._space}"
        self._substituted = substituted

    def _regex(self, regex: Regex | None) -> Regex:
        found = regex or self._last_regex
        if found is None:
            raise SedError("no previous regular expression")
        self._last_regex = found
        return found

    async def _substitute(self, command: _Command) -> None:
        out, position, count = [], 0, 0
        for match in self._regex(command.regex).finditer(self._space):
            count += 1
            if count < command.occurrence:
                continue
            out += [self._space[position : match.start], _replaced(match, command.replacement)]
            position = match.end
            if "g" not in command.flags:
                break
        if not out:
            return
        self._space = "".join(out) + self._space[position:]
        self._process.budget.spend_bytes(len(self._space) // 64)
        self._substituted = True
        if "p" in command.flags:
            await self._print(self._space)

    # Addresses

    def _selected(self, command: _Command) -> bool:
        if command.first is None:
            return True
        if command.second is None:
            return self._at(command.first)
        if command.active:
            command.active = not self._range_ends(command, command.second)
            if command.second.kind == "line" and self._number > command.second.number:
                return self._at(command.first)
            return True
        if not self._at(command.first):
            return False
        command.until = self._number + command.second.number
        second = command.second
        if second.kind == "multiple":
            command.until = -(-self._number // second.number) * second.number if second.number else self._number
        one_line = (second.kind == "line" and second.number <= self._number) or (
            second.kind in ("plus", "multiple") and command.until <= self._number
        )
        command.active = not one_line and not (second.kind == "last" and self._next is None)
        return True

    def _range_ends(self, command: _Command, second: _Address) -> bool:
        if second.kind in ("plus", "multiple"):
            return self._number >= command.until
        if second.kind == "line":
            return self._number >= second.number
        return self._at(second)

    def _at(self, address: _Address) -> bool:
        if address.kind == "line":
            return self._number == address.number
        if address.kind == "last":
            return self._next is None
        if address.kind == "step":
            if address.step <= 0:
                return self._number == address.number
            return self._number >= address.number and (self._number - address.number) % address.step == 0
        if address.kind == "zero":
            return False
        return self._regex(address.regex).test(self._space)


def _visible(text: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", "\a": "\\a", "\b": "\\b", "\f": "\\f", "\v": "\\v"}
    return "".join(
        named.get(char) or (char if " " <= char < "\x7f" else "".join(f"\\{byte:03o}" for byte in encode(char)))
        for char in text
    )


async def _lines(process: Process, paths: Sequence[str], status: Status) -> AsyncIterator[tuple[str, bool]]:
    """Lines, and whether each had its newline; files that cannot be read are complained about."""
    for path in paths:
        if path != "-" and is_directory(process, path):
            status.fail(2)
            await complain(process, f"read error on {path}: Is a directory")
            continue
        try:
            reader = open_input(process, path)
        except OSError as error:
            status.fail(2)
            await complain(process, f"can't read {path}: {describe(error)}")
            continue
        while line := await reader.read_line():
            yield decode(line.removesuffix(b"\n")), line.endswith(b"\n")


def _arguments(process: Process, options: Options) -> tuple[str, list[str]]:
    operands = list(options.operands)
    scripts = list(options.values.get("e", ()))
    for path in options.values.get("f", ()):
        scripts.append(decode(process.fs.read(resolve(process, path))))
    if "e" not in options and "f" not in options:
        if not operands:
            raise UsageError("no script specified", 1)
        scripts.append(operands.pop(0))
    return "\n".join(scripts), operands


@program
async def sed(process: Process) -> int:
    arguments = []
    in_place: str | None = None
    for argument in process.args[1:]:
        # -i takes an optional suffix, which getopt's notation cannot say
        if re.fullmatch(r"-i.*|--in-place(=.*)?", argument):
            in_place = argument.partition("=")[2] if argument.startswith("--") else argument[2:]
        elif re.fullmatch(r"-[nErsz]+i", argument):
            in_place = ""
            arguments.append(argument[:-1])
        else:
            arguments.append(argument)
    options = parse_options(
        arguments, "ne:f:Ersuz",
        {"quiet": "n", "silent": "n", "expression": "e", "file": "f", "regexp-extended": "E", "separate": "s"},
    )  # fmt: skip
    script, operands = _arguments(process, options)
    dialect: Dialect = "extended" if "E" in options or "r" in options else "basic"
    quiet = "n" in options or script.startswith("#n\n")
    status = Status()
    try:
        if in_place is not None:
            return await _edit_files(process, script, dialect, operands, quiet, in_place, status)
        commands = _ScriptParser(script, dialect).parse()
        editor = _Editor(process, commands, _lines(process, operands or ["-"], status), process.stdout, quiet)
        code = await editor.run()
    except SedError as error:
        await complain(process, str(error))
        return error.status
    return code or status.code


async def _edit_files(
    process: Process, script: str, dialect: Dialect, paths: Sequence[str], quiet: bool, suffix: str, status: Status
) -> int:
    code = 0
    for path in paths:
        full = resolve(process, path)
        if is_directory(process, path):
            status.fail(4)
            await complain(process, f"couldn't edit {path}: not a regular file")
            continue
        try:
            FileReader(process.fs, full)
        except OSError as error:
            status.fail(4 if isinstance(error, PermissionError) else 1)
            await complain(process, f"can't read {path}: {describe(error)}")
            continue
        output = Buffer()
        commands = _ScriptParser(script, dialect).parse()
        code = await _Editor(process, commands, _lines(process, [path], status), output, quiet).run() or code
        if suffix:
            process.fs.write(full + suffix, process.fs.read(full))
        process.budget.spend_bytes(len(output.getvalue()))
        process.fs.write(full, output.getvalue())
    return code or status.code
