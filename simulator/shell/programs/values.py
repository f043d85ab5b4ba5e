"""Programs that compute or print values: echo, printf, seq, expr, test, yes, basename, dirname, true, false."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from simulator.shell.conditions import TestError, TestExpression
from simulator.shell.formatting import Printf
from simulator.shell.formatting import echo as echo_text
from simulator.shell.process import Process
from simulator.shell.programs.support import UsageError, complain, parse_options, program, resolve
from simulator.shell.regex import RegexError, compile_regex


async def true(process: Process) -> int:
    return 0


async def false(process: Process) -> int:
    return 1


async def echo(process: Process) -> int:
    await process.stdout.write(echo_text(process.args[1:]))
    return 0


@program
async def printf(process: Process) -> int:
    if len(process.args) < 2:
        raise UsageError("missing operand")
    result = Printf(process.args[1], process.args[2:])
    for error in result.errors:
        await complain(process, error)
    await process.stdout.write(result.text)
    return 1 if result.errors else 0


async def test(process: Process) -> int:
    arguments = process.args[1:]
    if process.name == "[":
        if arguments[-1:] != ["]"]:
            await complain(process, "missing ‘]’")
            return 2
        arguments = arguments[:-1]
    try:
        return int(not TestExpression(arguments, process.fs, lambda path: resolve(process, path)).evaluate())
    except TestError as error:
        await complain(process, str(error))
        return 2


@program
async def seq(process: Process) -> int:
    """``seq [-s SEP] [-w] [-f FORMAT] [FIRST [STEP]] LAST``."""
    arguments = process.args[1:]
    split = next((i for i, text in enumerate(arguments) if re.match(r"-[.\d]", text)), len(arguments))
    options = parse_options(
        arguments[:split], "s:wf:", {"separator": "s", "equal-width": "w", "format": "f"}, permute=False
    )
    operands = options.operands + arguments[split:]
    if not operands:
        raise UsageError("missing operand")
    if len(operands) > 3:
        raise UsageError(f"extra operand ‘{operands[3]}’")
    numbers = []
    for text in operands:
        try:
            numbers.append(Decimal(text))
        except InvalidOperation:
            raise UsageError(f"invalid floating point argument: ‘{text}’") from None
    first = numbers[0] if len(numbers) > 1 else Decimal(1)
    step = numbers[1] if len(numbers) > 2 else Decimal(1)
    if step == 0:
        raise UsageError(f"invalid Zero increment value: ‘{operands[1]}’")
    places = max(0, *(-int(value.as_tuple().exponent) for value in (first, step)))
    width = max(len(f"{value:.{places}f}") for value in (first, numbers[-1])) if "w" in options else 0
    separator, form = options.value("s", "\n") or "", options.value("f")
    current, started = first, False
    while (current <= numbers[-1]) if step > 0 else (current >= numbers[-1]):
        process.budget.spend_steps()
        text = Printf(form, [str(current)]).text if form else f"{current:.{places}f}".zfill(width)
        await process.stdout.write((separator if started else "") + text)
        current, started = current + step, True
    if started:
        await process.stdout.write("\n")
    return 0


async def yes(process: Process) -> int:
    """Runs until nobody reads, or the budget is spent."""
    line = " ".join(process.args[1:] or ["y"]) + "\n"
    block = line * max(1, 1024 // len(line))
    while True:
        process.budget.spend_steps()
        await process.stdout.write(block)


@program
async def basename(process: Process) -> int:
    options = parse_options(process.args[1:], "as:z", {"multiple": "a", "suffix": "s"}, permute=False)
    operands, suffix = options.operands, options.value("s")
    if not operands:
        raise UsageError("missing operand")
    if "a" not in options and suffix is None:
        if len(operands) > 2:
            raise UsageError(f"extra operand ‘{operands[2]}’")
        suffix = operands[1] if len(operands) == 2 else ""
        operands = operands[:1]
    for operand in operands:
        name = operand.rstrip("/").rpartition("/")[2] or ("/" if operand.startswith("/") else operand)
        if suffix and name != suffix:
            name = name.removesuffix(suffix)
        await process.stdout.write(name + "\n")
    return 0


@program
async def dirname(process: Process) -> int:
    operands = parse_options(process.args[1:], "z").operands
    if not operands:
        raise UsageError("missing operand")
    for operand in operands:
        head = operand.rstrip("/").rpartition("/")[0].rstrip("/") if operand.rstrip("/") else ""
        await process.stdout.write((head or ("/" if operand.startswith("/") else ".")) + "\n")
    return 0


class _ExprError(Exception):
    pass


_LEVELS = (("|",), ("&",), ("<", "<=", "=", "==", "!=", ">=", ">"), ("+", "-"), ("*", "/", "%"), (":",))


class _Expr:
    """The little language of expr: six levels of left-associative operators over strings and integers."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens, self._index, self._depth = tokens, 0, 0

    def run(self) -> str:
        value = self._level(0)
        if self._index < len(self._tokens):
            raise _ExprError(f"syntax error: unexpected argument ‘{self._tokens[self._index]}’")
        return value

    def _peek(self) -> str | None:
        return self._tokens[self._index] if self._index < len(self._tokens) else None

    def _take(self) -> str:
        token = self._peek()
        if token is None:
            raise _ExprError(f"syntax error: missing argument after ‘{self._tokens[-1]}’")
        self._index += 1
        return token

    def _level(self, level: int) -> str:
        if level == len(_LEVELS):
            return self._primary()
        left = self._level(level + 1)
        while (operator := self._peek()) in _LEVELS[level] and operator is not None:
            self._index += 1
            left = self._apply(operator, left, self._level(level + 1))
        return left

    def _apply(self, operator: str, left: str, right: str) -> str:
        if operator == "|":
            return left if left not in ("", "0") else right or "0"
        if operator == "&":
            return left if left not in ("", "0") and right not in ("", "0") else "0"
        if operator == ":":
            return _expr_match(left, right)
        if operator in _LEVELS[2]:
            return str(int(_expr_compare(operator, left, right)))
        first, second = _expr_integer(left), _expr_integer(right)
        if operator in "/%":
            if second == 0:
                raise _ExprError("division by zero")
            quotient = abs(first) // abs(second) * (1 if (first < 0) == (second < 0) else -1)
            return str(quotient if operator == "/" else first - second * quotient)
        return str(first + second if operator == "+" else first - second if operator == "-" else first * second)

    def _primary(self) -> str:
        token = self._take()
        self._depth += 1
        if self._depth > 500:
            raise _ExprError("expression too long")
        if token == "(":
            value = self._level(0)
            if self._take() != ")":
                raise _ExprError("syntax error: expecting ')' instead of end")
            return value
        if token == "length":
            return str(len(self._primary()))
        if token == "match":
            return _expr_match(self._primary(), self._primary())
        if token == "index":
            text, chars = self._primary(), self._primary()
            return str(min((text.index(char) + 1 for char in chars if char in text), default=0))
        if token == "substr":
            text, start, length = self._primary(), _expr_integer(self._primary()), _expr_integer(self._primary())
            return text[start - 1 : start - 1 + length] if start > 0 and length > 0 else ""
        return self._take() if token == "+" else token


def _expr_integer(text: str) -> int:
    if not re.fullmatch(r"-?\d+", text):
        raise _ExprError("non-integer argument")
    return int(text)


def _expr_compare(operator: str, left: str, right: str) -> bool:
    numeric = re.fullmatch(r"-?\d+", left) and re.fullmatch(r"-?\d+", right)
    order = (int(left) > int(right)) - (int(left) < int(right)) if numeric else (left > right) - (left < right)
    tests: dict[str, Callable[[int], bool]] = {
        "<": lambda o: o < 0, "<=": lambda o: o <= 0, "=": lambda o: o == 0, "==": lambda o: o == 0,
        "!=": lambda o: o != 0, ">=": lambda o: o >= 0, ">": lambda o: o > 0,
    }  # fmt: skip
    return tests[operator](order)


def _expr_match(text: str, pattern: str) -> str:
    regex = compile_regex("^" + pattern if not pattern.startswith("^") else pattern)
    match = regex.search(text)
    if regex.groups:
        return match.group(1) if match else ""
    return str(match.end) if match else "0"


async def expr(process: Process) -> int:
    """Status 1 for a null or zero result, 2 for a wrong expression."""
    if len(process.args) < 2:
        await process.stderr.write("expr: missing operand\nTry 'expr --help' for more information.\n")
        return 2
    try:
        value = _Expr(process.args[1:]).run()
    except (_ExprError, RegexError) as error:
        await complain(process, str(error))
        return 2
    await process.stdout.write(value + "\n")
    return int(value in ("", "0"))
