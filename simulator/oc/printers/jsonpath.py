"""kubectl's JSONPath templates: text with ``{expressions}``. Source: client-go, util/jsonpath.

Differences that are kept: a missing field is empty and no error, an index out of bounds is an error, several values are
joined by a space, maps and lists print as Go does. Known difference: keys of a map come sorted where Go has no order.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from simulator.oc.printers.values import go_text, go_type


class JSONPathError(ValueError):
    """A template that cannot be parsed, or not be applied to this object."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Literal:
    value: Any


@dataclass(frozen=True, slots=True)
class Field:
    name: str


@dataclass(frozen=True, slots=True)
class Wildcard:
    pass


@dataclass(frozen=True, slots=True)
class Recursive:
    pass


@dataclass(frozen=True, slots=True)
class Slice:
    """``[start:stop:step]``; an index is ``single``."""

    start: int | None
    stop: int | None
    step: int | None
    single: bool


@dataclass(frozen=True, slots=True)
class Union:
    branches: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Filter:
    left: Path
    operator: str
    right: Path


Step = Field | Wildcard | Recursive | Slice | Union | Filter | Literal
Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Range:
    path: Path
    body: tuple[Node, ...]


Node = Text | Path | Range

_SLICE: Final = re.compile(r"(-?\d*)(:-?\d*)?(:-?\d*)?")
_COMPARISON: Final = re.compile(r"([^!<>=]+)([!<>=]+)(.+)")
_TERMINATORS: Final = " \t\n.,[]$@{}"
_ESCAPES: Final = {
    "n": "\n",
    "t": "\t",
    "r": "\r",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    "\\": "\\",
    '"': '"',
    "'": "'",
}


# -- parsing


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def template(self) -> tuple[Node, ...]:
        """The nodes of the whole text; ranges hold those up to their end."""
        flat = self._flat()
        nodes, rest = _nest(flat, 0, inside=False)
        assert rest == len(flat)
        return nodes

    def _flat(self) -> list[Node | str]:
        flat: list[Node | str] = []
        while self.at < len(self.text):
            start = self.text.find("{", self.at)
            if start < 0:
                flat.append(Text(self.text[self.at :]))
                break
            if start > self.at:
                flat.append(Text(self.text[self.at : start]))
            self.at = start + 1
            flat += self._action()
        return flat

    def _action(self) -> list[Node | str]:
        """What stands in one pair of braces; "range" and "end" are left as words."""
        found: list[Node | str] = []
        steps: list[Step] = []
        while True:
            if self.at >= len(self.text) or self.text[self.at] in "\r\n":
                raise JSONPathError("unclosed action")
            if self.text[self.at] == "}":
                self.at += 1
                break
            word = self._step(steps)
            if word:
                found.append(word)
        path = tuple(steps)
        return [*found, path] if steps or not found or "range" in found else found

    def path(self) -> Path:
        """The whole text as one path (the inside of a filter or of a union)."""
        steps: list[Step] = []
        while self.at < len(self.text):
            self._step(steps)
        return tuple(steps)

    def _step(self, steps: list[Step]) -> str:
        """Read one step into ``steps``, or return the keyword that stands here."""
        char = self.text[self.at]
        if self.text.startswith("[?(", self.at):
            steps.append(self._filter())
        elif self.text.startswith("..", self.at):
            self.at += 2
            steps.append(Recursive())
            if self.at < len(self.text) and self.text[self.at] not in _TERMINATORS:
                steps.append(self._field())
        elif char in " @$":
            self.at += 1
        elif char == "[":
            steps.append(self._array())
        elif char in "\"'":
            steps.append(self._quoted(char))
        elif char == ".":
            self.at += 1
            if self.at < len(self.text) and self.text[self.at] not in _TERMINATORS:
                steps.append(self._field())
        elif char in "+-" or char.isdigit():
            steps.append(self._number())
        elif char.isalpha() or char == "_":
            return self._identifier(steps)
        else:
            raise JSONPathError(f"unrecognized character in action: U+{ord(char):04X} '{char}'")
        return ""

    def _field(self) -> Step:
        name = []
        while self.at < len(self.text) and self.text[self.at] not in _TERMINATORS:
            if self.text[self.at] == "\\" and self.at + 1 < len(self.text):
                self.at += 1
            name.append(self.text[self.at])
            self.at += 1
        text = "".join(name)
        return Wildcard() if text == "*" else Field(text)

    def _identifier(self, steps: list[Step]) -> str:
        match = re.compile(r"\w+").match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        word = match.group()
        if word in ("range", "end"):
            return word
        if word in ("true", "false"):
            steps.append(Literal(word == "true"))
            return ""
        raise JSONPathError(f"unrecognized identifier {word}")

    def _number(self) -> Literal:
        match = re.compile(r"[-+]?[\d.]*").match(self.text, self.at)
        assert match is not None
        self.at = match.end()
        try:
            return Literal(int(match.group()))
        except ValueError:
            pass
        try:
            return Literal(float(match.group()))
        except ValueError:
            raise JSONPathError(f"cannot parse number {match.group()}") from None

    def _quoted(self, quote: str) -> Literal:
        chars = []
        self.at += 1
        while True:
            if self.at >= len(self.text):
                raise JSONPathError("unterminated quoted string")
            char = self.text[self.at]
            if char == "\\" and self.at + 1 < len(self.text):
                self.at += 1
                chars.append(_ESCAPES.get(self.text[self.at], "\\" + self.text[self.at]))
            elif char == quote:
                self.at += 1
                return Literal("".join(chars))
            else:
                chars.append(char)
            self.at += 1

    def _array(self) -> Step:
        start = self.at + 1
        end, quote = start, ""
        while end < len(self.text) and (quote or self.text[end] != "]"):
            if self.text[end] in "\"'":
                quote = "" if quote == self.text[end] else quote or self.text[end]
            end += 1
        if end >= len(self.text):
            raise JSONPathError("unterminated array")
        self.at = end + 1
        return _subscript(self.text[start:end])

    def _filter(self) -> Filter:
        start = self.at + 3
        end, depth, quote = start, 0, ""
        while end < len(self.text):
            char = self.text[end]
            if quote:
                quote = "" if char == quote else quote
            elif char in "\"'":
                quote = char
            elif char == "(":
                depth += 1
            elif char == ")" and depth:
                depth -= 1
            elif self.text.startswith(")]", end):
                break
            end += 1
        if end >= len(self.text):
            raise JSONPathError("unterminated filter")
        self.at = end + 2
        return _comparison(self.text[start:end])


def _subscript(text: str) -> Step:
    """The inside of square brackets."""
    quoted = re.fullmatch(r"'([^']*)'|\"([^\"]*)\"", text)
    if quoted:
        return Field((quoted.group(1) or quoted.group(2) or "").replace("\\.", "."))
    if "," in text:
        branches = tuple((_subscript(part.strip()),) for part in text.split(","))
        return Union(branches)
    if text.strip() == "*":
        return Slice(None, None, None, single=False)
    match = _SLICE.fullmatch(text)
    if match is None or not text:
        raise JSONPathError(f"invalid array index {text}")
    start, stop, step = (int(part.lstrip(":")) if part and part != ":" else None for part in match.groups())
    return Slice(start, stop, step, single=":" not in text)


def _comparison(text: str) -> Filter:
    match = _COMPARISON.fullmatch(text)
    if match is None:
        return Filter(_Parser(text).path(), "exists", ())
    left, operator, right = match.groups()
    if operator not in _OPERATORS:
        raise JSONPathError(f"unrecognized filter operator {operator}")
    return Filter(_Parser(left).path(), operator, _Parser(right.strip()).path())


def _nest(flat: Sequence[Node | str], at: int, *, inside: bool) -> tuple[tuple[Node, ...], int]:
    nodes: list[Node] = []
    while at < len(flat):
        node = flat[at]
        at += 1
        if node == "end":
            if not inside:
                raise JSONPathError("not in range, nothing to end")
            return tuple(nodes), at
        if node == "range":
            path = flat[at]
            assert isinstance(path, tuple)
            body, at = _nest(flat, at + 1, inside=True)
            nodes.append(Range(path, body))
        else:
            assert not isinstance(node, str)
            nodes.append(node)
    return tuple(nodes), at


@lru_cache(maxsize=256)
def parse(template: str) -> tuple[Node, ...]:
    """The nodes of a template; JSONPathError."""
    return _Parser(template).template()


@lru_cache(maxsize=256)
def parse_relaxed(text: str) -> Path:
    """A single expression as --sort-by and custom columns take it: ``x.y``, ``.x.y``, ``{.x.y}`` or ``{x.y}``."""
    match = re.fullmatch(r"\{?\.?([^{}]*)\}?", text.strip())
    if match is None or text.count("{") != text.count("}"):
        forms = "a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'"
        raise JSONPathError(f"unexpected path string, expected {forms}")
    body = match.group(1)
    nodes = parse("{" + ("" if body.startswith("[") else ".") + body + "}")
    path = nodes[0]
    assert isinstance(path, tuple)
    return path


# -- evaluation


def render(template: str, obj: Any, text_of: Callable[[Any], str] = go_text) -> str:
    """The template applied to an object, each value found as ``text_of`` prints it; JSONPathError."""
    return "".join(_render(parse(template), [obj], text_of))


def results(template: str, obj: Any) -> list[list[Any]]:
    """What each expression of a template finds, text left out; JSONPathError."""
    return list(_results(parse(template), [obj]))


def _results(nodes: Iterable[Node], current: list[Any]) -> Iterator[list[Any]]:
    for node in nodes:
        if isinstance(node, Range):
            for value in _walk(node.path, current):
                yield from _results(node.body, [value])
        elif not isinstance(node, Text):
            yield _walk(node, current)


def find(path: Path, obj: Any) -> list[Any]:
    """The values at a path; a missing field gives none."""
    return _walk(path, [obj])


def _render(nodes: Iterable[Node], current: list[Any], text_of: Callable[[Any], str]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, Text):
            yield node.text
        elif isinstance(node, Range):
            for value in _walk(node.path, current):
                yield from _render(node.body, [value], text_of)
        else:
            yield " ".join(text_of(value) for value in _walk(node, current))


def _walk(path: Path, values: list[Any]) -> list[Any]:
    for at, step in enumerate(path):
        if isinstance(step, Literal):
            values = [*(values if at else []), step.value]
        else:
            values = _STEPS[type(step)](step, values)
    return values


def _field(step: Field, values: list[Any]) -> list[Any]:
    return [value[step.name] for value in values if isinstance(value, Mapping) and step.name in value]


def _children(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return [value[key] for key in sorted(value)]
    return list(value) if isinstance(value, list | tuple) else []


def _wildcard(step: Wildcard, values: list[Any]) -> list[Any]:
    return [child for value in values for child in _children(value)]


def _recursive(step: Recursive, values: list[Any]) -> list[Any]:
    found = []
    for value in values:
        children = _children(value)
        if children:
            found.append(value)
            found += _recursive(step, children)
    return found


def _slice(step: Slice, values: list[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if value is None:
            continue
        if not isinstance(value, list | tuple):
            raise JSONPathError(f"{go_type(value)} is not array or slice")
        if not step.single:
            found += value[step.start : step.stop : step.step]
            continue
        index = step.start or 0
        if not -len(value) <= index < len(value):
            raise JSONPathError(f"array index out of bounds: index {index}, length {len(value)}")
        found.append(value[index])
    return found


def _union(step: Union, values: list[Any]) -> list[Any]:
    return [found for branch in step.branches for found in _walk(branch, values)]


def _filter(step: Filter, values: list[Any]) -> list[Any]:
    found = []
    for value in values:
        if not isinstance(value, list | tuple):
            raise JSONPathError(f"{go_text(value)} is not array or slice and cannot be filtered")
        found += [item for item in value if _passes(step, item)]
    return found


def _passes(step: Filter, item: Any) -> bool:
    left = _walk(step.left, [item])
    if step.operator == "exists":
        return bool(left)
    right = _walk(step.right, [item])
    if len(left) > 1 or len(right) > 1:
        raise JSONPathError("can only compare one element at a time")
    if not left or not right:
        return False
    one, other = left[0], right[0]
    if type(one) is not type(other) and not (_is_number(one) and _is_number(other)):
        raise JSONPathError("incompatible types for comparison")
    return _OPERATORS[step.operator](one, other)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OPERATORS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}
_STEPS: Final[Mapping[type, Callable[[Any, list[Any]], list[Any]]]] = {
    Field: _field,
    Wildcard: _wildcard,
    Recursive: _recursive,
    Slice: _slice,
    Union: _union,
    Filter: _filter,
}
