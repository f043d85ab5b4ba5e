"""YAML as go-yaml v2 reads and writes it, which is what every ``-o yaml``, every manifest and ``oc edit`` is made of.

The writer follows libyaml's emitter: sorted keys, lists not indented under their key, plain scalars folded at 80
columns, strings quoted only when they would be read back as something else. Source: go-yaml v2.2, resolve.go,
encode.go, emitterc.go; sigs.k8s.io/yaml.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key, lru_cache
from typing import Any, Final

from simulator.oc.printers.values import format_float

WIDTH: Final = 80
_WORDS: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}
_INT: Final = re.compile(r"[-+]?(0[xX][0-9a-fA-F]+|0(?:o?[0-7]+)?|[1-9][0-9]*)")
_BINARY: Final = re.compile(r"([-+]?)0b([01]+)")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_BASE_60: Final = re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{1,2}-\d{1,2}([Tt ]+\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?\s*(Z|[-+]\d{1,2}(:\d{2})?)?)?"
)
_SPECIAL = object()  # a plain scalar that is no string, but is read as one: a timestamp


@lru_cache(maxsize=4096)
def resolve_plain(text: str) -> Any:
    """The value that an unquoted scalar stands for: the text itself when it is a string."""
    if text in _WORDS:
        return _WORDS[text]
    if not text or text[0] not in "0123456789+-.":
        return text
    if _TIMESTAMP.fullmatch(text):
        return _SPECIAL
    bare = text.replace("_", "")
    if _INT.fullmatch(bare):
        digits = bare.lstrip("+-")
        base = 16 if digits[:2] in ("0x", "0X") else 8 if digits.startswith("0") and len(digits) > 1 else 10
        value = int(digits.replace("o", ""), base)
        return -value if bare.startswith("-") else value
    if match := _BINARY.fullmatch(bare):
        return int(match.group(1) + match.group(2), 2)
    return float(bare) if _FLOAT.fullmatch(bare) else text


# -- writing


def dump(value: Any) -> str:
    """One document, ending in a newline."""
    if isinstance(value, Mapping | list | tuple) and value:
        return "".join(_block(value, 0))
    return _Scalar(value, 0, 0).text + "\n"


def _block(value: Any, indent: int) -> Iterator[str]:
    """The lines of a mapping or list that is not empty, whose first line is indented by ``indent``."""
    pad = " " * indent
    if isinstance(value, Mapping):
        for key in sorted_keys(value):
            yield from _entry(pad + _key(str(key), indent), value[key], indent, indent)
    else:
        for item in value:
            if isinstance(item, Mapping | list | tuple) and item:
                first, *rest = _block(item, indent + 2)
                yield pad + "- " + first[indent + 2 :]
                yield from rest
            else:
                yield f"{pad}- {_Scalar(item, indent, indent + 2).text}\n"


def sorted_keys(mapping: Iterable[str]) -> list[str]:
    """The keys in go-yaml's order: letters after all else, numbers by their value (``web-9`` before ``web-10``)."""
    if all(key.isalpha() for key in mapping):
        return sorted(mapping)
    return sorted(mapping, key=cmp_to_key(_compare_keys))


def _compare_keys(one: str, other: str) -> int:
    at = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), -1)
    if at < 0:
        return len(one) - len(other)
    left, right = one[at], other[at]
    if left.isalpha() or right.isalpha():
        if left.isalpha() and right.isalpha():
            return -1 if left < right else 1
        return -1 if right.isalpha() else 1
    lead = "1" if "0" in (left, right) and one[:at].rstrip("0123456789") != one[:at].rstrip("0") else ""
    left_digits, right_digits = _digits(one, at), _digits(other, at)
    numbers = int(lead + left_digits or "0"), int(lead + right_digits or "0")
    if numbers[0] != numbers[1]:
        return -1 if numbers[0] < numbers[1] else 1
    if len(left_digits) != len(right_digits):
        return len(left_digits) - len(right_digits)
    return -1 if left < right else 1


def _digits(text: str, at: int) -> str:
    end = at
    while end < len(text) and text[end].isdecimal():
        end += 1
    return text[at:end]


def _entry(key: str, value: Any, indent: int, list_indent: int) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        yield key + "\n"
        yield from _block(value, indent + 2)
    elif isinstance(value, list | tuple) and value:
        yield key + "\n"
        yield from _block(value, list_indent)
    else:
        yield f"{key} {_Scalar(value, indent, len(key) + 1).text}\n"


def _key(text: str, indent: int) -> str:
    """``name:``; a key that is too long for a simple key takes the ``? `` form."""
    written = _Scalar(text, indent, indent, simple=True).text
    return f"{written}:" if len(text.encode()) <= 128 else f"? {written}\n{' ' * indent}:"


class _Scalar:
    """One scalar, written at ``column``; lines that it goes on with are indented two more than ``indent``."""

    def __init__(self, value: Any, indent: int, column: int, *, simple: bool = False) -> None:
        self._indent, self._column, self._simple = indent + 2, column, simple
        self.text = self._string(value) if isinstance(value, str) else _literal(value)

    def _string(self, text: str) -> str:
        if "\n" in text:
            if not self._simple and not _SPECIAL_CHARACTERS(text) and not _breaks_block(text):
                return self._block_literal(text)
            return self._double(text)
        resolved = resolve_plain(text)
        if not isinstance(resolved, str) or _BASE_60.fullmatch(text):
            return self._double(text)
        if _SPECIAL_CHARACTERS(text):
            return self._double(text)
        if _plain_allowed(text):
            return self._fold(text)
        self._column += 1
        return "'" + self._fold(text.replace("'", "''")) + "'"

    def _fold(self, text: str) -> str:
        """Break at single spaces past the width, as the emitter does for plain and single-quoted scalars."""
        if self._simple or self._column + len(text) <= WIDTH or " " not in text:
            return text
        parts: list[str] = []
        column = self._column
        for at, char in enumerate(text):
            single = char == " " and 0 < at < len(text) - 1 and text[at - 1] != " " and text[at + 1] != " "
            if single and column > WIDTH:
                parts.append("\n" + " " * self._indent)
                column = self._indent
            else:
                parts.append(char)
                column += 1
        return "".join(parts)

    def _double(self, text: str) -> str:
        parts = ['"']
        column, spaces = self._column + 1, False
        for at, char in enumerate(text):
            if char != " ":
                written = _ESCAPED.get(char) or (char if _is_printable(char) else _escape(char))
                parts.append(written)
                column, spaces = column + len(written), False
            elif not self._simple and not spaces and column > WIDTH and 0 < at < len(text) - 1:
                parts.append("\n" + " " * self._indent + ("\\" if text[at + 1] == " " else ""))
                column, spaces = self._indent, True
            else:
                parts.append(" ")
                column, spaces = column + 1, True
        return "".join(parts) + '"'

    def _block_literal(self, text: str) -> str:
        hint = "2" if text[0] in " \n" else ""
        if not text.endswith("\n"):
            hint += "-"
        elif text.endswith("\n\n") or text == "\n":
            hint += "+"
        pad = " " * self._indent
        lines = (pad + line if line else "" for line in text.removesuffix("\n").split("\n"))
        return f"|{hint}\n" + "\n".join(lines)


def _literal(value: Any) -> str:
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format_float(value)
    return "{}" if isinstance(value, Mapping) else "[]"


_ESCAPED: Final = {
    "\0": "\\0", "\a": "\\a", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r",
    "\x1b": "\\e", '"': '\\"', "\\": "\\\\", "\x85": "\\N", "\xa0": "\\_", "\u2028": "\\L", "\u2029": "\\P",
}  # fmt: skip
_UNPRINTABLE: Final = re.compile("[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]")
_SPECIAL_CHARACTERS = _UNPRINTABLE.search


def _is_printable(char: str) -> bool:
    return char not in "\xa0\u2028\u2029" and not _UNPRINTABLE.match(char)


def _escape(char: str) -> str:
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def _breaks_block(text: str) -> bool:
    """Whether a text of several lines cannot be a block literal: a space before a line break, or at the end."""
    return " \n" in text or text.endswith(" ")


def _plain_allowed(text: str) -> bool:
    """Whether a one-line text may stand unquoted in a block. Source: emitterc.go, yaml_emitter_analyze_scalar."""
    if text[0] in " #,[]{}&*!|>'\"%@`" or text[-1] == " " or text.startswith(("---", "...")):
        return False
    if text[0] in "?:-" and (len(text) == 1 or text[1] in " \t"):
        return False
    return ": " not in text and not text.endswith(":") and " #" not in text


# -- reading

_MESSAGES: Final = (
    ("mapping values are not allowed here", "mapping values are not allowed in this context"),
    ("sequence entries are not allowed here", "block sequence entries are not allowed in this context"),
    ("mapping keys are not allowed here", "mapping keys are not allowed in this context"),
    ("expected ',' or ']'", "did not find expected ',' or ']'"),
    ("expected ',' or '}'", "did not find expected ',' or '}'"),
    ("expected the node content", "did not find expected node content"),
    ("expected '<document start>'", "did not find expected <document start>"),
    ("found character", "found character that cannot start any token"),
    ("found unknown escape character", "found unknown escape character"),
    ("expected alphabetic or numeric character", "did not find expected alphabetic or numeric character"),
    ("expected a comment or a line break", "did not find expected comment or line break"),
    ("expected chomping or indentation indicators", "did not find expected comment or line break"),
)


def split_documents(text: str) -> list[str]:
    """The documents of a stream, cut at the lines that begin with ``---``."""
    documents: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if line.rstrip() == "---" or line.startswith("--- "):
            documents.append([])
            line = line[4:]
        documents[-1].append(line)
    return ["".join(lines) for lines in documents]


def load(text: str) -> Any:
    """One document as JSON values; ValueError ``yaml: line 2: …`` in go-yaml's words."""
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except yaml.MarkedYAMLError as error:
        raise ValueError("yaml: " + _go_message(error)) from None
    except yaml.YAMLError:
        raise ValueError("yaml: control characters are not allowed") from None


def _go_message(error: Any) -> str:
    from yaml.scanner import ScannerError

    if str(error.problem).startswith("found undefined alias"):
        return f"unknown anchor {str(error.problem).split()[-1]} referenced"
    line = error.problem_mark.line if error.problem_mark else 0
    if line and isinstance(error, ScannerError):
        line += 1
    elif not line and error.context_mark:
        line = error.context_mark.line
    return (f"line {line}: " if line else "") + _problem(str(error.problem), str(error.context))


def _problem(problem: str, context: str) -> str:
    if problem.startswith("expected <block end>"):
        return "did not find expected key" if "mapping" in context else "did not find expected '-' indicator"
    return next((ours for theirs, ours in _MESSAGES if problem.startswith(theirs)), problem)


@lru_cache(maxsize=1)
def _loader() -> Any:
    """PyYAML's loader with go-yaml's idea of what a plain scalar is; a timestamp stays text."""
    import yaml

    class Loader(yaml.SafeLoader):
        pass

    Loader.yaml_implicit_resolvers = {"<": yaml.SafeLoader.yaml_implicit_resolvers["<"]}

    def scalar(loader: Any, node: Any) -> Any:
        resolved = node.value if node.style else resolve_plain(node.value)
        return node.value if resolved is _SPECIAL else resolved

    def mapping(loader: Any, node: Any) -> dict[str, Any]:
        loader.flatten_mapping(node)
        construct = loader.construct_object
        return {_json_key(construct(key)): construct(value, deep=True) for key, value in node.value}

    Loader.add_constructor("tag:yaml.org,2002:str", scalar)
    Loader.add_constructor("tag:yaml.org,2002:merge", scalar)
    Loader.add_constructor("tag:yaml.org,2002:map", mapping)
    return Loader


def _json_key(key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, Sequence | Mapping):
        raise ValueError("yaml: invalid map key")
    return _literal(key)
