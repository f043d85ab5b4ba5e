"""POSIX regular expressions (basic and extended, with GNU's additions) in linear time.

Python's ``re`` backtracks, so that ``^(a+)+$`` can hang it. Here a pattern becomes a small program for a set of threads
that advance together (Thompson, Pike): the time is at most text times program, whatever the pattern. Whether a text
matches at all is answered by a lazily built automaton on the same program. Back-references would need
backtracking and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from simulator.shell.charclasses import is_word
from simulator.shell.glob import CharacterSet, parse_set

MAX_PROGRAM: Final = 4000
MAX_REPEAT: Final = 1000
_MAX_GROUPS: Final = 60
_MAX_STATES: Final = 1000
_INTERVAL: Final = re.compile(r"(\d*)(,?)(\d*)")
_CONTROL: Final = {"n": "\n", "t": "\t", "f": "\f", "v": "\v", "r": "\r"}
_ASSERTIONS: Final = {"b": "boundary", "B": "inside", "<": "word_start", ">": "word_end", "`": "start", "'": "end"}

Dialect = Literal["basic", "extended"]


class RegexError(ValueError):
    """The pattern is wrong; the text is what GNU's regcomp says."""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # char any set repeat open close alternate assert
    value: str = ""
    chars: CharacterSet | None = None
    low: int = 0
    high: int | None = None


# The tree of a pattern: tuples that name themselves in their first place.
_Tree = tuple[str, object, object, object]
_EMPTY: Final[_Tree] = ("empty", None, None, None)


@dataclass(slots=True)
class _Instruction:
    """``op``: char any set split jump save assert match. ``x`` and ``y`` are addresses or a slot, x preferred."""

    op: str
    text: str = ""
    chars: CharacterSet | None = None
    x: int = 0
    y: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern matched: ``spans[0]`` is the whole, the others are groups, (-1, -1) for one that took no part."""

    text: str
    spans: tuple[tuple[int, int], ...]

    @property
    def start(self) -> int:
        return self.spans[0][0]

    @property
    def end(self) -> int:
        return self.spans[0][1]

    def group(self, number: int = 0) -> str:
        if number >= len(self.spans):
            return ""
        start, end = self.spans[number]
        return self.text[start:end] if start >= 0 else ""


@lru_cache(maxsize=256)
def compile_regex(
    pattern: str, dialect: Dialect = "basic", *, ignore_case: bool = False, literal: bool = False
) -> Regex:
    """Compile ``pattern``; ``literal`` takes it as plain text. RegexError when it is wrong or too big."""
    return Regex(pattern, dialect, ignore_case=ignore_case, literal=literal)


class Regex:
    """A compiled pattern. Matches are leftmost, and of those the longest."""

    def __init__(self, pattern: str, dialect: Dialect, *, ignore_case: bool, literal: bool) -> None:
        tokens = [_Token("char", char) for char in pattern] if literal else list(_tokenize(pattern, dialect))
        self._ignore_case = ignore_case
        self._plain = self._plain_text(tokens)
        parser = _TreeParser(tokens, lenient=dialect == "extended")
        tree = parser.parse()
        self.groups = parser.groups
        self._program = _assemble(tree, ignore_case)
        self._contextual = any(instruction.op == "assert" for instruction in self._program)
        self._first = self._first_characters()
        self._states: dict[tuple[frozenset[int], str], _State] = {}

    def _plain_text(self, tokens: Sequence[_Token]) -> str | None:
        if self._ignore_case or any(token.kind != "char" for token in tokens):
            return None
        return "".join(token.value for token in tokens)

    def test(self, text: str) -> bool:
        """Whether the pattern matches anywhere in ``text``."""
        if self._plain is not None:
            return self._plain in text
        return self._run_automaton(_fold(text) if self._ignore_case else text)

    def search(self, text: str, start: int = 0) -> Match | None:
        """The leftmost longest match at or after ``start``; what lies before still counts for ``^`` and ``\\b``."""
        if self._plain is not None:
            found = text.find(self._plain, start)
            return None if found < 0 else Match(text, ((found, found + len(self._plain)),))
        if start == 0 and not self.test(text):
            return None
        slots = self._run_threads(_fold(text) if self._ignore_case else text, start)
        if slots is None:
            return None
        return Match(text, tuple((slots[slot], slots[slot + 1]) for slot in range(0, len(slots), 2)))

    def fullmatch(self, text: str) -> bool:
        match = self.search(text)
        return match is not None and match.start == 0 and match.end == len(text)

    def finditer(self, text: str) -> Iterator[Match]:
        """All matches from left to right without overlap. An empty match right behind another match is passed over."""
        position, last_end = 0, -1
        while position <= len(text) and (match := self.search(text, position)) is not None:
            if match.end > match.start or match.end != last_end:
                yield match
            last_end = match.end
            position = match.end if match.end > match.start else match.end + 1

    # Threads: with positions of groups

    def _run_threads(self, text: str, start: int) -> tuple[int, ...] | None:
        program = self._program
        empty = (-1,) * (2 * (self.groups + 1))
        best: tuple[int, ...] | None = None
        threads: list[tuple[int, tuple[int, ...]]] = []
        visited: set[int] = set()
        position = start
        while True:
            if best is None:
                if not threads:
                    position = self._skip_to_first(text, position)
                self._follow(threads, visited, 0, (position, *empty[1:]), text, position)
            if not threads:
                if best is not None or position >= len(text):
                    return best
                position, visited = position + 1, set()
                continue
            char = text[position] if position < len(text) else None
            following: list[tuple[int, tuple[int, ...]]] = []
            reached: set[int] = set()
            for address, slots in threads:
                if best is not None and slots[0] > best[0]:
                    break
                instruction = program[address]
                if instruction.op == "match":
                    if best is None or slots[0] < best[0] or position > best[1]:
                        best = (slots[0], position, *slots[2:])
                elif char is not None and self._consumes(instruction, char):
                    self._follow(following, reached, address + 1, slots, text, position + 1)
            if char is None:
                return best
            threads, visited = following, reached
            position += 1

    def _skip_to_first(self, text: str, position: int) -> int:
        if self._first is not None:
            while position < len(text) and text[position] not in self._first:
                position += 1
        return position

    def _follow(
        self,
        threads: list[tuple[int, tuple[int, ...]]],
        visited: set[int],
        address: int,
        slots: tuple[int, ...],
        text: str,
        position: int,
    ) -> None:
        """Add the thread, and all that it reaches without a character, in order of preference."""
        stack = [(address, slots)]
        while stack:
            address, slots = stack.pop()
            if address in visited:
                continue
            visited.add(address)
            instruction = self._program[address]
            if instruction.op == "split":
                stack.append((instruction.y, slots))
                stack.append((instruction.x, slots))
            elif instruction.op == "jump":
                stack.append((instruction.x, slots))
            elif instruction.op == "save":
                slot = instruction.x
                stack.append((address + 1, (*slots[:slot], position, *slots[slot + 1 :])))
            elif instruction.op == "assert":
                before = "start" if position == 0 else _kind(text[position - 1])
                after = "end" if position == len(text) else _kind(text[position])
                if _holds(instruction.text, before, after):
                    stack.append((address + 1, slots))
            else:
                threads.append((address, slots))

    def _consumes(self, instruction: _Instruction, char: str) -> bool:
        if instruction.op == "char":
            return instruction.text == char
        if instruction.op == "any":
            return True
        chars = instruction.chars
        if chars is None:
            return False
        return chars.matches(char) or (self._ignore_case and chars.matches(char.upper()))

    def _first_characters(self) -> frozenset[str] | None:
        """The characters a match can begin with, or None when that cannot be said."""
        if self._contextual:
            return None
        reached = [self._program[address] for address in self._closure(frozenset([0]), "", "")]
        if any(instruction.op != "char" for instruction in reached):
            return None
        return frozenset(instruction.text for instruction in reached)

    # Automaton: yes or no, with remembered transitions

    def _run_automaton(self, text: str) -> bool:
        state = self._state(frozenset([0]), "start")
        for char in text:
            following = state.moves.get(char)
            if following is None:
                following = state.moves[char] = self._advance(state, char)
            if following.matched:
                return True
            state = following
        if state.matches_at_end is None:
            closure = self._closure(state.addresses, state.before, "end")
            state.matches_at_end = any(self._program[address].op == "match" for address in closure)
        return state.matches_at_end

    def _advance(self, state: _State, char: str) -> _State:
        closure = self._closure(state.addresses, state.before, _kind(char))
        addresses = {0}  # a match may also begin at the next character
        for address in closure:
            instruction = self._program[address]
            if instruction.op == "match":
                return _MATCHED
            if self._consumes(instruction, char):
                addresses.add(address + 1)
        return self._state(frozenset(addresses), _kind(char) if self._contextual else "")

    def _state(self, addresses: frozenset[int], before: str) -> _State:
        key = (addresses, before)
        state = self._states.get(key)
        if state is None:
            if len(self._states) >= _MAX_STATES:
                self._states.clear()
            state = self._states[key] = _State(addresses, before)
        return state

    def _closure(self, addresses: frozenset[int], before: str, after: str) -> set[int]:
        """The consuming (and matching) instructions reachable between two characters of these kinds."""
        visited: set[int] = set()
        reached: set[int] = set()
        stack = list(addresses)
        while stack:
            address = stack.pop()
            if address in visited:
                continue
            visited.add(address)
            instruction = self._program[address]
            if instruction.op == "split":
                stack += (instruction.x, instruction.y)
            elif instruction.op == "jump":
                stack.append(instruction.x)
            elif instruction.op == "save" or (instruction.op == "assert" and _holds(instruction.text, before, after)):
                stack.append(address + 1)
            elif instruction.op != "assert":
                reached.add(address)
        return reached


class _State:
    __slots__ = ("addresses", "before", "matched", "matches_at_end", "moves")

    def __init__(self, addresses: frozenset[int], before: str, *, matched: bool = False) -> None:
        self.addresses, self.before, self.matched = addresses, before, matched
        self.matches_at_end: bool | None = None
        self.moves: dict[str, _State] = {}


_MATCHED: Final = _State(frozenset(), "", matched=True)


def _kind(char: str) -> str:
    return "word" if is_word(char) else "other"


def _fold(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _holds(assertion: str, before: str, after: str) -> bool:
    if assertion == "start":
        return before == "start"
    if assertion == "end":
        return after == "end"
    begins, ends = before != "word" and after == "word", before == "word" and after != "word"
    if assertion == "word_start":
        return begins
    if assertion == "word_end":
        return ends
    return (begins or ends) == (assertion == "boundary")


# Pattern to tokens


def _tokenize(pattern: str, dialect: Dialect) -> Iterator[_Token]:
    """The tokens of a pattern. In basic syntax ``* ^ $`` are special only where they can be."""
    basic = dialect == "basic"
    index, previous = 0, "begin"
    while index < len(pattern):
        char = pattern[index]
        index += 1
        if char == "\\":
            if index == len(pattern):
                raise RegexError("Trailing backslash")
            token, index = _escape(pattern, index, basic)
        elif char == "[":
            token, index = _bracket(pattern, index)
        elif char == ".":
            token = _Token("any")
        elif char == "*":
            literal = previous in ("begin", "open", "alternate") or (basic and previous == "caret")
            token = _Token("char", "*") if literal else _Token("repeat", low=0)
        elif char == "^":
            anchors = not basic or previous in ("begin", "open", "alternate")
            token = _Token("assert", "start") if anchors else _Token("char", "^")
        elif char == "$":
            rest = pattern[index:]
            anchors = not basic or rest == "" or rest.startswith(("\\)", "\\|"))
            token = _Token("assert", "end") if anchors else _Token("char", "$")
        elif not basic and char in "()|+?{":
            token, index = _extended_operator(char, pattern, index, previous)
        else:
            token = _Token("char", char)
        previous = "caret" if token == _Token("assert", "start") else token.kind
        yield token


def _escape(pattern: str, index: int, basic: bool) -> tuple[_Token, int]:
    char = pattern[index]
    index += 1
    if basic and char in "()|+?{":
        return _operator(char, pattern, index, "\\}")
    if char in "wWsS":
        name = "word" if char in "wW" else "space"
        return _Token("set", chars=CharacterSet([], [name], char.isupper())), index
    if char in _ASSERTIONS:
        return _Token("assert", _ASSERTIONS[char]), index
    if char in "123456789":
        raise RegexError("back-references are not supported")
    return _Token("char", _CONTROL.get(char, char)), index


def _extended_operator(char: str, pattern: str, index: int, previous: str) -> tuple[_Token, int]:
    if char in "+?" and previous in ("begin", "open", "alternate"):
        return _Token("char", char), index
    if char == "{" and (
        previous in ("begin", "open", "alternate") or not re.compile(r"\d+(,\d*)?\}|,\d+\}").match(pattern, index)
    ):
        return _Token("char", char), index
    return _operator(char, pattern, index, "}")


def _operator(char: str, pattern: str, index: int, closing: str) -> tuple[_Token, int]:
    if char == "{":
        return _interval(pattern, index, closing)
    if char == "+":
        return _Token("repeat", low=1), index
    if char == "?":
        return _Token("repeat", low=0, high=1), index
    return _Token({"(": "open", ")": "close", "|": "alternate"}[char]), index


def _interval(pattern: str, index: int, closing: str) -> tuple[_Token, int]:
    match = _INTERVAL.match(pattern, index)
    assert match is not None
    if not pattern.startswith(closing, match.end()):
        raise RegexError("Unmatched { or \\{" if closing not in pattern[index:] else "Invalid content of \\{\\}")
    low_text, comma, high_text = match.groups()
    if not low_text and not comma:
        raise RegexError("Invalid content of \\{\\}")
    low = int(low_text or "0")
    high = (int(high_text) if high_text else None) if comma else low
    if high is not None and high < low:
        raise RegexError("Invalid content of \\{\\}")
    if max(low, high or 0) > MAX_REPEAT:
        raise RegexError("Regular expression too big")
    return _Token("repeat", low=low, high=high), match.end() + len(closing)


def _bracket(pattern: str, index: int) -> tuple[_Token, int]:
    # In a bracket of a regular expression a backslash is an ordinary character; the shell's own parser is told so.
    escaped, lengths = [], [index]
    for char in pattern[index:]:
        escaped.append("\\\\" if char == "\\" else char)
        lengths.append(lengths[-1] + 1)
    text = "".join(escaped)
    if text.startswith("!"):
        text = "\\" + text
        parsed = parse_set(text, 0)
        extra = 1
    else:
        parsed = parse_set(text, 0)
        extra = 0
    if parsed is None:
        raise RegexError("Unmatched [, [^, [:, [., or [=")
    chars, end = parsed
    consumed = len(text[:end].replace("\\\\", "\\")) - extra
    return _Token("set", chars=chars), index + consumed


# Tokens to a tree


class _TreeParser:
    def __init__(self, tokens: Sequence[_Token], *, lenient: bool) -> None:
        self._tokens, self._index, self._depth, self._lenient = tokens, 0, 0, lenient
        self.groups = 0

    def parse(self) -> _Tree:
        tree = self._alternatives()
        while self._index < len(self._tokens):
            if not self._lenient:
                raise RegexError("Unmatched ) or \\)")
            self._index += 1  # in extended syntax a closing parenthesis alone stands for itself
            tree = ("all", [tree, ("one", _Token("char", ")"), None, None), self._alternatives()], None, None)
        return tree

    def _kind(self) -> str:
        return self._tokens[self._index].kind if self._index < len(self._tokens) else ""

    def _alternatives(self) -> _Tree:
        tree = self._sequence()
        while self._kind() == "alternate":
            self._index += 1
            tree = ("or", tree, self._sequence(), None)
        return tree

    def _sequence(self) -> _Tree:
        items: list[_Tree] = []
        while (kind := self._kind()) not in ("", "alternate", "close"):
            token = self._tokens[self._index]
            self._index += 1
            if kind == "repeat":
                items.append(("repeat", items.pop() if items else _EMPTY, token.low, token.high))
            elif kind == "open":
                items.append(self._group())
            else:
                items.append(("one", token, None, None))
        return ("all", items, None, None)

    def _group(self) -> _Tree:
        self.groups += 1
        self._depth += 1
        number = self.groups
        if self._depth > _MAX_GROUPS or number > 10 * _MAX_GROUPS:
            raise RegexError("Regular expression too big")
        inner = self._alternatives()
        if self._kind() != "close":
            raise RegexError("Unmatched ( or \\(")
        self._index += 1
        self._depth -= 1
        return ("group", inner, number, None)


# A tree to a program


def _assemble(tree: _Tree, ignore_case: bool) -> list[_Instruction]:
    program: list[_Instruction] = []
    _emit(program, tree, ignore_case)
    program.append(_Instruction("match"))
    return program


def _emit(program: list[_Instruction], tree: _Tree, ignore_case: bool) -> None:
    if len(program) > MAX_PROGRAM:
        raise RegexError("Regular expression too big")
    kind, first, second, third = tree
    if kind == "one":
        assert isinstance(first, _Token)
        text = _fold(first.value) if ignore_case and first.kind == "char" else first.value
        program.append(_Instruction(first.kind, text, first.chars))
    elif kind == "all":
        assert isinstance(first, list)
        for item in first:
            _emit(program, item, ignore_case)
    elif kind == "group":
        assert isinstance(second, int)
        program.append(_Instruction("save", x=2 * second))
        _emit(program, first, ignore_case)  # type: ignore[arg-type]
        program.append(_Instruction("save", x=2 * second + 1))
    elif kind == "or":
        _emit_either(program, first, second, ignore_case)  # type: ignore[arg-type]
    elif kind == "repeat":
        _emit_repeat(program, first, second, third, ignore_case)  # type: ignore[arg-type]


def _emit_either(program: list[_Instruction], left: _Tree, right: _Tree, ignore_case: bool) -> None:
    split = _Instruction("split", x=len(program) + 1)
    program.append(split)
    _emit(program, left, ignore_case)
    jump = _Instruction("jump")
    program.append(jump)
    split.y = len(program)
    _emit(program, right, ignore_case)
    jump.x = len(program)


def _emit_repeat(program: list[_Instruction], tree: _Tree, low: int, high: int | None, ignore_case: bool) -> None:
    for _ in range(low):
        _emit(program, tree, ignore_case)
    if high is None:
        split = _Instruction("split", x=len(program) + 1)
        program.append(split)
        start = len(program) - 1
        _emit(program, tree, ignore_case)
        program.append(_Instruction("jump", x=start))
        split.y = len(program)
        return
    splits = []
    for _ in range(high - low):
        split = _Instruction("split", x=len(program) + 1)
        program.append(split)
        splits.append(split)
        _emit(program, tree, ignore_case)
    for split in splits:
        split.y = len(program)
