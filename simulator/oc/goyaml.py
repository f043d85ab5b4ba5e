"""YAML as go-yaml v2 reads and writes it, which is what every ``-o yaml``, every manifest and ``oc edit`` is made of.

The writer follows libyaml's emitter: sorted keys, lists not indented under their key, plain scalars folded at 80
columns, strings quoted only when they would be read back as something else. Source: go-yaml v2.2, resolve.go,
encode.go, emitterc.go; sigs.k8s.io/yaml.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cmp_to_key
from typing import Any, Final

from simulator.api.yamltext import BASE_60, literal, load, resolve_plain, split_documents

__all__ = ["dump", "load", "sorted_keys", "split_documents"]
WIDTH: Final = 80

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
        self.text = self._string(value) if isinstance(value, str) else literal(value)

    def _string(self, text: str) -> str:
        if "\n" in text:
            if not self._simple and not _SPECIAL_CHARACTERS(text) and not _breaks_block(text):
                return self._block_literal(text)
            return self._double(text)
        resolved = resolve_plain(text)
        if not isinstance(resolved, str) or BASE_60.fullmatch(text):
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
