"""awk programs to trees. A tree is a tuple that names itself in its first place: ``("add", left, right)``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

Tree = tuple[Any, ...]

_KEYWORDS: Final = frozenset(
    [
        "BEGIN",
        "END",
        "function",
        "func",
        "if",
        "else",
        "while",
        "for",
        "do",
        "break",
        "continue",
        "next",
        "exit",
        "return",
        "delete",
        "in",
        "getline",
        "print",
        "printf",
    ]
)
FUNCTIONS: Final = frozenset(
    [
        "length",
        "substr",
        "index",
        "split",
        "sub",
        "gsub",
        "match",
        "sprintf",
        "sin",
        "cos",
        "atan2",
        "exp",
        "log",
        "sqrt",
        "int",
        "rand",
        "srand",
        "tolower",
        "toupper",
        "system",
        "close",
        "fflush",
        "strftime",
        "systime",
    ]
)
_TOKEN: Final = re.compile(
    r"(?P<space>(?:[ \t\r]|\\\n|#[^\n]*)+)|(?P<newline>\n)"
    r"|(?P<number>0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r'|(?P<string>"(?:[^"\\\n]|\\.)*")'
    r"|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<op>\*\*=|\*\*|&&|\|\||>>|\+\+|--|[-+*/%^<>=!]=|[-+*/%^!<>|?:~$=(){}\[\];,])",
    re.DOTALL,
)
_REGEX: Final = re.compile(r"/((?:[^/\\\n\[]|\\.|\[\^?\]?(?:\[:\w+:\]|[^\]\n])*\])*)/")
_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "\\": "\\",
    '"': '"',
    "/": "/",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
}
_MAX_NESTING: Final = 30
_COMPARISONS: Final = frozenset(["<", "<=", "==", "!=", ">", ">="])
_ASSIGNMENTS: Final = frozenset(["=", "+=", "-=", "*=", "/=", "%=", "^=", "**="])


class AwkSyntaxError(Exception):
    pass


@dataclass
class Function:
    parameters: list[str]
    body: Tree


@dataclass
class AwkProgram:
    begin: list[Tree] = field(default_factory=list)
    end: list[Tree] = field(default_factory=list)
    rules: list[tuple[Tree | None, Tree | None, Tree]] = field(default_factory=list)  # pattern, range end, action
    functions: dict[str, Function] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # number string regex name keyword builtin op newline end
    text: str
    line: int
    tight: bool = False  # directly followed by "(": a call of a function of one's own


def unescape(text: str) -> str:
    """The escapes of an awk string."""

    def replace(match: re.Match[str]) -> str:
        if match.group(1):
            return chr(int(match.group(1), 8))
        return _ESCAPES.get(match.group(2), "\\" + match.group(2))

    return re.sub(r"\\(?:([0-7]{1,3})|(.))", replace, text, flags=re.DOTALL)


def _tokenize(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    position, line = 0, 1
    while position < len(text):
        if text[position] == "/" and _regex_may_start(tokens) and (regex := _REGEX.match(text, position)):
            tokens.append(_Token("regex", regex.group(1).replace("\\/", "/"), line))
            position = regex.end()
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise AwkSyntaxError(f"syntax error at or near {text[position]}")
        kind = match.lastgroup or ""
        word = match.group()
        position = match.end()
        if kind == "name":
            kind = "keyword" if word in _KEYWORDS else "builtin" if word in FUNCTIONS else "name"
            tokens.append(_Token(kind, word, line, text[position : position + 1] == "("))
        elif kind == "string":
            tokens.append(_Token(kind, unescape(word[1:-1]), line))
        elif kind != "space":
            tokens.append(_Token(kind, word, line))
        line += word.count("\n")
    return [*tokens, _Token("end", "end of file", line)]


def _regex_may_start(tokens: list[_Token]) -> bool:
    if not tokens:
        return True
    last = tokens[-1]
    if last.kind in ("name", "number", "string", "regex", "builtin"):
        return False
    return not (last.kind == "op" and last.text in (")", "]", "$", "++", "--"))


def parse_awk(text: str) -> AwkProgram:
    """AwkSyntaxError when the program is wrong."""
    return _Parser(_tokenize(text)).program()


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens, self._index, self._nesting = tokens, 0, 0
        self._no_in = self._no_greater = False

    # Tokens

    @property
    def _token(self) -> _Token:
        return self._tokens[self._index]

    def _is(self, *texts: str) -> bool:
        token = self._token
        return token.kind in ("op", "keyword", "newline", "builtin") and token.text in texts

    def _accept(self, *texts: str) -> str:
        if self._is(*texts):
            self._index += 1
            return self._tokens[self._index - 1].text
        return ""

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._error()

    def _error(self) -> AwkSyntaxError:
        shown = "end of line" if self._token.kind == "newline" else self._token.text
        return AwkSyntaxError(f"line {self._token.line}: syntax error at or near {shown}")

    def _newlines(self) -> None:
        while self._accept("\n"):
            pass

    def _terminators(self) -> None:
        while self._accept("\n", ";"):
            pass

    # Program

    def program(self) -> AwkProgram:
        program = AwkProgram()
        self._terminators()
        while self._token.kind != "end":
            if self._accept("function", "func"):
                self._function(program)
            elif self._accept("BEGIN"):
                self._newlines()
                program.begin.append(self._block())
            elif self._accept("END"):
                self._newlines()
                program.end.append(self._block())
            else:
                program.rules.append(self._rule())
            self._terminators()
        return program

    def _function(self, program: AwkProgram) -> None:
        name = self._name()
        self._expect("(")
        parameters = []
        while not self._accept(")"):
            parameters.append(self._name())
            self._accept(",")
            self._newlines()
        self._newlines()
        program.functions[name] = Function(parameters, self._block())

    def _name(self) -> str:
        if self._token.kind != "name":
            raise self._error()
        self._index += 1
        return self._tokens[self._index - 1].text

    def _rule(self) -> tuple[Tree | None, Tree | None, Tree]:
        first = last = None
        if not self._is("{"):
            first = self._expression()
            if self._accept(","):
                self._newlines()
                last = self._expression()
        action = self._block() if self._is("{") else ("print", (), None, None)
        return first, last, action

    # Statements

    def _block(self) -> Tree:
        self._expect("{")
        statements = []
        self._terminators()
        while not self._accept("}"):
            statements.append(self._statement())
            self._terminators()
        return ("block", tuple(statements))

    def _statement(self) -> Tree:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise AwkSyntaxError("nested too deeply")
        statement = self._statement_body()
        self._nesting -= 1
        return statement

    def _statement_body(self) -> Tree:
        if self._is("{"):
            return self._block()
        if self._accept(";"):
            return ("block", ())
        if keyword := self._accept("if", "while", "do", "for"):
            return {"if": self._if, "while": self._while, "do": self._do, "for": self._for}[keyword]()
        statement = self._simple()
        if not self._is("}") and self._token.kind != "end" and not self._accept(";", "\n"):
            raise self._error()
        return statement

    def _body(self) -> Tree:
        self._newlines()
        return self._statement()

    def _if(self) -> Tree:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        yes = self._body()
        mark = self._index
        self._terminators()
        if self._accept("else"):
            return ("if", condition, yes, self._body())
        self._index = mark
        return ("if", condition, yes, None)

    def _while(self) -> Tree:
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        return ("while", condition, ("block", ()) if self._accept(";") else self._body())

    def _do(self) -> Tree:
        body = self._body()
        self._terminators()
        self._expect("while")
        self._expect("(")
        condition = self._expression()
        self._expect(")")
        return ("do", condition, body)

    def _for(self) -> Tree:
        self._expect("(")
        tokens = self._tokens[self._index : self._index + 4]
        if (
            [token.kind for token in tokens[::2]] == ["name", "name"]
            and tokens[1].text == "in"
            and tokens[3].text == ")"
        ):
            self._index += 4
            return ("forin", tokens[0].text, tokens[2].text, self._body())
        start = None if self._is(";") else self._simple()
        self._expect(";")
        self._newlines()
        condition = None if self._is(";") else self._expression()
        self._expect(";")
        self._newlines()
        step = None if self._is(")") else self._simple()
        self._expect(")")
        return ("for", start, condition, step, ("block", ()) if self._accept(";") else self._body())

    def _simple(self) -> Tree:
        if kind := self._accept("print", "printf"):
            return self._print(kind)
        if kind := self._accept("next", "break", "continue"):
            return (kind,)
        if kind := self._accept("exit", "return"):
            ends = self._is(";", "\n", "}") or self._token.kind == "end"
            return (kind, None if ends else self._expression())
        if self._accept("delete"):
            name = self._name()
            if not self._accept("["):
                return ("delete", name, None)
            subscript = self._subscript()
            return ("delete", name, subscript)
        if self._is("getline"):
            raise AwkSyntaxError("getline is not supported")
        return ("expr", self._expression())

    def _print(self, kind: str) -> Tree:
        saved, self._no_greater = self._no_greater, True
        values: tuple[Tree, ...] = ()
        if not self._is(";", "\n", "}", ">", ">>", "|") and self._token.kind != "end":
            values = self._print_values()
        self._no_greater = saved
        redirect = self._accept(">", ">>", "|")
        target = self._concatenation() if redirect else None
        return (kind, values, redirect or None, target)

    def _print_values(self) -> tuple[Tree, ...]:
        if self._is("(") and self._closes_statement():
            self._index += 1
            saved, self._no_greater = self._no_greater, False
            values = self._expressions(")")
            self._no_greater = saved
            return values
        listed = [self._expression()]
        while self._accept(","):
            self._newlines()
            listed.append(self._expression())
        return tuple(listed)

    def _closes_statement(self) -> bool:
        """Whether the parenthesis here ends where the statement does, so that it holds the whole list."""
        depth = 0
        for index in range(self._index, len(self._tokens)):
            token = self._tokens[index]
            if token.kind == "op":
                depth += (token.text in "([") - (token.text in ")]")
            if depth == 0:
                after = self._tokens[index + 1]
                return after.kind in ("newline", "end") or after.text in (";", "}", ">", ">>", "|")
        return False

    def _expressions(self, closing: str) -> tuple[Tree, ...]:
        values = []
        self._newlines()
        while not self._accept(closing):
            values.append(self._expression())
            self._newlines()
            if not self._is(closing):
                self._expect(",")
                self._newlines()
        return tuple(values)

    # Expressions, from the loosest binding to the tightest

    def _expression(self) -> Tree:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise AwkSyntaxError("nested too deeply")
        tree = self._assignment()
        self._nesting -= 1
        return tree

    def _assignment(self) -> Tree:
        left = self._ternary()
        if left[0] in ("name", "element", "field") and self._is(*_ASSIGNMENTS):
            operator = self._accept(*_ASSIGNMENTS)
            self._newlines()
            right = self._expression()
            return ("assign", left, right) if operator == "=" else ("update", operator[:-1], left, right)
        return left

    def _ternary(self) -> Tree:
        condition = self._or()
        if not self._accept("?"):
            return condition
        self._newlines()
        yes = self._expression()
        self._newlines()
        self._expect(":")
        self._newlines()
        return ("ternary", condition, yes, self._expression())

    def _or(self) -> Tree:
        left = self._and()
        while self._accept("||"):
            self._newlines()
            left = ("or", left, self._and())
        return left

    def _and(self) -> Tree:
        left = self._in()
        while self._accept("&&"):
            self._newlines()
            left = ("and", left, self._in())
        return left

    def _in(self) -> Tree:
        left = self._match()
        while self._accept("in"):
            left = ("in", left, self._name())
        return left

    def _match(self) -> Tree:
        left = self._comparison()
        while True:
            if self._accept("~"):
                left = ("match", left, self._comparison())
            elif self._accept("!~"):
                left = ("not", ("match", left, self._comparison()))
            elif self._is("!") and self._tokens[self._index + 1].text == "~":
                self._index += 2
                left = ("not", ("match", left, self._comparison()))
            else:
                return left

    def _comparison(self) -> Tree:
        left = self._concatenation()
        while self._is(*_COMPARISONS) and not (self._no_greater and self._is(">")):
            operator = self._accept(*_COMPARISONS)
            left = ("compare", operator, left, self._concatenation())
        return left

    def _concatenation(self) -> Tree:
        left = self._additive()
        while self._begins_operand():
            left = ("concat", left, self._additive())
        return left

    def _begins_operand(self) -> bool:
        token = self._token
        if token.kind in ("number", "string", "name", "builtin", "regex"):
            return True
        return (
            token.kind == "op"
            and token.text in ("$", "(", "!", "-", "+", "++", "--")
            and not (token.text == "!" and self._tokens[self._index + 1].text == "~")
        )

    def _additive(self) -> Tree:
        left = self._multiplicative()
        while operator := self._accept("+", "-"):
            left = ("arith", operator, left, self._multiplicative())
        return left

    def _multiplicative(self) -> Tree:
        left = self._unary()
        while operator := self._accept("*", "/", "%"):
            left = ("arith", operator, left, self._unary())
        return left

    def _unary(self) -> Tree:
        self._nesting += 1
        if self._nesting > _MAX_NESTING:
            raise AwkSyntaxError("nested too deeply")
        operator = self._accept("!", "-", "+")
        if operator:
            operand = self._unary()
            tree: Tree = ("not", operand) if operator == "!" else ("sign", operator, operand)
        else:
            tree = self._power()
        self._nesting -= 1
        return tree

    def _power(self) -> Tree:
        base = self._postfix()
        if self._accept("^", "**"):
            return ("arith", "^", base, self._unary())
        return base

    def _postfix(self) -> Tree:
        if operator := self._accept("++", "--"):
            return ("before", operator, self._primary())
        tree = self._primary()
        if tree[0] in ("name", "element", "field") and (operator := self._accept("++", "--")):
            return ("after", operator, tree)
        return tree

    def _primary(self) -> Tree:
        token = self._token
        if token.kind in ("number", "string", "regex"):
            self._index += 1
            value = token.text if token.kind != "number" else _number(token.text)
            return (token.kind, value)
        if self._accept("$"):
            operator = self._accept("++", "--")
            operand = self._primary()
            return ("field", ("before", operator, operand) if operator else operand)
        if self._accept("("):
            return self._parenthesis()
        if token.kind == "builtin":
            self._index += 1
            if self._accept("("):
                return ("call", token.text, self._list(")"))
            return ("call", token.text, ())
        if token.kind == "name":
            self._index += 1
            if token.tight:
                self._expect("(")
                return ("invoke", token.text, self._list(")"))
            if self._accept("["):
                return ("element", token.text, self._subscript())
            return ("name", token.text)
        if self._accept("-"):
            return ("sign", "-", self._primary())
        if self._is("getline"):
            raise AwkSyntaxError("getline is not supported")
        raise self._error()

    def _list(self, closing: str) -> tuple[Tree, ...]:
        saved, self._no_greater = self._no_greater, False
        values = self._expressions(closing)
        self._no_greater = saved
        return values

    def _parenthesis(self) -> Tree:
        values = self._list(")")
        if len(values) == 1:
            return ("group", values[0])
        if not values:
            raise self._error()
        self._expect("in")
        return ("in", ("join", values), self._name())

    def _subscript(self) -> Tree:
        values = self._list("]")
        return values[0] if len(values) == 1 else ("join", values)


def _number(text: str) -> float:
    return float(int(text, 16)) if text[:2].lower() == "0x" else float(text)
