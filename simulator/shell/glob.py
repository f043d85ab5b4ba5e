"""Shell patterns (``*``, ``?``, ``[...]``), matched in time proportional to text times pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from simulator.shell.charclasses import CLASSES

_SPECIAL: Final = re.compile(r"[*?\[\\]")
STAR: Final = "star"


def escape(text: str) -> str:
    """``text`` as a pattern that matches only itself."""
    return _SPECIAL.sub(lambda match: "\\" + match.group(), text)


def has_magic(pattern: str) -> bool:
    """Whether an unescaped ``*``, ``?`` or ``[...]`` is in the pattern."""
    return any(not isinstance(token, str) or token == STAR for token in Pattern.compile(pattern).tokens)


def unescape(pattern: str) -> str:
    return re.sub(r"\\(.)", r"\1", pattern, flags=re.DOTALL)


class CharacterSet:
    """``[a-z[:digit:]!]``."""

    __slots__ = ("_classes", "_negated", "_ranges")

    def __init__(self, ranges: list[tuple[str, str]], classes: list[str], negated: bool) -> None:
        self._ranges, self._classes, self._negated = ranges, classes, negated

    def matches(self, char: str) -> bool:
        found = any(low <= char <= high for low, high in self._ranges) or any(
            CLASSES[name](char) for name in self._classes
        )
        return found != self._negated


class _AnyCharacter:
    def matches(self, char: str) -> bool:
        return True


class Pattern:
    """A compiled pattern: a list of characters, sets and stars."""

    __slots__ = ("tokens",)

    def __init__(self, tokens: list[str | CharacterSet | _AnyCharacter]) -> None:
        self.tokens = tokens

    @staticmethod
    @lru_cache(maxsize=512)
    def compile(pattern: str) -> Pattern:
        tokens: list[str | CharacterSet | _AnyCharacter] = []
        index = 0
        while index < len(pattern):
            char = pattern[index]
            index += 1
            if char == "*":
                if not tokens or tokens[-1] != STAR:
                    tokens.append(STAR)
            elif char == "?":
                tokens.append(_AnyCharacter())
            elif char == "[" and (parsed := parse_set(pattern, index)) is not None:
                tokens.append(parsed[0])
                index = parsed[1]
            elif char == "\\" and index < len(pattern):
                tokens.append(pattern[index])
                index += 1
            else:
                tokens.append(char)
        return Pattern(tokens)

    def reversed(self) -> Pattern:
        return Pattern(self.tokens[::-1])

    def matches(self, text: str) -> bool:
        return any(end == len(text) for end in self.prefix_ends(text))

    def prefix_ends(self, text: str) -> Iterator[int]:
        """Every ``end`` for which ``text[:end]`` matches, in rising order."""
        tokens, final = self.tokens, len(self.tokens)
        positions = self._closure({0})
        for index in range(len(text) + 1):
            if final in positions:
                yield index
            if index == len(text) or not positions:
                return
            char = text[index]
            after = set()
            for position in positions:
                if position == final:
                    continue
                token = tokens[position]
                if token == STAR:
                    after.add(position)
                elif isinstance(token, str):
                    if token == char:
                        after.add(position + 1)
                elif token.matches(char):
                    after.add(position + 1)
            positions = self._closure(after)

    def _closure(self, positions: set[int]) -> set[int]:
        for position in list(positions):
            if position < len(self.tokens) and self.tokens[position] == STAR:
                positions.add(position + 1)
        return positions


def parse_set(pattern: str, start: int) -> tuple[CharacterSet, int] | None:
    """The set whose ``[`` ended at ``start``, and the index behind its ``]``; None when it is not closed."""
    index = start
    negated = pattern[index : index + 1] in ("!", "^") and bool(pattern[index : index + 1])
    index += negated
    ranges: list[tuple[str, str]] = []
    classes: list[str] = []
    first = True
    while index < len(pattern):
        char = pattern[index]
        if char == "]" and not first:
            return CharacterSet(ranges, classes, negated), index + 1
        first = False
        if named := re.compile(r"\[:([a-z]+):\]").match(pattern, index):
            if named.group(1) not in CLASSES:
                return None
            classes.append(named.group(1))
            index = named.end()
            continue
        if char == "\\" and index + 1 < len(pattern):
            index += 1
            char = pattern[index]
        index += 1
        high = char
        if pattern[index : index + 1] == "-" and pattern[index + 1 : index + 2] not in ("]", ""):
            high = pattern[index + 1]
            index += 2
            if high == "\\" and index < len(pattern):
                high = pattern[index]
                index += 1
        ranges.append((char, high))
    return None


def matches(text: str, pattern: str) -> bool:
    """Whether the whole of ``text`` matches ``pattern``."""
    return Pattern.compile(pattern).matches(text)


def strip_prefix(text: str, pattern: str, *, longest: bool) -> str:
    """``${text#pattern}`` and ``${text##pattern}``."""
    ends = Pattern.compile(pattern).prefix_ends(text)
    end = max(ends, default=0) if longest else next(ends, 0)
    return text[end:]


def strip_suffix(text: str, pattern: str, *, longest: bool) -> str:
    """``${text%pattern}`` and ``${text%%pattern}``."""
    ends = Pattern.compile(pattern).reversed().prefix_ends(text[::-1])
    end = max(ends, default=0) if longest else next(ends, 0)
    return text[: len(text) - end]


def replace(text: str, pattern: str, replacement: str, *, everywhere: bool, anchor: str = "") -> str:
    """``${text/pattern/replacement}``; ``anchor`` "#" or "%" ties the match to the start or the end."""
    compiled = Pattern.compile(pattern)
    if anchor == "%":
        ends = list(compiled.reversed().prefix_ends(text[::-1]))
        return text[: len(text) - max(ends)] + replacement if ends else text
    out, index = [], 0
    while index < len(text) or (index == 0 and not text):
        end = max(compiled.prefix_ends(text[index:]), default=-1)
        if end > 0 or (end == 0 and not text):
            out.append(replacement)
            index += end
            if not everywhere or not text:
                break
        elif anchor or index >= len(text):
            break
        else:
            out.append(text[index])
            index += 1
    return "".join(out) + text[index:]
