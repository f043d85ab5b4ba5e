"""The named character classes of POSIX (``[:alpha:]``), for shell patterns, regular expressions and tr."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from typing import Final

_PUNCTUATION: Final = frozenset(string.punctuation)
_HEX: Final = frozenset(string.hexdigits)

CLASSES: Final[Mapping[str, Callable[[str], bool]]] = {
    "alpha": str.isalpha,
    "digit": lambda char: "0" <= char <= "9",
    "alnum": str.isalnum,
    "upper": str.isupper,
    "lower": str.islower,
    "space": lambda char: char in " \t\n\r\f\v",
    "blank": lambda char: char in " \t",
    "punct": lambda char: char in _PUNCTUATION,
    "cntrl": lambda char: char < " " or char == "\x7f",
    "print": str.isprintable,
    "graph": lambda char: char.isprintable() and char != " ",
    "xdigit": lambda char: char in _HEX,
    "word": lambda char: char.isalnum() or char == "_",
}


def is_word(char: str) -> bool:
    """What ``\\w`` matches."""
    return char.isalnum() or char == "_"
