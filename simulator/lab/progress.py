"""A run in progress: the host it runs on, what is known of names, and how an output is compared."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.lab.match import Names, align, damaged_lines, match, trimmed
from simulator.lab.model import Command, Expected, Lab
from simulator.lab.normalise import CARRIED, FOREIGN, Rules, anything_like, tokens
from simulator.lab.report import difference
from simulator.lab.result import LabResult, StepResult
from simulator.runtime.terminal import Terminal

OnStep = Callable[[StepResult], None]


class Host(Protocol):
    """What a lab runs on."""

    async def run(self, script: str, terminal: Terminal) -> int:
        """Run one script in the shell and return its exit status.

        Everything that it prints, on stdout and stderr, goes to ``terminal.write`` in the order of time. The state of
        the shell (directory, variables, files, project) lasts to the next call. A call may come while another one waits
        for ``terminal.edit``: that is the editor, a script of its own.
        """
        ...

    def settle(self) -> object:
        """Let virtual time pass until the cluster is at rest, within a bound. What it returns is not looked at."""
        ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """Whether an output fits; the difference where it does not; what was forgiven where it does."""

    fits: bool = True
    diff: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Progress:
    """What is known of names, and the results so far."""

    def __init__(self, lab: Lab, host: Host, on_step: OnStep | None, normalise: frozenset[str], columns: int) -> None:
        self.host, self.on_step, self.normalise, self.columns = host, on_step, normalise, columns
        self.result = LabResult(lab)
        self.names = Names()

    def add(self, result: StepResult) -> None:
        self.result.steps.append(result)
        if self.on_step is not None:
            self.on_step(result)

    def rules(self, command: Command) -> Rules:
        return Rules(command.rules.normalise | self.normalise, command.rules.foreign)

    def compare(self, expected: Expected, output: str, rules: Rules) -> Comparison:
        """Compare, and learn the names either way: not all later commands shall fail for one difference."""
        actual = lines_of(output)
        known = match(expected.lines, actual, rules, self.names)
        if known is not None:
            self.names = known
            notes = tuple(
                f"line {expected.line + i}: the document's indentation is damaged (rule indent)"
                for i in damaged_lines(expected.lines, actual, rules)
            )
            return Comparison(notes=notes)
        wanted, actual = trimmed(expected.lines, rules), trimmed(actual, rules)
        pairs = align(wanted, actual, rules, self.names)
        self.names = _learned(wanted, actual, self.names)
        return Comparison(False, tuple(difference(wanted, actual, pairs)))


def _learned(expected: Sequence[str], actual: Sequence[str], names: Names) -> Names:
    """What outputs that differ still tell of names: those at the same place in lines that belong together."""
    for pair in align(expected, actual, FOREIGN, names):
        if pair.expected is not None and pair.stop == pair.start + 1:
            names = names.plus(_counterparts(expected[pair.expected], actual[pair.start], names))
    return names


def _counterparts(page: str, here: str, names: Names) -> Iterator[tuple[str, str]]:
    shown, found = ([token for token in tokens(line) if token.kind in CARRIED] for line in (page, here))
    if len(shown) == len(found):
        for one, other in zip(shown, found, strict=True):
            if one.text not in names.carried and re.fullmatch(anything_like(one), other.text):
                yield one.text, other.text


def lines_of(output: str) -> list[str]:
    """The lines of what was printed; a terminal's carriage returns and a missing last newline do not count."""
    lines = output.replace("\r\n", "\n").split("\n")
    return lines[:-1] if lines[-1] == "" else lines
