"""Shell arithmetic: C's operators on 64-bit integers that wrap around."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+#[0-9A-Za-z@_]+|0[xX][0-9a-fA-F]*|\d[0-9A-Za-z_]*)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?)"
    r"|(?P<op><<=|>>=|\*\*|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[-+*/%<>=!~&|^?:,()])|(?P<other>\S))"
)
_BINARY: Final = {
    "||": 3, "&&": 4, "|": 5, "^": 6, "&": 7, "==": 8, "!=": 8, "<": 9, ">": 9, "<=": 9, ">=": 9,
    "<<": 10, ">>": 10, "+": 11, "-": 11, "*": 12, "/": 12, "%": 12, "**": 13,
}  # fmt: skip
_ASSIGN: Final = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "<<=", ">>=", "&=", "^=", "|="])
_MAX_NESTING: Final = 40
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_"

Getter = Callable[[str], str]
Setter = Callable[[str, str], None]


class ArithmeticFailure(Exception):
    """Carries bash's message: ``1/0: division by 0 (error token is "0")``."""


def evaluate(text: str, get: Getter, assign: Setter, depth: int = 0) -> int:
    """The value of an expression; an empty one is 0. Variables are expressions themselves. ArithmeticFailure."""
    if depth > _MAX_NESTING:
        raise ArithmeticFailure(f'{text}: expression recursion level exceeded (error token is "{text.strip()}")')
    return _Evaluator(text, get, assign, depth).run()


def wrap(value: int) -> int:
    """``value`` as a signed 64-bit integer."""
    return (value + 2**63) % 2**64 - 2**63


class _Evaluator:
    """Computes while it parses; ``_live`` is False in the branch that ``?:``, ``&&`` and ``||`` do not take."""

    def __init__(self, text: str, get: Getter, assign: Setter, depth: int) -> None:
        self._text, self._get, self._assign, self._depth = text, get, assign, depth
        self._position, self._live, self._nesting = 0, True, 0
        self._kind, self._token, self._start = "", "", 0
        self._advance()

    def run(self) -> int:
        if self._kind == "end":
            return 0
        value = self._comma()
        if self._kind != "end":
            if self._kind in ("name", "number") or self._token == "(":
                raise self._failure("syntax error in expression")
            kind = (
                "syntax error: invalid arithmetic operator" if self._kind == "other" else "syntax error in expression"
            )
            raise self._failure(kind)
        return value

    def _advance(self) -> None:
        match = _TOKEN.match(self._text, self._position)
        if match is None:
            self._kind, self._token, self._start = "end", "", len(self._text.rstrip())
            return
        self._kind = match.lastgroup or ""
        self._token = match.group(self._kind)
        self._start = match.start(self._kind)
        self._position = match.end()

    def _failure(self, message: str, token: str | None = None) -> ArithmeticFailure:
        rest = self._text[self._start :].strip() if token is None else token
        return ArithmeticFailure(f'{self._text.strip()}: {message} (error token is "{rest}")')

    def _accept(self, *operators: str) -> str:
        if self._kind == "op" and self._token in operators:
            token = self._token
            self._advance()
            return token
        return ""

    def _comma(self) -> int:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise self._failure("expression recursion level exceeded")
        value = self._ternary()
        while self._accept(","):
            value = self._ternary()
        self._nesting -= 1
        return value

    def _ternary(self) -> int:
        condition = self._binary(3)
        if not self._accept("?"):
            return condition
        live = self._live
        self._live = live and condition != 0
        yes = self._comma()
        if not self._accept(":"):
            raise self._failure("`:' expected for conditional expression")
        self._live = live and condition == 0
        no = self._ternary()
        self._live = live
        return yes if condition else no

    def _binary(self, lowest: int) -> int:
        left = self._unary()
        while self._kind == "op" and (precedence := _BINARY.get(self._token, 0)) >= lowest:
            operator = self._token
            self._advance()
            if operator in ("&&", "||"):
                left = self._logic(operator, left, precedence)
                continue
            start = self._start
            right = self._binary(precedence if operator == "**" else precedence + 1)
            left = self._compute(operator, left, right, self._text[start : self._start].strip() or str(right))
        return left

    def _logic(self, operator: str, left: int, precedence: int) -> int:
        live = self._live
        self._live = live and bool(left) == (operator == "&&")
        right = self._binary(precedence + 1)
        self._live = live
        return int(bool(left) and bool(right)) if operator == "&&" else int(bool(left) or bool(right))

    def _compute(self, operator: str, left: int, right: int, token: str) -> int:
        if not self._live:
            return 0
        if operator in "/%" and right == 0:
            raise self._failure("division by 0", token)
        if operator == "**" and right < 0:
            raise self._failure("exponent less than 0", token.lstrip("-"))
        if operator == "**":
            return wrap(pow(left, right, 2**64))
        return wrap(_OPERATIONS[operator](left, right))

    def _unary(self) -> int:
        self._nesting += 1
        if self._nesting > _MAX_NESTING * 3:
            raise self._failure("expression recursion level exceeded")
        value = self._unary_value()
        self._nesting -= 1
        return value

    def _unary_value(self) -> int:
        if operator := self._accept("!", "~", "-", "+"):
            value = self._unary()
            return (
                int(not value)
                if operator == "!"
                else wrap(~value if operator == "~" else -value if operator == "-" else value)
            )
        if operator := self._accept("++", "--"):
            if self._kind != "name":
                return self._unary()
            name = self._token
            self._advance()
            return self._store(name, self._read(name) + (1 if operator == "++" else -1))
        return self._postfix()

    def _postfix(self) -> int:
        if self._kind == "number":
            value = self._number(self._token)
            self._advance()
            return value
        if self._kind == "name":
            name = self._token
            self._advance()
            return self._variable(name)
        if self._accept("("):
            value = self._comma()
            if not self._accept(")"):
                raise self._failure("missing `)'")
            return value
        if self._kind == "end":
            last = self._text.rstrip()
            self._start = max(0, len(last) - 1)
        raise self._failure("syntax error: operand expected")

    def _variable(self, name: str) -> int:
        if self._kind == "op" and self._token in _ASSIGN:
            operator = self._token
            self._advance()
            start = self._start
            right = self._ternary()
            if operator == "=":
                return self._store(name, right)
            token = self._text[start : self._start].strip()
            return self._store(name, self._compute(operator[:-1], self._read(name), right, token))
        value = self._read(name)
        if operator := self._accept("++", "--"):
            self._store(name, value + (1 if operator == "++" else -1))
        return value

    def _read(self, name: str) -> int:
        if not self._live:
            return 0
        return evaluate(self._get(name), self._get, self._assign, self._depth + 1)

    def _store(self, name: str, value: int) -> int:
        value = wrap(value)
        if self._live:
            self._assign(name, str(value))
        return value

    def _number(self, token: str) -> int:
        base, digits = 10, token
        if "#" in token:
            prefix, digits = token.split("#", 1)
            base = int(prefix)
            if not 2 <= base <= 64:
                raise self._failure("invalid arithmetic base", token)
        elif token[:2] in ("0x", "0X"):
            base, digits = 16, token[2:] or "0"
        elif token[0] == "0" and len(token) > 1:
            base, digits = 8, token[1:]
        value = 0
        for digit in digits:
            number = _DIGITS.find(digit.lower() if base <= 36 else digit)
            if number < 0 or number >= base:
                raise self._failure("value too great for base", token)
            value = value * base + number
        return wrap(value)


def _quotient(left: int, right: int) -> int:
    """C's division: it rounds towards zero."""
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


_OPERATIONS: Final[dict[str, Callable[[int, int], int]]] = {
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "&": lambda a, b: a & b,
    "==": lambda a, b: int(a == b),
    "!=": lambda a, b: int(a != b),
    "<": lambda a, b: int(a < b),
    ">": lambda a, b: int(a > b),
    "<=": lambda a, b: int(a <= b),
    ">=": lambda a, b: int(a >= b),
    "<<": lambda a, b: a << (b & 63),
    ">>": lambda a, b: a >> (b & 63),
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": _quotient,
    "%": lambda a, b: a - b * _quotient(a, b),
}
