"""JSON as Go reads it, with Go's words for what is wrong, and writes it: sorted keys; ``<``, ``>``, ``&`` escaped."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

EOF: Final = "unexpected EOF"
_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029", "\x7f": "\x7f"}
)


def dumps(value: Any, indent: int | None = None) -> str:
    """Compact text, or with ``indent`` spaces a level. Both begin no line of their own."""
    separators = (",", ": ") if indent is not None else (",", ":")
    text = json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, separators=separators)
    return text.translate(_ESCAPES)


def loads(text: str) -> Any:
    """One value; ValueError with Go's message."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(_go_message(error, text)) from None


def load_stream(text: str) -> Iterator[Any]:
    """The values that stand one after the other. ValueError counts lines from 0, as the decoder of manifests does."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        try:
            value, at = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            message = _go_message(error, text)
            line = text[: error.pos].count("\n")
            raise ValueError(message if message == EOF else f"json: line {line}: {message}") from None
        yield value


def _go_message(error: json.JSONDecodeError, text: str) -> str:
    at, said = error.pos, error.msg
    if said.startswith(("Illegal trailing comma", "Invalid \\")):  # Python points at the comma, or the backslash
        at += 1
    while at < len(text) and text[at].isspace() and not said.startswith("Invalid control"):
        at += 1
    if at >= len(text) or said.startswith("Unterminated string"):
        return "unexpected end of JSON input" if not text.strip() else EOF
    return f"invalid character {_quoted(text[at])} {_place(said, text, at)}"


def _place(said: str, text: str, at: int) -> str:
    inside = _container(text, at)
    if said.startswith("Extra data"):
        return "after top-level value"
    if said.startswith("Invalid control"):
        return "in string literal"
    if said.startswith("Invalid \\"):
        return "in string escape code"
    if said.startswith("Expecting ':'"):
        return "after object key"
    if said.startswith("Expecting ','"):
        return "after object key:value pair" if inside == "{" else "after array element"
    if said.startswith("Expecting property name") or (said.startswith("Illegal trailing comma") and inside == "{"):
        return "looking for beginning of object key string"
    return "looking for beginning of value"


def _container(text: str, at: int) -> str:
    """The bracket that is open at ``at``: ``{``, ``[`` or ""."""
    stack: list[str] = []
    position = 0
    while position < at:
        char = text[position]
        if char == '"':
            position += 1
            while position < at and text[position] != '"':
                position += 2 if text[position] == "\\" else 1
        elif char in "{[":
            stack.append(char)
        elif char in "}]" and stack:
            stack.pop()
        position += 1
    return stack[-1] if stack else ""


def _quoted(char: str) -> str:
    special = {"'": "'\\''", '"': "'\"'", "\n": "'\\n'", "\t": "'\\t'", "\r": "'\\r'", "\\": "'\\\\'"}
    return special.get(char, f"'{char}'")


def compact(value: Any) -> str:
    """Compact text with the keys in the order in which they come."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(_ESCAPES)
