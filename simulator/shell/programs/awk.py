"""awk: walks the tree of a program. Output is collected while a record is worked on, then written."""

from __future__ import annotations

import contextlib
import math
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

from simulator.shell.errors import describe
from simulator.shell.formatting import DIRECTIVE, format_value
from simulator.shell.process import Process
from simulator.shell.programs.awk_syntax import AwkProgram, AwkSyntaxError, Tree, parse_awk, unescape
from simulator.shell.programs.support import (
    Status,
    UsageError,
    complain,
    open_input,
    parse_options,
    program,
    resolve,
    run_child,
)
from simulator.shell.regex import Regex, RegexError, compile_regex
from simulator.shell.streams import Buffer, decode, encode

_NUMBER: Final = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_MAX_CALLS: Final = 12


@dataclass(frozen=True, slots=True)
class Input:
    """A string from outside (a field, -v), which compares as a number when it looks like one."""

    text: str


Value = float | str | Input


class AwkError(Exception):
    pass


class _Next(Exception):
    pass


class _Break(Exception):
    pass


class _Continue(Exception):
    pass


class _Exit(Exception):
    pass


class _Return(Exception):
    def __init__(self, value: Value) -> None:
        self.value = value


def _to_number(value: Value) -> float:
    if isinstance(value, float):
        return value
    match = _NUMBER.match(value.text if isinstance(value, Input) else value)
    return float(match.group()) if match else 0.0


def _format_number(value: float, form: str) -> str:
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    if math.isnan(value) or math.isinf(value):
        return ("-" if math.copysign(1, value) < 0 else "") + ("nan" if math.isnan(value) else "inf")
    return sprintf(form, [value])


def sprintf(form: str, values: list[Value]) -> str:
    """awk's sprintf; missing arguments are empty."""
    remaining = list(values)

    def take() -> Value:
        return remaining.pop(0) if remaining else ""

    def replace(match: re.Match[str]) -> str:
        kind = match.group("kind")
        if kind == "%":
            return "%"
        width, precision, flags = match.group("width") or "", match.group("precision"), match.group("flags")
        if width == "*":
            width = str(int(_to_number(take())))
            if width.startswith("-"):
                flags, width = flags + "-", width[1:]
        if precision == "*":
            precision = str(int(_to_number(take())))
        elif precision is None and "." in match.group():
            precision = "0"
        if int(width or 0) > 100_000 or int(precision or 0) > 100_000:
            raise AwkError(f"width too large in {match.group()}")
        if kind is None or kind not in "sciduoxXeEfFgG":
            return match.group()
        value = take()
        if kind == "c":
            text = chr(int(value)) if isinstance(value, float) else _plain_text(value)[:1]
            return format_value(flags, width, None, "c", text)
        if kind == "s":
            return format_value(flags, width, precision, "s", _plain_text(value))
        number = _to_number(value)
        if kind in "iduoxX" and math.isfinite(number):
            return format_value(flags, width, precision, "d" if kind == "i" else kind, int(number))
        return format_value(flags, width, precision, "f" if kind in "iduoxX" else kind, number)

    return DIRECTIVE.sub(replace, form)


def _plain_text(value: Value) -> str:
    if isinstance(value, float):
        return _format_number(value, "%.6g")
    return value.text if isinstance(value, Input) else value


class Interpreter:
    """One run: variables, fields, arrays and the output so far."""

    def __init__(self, process: Process, parsed: AwkProgram) -> None:
        self._process, self._program = process, parsed
        self.variables: dict[str, Value] = {
            "FS": " ", "OFS": " ", "ORS": "\n", "RS": "\n", "NF": 0.0, "NR": 0.0, "FNR": 0.0, "FILENAME": "",
            "SUBSEP": "\x1c", "CONVFMT": "%.6g", "OFMT": "%.6g", "RSTART": 0.0, "RLENGTH": -1.0,
        }  # fmt: skip
        self.arrays: dict[str, dict[str, Value]] = {
            "ENVIRON": {name: Input(value) for name, value in process.env.items()}
        }
        self._locals: list[dict[str, Any]] = []
        self._record, self._fields, self._stale = "", list[str](), False
        self._ranges = [False] * len(parsed.rules)
        self.output: list[str] = []
        self.redirected: dict[tuple[str, str], list[str]] = {}
        self.status = 0
        self._seed = 0

    # Running

    def run_begin(self) -> None:
        for body in self._program.begin:
            self._execute(body)

    def run_end(self) -> None:
        for body in self._program.end:
            self._execute(body)

    def needs_input(self) -> bool:
        return bool(self._program.rules or self._program.end)

    def run_record(self, record: str) -> None:
        self.set_record(record)
        try:
            for index, (first, last, action) in enumerate(self._program.rules):
                if self._selects(index, first, last):
                    self._execute(action)
        except _Next:
            pass

    def _selects(self, index: int, first: Tree | None, last: Tree | None) -> bool:
        if first is None:
            return True
        if last is None:
            return self._truth(first)
        if not self._ranges[index]:
            if not self._truth(first):
                return False
            self._ranges[index] = True
        if self._truth(last):
            self._ranges[index] = False
        return True

    # Fields

    def set_record(self, record: str) -> None:
        self._record, self._stale = record, True

    def _split_record(self) -> None:
        if self._stale:
            self._stale = False
            self._fields = self.split(self._record, self._text(self.variables["FS"]))
            self.variables["NF"] = float(len(self._fields))

    def split(self, text: str, separator: str) -> list[str]:
        if separator == " ":
            return text.split()
        if not text:
            return []
        if separator == "":
            return list(text)
        if len(separator) == 1 and separator != "\\":
            return text.split(separator)
        return _regex_split(text, self._compile(separator))

    def _field(self, index: int) -> Value:
        if index == 0:
            return Input(self._record)
        if index < 0:
            raise AwkError(f"attempt to access field {index}")
        self._split_record()
        return Input(self._fields[index - 1]) if index <= len(self._fields) else ""

    def _set_field(self, index: int, value: Value) -> None:
        if index < 0 or index > 100_000:
            raise AwkError(f"attempt to access field {index}")
        if index == 0:
            self.set_record(self._text(value))
            return
        self._split_record()
        self._fields += [""] * (index - len(self._fields))
        self._fields[index - 1] = self._text(value)
        self.variables["NF"] = float(len(self._fields))
        self._rebuild()

    def _rebuild(self) -> None:
        self._record = self._text(self.variables["OFS"]).join(self._fields)

    # Variables

    def _get(self, name: str) -> Value:
        if self._locals and name in self._locals[-1]:
            value = self._locals[-1][name]
            return "" if isinstance(value, dict) or value is None else value
        if name == "NF":
            self._split_record()
        return self.variables.get(name, "")

    def set(self, name: str, value: Value) -> None:
        if self._locals and name in self._locals[-1]:
            self._locals[-1][name] = value
            return
        if name == "NF":
            self._split_record()
            count = int(_to_number(value))
            if not 0 <= count <= 100_000:
                raise AwkError(f"NF set to {count}")
            self._fields = (self._fields + [""] * count)[:count]
            self.variables["NF"] = float(count)
            self._rebuild()
            return
        self.variables[name] = value

    def _array(self, name: str) -> dict[str, Value]:
        if self._locals and name in self._locals[-1]:
            if self._locals[-1][name] is None:
                self._locals[-1][name] = {}
            table = self._locals[-1][name]
            if not isinstance(table, dict):
                raise AwkError(f"can't use scalar {name} as array")
            return table
        return self.arrays.setdefault(name, {})

    def _assign(self, target: Tree, value: Value) -> None:
        if target[0] == "name":
            self.set(target[1], value)
        elif target[0] == "field":
            self._set_field(int(self._number(target[1])), value)
        elif target[0] == "element":
            self._process.budget.spend_bytes(16)
            self._array(target[1])[self._key(target[2])] = value
        elif target[0] == "group":
            self._assign(target[1], value)
        else:
            raise AwkError("assignment to something that is no variable")

    def _key(self, tree: Tree) -> str:
        value = self._evaluate(tree)
        return (
            _format_number(value, self._text(self.variables["CONVFMT"]))
            if isinstance(value, float)
            else self._text(value)
        )

    # Values

    def _text(self, value: Value) -> str:
        if isinstance(value, float):
            return _format_number(value, _plain_text(self.variables["CONVFMT"]))
        return value.text if isinstance(value, Input) else value

    def _string(self, tree: Tree) -> str:
        return self._text(self._evaluate(tree))

    def _number(self, tree: Tree) -> float:
        return _to_number(self._evaluate(tree))

    def _truth(self, tree: Tree) -> bool:
        value = self._evaluate(tree)
        if isinstance(value, Input):
            match = _NUMBER.fullmatch(value.text.rstrip())
            return float(match.group()) != 0 if match else value.text != ""
        return value != 0.0 if isinstance(value, float) else value != ""

    def _compile(self, pattern: str) -> Regex:
        try:
            return compile_regex(pattern.replace("\\/", "/"), "extended")
        except RegexError as error:
            raise AwkError(f"regular expression compile failed ({error})\n{pattern}") from None

    def _regex(self, tree: Tree) -> Regex:
        return self._compile(tree[1] if tree[0] == "regex" else self._string(tree))

    # Statements

    def _execute(self, tree: Tree) -> None:
        self._process.budget.spend_steps()
        _STATEMENTS[tree[0]](self, tree)

    def _block(self, tree: Tree) -> None:
        for statement in tree[1]:
            self._execute(statement)

    def _expression_statement(self, tree: Tree) -> None:
        self._evaluate(tree[1])

    def _print(self, tree: Tree) -> None:
        ofs = self._text(self.variables["OFS"])
        text = ofs.join(self._printed(value) for value in tree[1]) if tree[1] else self._record
        self._emit(text + self._text(self.variables["ORS"]), tree[2], tree[3])

    def _printed(self, tree: Tree) -> str:
        value = self._evaluate(tree)
        return (
            _format_number(value, self._text(self.variables["OFMT"])) if isinstance(value, float) else self._text(value)
        )

    def _printf(self, tree: Tree) -> None:
        values = tree[1]
        if not values:
            raise AwkError("printf: no format")
        self._emit(sprintf(self._string(values[0]), [self._evaluate(value) for value in values[1:]]), tree[2], tree[3])

    def _emit(self, text: str, redirect: str | None, target: Tree | None) -> None:
        self._process.budget.spend_bytes(len(text))
        if redirect is None or target is None:
            self.output.append(text)
        else:
            self.redirected.setdefault((redirect, self._string(target)), []).append(text)

    def _if(self, tree: Tree) -> None:
        if self._truth(tree[1]):
            self._execute(tree[2])
        elif tree[3] is not None:
            self._execute(tree[3])

    def _loop(self, condition: Tree | None, body: Tree, step: Tree | None = None, *, first: bool = False) -> None:
        while first or condition is None or self._truth(condition):
            first = False
            try:
                self._execute(body)
            except _Break:
                return
            except _Continue:
                pass
            if step is not None:
                self._execute(step)

    def _while(self, tree: Tree) -> None:
        self._loop(tree[1], tree[2])

    def _do(self, tree: Tree) -> None:
        self._loop(tree[1], tree[2], first=True)

    def _for(self, tree: Tree) -> None:
        if tree[1] is not None:
            self._execute(tree[1])
        self._loop(tree[2], tree[4], tree[3])

    def _for_in(self, tree: Tree) -> None:
        for key in list(self._array(tree[2])):
            self.set(tree[1], Input(key))
            try:
                self._execute(tree[3])
            except _Break:
                return
            except _Continue:
                continue

    def _delete(self, tree: Tree) -> None:
        if tree[2] is None:
            self._array(tree[1]).clear()
        else:
            self._array(tree[1]).pop(self._key(tree[2]), None)

    def _leave(self, tree: Tree) -> None:
        raise {"next": _Next, "break": _Break, "continue": _Continue}[tree[0]]

    def _exit(self, tree: Tree) -> None:
        if tree[1] is not None:
            self.status = int(self._number(tree[1])) & 255
        raise _Exit

    def _return(self, tree: Tree) -> None:
        raise _Return("" if tree[1] is None else self._evaluate(tree[1]))

    # Expressions

    def _evaluate(self, tree: Tree) -> Value:
        return _EXPRESSIONS[tree[0]](self, tree)

    def _constant(self, tree: Tree) -> Value:
        value: Value = tree[1]
        return value

    def _compare(self, tree: Tree) -> Value:
        left, right = self._evaluate(tree[2]), self._evaluate(tree[3])
        if _is_numeric(left) and _is_numeric(right):
            first, second = _to_number(left), _to_number(right)
            order = (first > second) - (first < second)
        else:
            a, b = self._text(left), self._text(right)
            order = (a > b) - (a < b)
        return float(_ORDERS[tree[1]](order))

    def _arith(self, tree: Tree) -> Value:
        return self._compute(tree[1], self._number(tree[2]), self._number(tree[3]))

    def _compute(self, operator: str, left: float, right: float) -> float:
        try:
            return _compute(operator, left, right)
        except OverflowError:
            return math.inf

    def _update(self, tree: Tree) -> Value:
        value = self._compute(tree[1], self._number(tree[2]), self._number(tree[3]))
        self._assign(tree[2], value)
        return value

    def _before(self, tree: Tree) -> Value:
        value = self._number(tree[2]) + (1 if tree[1] == "++" else -1)
        self._assign(tree[2], value)
        return value

    def _after(self, tree: Tree) -> Value:
        value = self._number(tree[2])
        self._assign(tree[2], value + (1 if tree[1] == "++" else -1))
        return value

    def _assignment(self, tree: Tree) -> Value:
        value = self._evaluate(tree[2])
        self._assign(tree[1], value)
        return value

    def _concat(self, tree: Tree) -> Value:
        text = self._string(tree[1]) + self._string(tree[2])
        self._process.budget.spend_bytes(len(text) // 16)
        return text

    def _element(self, tree: Tree) -> Value:
        return self._array(tree[1]).setdefault(self._key(tree[2]), "")

    def _in(self, tree: Tree) -> Value:
        return float(self._key(tree[1]) in self._array(tree[2]))

    def _match(self, tree: Tree) -> Value:
        return float(self._regex(tree[2]).test(self._string(tree[1])))

    def _join(self, tree: Tree) -> Value:
        return self._text(self.variables["SUBSEP"]).join(self._key(value) for value in tree[1])

    def _invoke(self, tree: Tree) -> Value:
        function = self._program.functions.get(tree[1])
        if function is None:
            raise AwkError(f"function {tree[1]} never defined")
        if len(self._locals) >= _MAX_CALLS:
            raise AwkError(f"function calls nested more than {_MAX_CALLS} deep")
        frame: dict[str, Any] = dict.fromkeys(function.parameters)
        for name, argument in zip(function.parameters, tree[2], strict=False):
            frame[name] = self._argument(argument)
        self._locals.append(frame)
        try:
            self._execute(function.body)
        except _Return as result:
            return result.value
        finally:
            self._locals.pop()
        return ""

    def _argument(self, tree: Tree) -> Any:
        """Arrays go by reference, all else by value; a name that is neither yet becomes an array if used as one."""
        if tree[0] == "name":
            name = tree[1]
            if self._locals and name in self._locals[-1]:
                return self._locals[-1][name]
            if name in self.arrays or name not in self.variables:
                return self._array(name)
        return self._evaluate(tree)

    def _call(self, tree: Tree) -> Value:
        return _BUILTINS[tree[1]](self, tree[2])

    # Functions

    def _length(self, arguments: tuple[Tree, ...]) -> Value:
        if not arguments:
            return float(len(self._record))
        tree = arguments[0]
        if tree[0] == "name":
            local = self._locals[-1].get(tree[1]) if self._locals else None
            table = local if isinstance(local, dict) else self.arrays.get(tree[1])
            if table is not None and tree[1] not in self.variables:
                return float(len(table))
        return float(len(self._string(tree)))

    def _substr(self, arguments: tuple[Tree, ...]) -> Value:
        text = self._string(arguments[0])
        start = _rounded(self._number(arguments[1]))
        end = len(text) + 1 if len(arguments) < 3 else start + _rounded(self._number(arguments[2]))
        return text[max(start, 1) - 1 : max(end - 1, 0)]

    def _index(self, arguments: tuple[Tree, ...]) -> Value:
        return float(self._string(arguments[0]).find(self._string(arguments[1])) + 1)

    def _split(self, arguments: tuple[Tree, ...]) -> Value:
        text, table = self._string(arguments[0]), self._array(arguments[1][1])
        separator = self.variables["FS"] if len(arguments) < 3 else None
        if separator is not None:
            parts = self.split(text, self._text(separator))
        elif arguments[2][0] == "regex":
            parts = _regex_split(text, self._regex(arguments[2])) if text else []
        else:
            parts = self.split(text, self._string(arguments[2]))
        table.clear()
        table.update({str(place): Input(part) for place, part in enumerate(parts, 1)})
        return float(len(parts))

    def _sub(self, arguments: tuple[Tree, ...], everywhere: bool = False) -> Value:
        target = arguments[2] if len(arguments) > 2 else ("field", ("number", 0.0))
        text, replacement = self._string(target), self._string(arguments[1])
        out, position, count = [], 0, 0
        for match in self._regex(arguments[0]).finditer(text):
            out += [text[position : match.start], _expand_replacement(replacement, match.group())]
            position, count = match.end, count + 1
            if not everywhere:
                break
        if count:
            self._process.budget.spend_bytes(len(text) // 16)
            self._assign(target, "".join(out) + text[position:])
        return float(count)

    def _gsub(self, arguments: tuple[Tree, ...]) -> Value:
        return self._sub(arguments, everywhere=True)

    def _match_function(self, arguments: tuple[Tree, ...]) -> Value:
        found = self._regex(arguments[1]).search(self._string(arguments[0]))
        self.variables["RSTART"] = float(found.start + 1) if found else 0.0
        self.variables["RLENGTH"] = float(found.end - found.start) if found else -1.0
        return self.variables["RSTART"]

    def _sprintf(self, arguments: tuple[Tree, ...]) -> Value:
        return sprintf(self._string(arguments[0]), [self._evaluate(argument) for argument in arguments[1:]])

    def _math(self, function: Callable[..., float], arguments: tuple[Tree, ...]) -> Value:
        try:
            return float(function(*(self._number(argument) for argument in arguments)))
        except (ValueError, OverflowError):
            return math.nan

    def _log(self, arguments: tuple[Tree, ...]) -> Value:
        return -math.inf if self._number(arguments[0]) == 0 else self._math(math.log, arguments)

    def _random(self, arguments: tuple[Tree, ...]) -> Value:
        self._seed = (self._seed * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._seed >> 11) / 2**53

    def _srand(self, arguments: tuple[Tree, ...]) -> Value:
        before = float(self._seed)
        self._seed = int(self._number(arguments[0])) if arguments else int(self._process.system.clock.now())
        return before

    def _refused(self, arguments: tuple[Tree, ...]) -> Value:
        raise AwkError("system() is not supported")

    def _systime(self, arguments: tuple[Tree, ...]) -> Value:
        return float(int(self._process.system.clock.now()))

    def _strftime(self, arguments: tuple[Tree, ...]) -> Value:
        from simulator.shell.programs.dates import format_date

        form = self._string(arguments[0]) if arguments else "%a %b %e %H:%M:%S %Z %Y"
        moment = self._number(arguments[1]) if len(arguments) > 1 else self._process.system.clock.now()
        return format_date(form, moment)


def _rounded(value: float) -> int:
    if math.isnan(value):
        return 0
    return int(min(max(math.floor(value + 0.5), -(2**31)), 2**31))


def _compute(operator: str, left: float, right: float) -> float:
    if operator in ("^", "**"):
        result = left**right
        return float(result) if isinstance(result, float) else math.nan
    if operator in "/%" and right == 0:
        raise AwkError("division by zero" + (" in %" if operator == "%" else ""))
    if operator == "%":
        return math.fmod(left, right)
    return {"+": left + right, "-": left - right, "*": left * right}[operator] if operator != "/" else left / right


def _is_numeric(value: Value) -> bool:
    if isinstance(value, Input):
        return _NUMBER.fullmatch(value.text.rstrip()) is not None
    return isinstance(value, float) or value == ""


def _expand_replacement(replacement: str, matched: str) -> str:
    return re.sub(
        r"\\\\|\\&|&", lambda m: matched if m.group() == "&" else "&" if m.group() == "\\&" else "\\", replacement
    )


def _regex_split(text: str, regex: Regex) -> list[str]:
    parts, position = [], 0
    for match in regex.finditer(text):
        if match.end == match.start:
            continue
        parts.append(text[position : match.start])
        position = match.end
    return [*parts, text[position:]]


_ORDERS: Final[dict[str, Callable[[int], bool]]] = {
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    "==": lambda order: order == 0,
    "!=": lambda order: order != 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}

_STATEMENTS: Final[dict[str, Callable[[Interpreter, Tree], None]]] = {
    "block": Interpreter._block,
    "expr": Interpreter._expression_statement,
    "print": Interpreter._print,
    "printf": Interpreter._printf,
    "if": Interpreter._if,
    "while": Interpreter._while,
    "do": Interpreter._do,
    "for": Interpreter._for,
    "forin": Interpreter._for_in,
    "delete": Interpreter._delete,
    "next": Interpreter._leave,
    "break": Interpreter._leave,
    "continue": Interpreter._leave,
    "exit": Interpreter._exit,
    "return": Interpreter._return,
}

_EXPRESSIONS: Final[dict[str, Callable[[Interpreter, Tree], Value]]] = {
    "number": Interpreter._constant,
    "string": Interpreter._constant,
    "regex": lambda self, tree: float(self._regex(tree).test(self._record)),
    "group": lambda self, tree: self._evaluate(tree[1]),
    "name": lambda self, tree: self._get(tree[1]),
    "field": lambda self, tree: self._field(int(self._number(tree[1]))),
    "element": Interpreter._element,
    "assign": Interpreter._assignment,
    "update": Interpreter._update,
    "before": Interpreter._before,
    "after": Interpreter._after,
    "ternary": lambda self, tree: self._evaluate(tree[2] if self._truth(tree[1]) else tree[3]),
    "or": lambda self, tree: float(self._truth(tree[1]) or self._truth(tree[2])),
    "and": lambda self, tree: float(self._truth(tree[1]) and self._truth(tree[2])),
    "not": lambda self, tree: float(not self._truth(tree[1])),
    "sign": lambda self, tree: self._number(tree[2]) * (-1.0 if tree[1] == "-" else 1.0),
    "in": Interpreter._in,
    "match": Interpreter._match,
    "compare": Interpreter._compare,
    "concat": Interpreter._concat,
    "arith": Interpreter._arith,
    "join": Interpreter._join,
    "invoke": Interpreter._invoke,
    "call": Interpreter._call,
}

_BUILTINS: Final[dict[str, Callable[[Interpreter, tuple[Tree, ...]], Value]]] = {
    "length": Interpreter._length,
    "substr": Interpreter._substr,
    "index": Interpreter._index,
    "split": Interpreter._split,
    "sub": Interpreter._sub,
    "gsub": Interpreter._gsub,
    "match": Interpreter._match_function,
    "sprintf": Interpreter._sprintf,
    "sin": lambda self, arguments: self._math(math.sin, arguments),
    "cos": lambda self, arguments: self._math(math.cos, arguments),
    "atan2": lambda self, arguments: self._math(math.atan2, arguments),
    "exp": lambda self, arguments: self._math(math.exp, arguments),
    "log": Interpreter._log,
    "sqrt": lambda self, arguments: self._math(math.sqrt, arguments),
    "int": lambda self, arguments: self._math(math.trunc, arguments),
    "rand": Interpreter._random,
    "srand": Interpreter._srand,
    "tolower": lambda self, arguments: self._string(arguments[0]).lower(),
    "toupper": lambda self, arguments: self._string(arguments[0]).upper(),
    "system": Interpreter._refused,
    "close": lambda self, arguments: 0.0,
    "fflush": lambda self, arguments: 0.0,
    "systime": Interpreter._systime,
    "strftime": Interpreter._strftime,
}


@program
async def awk(process: Process) -> int:
    """``awk [-F SEP] [-v NAME=VALUE] PROGRAM [FILE | NAME=VALUE]...``. Status 2 after an error."""
    options = parse_options(process.args[1:], "F:v:f:", permute=False, usage_status=2)
    operands = list(options.operands)
    if "f" in options:
        text = "\n".join(decode(process.fs.read(resolve(process, path))) for path in options.values["f"])
    elif operands:
        text = operands.pop(0)
    else:
        raise UsageError("usage: awk [-F fs][-v var=value][prog | -f progfile][file ...]", 2, hint=False)
    try:
        interpreter = Interpreter(process, parse_awk(text))
    except AwkSyntaxError as error:
        await complain(process, str(error))
        return 2
    if (separator := options.value("F")) is not None:
        interpreter.variables["FS"] = "\t" if separator == "t" else unescape(separator)
    for assignment in options.values.get("v", ()):
        name, _, value = assignment.partition("=")
        interpreter.variables[name] = Input(unescape(value))
    status = Status()
    try:
        await _run(process, interpreter, operands, status)
    except AwkError as error:
        await _flush(process, interpreter)
        await complain(process, str(error))
        return 2
    return interpreter.status or status.code


async def _run(process: Process, interpreter: Interpreter, operands: list[str], status: Status) -> None:
    arguments = {str(place): Input(text) for place, text in enumerate(["awk", *operands])}
    interpreter.arrays["ARGV"] = dict(arguments)
    interpreter.variables["ARGC"] = float(len(arguments))
    try:
        interpreter.run_begin()
        await _flush_output(process, interpreter)
        if interpreter.needs_input():
            async for record in _records(process, interpreter, operands, status):
                interpreter.variables["NR"] = _to_number(interpreter.variables["NR"]) + 1
                interpreter.variables["FNR"] = _to_number(interpreter.variables["FNR"]) + 1
                interpreter.run_record(record)
                await _flush_output(process, interpreter)
    except _Exit:
        await _flush_output(process, interpreter)
    with contextlib.suppress(_Exit):
        interpreter.run_end()
    await _flush(process, interpreter)


async def _records(
    process: Process, interpreter: Interpreter, operands: list[str], status: Status
) -> AsyncIterator[str]:
    opened = False
    for operand in operands:
        if re.match(r"[A-Za-z_]\w*=", operand):
            name, _, value = operand.partition("=")
            interpreter.variables[name] = Input(unescape(value))
            continue
        opened = True
        interpreter.variables["FILENAME"] = "" if operand == "-" else operand
        interpreter.variables["FNR"] = 0.0
        async for record in _file_records(process, interpreter, operand, status):
            yield record
    if not opened:
        async for record in _file_records(process, interpreter, "-", status):
            yield record


async def _file_records(process: Process, interpreter: Interpreter, path: str, status: Status) -> AsyncIterator[str]:
    try:
        reader = open_input(process, path)
    except OSError as error:
        status.fail(2)
        await complain(process, f'cannot open "{path}" ({describe(error)})')
        return
    separator = _plain_text(interpreter.variables["RS"])
    if separator == "\n":
        while line := await reader.read_line():
            yield decode(line.removesuffix(b"\n"))
        return
    text = ""
    while chunk := await reader.read():
        process.budget.spend_bytes(len(chunk))
        text += decode(chunk)
    if separator == "":
        for paragraph in re.split(r"\n\n+", text.strip("\n")):
            if paragraph:
                yield paragraph
        return
    parts = text.split(separator) if len(separator) == 1 else _regex_split(text, compile_regex(separator, "extended"))
    parts[-1] = parts[-1].removesuffix("\n") if len(separator) > 1 else parts[-1]
    for part in parts if parts[-1] else parts[:-1]:
        yield part


async def _flush_output(process: Process, interpreter: Interpreter) -> None:
    if interpreter.output:
        text = "".join(interpreter.output)
        interpreter.output.clear()
        await process.stdout.write(text)


async def _flush(process: Process, interpreter: Interpreter) -> None:
    """Write what is left; give every file and command that ``print >`` and ``print |`` named its text."""
    await _flush_output(process, interpreter)
    for (redirect, target), texts in interpreter.redirected.items():
        text = "".join(texts)
        if redirect == "|":
            await run_child(process, ["sh", "-c", target], stdin=Buffer(text))
        elif target in ("/dev/stderr", "/dev/stdout"):
            await (process.stderr if target == "/dev/stderr" else process.stdout).write(text)
        else:
            process.fs.write(resolve(process, target), encode(text), append=redirect == ">>")
