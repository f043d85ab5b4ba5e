"""Write what really came back into the page, with as little change as possible.

An output that fits stays as it is, letter by letter. In one that does not, the lines that fit stay, with their elisions
and placeholders, and the others are replaced. Names stay those of the page where the page's rules let them differ. The
new page is checked against the same outputs while it is written, so it verifies, and a second update changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.lab.match import Names, align, is_elision, match, match_line, trimmed
from simulator.lab.model import Command, Expected, Input, Lab, View
from simulator.lab.normalise import CARRIED, Rules, tokens
from simulator.lab.progress import lines_of
from simulator.lab.result import LabResult, StepResult
from simulator.lab.session import CONTINUATION, PROMPT

_SYNTAX: Final = re.compile(r"(?:\$|\?)(?: .*)?|[ \t]*(?:`{3,}|~{3,}).*")


@dataclass(frozen=True, slots=True)
class _Change:
    """Put ``lines`` in the place of the lines ``start`` to ``stop`` (from 0, exclusive) of the page.

    ``order``: of two insertions at one place the lower comes first.
    """

    start: int
    stop: int
    lines: list[str]
    order: int = 1


def update_text(result: LabResult) -> str:
    """The text of the page with the outputs of ``result`` in it."""
    lab = result.lab
    writer = _Writer(lab)
    for step in result.steps:
        writer.take(step)
    lines = lab.source.split("\n")
    for change in sorted(writer.changes, key=lambda change: (change.start, change.stop, change.order), reverse=True):
        lines[change.start : change.stop] = change.lines
    return lab.newline.join(lines)


class _Writer:
    """Goes through the results as the next run will, with the names that it will know at each step."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.names = Names()
        self.changes: list[_Change] = []
        self.command: Command | None = None  # the last one
        self.rules = Rules()

    def take(self, step: StepResult) -> None:
        part = step.part
        if isinstance(part, Command):
            self.command, self.rules = part, part.rules
        if self.command is not None and step.status is not None:
            self._status(self.command, step.status)
        if isinstance(part, Command):
            self._command(part, step)
        elif isinstance(part, Input) and step.typed and step.prompt:
            self._input(part, step)
        elif isinstance(part, View) and (step.output or part.expected.lines):
            self._output(part.expected, step.output, self.rules)

    def _command(self, command: Command, step: StepResult) -> None:
        if not step.typed:
            return
        for offset, (line, prompt) in enumerate(zip(command.script.split("\n"), command.prompts, strict=True)):
            self._rename(line, prompt, command.line - 1 + offset, command.expected, step)
        if command.expected is not None:
            self._output(command.expected, step.output, command.rules)

    def _input(self, typed: Input, step: StepResult) -> None:
        if step.names.here(typed.text) != step.typed:
            return
        text = self._renamed(typed.text, step.names)
        prompt = step.prompt if step.prompt.rstrip() != typed.prompt.rstrip() else typed.prompt
        if text != typed.text or prompt != typed.prompt:
            self.changes.append(_Change(typed.line - 1, typed.line, [f"{typed.indent}{prompt}{text}".rstrip()]))
        if typed.expected is not None:
            self._output(typed.expected, step.output, self.rules)

    def _rename(self, line: str, prompt: str, index: int, expected: Expected | None, step: StepResult) -> None:
        text = self._renamed(line, step.names)
        if text != line:
            indent = expected.indent if expected is not None else ""
            self.changes.append(_Change(index, index + 1, [f"{indent}{prompt}{text}".rstrip()]))

    def _renamed(self, text: str, then: Names) -> str:
        """``text`` such that the next run types what this one typed: a name that the new page no longer shows goes."""
        pieces, done = [], 0
        for token in tokens(text):
            here = then.carried.get(token.text, token.text)
            if token.kind in CARRIED and self.names.carried.get(token.text, token.text) != here:
                pieces += [text[done : token.start], self.names.on_page(here)]
                done = token.end
        return "".join([*pieces, text[done:]])

    def _status(self, command: Command, code: int) -> None:
        """Directly after what was typed, of a session after its last line."""
        if command.rules.foreign or (command.status.code if command.status else 0) == code:
            return
        shown = command.inputs[-1].expected if command.inputs else command.expected
        assert shown is not None  # a page of our form shows every output, if only as none
        lines = [f"{shown.indent}? {code}"] if code else []
        if command.status is not None:
            self.changes.append(_Change(command.status.line - 1, command.status.line, lines))
            return
        start = shown.line - 1
        after = start + len(trimmed(shown.lines, command.rules)) if command.inputs else start
        self.changes.append(_Change(after, after, lines, 2 if command.inputs else 0))

    def _output(self, expected: Expected, output: str, rules: Rules) -> None:
        actual = lines_of(output)
        known = match(expected.lines, actual, rules, self.names)
        if known is not None:
            self.names = known
            return
        lines = self._rewritten(trimmed(expected.lines, rules), trimmed(actual, rules), rules)
        known = match(lines, actual, rules, self.names)
        assert known is not None, f"{self.lab.path}:{expected.line}: the updated output does not match itself"
        self.names = known
        blanks = len(expected.lines) - len(trimmed(expected.lines, Rules()))
        start = expected.line - 1
        kept = [f"{expected.indent}{line}".rstrip() for line in lines]
        self.changes.append(_Change(start, start + len(expected.lines) - blanks, kept))

    def _rewritten(self, expected: Sequence[str], actual: Sequence[str], rules: Rules) -> list[str]:
        lines: list[str] = []
        names = self.names
        for pair in align(expected, actual, rules, names):
            if pair.expected is not None and is_elision(expected[pair.expected], rules):
                lines.append(expected[pair.expected])
                continue
            for line in actual[pair.start : pair.stop]:
                page = (
                    expected[pair.expected] if pair.expected is not None and pair.fits else _written(line, rules, names)
                )
                known = match_line(page, line, rules, names)
                if known is None:  # the line fitted by itself, but not with the names of the lines above it
                    page = _written(line, rules, names)
                    known = match_line(page, line, rules, names)
                names = known or names
                lines.append(page)
        if lines and not rules.foreign:  # a line that stayed may now stand where it means something else
            lines[0], lines[-1] = _protected(lines[0]), _protected(lines[-1])
        return lines


def _written(line: str, rules: Rules, names: Names) -> str:
    """``line`` as a page can show it: with the page's names, and not to be taken for a prompt, a status or a fence."""
    text = _with_page_names(line, rules, names)
    return text if rules.foreign else _protected(text)


def _protected(text: str) -> str:
    if _SYNTAX.fullmatch(text) or PROMPT.fullmatch(text) or CONTINUATION.fullmatch(text):
        return "[..]" + text.lstrip()[1:]
    return text


def _with_page_names(line: str, rules: Rules, names: Names) -> str:
    """Where the page already gives the name that stands here to something else, it is left open."""
    pieces, done = [], 0
    for token in tokens(line):
        if token.kind in CARRIED & rules.normalise:
            page = names.on_page(token.text)
            is_taken = names.carried.get(page, token.text) != token.text
            pieces += [line[done : token.start], "[..]" if is_taken else page]
            done = token.end
    return "".join([*pieces, line[done:]])
