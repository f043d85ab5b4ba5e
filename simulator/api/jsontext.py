"""What Go's JSON library finds wrong with a text, in its words; and how it writes. Source: encoding/json."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

MAX_DEPTH: Final = 200
"""How deep a body may nest. Go stops at 10,000; nothing that is served comes near either."""
END: Final = "unexpected end of JSON input"
_SPACE: Final = re.compile(rb"[ \t\r\n]*")
_STRING: Final = re.compile(rb'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_ESCAPE: Final = re.compile(rb"\\(u[0-9a-fA-F]{0,3})?")
_NUMBER: Final = re.compile(rb"-?(?:(?:0|[1-9][0-9]*)(?:\.(?:[0-9]+)?)?(?:(?<=[0-9])[eE](?:[-+]?(?:[0-9]+)?))?)?")
_ANY_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_NO_BRACKET: Final = bytes(code for code in range(256) if code not in b"{}[]")
_LITERALS: Final = {b"t": b"true", b"f": b"false", b"n": b"null"}
_VALUE, _VALUE_OR_END, _KEY, _KEY_OR_END, _COLON, _AFTER = range(6)
_WANTED: Final = {_VALUE: "looking for beginning of value", _VALUE_OR_END: "looking for beginning of value",
                  _KEY: "looking for beginning of object key string", _COLON: "after object key",
                  _KEY_OR_END: "looking for beginning of object key string"}  # fmt: skip


_ESCAPES: Final = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)


def dumps(value: Any) -> str:
    """Compact text with sorted keys, safe within HTML."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).translate(_ESCAPES)


class _Read(NamedTuple):
    """A token of a text: where it ends, and what is wrong there."""

    end: int
    fault: str = ""


def fault_of(data: bytes) -> str:
    """The first thing that is wrong: ``invalid character 'x' looking for beginning of value``; "" if nothing is."""
    state, at, stack = _VALUE, 0, bytearray()
    while True:
        at = _end(_SPACE, data, at)
        char = data[at : at + 1]
        if not char:
            return "" if state == _AFTER and not stack else END
        if char in b"{[" and state in (_VALUE, _VALUE_OR_END):
            if len(stack) == MAX_DEPTH:
                return _invalid(char, "exceeded max depth")
            stack += char
            state, at = (_KEY_OR_END if char == b"{" else _VALUE_OR_END), at + 1
        elif _closes(char, state, stack):
            stack.pop()
            state, at = _AFTER, at + 1
        elif state == _AFTER:
            if char != b"," or not stack:
                return _invalid(char, _after(stack))
            state, at = (_KEY if stack[-1:] == b"{" else _VALUE), at + 1
        elif state == _COLON and char == b":":
            state, at = _VALUE, at + 1
        else:
            at, fault = _token(data, at, state)
            if fault:
                return fault
            state = _COLON if state in (_KEY, _KEY_OR_END) else _AFTER


def is_too_deep(data: bytes) -> bool:
    """Whether brackets nest deeper than ``MAX_DEPTH``. Every round takes the innermost pairs away."""
    if data.count(b"{") + data.count(b"[") <= MAX_DEPTH:
        return False
    brackets = _ANY_STRING.sub(b"", data).translate(None, _NO_BRACKET)
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return bool(brackets)


def _closes(char: bytes, state: int, stack: bytearray) -> bool:
    opened = stack[-1:]
    if char == b"}":
        return opened == b"{" and state in (_AFTER, _KEY_OR_END)
    return char == b"]" and opened == b"[" and state in (_AFTER, _VALUE_OR_END)


def _after(stack: bytearray) -> str:
    if not stack:
        return "after top-level value"
    return "after object key:value pair" if stack[-1:] == b"{" else "after array element"


def _token(data: bytes, at: int, state: int) -> _Read:
    char = data[at : at + 1]
    if char == b'"' and state != _COLON:
        return _string(data, at)
    if state in (_VALUE, _VALUE_OR_END):
        if char in b"-0123456789":
            return _number(data, at)
        if char in _LITERALS:
            return _literal(data, at, _LITERALS[char])
    return _Read(at, _invalid(char, _WANTED[state]))


def _string(data: bytes, at: int) -> _Read:
    end = _end(_STRING, data, at)
    char = data[end : end + 1]
    if char == b'"':
        return _Read(end + 1)
    if char != b"\\":
        return _Read(end, _invalid(char, "in string literal"))
    escape = _ESCAPE.match(data, end)
    place = "in \\u hexadecimal character escape" if escape and escape.group(1) else "in string escape code"
    end = _end(_ESCAPE, data, end)
    return _Read(end, _invalid(data[end : end + 1] or b" ", place))


def _number(data: bytes, at: int) -> _Read:
    end = _end(_NUMBER, data, at)
    last, char = data[end - 1 : end], data[end : end + 1] or b" "
    if last.isdigit():
        return _Read(end)
    places = {b"-": "in numeric literal", b".": "after decimal point in numeric literal"}
    text = data[at:end].lower()
    return _Read(end, _invalid(char, "in exponent of numeric literal" if b"e" in text else places[last]))


def _literal(data: bytes, at: int, word: bytes) -> _Read:
    for index in range(1, len(word)):
        char = data[at + index : at + index + 1] or b" "  # what ends in the midst is read as if a space came
        if char != word[index : index + 1]:
            expected = chr(word[index])
            return _Read(at, _invalid(char, f"in literal {word.decode()} (expecting '{expected}')"))
    return _Read(at + len(word))


def _end(pattern: re.Pattern[bytes], data: bytes, at: int) -> int:
    found = pattern.match(data, at)
    return found.end() if found else at


def _invalid(char: bytes, place: str) -> str:
    return f"invalid character {_quoted(char)} {place}" if char else END


def _quoted(char: bytes) -> str:
    """One byte as ``strconv.Quote`` shows it, between single quotes."""
    special = {b"'": "\\'", b'"': '"', b"\\": "\\\\", b"\a": "\\a", b"\b": "\\b", b"\f": "\\f", b"\n": "\\n",
               b"\r": "\\r", b"\t": "\\t", b"\v": "\\v", b"\xad": "\\u00ad", b"\xa0": "\\u00a0"}  # fmt: skip
    code = char[0]
    if char in special:
        return f"'{special[char]}'"
    if 0x80 <= code < 0xA0:
        return f"'\\u{code:04x}'"
    return f"'\\x{code:02x}'" if code < 0x20 or code == 0x7F else f"'{chr(code)}'"
