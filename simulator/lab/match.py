"""Compare what a page shows with what a command printed.

Strict: line by line, letter by letter; only blanks at the end of a line and blank lines at the end of an output are
ignored. On top of that an expected output may hold

``...``        alone on a line: any number of lines, none included
``[..]``       within a line: any text
``[..pod]``    one word, remembered as ``pod``; later, in an output or in a command, ``[..pod]`` is that word again

and the rules of the block may name normalisers (see normalise.py). Where one of them is in force, a run of two or more
blanks matches any such run, because a table's widths follow its longest cell; and the rows of a table that hold
generated names may stand in any order, because they are sorted by those names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from simulator.lab.normalise import CARRIED, Rules, anything_like, owner, tokens

PLACEHOLDER: Final = re.compile(r"\[\.\.(?P<name>[A-Za-z_]\w*)?\]")
_BLANKS: Final = re.compile(r"(\t[ \t]*| [ \t]+)")
_ANY_BLANKS: Final = r"(?:\t| [ \t])[ \t]*"
_HEADER: Final = re.compile(r"[A-Z][A-Z()/%_-]*(?: [A-Z()/%_-]+)*(?:[ \t]{2,}[A-Z][A-Z()/%_-]*(?: [A-Z()/%_-]+)*)+\s*")
_FOREIGN_ELISION: Final = re.compile(
    r"[\[(<{]*(?:\.{3,}|…)[\])>}]*|[\[(<]\W*(?:\w+ )?(?:omitted|truncated|snip\w*)\W*[\])>]", re.IGNORECASE
)
_LARGEST_ALIGNMENT: Final = 250_000  # cells; beyond it, lines are compared letter by letter


@dataclass(frozen=True, slots=True)
class Names:
    """What the page calls things and what they are called here. Neither mapping is ever changed in place."""

    carried: dict[str, str] = field(default_factory=dict)
    captured: dict[str, str] = field(default_factory=dict)

    def plus(self, carried: Iterable[tuple[str, str]], captured: Iterable[tuple[str, str]] = ()) -> Names:
        pairs = dict(carried)
        owners = {owner(page): owner(here) for page, here in pairs.items() if owner(page) and owner(here)}
        return Names({**owners, **self.carried, **pairs}, {**self.captured, **dict(captured)})

    def here(self, text: str) -> str:
        """``text`` of the page with the names of this cluster."""
        filled = PLACEHOLDER.sub(lambda found: self.captured.get(found["name"] or "", found.group()), text)
        return _replace_tokens(filled, self.carried)

    def on_page(self, text: str) -> str:
        """``text`` of this cluster with the names of the page; of two names for one thing the newer."""
        return _replace_tokens(text, {here: page for page, here in self.carried.items()})

    def missing(self, text: str) -> list[str]:
        """The placeholders in ``text`` under which nothing was remembered."""
        named = (found["name"] for found in PLACEHOLDER.finditer(text))
        return [name for name in named if name and name not in self.captured]


def _replace_tokens(text: str, mapping: dict[str, str]) -> str:
    pieces, done = [], 0
    for token in tokens(text):
        if token.kind in CARRIED and token.text in mapping:
            pieces += [text[done : token.start], mapping[token.text]]
            done = token.end
    return "".join([*pieces, text[done:]])


def is_elision(line: str, rules: Rules) -> bool:
    """Whether ``line`` stands for any number of lines. Foreign authors also write ``[...]`` or ``<output omitted>``."""
    text = line.strip()
    return text == "..." or (rules.foreign and _FOREIGN_ELISION.fullmatch(text) is not None)


def match_line(expected: str, actual: str, rules: Rules, names: Names) -> Names | None:
    """The names known after ``actual`` was found in the place of ``expected``; None when it does not fit there."""
    return line_matcher(expected, rules, names)(actual)


def line_matcher(expected: str, rules: Rules, names: Names) -> Callable[[str], Names | None]:
    """``match_line`` for many actual lines, with the work on the expected one done once."""
    wanted = _stripped(expected, rules)
    if not _has_parts(wanted, rules) and not (rules.normalise and _BLANKS.search(wanted)):
        return lambda actual: names if _stripped(actual, rules) == wanted else None
    pattern, carried, captured = _line_pattern(wanted, rules, names)

    def matches(actual: str) -> Names | None:
        found = pattern.fullmatch(_stripped(actual, rules))
        if found is None:
            return None
        if not carried and not captured:
            return names
        return names.plus(
            ((page, found[group]) for group, page in carried.items()),
            ((name, found[group]) for group, name in captured.items()),
        )

    return matches


def _stripped(line: str, rules: Rules) -> str:
    return line.strip() if rules.foreign else line.rstrip()


@lru_cache(maxsize=4096)
def _has_parts(expected: str, rules: Rules) -> bool:
    return PLACEHOLDER.search(expected) is not None or any(token.kind in rules.normalise for token in tokens(expected))


def _line_pattern(expected: str, rules: Rules, names: Names) -> tuple[re.Pattern[str], dict[str, str], dict[str, str]]:
    """The pattern of a line, the group of each name that is not known yet, and the group of each placeholder."""
    pieces = [""]  # the patterns between one [..] and the next
    carried: dict[str, str] = {}
    captured: dict[str, str] = {}
    done = 0
    for found in PLACEHOLDER.finditer(expected):
        pieces[-1] += _text_pattern(expected[done : found.start()], rules, names, carried)
        if found["name"] is None:
            pieces.append("")
        else:
            pieces[-1] += _placeholder_pattern(found["name"], names, captured)
        done = found.end()
    pieces[-1] += _text_pattern(expected[done:], rules, names, carried)
    return re.compile(_with_gaps(pieces)), carried, captured


def _with_gaps(pieces: list[str]) -> str:
    """Any text between the pieces. Each is taken where it first fits, for good, so that many gaps stay cheap."""
    head, *rest = pieces
    if not rest:
        return head
    *middles, tail = rest
    return head + "".join(f"(?>.*?{piece})" for piece in middles) + f".*{tail}"


def _placeholder_pattern(name: str, names: Names, captured: dict[str, str]) -> str:
    if name in names.captured:
        return re.escape(names.captured[name])
    return _group_once(f"c{len(captured)}", name, r"\S+", captured)


def _text_pattern(text: str, rules: Rules, names: Names, carried: dict[str, str]) -> str:
    pieces, done = [], 0
    for token in tokens(text):
        if token.kind not in rules.normalise:
            continue
        pieces.append(_literal(text[done : token.start], rules))
        if token.kind not in CARRIED:
            pieces.append(anything_like(token))
        elif token.text in names.carried:
            pieces.append(re.escape(names.carried[token.text]))
        else:
            pieces.append(_group_once(f"n{len(carried)}", token.text, anything_like(token), carried))
        done = token.end
    return "".join([*pieces, _literal(text[done:], rules)])


def _group_once(group: str, meaning: str, pattern: str, groups: dict[str, str]) -> str:
    """A named group for the first occurrence, a reference to it for each further one."""
    for known, what in groups.items():
        if what == meaning:
            return f"(?P={known})"
    groups[group] = meaning
    return f"(?P<{group}>{pattern})"


def _literal(text: str, rules: Rules) -> str:
    if not rules.normalise:
        return re.escape(text)
    return "".join(_ANY_BLANKS if _BLANKS.fullmatch(part) else re.escape(part) for part in _BLANKS.split(text))


def trimmed(lines: Sequence[str], rules: Rules) -> list[str]:
    """``lines`` without the blank lines at the end, and for a foreign page also those at the start."""
    return _without_blank_start(_without_blank_end(lines)) if rules.foreign else _without_blank_end(lines)


def _without_blank_end(lines: Sequence[str]) -> list[str]:
    end = next((i for i in range(len(lines), 0, -1) if lines[i - 1].strip()), 0)
    return list(lines[:end])


def _without_blank_start(lines: list[str]) -> list[str]:
    start = next((i for i, line in enumerate(lines) if line.strip()), len(lines))
    return lines[start:]


def _comparable(actual: Sequence[str], wanted: Sequence[str], rules: Rules) -> list[str]:
    """The actual lines, trimmed like the expected ones; at an elision their blank lines stay, it may stand for them."""
    lines = list(actual)
    if not (wanted and is_elision(wanted[-1], rules)):
        lines = _without_blank_end(lines)
    if rules.foreign and not (wanted and is_elision(wanted[0], rules)):
        lines = _without_blank_start(lines)
    return lines


def match(expected: Sequence[str], actual: Sequence[str], rules: Rules, names: Names) -> Names | None:
    """The names known after the whole output fitted; None when it did not."""
    wanted = trimmed(expected, rules)
    lines = _comparable(actual, wanted, rules)
    head, *rest = _segments(wanted, rules)
    if not rest:
        return _match_window(head, lines, rules, names)
    *middles, tail = rest
    if len(head) + len(tail) > len(lines):
        return None
    known = _match_window(head, lines[: len(head)], rules, names)
    end = len(lines) - len(tail)
    position = len(head)
    for segment in middles:
        if known is None:
            return None
        known, position = _find(segment, lines, position, end, rules, known)
    return None if known is None else _match_window(tail, lines[end:], rules, known)


def _segments(expected: Sequence[str], rules: Rules) -> list[list[str]]:
    segments: list[list[str]] = [[]]
    for line in expected:
        if is_elision(line, rules):
            segments.append([])
        else:
            segments[-1].append(line)
    return segments


def _find(
    segment: list[str], lines: list[str], start: int, end: int, rules: Rules, names: Names
) -> tuple[Names | None, int]:
    """The first place from ``start`` where ``segment`` fits, and the line after it."""
    for position in range(start, end - len(segment) + 1):
        known = _match_window(segment, lines[position : position + len(segment)], rules, names)
        if known is not None:
            return known, position + len(segment)
    return None, end


def _match_window(expected: list[str], actual: list[str], rules: Rules, names: Names) -> Names | None:
    if len(expected) != len(actual):
        return None
    known = names
    for wanted, line in zip(expected, actual, strict=True):
        learned = match_line(wanted, line, rules, known)
        if learned is None:
            return _match_rows(expected, actual, rules, names) if _sorted_by_names(expected, rules) else None
        known = learned
    return known


def _sorted_by_names(expected: list[str], rules: Rules) -> bool:
    """Whether the order of these lines follows generated names: the rows of a table, or lines that all hold one."""
    generated = [any(token.kind == "name" for token in tokens(line)) for line in expected]
    is_table = _HEADER.fullmatch(expected[0]) is not None
    return "name" in rules.normalise and (any(generated) if is_table else all(generated))


def _match_rows(expected: list[str], actual: list[str], rules: Rules, names: Names) -> Names | None:
    """Give each expected row a row of its own, in any order (augmenting paths), and take the names from that."""
    matchers = [line_matcher(wanted, rules, names) for wanted in expected]
    candidates = [[j for j, line in enumerate(actual) if fits(line) is not None] for fits in matchers]
    row_of: dict[int, int] = {}  # a line of the actual output -> the expected row it serves

    def serve(i: int, tried: set[int]) -> bool:
        for j in candidates[i]:
            if j not in tried:
                tried.add(j)
                if j not in row_of or serve(row_of[j], tried):
                    row_of[j] = i
                    return True
        return False

    if not all(serve(i, set()) for i in range(len(expected))):
        return None
    known = names
    for j, i in sorted(row_of.items(), key=lambda pair: pair[1]):
        learned = match_line(expected[i], actual[j], rules, known)
        if learned is None:
            return None
        known = learned
    return known


def damaged_lines(expected: Sequence[str], actual: Sequence[str], rules: Rules) -> list[int]:
    """Which expected lines (from 0) a foreign document shows with another indentation than the command printed.

    Only called for outputs of the same length that fitted: the rule that let them pass is named in the report.
    """
    wanted, lines = trimmed(expected, rules), trimmed(actual, rules)
    if not rules.foreign or len(wanted) != len(lines):
        return []
    return [i for i, (one, other) in enumerate(zip(wanted, lines, strict=True)) if _indent(one) != _indent(other)]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


@dataclass(frozen=True, slots=True)
class Pair:
    """A step of an alignment: an expected line (None: inserted), and the actual lines ``start`` to ``stop`` for it."""

    expected: int | None
    start: int
    stop: int
    fits: bool


# What each move costs. Dropping is dear, so that an elision keeps its neighbours instead of swallowing them; of two
# lines that fit, the equal one is meant.
_FITTING, _INSERTED, _REPLACED, _DROPPED = 1, 20, 30, 40


def align(expected: Sequence[str], actual: Sequence[str], rules: Rules, names: Names) -> list[Pair]:
    """The cheapest way to turn the expected lines into the actual ones, elisions kept; for a diff and an update."""
    if len(expected) * len(actual) > _LARGEST_ALIGNMENT:
        rules = Rules(foreign=rules.foreign)
    elided = [is_elision(line, rules) for line in expected]
    move = _moves(expected, actual, elided, rules, names)
    cost = _costs(elided, move, len(actual))
    pairs: list[Pair] = []
    i = j = 0
    while i < len(expected) or j < len(actual):
        if i < len(expected) and elided[i]:
            start = j
            while cost[i][j] != cost[i + 1][j]:
                j += 1
            pairs.append(Pair(i, start, j, True))
            i += 1
        elif i < len(expected) and j < len(actual) and cost[i][j] == cost[i + 1][j + 1] + move[i][j]:
            pairs.append(Pair(i, j, j + 1, move[i][j] <= _FITTING))
            i, j = i + 1, j + 1
        elif j < len(actual) and cost[i][j] == cost[i][j + 1] + _INSERTED:
            pairs.append(Pair(None, j, j + 1, False))
            j += 1
        else:
            pairs.append(Pair(i, j, j, False))
            i += 1
    return pairs


def _moves(
    expected: Sequence[str], actual: Sequence[str], elided: list[bool], rules: Rules, names: Names
) -> list[list[int]]:
    """What it costs to have an actual line for an expected one, each taken by itself."""
    if len(expected) * len(actual) > _LARGEST_ALIGNMENT:
        return [[0 if wanted.strip() == line.strip() else _REPLACED for line in actual] for wanted in expected]
    matchers = [line_matcher(wanted, rules, names) for wanted in expected]
    return [
        [
            _REPLACED if gap or fits(line) is None else _FITTING if wanted.strip() != line.strip() else 0
            for line in actual
        ]
        for wanted, gap, fits in zip(expected, elided, matchers, strict=True)
    ]


def _costs(elided: list[bool], move: list[list[int]], width: int) -> list[list[int]]:
    """``cost[i][j]``: of turning the expected lines from i on into the actual ones from j on."""
    height = len(elided)
    cost = [[0] * (width + 1) for _ in range(height + 1)]
    for i in range(height, -1, -1):
        for j in range(width, -1, -1):
            options = []
            if i < height:
                options.append(cost[i + 1][j] + (0 if elided[i] else _DROPPED))
            if j < width:
                options.append(cost[i][j + 1] + (0 if i < height and elided[i] else _INSERTED))
            if i < height and j < width and not elided[i]:
                options.append(cost[i + 1][j + 1] + move[i][j])
            cost[i][j] = min(options, default=0)
    return cost
