"""What came of a run: a verdict for each step, with all that a report or an update needs."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from simulator.lab.match import Names
from simulator.lab.model import Change, Command, Excerpt, Input, Lab, Unknown, View


class Verdict(enum.Enum):
    """What came of one step. The value is the mark that ``lab run`` shows."""

    VERIFIED = "✓"
    RAN = "·"  # the page shows no output to compare with
    EXCERPT = "≡"
    MISMATCH = "✗"
    NOT_UNDERSTOOD = "?"
    SKIPPED = "–"

    @property
    def is_good(self) -> bool:
        return self in (Verdict.VERIFIED, Verdict.RAN, Verdict.EXCERPT)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came of one step, in the order of the run.

    ``typed`` is what was really typed (at ``prompt``), ``output`` what came back. ``part`` is the piece of the model
    that was compared (a Command, an Input, a View, ...), ``names`` what the page's names stood for when it was typed.
    """

    file: str
    line: int
    verdict: Verdict
    part: Command | Input | View | Change | Excerpt | Unknown
    typed: str = ""
    output: str = ""
    status: int | None = None
    message: str = ""
    diff: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    names: Names = field(default_factory=Names)
    prompt: str = ""


@dataclass(slots=True)
class LabResult:
    lab: Lab
    steps: list[StepResult] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether nothing differs and nothing was left out."""
        return all(step.verdict.is_good for step in self.steps)

    def count(self, verdict: Verdict) -> int:
        return sum(step.verdict is verdict for step in self.steps)

    @property
    def problems(self) -> list[StepResult]:
        return [step for step in self.steps if not step.verdict.is_good]
