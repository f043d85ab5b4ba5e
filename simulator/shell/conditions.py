"""The tests of ``[``, ``test`` and ``[[``."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from simulator.shell.filesystem import FileSystem, Stat

Resolve = Callable[[str], str]


class TestError(Exception):
    """The expression is wrong; ends ``test`` with status 2."""

    __test__ = False  # no test class, whatever pytest thinks of its name


_KINDS: Final = {"-f": "file", "-d": "dir", "-h": "link", "-L": "link", "-b": "block", "-c": "char", "-p": "fifo"}
_PERMISSIONS: Final = {"-r": 0o444, "-w": 0o222, "-x": 0o111}
FILE_TESTS: Final = frozenset([*_KINDS, *_PERMISSIONS, "-e", "-a", "-s", "-S", "-u", "-g", "-k", "-O", "-G", "-N"])
STRING_TESTS: Final = frozenset(["-n", "-z"])
UNARY: Final = FILE_TESTS | STRING_TESTS | {"-t", "-v", "-o", "-R"}
_NUMERIC: Final[dict[str, Callable[[int, int], bool]]] = {
    "-eq": int.__eq__,
    "-ne": int.__ne__,
    "-lt": int.__lt__,
    "-le": int.__le__,
    "-gt": int.__gt__,
    "-ge": int.__ge__,
}
BINARY: Final = frozenset([*_NUMERIC, "=", "==", "!=", "<", ">", "-nt", "-ot", "-ef"])


def _stat(fs: FileSystem, path: str) -> Stat | None:
    try:
        return fs.stat(path)
    except OSError:
        return None


def file_test(fs: FileSystem, resolve: Resolve, operator: str, path: str) -> bool:
    """``-f path`` and its like. An empty path is no file."""
    status = _stat(fs, resolve(path)) if path else None
    if status is None:
        return False
    if operator in _KINDS:
        return status.kind == _KINDS[operator]
    if operator in _PERMISSIONS:
        return bool(status.mode & _PERMISSIONS[operator]) or (status.uid == 0 and operator != "-x")
    if operator == "-s":
        return status.size > 0
    special = {"-u": 0o4000, "-g": 0o2000, "-k": 0o1000}
    if operator in special:
        return bool(status.mode & special[operator])
    return operator in ("-e", "-a", "-O", "-G")


def compare_files(fs: FileSystem, resolve: Resolve, operator: str, left: str, right: str) -> bool:
    """``-nt``, ``-ot`` and ``-ef``."""
    first, second = _stat(fs, resolve(left)), _stat(fs, resolve(right))
    if operator == "-ef":
        return first is not None and second is not None and resolve(left) == resolve(right)
    older, newer = (second, first) if operator == "-nt" else (first, second)
    return newer is not None and (older is None or newer.mtime > older.mtime)


def compare_numbers(operator: str, left: int, right: int) -> bool:
    return _NUMERIC[operator](left, right)


def is_numeric(operator: str) -> bool:
    return operator in _NUMERIC


class TestExpression:
    """The arguments of ``test``: by their number first, as POSIX says, by precedence beyond four."""

    __test__ = False

    def __init__(
        self, arguments: Sequence[str], fs: FileSystem, resolve: Resolve, is_set: Callable[[str], bool] = bool
    ) -> None:
        self._arguments, self._fs, self._resolve, self._is_set = arguments, fs, resolve, is_set
        self._position = 0

    def evaluate(self) -> bool:
        """TestError when the expression is malformed."""
        return self._by_count(list(self._arguments))

    def _by_count(self, arguments: list[str]) -> bool:
        count = len(arguments)
        if count == 0:
            return False
        if count == 1:
            return arguments[0] != ""
        if count == 2:
            return self._two(arguments)
        if count == 3 and (answer := self._three(arguments)) is not None:
            return answer
        if count == 4 and arguments[0] == "!":
            return not self._by_count(arguments[1:])
        if count == 4 and arguments[0] == "(" and arguments[3] == ")":
            return self._by_count(arguments[1:3])
        value = self._or()
        if self._position < count:
            raise TestError("too many arguments")
        return value

    def _two(self, arguments: list[str]) -> bool:
        operator, operand = arguments
        if operator == "!":
            return operand == ""
        if operator in UNARY:
            return self._unary(operator, operand)
        raise TestError(f"{operator}: unary operator expected")

    def _three(self, arguments: list[str]) -> bool | None:
        left, operator, right = arguments
        if operator in BINARY:
            return self._binary(left, operator, right)
        if operator in ("-a", "-o"):
            return (left != "" and right != "") if operator == "-a" else (left != "" or right != "")
        if left == "!":
            return not self._by_count(arguments[1:])
        if left == "(" and right == ")":
            return operator != ""
        raise TestError(f"{operator}: binary operator expected")

    def _peek(self, ahead: int = 0) -> str | None:
        index = self._position + ahead
        return self._arguments[index] if index < len(self._arguments) else None

    def _or(self) -> bool:
        value = self._and()
        while self._peek() == "-o":
            self._position += 1
            value = self._and() or value
        return value

    def _and(self) -> bool:
        value = self._term()
        while self._peek() == "-a":
            self._position += 1
            value = self._term() and value
        return value

    def _term(self) -> bool:
        negated = False
        while self._peek() == "!":
            negated = not negated
            self._position += 1
        return self._primary() != negated

    def _primary(self) -> bool:
        token = self._peek()
        if token is None:
            raise TestError("argument expected")
        self._position += 1
        if (operator := self._peek()) in BINARY and operator is not None and self._peek(1) is not None:
            self._position += 2
            return self._binary(token, operator, self._arguments[self._position - 1])
        if token == "(":
            value = self._or()
            if self._peek() != ")":
                raise TestError("`)' expected")
            self._position += 1
            return value
        if token in UNARY and self._peek() is not None:
            self._position += 1
            return self._unary(token, self._arguments[self._position - 1])
        return token != ""

    def _unary(self, operator: str, operand: str) -> bool:
        if operator in STRING_TESTS:
            return (operand != "") == (operator == "-n")
        if operator == "-v":
            return self._is_set(operand)
        if operator in FILE_TESTS:
            return file_test(self._fs, self._resolve, operator, operand)
        return False  # -t: no descriptor here is a terminal

    def _binary(self, left: str, operator: str, right: str) -> bool:
        if operator in ("=", "=="):
            return left == right
        if operator == "!=":
            return left != right
        if operator in "<>":
            return left < right if operator == "<" else left > right
        if is_numeric(operator):
            return compare_numbers(operator, _integer(left), _integer(right))
        return compare_files(self._fs, self._resolve, operator, left, right)


def _integer(text: str) -> int:
    if not re.fullmatch(r"\s*[+-]?\d+\s*", text):
        raise TestError(f"{text}: integer expression expected")
    return int(text)
