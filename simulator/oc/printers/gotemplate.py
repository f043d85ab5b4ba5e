"""A useful subset of Go's text/template: fields, variables, if, range, with, pipelines, and the common functions.

What is not there (define, template, block, break) is an error that says so.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.oc.printers.values import go_text


class TemplateError(ValueError):
    """A template that cannot be parsed or executed; the text is what the command prints after ``error: ``."""


_ACTION: Final = re.compile(r"\{\{(-\s)?(.*?)(\s-)?\}\}", re.DOTALL)
_TOKEN: Final = re.compile(
    r"""\s*(?:(?P<string>"(?:[^"\\]|\\.)*"|`[^`]*`)|(?P<number>[-+]?\d+(?:\.\d+)?)|(?P<field>(?:\.[A-Za-z_]\w*)+)"""
    r"""|(?P<variable>\$\w*(?:\.[A-Za-z_]\w*)*)|(?P<word>[A-Za-z_]\w*)|(?P<mark>:=|[|().,=]))"""
)
_ESCAPE: Final = re.compile(r"\\(.)")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", '"': '"'}


@dataclass
class _Block:
    """``if``, ``range`` or ``with``: its pipeline, what it does, and what it does else."""

    word: str
    pipeline: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    body: list[_Node] = field(default_factory=list)
    otherwise: list[_Node] = field(default_factory=list)


_Node = str | _Block | list[str]  # text, a block, or the tokens of a pipeline


def execute(template: str, data: Any) -> str:
    """The template applied to an object; TemplateError."""
    nodes = _parse(template)
    return "".join(_run(nodes, data, {"$": data}))


# -- parsing


def _parse(template: str) -> list[_Node]:
    root: list[_Node] = []
    stack: list[tuple[_Block, list[_Node]]] = []
    current = root
    for piece in _pieces(template):
        if isinstance(piece, str):
            current.append(piece)
            continue
        word = piece[0] if piece else ""
        if word in ("if", "range", "with"):
            block = _Block(word, *_declaration(piece[1:]))
            current.append(block)
            stack.append((block, current))
            current = block.body
        elif word == "else":
            current = _else(piece, stack)
        elif word == "end":
            if not stack:
                raise TemplateError("error parsing template: unexpected {{end}}")
            current = stack.pop()[1]
            while stack and stack[-1][0].word == "else if":
                current = stack.pop()[1]
        elif word in ("define", "template", "block", "break", "continue"):
            raise TemplateError(f'error parsing template: "{word}" is not available in this simulator')
        else:
            current.append(piece)
    if stack:
        raise TemplateError("error parsing template: unexpected EOF")
    return root


def _else(piece: list[str], stack: list[tuple[_Block, list[_Node]]]) -> list[_Node]:
    if not stack:
        raise TemplateError("error parsing template: unexpected {{else}}")
    block, above = stack.pop()
    if piece[1:2] != ["if"]:
        stack.append((block, above))
        return block.otherwise
    nested = _Block("if", *_declaration(piece[2:]))
    block.otherwise.append(nested)
    stack.append((_Block("else if"), above))
    stack.append((nested, above))
    return nested.body


def _pieces(template: str) -> Iterator[str | list[str]]:
    """Texts and the tokens of actions, with ``{{-`` and ``-}}`` applied."""
    at, trim = 0, False
    for match in _ACTION.finditer(template):
        text = template[at : match.start()]
        text = text.lstrip() if trim else text
        yield text.rstrip() if match.group(1) else text
        at, trim = match.end(), bool(match.group(3))
        if not match.group(2).strip().startswith("/*"):
            yield _tokens(match.group(2))
    rest = template[at:]
    if "{{" in rest:
        raise TemplateError("error parsing template: unclosed action")
    yield rest.lstrip() if trim else rest


def _tokens(action: str) -> list[str]:
    tokens, at = [], 0
    action = action.strip()
    while at < len(action):
        match = _TOKEN.match(action, at)
        if match is None:
            raise TemplateError(f"error parsing template: unexpected {action[at]!r} in operand")
        tokens.append(match.group().strip())
        at = match.end()
    return tokens


def _declaration(tokens: list[str]) -> tuple[list[str], list[str]]:
    """The pipeline and the variables of ``$i, $x := pipeline``."""
    if ":=" not in tokens:
        return tokens, []
    at = tokens.index(":=")
    return tokens[at + 1 :], [token for token in tokens[:at] if token != ","]


# -- execution

_Scope = dict[str, Any]


def _run(nodes: Sequence[_Node], dot: Any, scope: _Scope) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, str):
            yield node
        elif isinstance(node, _Block):
            yield from _block(node, dot, scope)
        elif node:
            yield from _action(node, dot, scope)


def _action(tokens: list[str], dot: Any, scope: _Scope) -> Iterator[str]:
    pipeline, names = _declaration(tokens)
    if not names and tokens[1:2] == ["="]:
        pipeline, names = tokens[2:], tokens[:1]
    value = _pipeline(pipeline, dot, scope)
    if names:
        scope[names[0]] = value
    else:
        yield "<no value>" if value is None else go_text(value)


def _block(block: _Block, dot: Any, scope: _Scope) -> Iterator[str]:
    value = _pipeline(block.pipeline, dot, scope)
    if block.word != "range":
        inner = dict(scope) | ({block.names[0]: value} if block.names else {})
        chosen = block.body if _truth(value) else block.otherwise
        yield from _run(chosen, value if block.word == "with" and _truth(value) else dot, inner)
        return
    if value is not None and not isinstance(value, Mapping | list | tuple):
        raise TemplateError(f"error executing template: range can't iterate over {go_text(value)}")
    pairs = _pairs(value)
    for key, item in pairs:
        names = dict(zip(reversed(block.names), (item, key), strict=False))
        yield from _run(block.body, item, {**scope, **names})
    if not pairs:
        yield from _run(block.otherwise, dot, dict(scope))


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return [(key, value[key]) for key in sorted(value)]
    return list(enumerate(value or ()))


def _pipeline(tokens: Sequence[str], dot: Any, scope: _Scope) -> Any:
    """The value of ``command | command``: each takes the one before as its last argument."""
    commands: list[list[str]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token == "(") - (token == ")")
        if token == "|" and depth == 0:
            commands.append([])
        else:
            commands[-1].append(token)
    value: tuple[Any, ...] = ()
    for command in commands:
        value = (_command(command, value, dot, scope),)
    return value[0]


def _command(tokens: list[str], piped: tuple[Any, ...], dot: Any, scope: _Scope) -> Any:
    if not tokens:
        raise TemplateError("error parsing template: missing value for command")
    if re.fullmatch(r"[A-Za-z_]\w*", tokens[0]) and tokens[0] not in ("true", "false", "nil"):
        function = _FUNCTIONS.get(tokens[0])
        if function is None:
            raise TemplateError(f'error parsing template: function "{tokens[0]}" not defined')
        try:
            return function(*_operands(tokens[1:], dot, scope), *piped)
        except (TypeError, ValueError, LookupError) as error:
            raise TemplateError(f"error executing template: error calling {tokens[0]}: {error}") from None
    return _operands(tokens, dot, scope)[0]


def _operands(tokens: list[str], dot: Any, scope: _Scope) -> list[Any]:
    values, at = [], 0
    while at < len(tokens):
        if tokens[at] == "(":
            end = _closing(tokens, at)
            value = _pipeline(tokens[at + 1 : end], dot, scope)
            at = end
            if at + 1 < len(tokens) and tokens[at + 1].startswith(".") and len(tokens[at + 1]) > 1:
                at += 1
                value = _lookup(value, tokens[at])
        else:
            value = _operand(tokens[at], dot, scope)
        values.append(value)
        at += 1
    return values


def _closing(tokens: Sequence[str], at: int) -> int:
    depth = 0
    for place in range(at, len(tokens)):
        depth += (tokens[place] == "(") - (tokens[place] == ")")
        if depth == 0:
            return place
    raise TemplateError("error parsing template: unclosed left paren")


def _operand(token: str, dot: Any, scope: _Scope) -> Any:
    if token == ".":
        return dot
    if token[0] == ".":
        return _lookup(dot, token)
    if token[0] == "$":
        name, dotted, path = token.partition(".")
        if name not in scope:
            raise TemplateError(f'error parsing template: undefined variable "{name}"')
        return _lookup(scope[name], dotted + path)
    if token[0] == "`":
        return token[1:-1]
    if token[0] == '"':
        return _ESCAPE.sub(lambda match: _ESCAPES.get(match.group(1), match.group()), token[1:-1])
    if token in ("true", "false", "nil"):
        return {"true": True, "false": False}.get(token)
    return float(token) if "." in token else int(token)


def _lookup(value: Any, path: str) -> Any:
    for name in filter(None, path.split(".")):
        if value is not None and not isinstance(value, Mapping):
            raise TemplateError(f"error executing template: can't evaluate field {name} in type {type(value).__name__}")
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _truth(value: Any) -> bool:
    return bool(value)


def _index(value: Any, *keys: Any) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else value[key]
    return value


def _printf(form: str, *values: Any) -> str:
    rest = list(values)

    def replace(match: re.Match[str]) -> str:
        if match.group(2) == "%":
            return "%"
        value = rest.pop(0)
        if match.group(2) == "q":
            return '"' + go_text(value) + '"'
        if match.group(2) in "sv":
            return f"%{match.group(1)}s" % go_text(value)
        return str(match.group() % value)

    return re.sub(r"%([-+0 #]*\d*(?:\.\d+)?)([a-z%])", replace, form)


def _either(*values: Any) -> Any:
    return next((value for value in values if value), values[-1])


def _both(*values: Any) -> Any:
    return next((value for value in values if not value), values[-1])


def _exists(value: Any, *keys: Any) -> bool:
    try:
        return _index(value, *keys) is not None
    except (LookupError, TypeError, AttributeError):
        return False


_FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "and": _both,
    "base64decode": lambda text: base64.b64decode(text).decode("utf-8", "replace"),
    "eq": lambda one, *others: one in others,
    "exists": _exists,
    "ge": lambda one, other: one >= other,
    "gt": lambda one, other: one > other,
    "html": lambda text: go_text(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
    "index": _index,
    "le": lambda one, other: one <= other,
    "len": len,
    "lt": lambda one, other: one < other,
    "ne": lambda one, other: one != other,
    "not": lambda value: not value,
    "or": _either,
    "print": lambda *values: " ".join(map(go_text, values)),
    "printf": _printf,
    "println": lambda *values: " ".join(map(go_text, values)) + "\n",
}
