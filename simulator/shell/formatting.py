"""``echo -e`` and ``printf``: shared by the builtins, the programs of the same name, and awk."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

_ESCAPES: Final = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", "e": "\x1b", "E": "\x1b",
}  # fmt: skip
_ESCAPE: Final = re.compile(
    r"\\(?:0([0-7]{0,3})|([1-7][0-7]{0,2})|x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|U([0-9a-fA-F]{1,8})|(.))", re.DOTALL
)
DIRECTIVE: Final = re.compile(
    r"%(?P<flags>[-+ #0']*)(?P<width>\*|\d+)?(?:\.(?P<precision>\*|-?\d+)?)?(?P<dot>)(?P<kind>.)?", re.DOTALL
)
_MAX_WIDTH: Final = 1_000_000


class StopOutput(Exception):
    """``\\c`` was met: print what there is, and nothing more. Carries the text so far."""


def unescape(text: str, *, octal_needs_zero: bool) -> str:
    """Replace backslash escapes. ``octal_needs_zero``: ``\\0101`` as in echo, otherwise ``\\101`` as in printf."""

    def replace(match: re.Match[str]) -> str:
        zero, octal, hexadecimal, short, long, other = match.groups()
        if zero is not None:
            digits = zero if octal_needs_zero else ("0" + zero)[:3]
            rest = "" if octal_needs_zero else ("0" + zero)[3:]
            return _byte(int(digits or "0", 8)) + rest
        if octal is not None:
            return match.group() if octal_needs_zero else _byte(int(octal, 8) & 255)
        if hexadecimal is not None:
            return _byte(int(hexadecimal, 16))
        if short or long:
            return chr(int(short or long, 16))
        if other == "c":
            raise StopOutput(_ESCAPE.sub(replace, text[: match.start()]))
        if other == '"' and not octal_needs_zero:
            return '"'
        return _ESCAPES.get(other, match.group())

    return _ESCAPE.sub(replace, text)


def _byte(value: int) -> str:
    return bytes([value & 255]).decode("utf-8", "surrogateescape")


def echo(arguments: Sequence[str]) -> str:
    """What ``echo`` prints for its arguments."""
    newline, escapes, index = True, False, 0
    while index < len(arguments) and re.fullmatch(r"-[neE]+", arguments[index]):
        for letter in arguments[index][1:]:
            newline = newline and letter != "n"
            escapes = letter == "e" or (escapes and letter != "E")
        index += 1
    text = " ".join(arguments[index:])
    if escapes:
        try:
            text = unescape(text, octal_needs_zero=True)
        except StopOutput as stop:
            return str(stop)
    return text + "\n" if newline else text


class Printf:
    """One call of ``printf``: the text, and what was wrong with the arguments (``abc: invalid number``)."""

    def __init__(self, format_text: str, arguments: Sequence[str]) -> None:
        self.errors: list[str] = []
        self.text = ""
        self._arguments = list(arguments)
        self._used = 0
        try:
            self._run(format_text)
        except StopOutput as stop:
            self.text += str(stop)

    def _run(self, format_text: str) -> None:
        pieces = _split_format(format_text)
        takes_arguments = any(isinstance(piece, re.Match) and piece.group("kind") != "%" for piece in pieces)
        while True:
            for piece in pieces:
                self.text += piece if isinstance(piece, str) else self._directive(piece)
            if self._used >= len(self._arguments) or not takes_arguments:
                return

    def _next(self) -> str | None:
        self._used += 1
        return self._arguments[self._used - 1] if self._used <= len(self._arguments) else None

    def _directive(self, match: re.Match[str]) -> str:
        kind = match.group("kind")
        if kind == "%":
            return "%"
        width, precision = match.group("width") or "", match.group("precision")
        flags = match.group("flags")
        if width == "*":
            width = str(self._integer(self._next()))
            if width.startswith("-"):
                flags, width = flags + "-", width[1:]
        if precision == "*":
            precision = str(self._integer(self._next()))
        elif precision is None and "." in match.group():
            precision = "0"
        if int(width or 0) > _MAX_WIDTH or int(precision or 0) > _MAX_WIDTH:
            self.errors.append(f"{match.group()}: Value too large for defined data type")
            self._used = len(self._arguments)
            raise StopOutput("")
        if kind is None or kind not in "sbqcdiouxXeEfFgG":
            self.errors.append(
                f"`{kind or '%'}': invalid format character" if kind else "`%': missing format character"
            )
            self._used = len(self._arguments)
            raise StopOutput("")
        return format_value(flags, width, precision, kind, self._value(kind))

    def _value(self, kind: str) -> str | int | float:
        argument = self._next()
        if kind == "b":
            try:
                return unescape(argument or "", octal_needs_zero=True)
            except StopOutput as stop:
                self._used = len(self._arguments)
                raise StopOutput(str(stop)) from None
        if kind == "q":
            return quote(argument or "")
        if kind == "s":
            return argument or ""
        if kind == "c":
            return (argument or "")[:1]
        return self._integer(argument) if kind in "diouxX" else self._float(argument)

    def _integer(self, argument: str | None) -> int:
        text = (argument or "").strip()
        if not text and (argument == "" or argument is None):
            return 0
        if text[:1] in "'\"" and len(text) > 1:
            return ord(text[1])
        match = re.match(r"([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)", text)
        if match is None or match.end() < len(text):
            self.errors.append(f"{argument}: invalid number")
        if match is None:
            return 0
        digits = match.group(2)
        base = 16 if digits[:2].lower() == "0x" else 8 if digits[0] == "0" and len(digits) > 1 else 10
        value = int(digits, base)
        return -value if match.group(1) == "-" else value

    def _float(self, argument: str | None) -> float:
        if not argument:
            return 0.0
        try:
            return float(argument)
        except ValueError:
            self.errors.append(f"{argument}: invalid number")
            match = re.match(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", argument)
            return float(match.group()) if match else 0.0


def _split_format(format_text: str) -> list[str | re.Match[str]]:
    """Literal text (escapes already replaced) and directives."""
    pieces: list[str | re.Match[str]] = []
    position = 0
    for match in DIRECTIVE.finditer(format_text):
        pieces.append(format_text[position : match.start()])
        pieces.append(match)
        position = match.end()
    pieces.append(format_text[position:])
    return [unescape(piece, octal_needs_zero=False) if isinstance(piece, str) else piece for piece in pieces]


def format_value(flags: str, width: str, precision: str | None, kind: str, value: str | int | float) -> str:
    """One C conversion of an already converted value."""
    if isinstance(value, str):
        text = value if precision is None or kind == "c" or int(precision) < 0 else value[: int(precision)]
        return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))
    digits = f".{precision}" if precision is not None and int(precision) >= 0 else ""
    if kind in "diouxX":
        number = int(value)
        if kind == "u" or (kind in "oxX" and number < 0):
            number %= 2**64
        if digits:
            flags = flags.replace("0", "")
        spec: Callable[[object], str] = (
            f"%{flags.replace(chr(39), '')}{width}{digits}{'d' if kind in 'diu' else kind}".__mod__
        )
        text = spec(number)
        return text.replace("0o", "0") if kind == "o" else text
    return f"%{flags.replace(chr(39), '')}{width}{digits}{kind}" % value


def quote(text: str) -> str:
    """``printf %q``."""
    if not text:
        return "''"
    if any(ord(char) < 32 or ord(char) == 127 for char in text):
        return "$'" + "".join(_ansi(char) for char in text) + "'"
    return re.sub(r"([^A-Za-z0-9_@%+=:,./-])", r"\\\1", text)


def _ansi(char: str) -> str:
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\", "'": "\\'", "\x1b": "\\E", "\a": "\\a"}
    return named.get(char, char if ord(char) >= 32 and char != "\x7f" else f"\\{ord(char):03o}")


def single_quoted(text: str) -> str:
    """``text`` as a shell word that xtrace or ``set`` would print."""
    if text and not re.search(r"[^A-Za-z0-9_@%+=:,./-]", text):
        return text
    return "'" + text.replace("'", "'\\''") + "'"
