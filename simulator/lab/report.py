"""How the result of a lab is shown: each command with its output and a mark, a difference with its file and line."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Final

from simulator.lab.match import Pair
from simulator.lab.result import LabResult, StepResult, Verdict

_WORDS: Final = {
    Verdict.VERIFIED: "verified",
    Verdict.RAN: "run without an output to compare",
    Verdict.EXCERPT: "excerpts",
    Verdict.MISMATCH: "different",
    Verdict.NOT_UNDERSTOOD: "not understood",
    Verdict.SKIPPED: "skipped",
}


def difference(expected: Sequence[str], actual: Sequence[str], pairs: Sequence[Pair]) -> Iterator[str]:
    """A unified diff in which what fits counts as equal: an elision is shown as the lines that it stands for."""
    resolved: list[str] = []
    for pair in pairs:
        if pair.fits:
            resolved += actual[pair.start : pair.stop]
        elif pair.expected is not None:
            resolved.append(expected[pair.expected])
    yield from difflib.unified_diff(resolved, list(actual), "page", "actual", lineterm="")


def show_step(step: StepResult) -> str:
    """One step as ``lab run`` shows it: what was typed, what came back, and the mark."""
    mark = step.verdict.value
    lines = [
        f"{mark} {step.prompt}{line}" if i == 0 else f"  > {line}" for i, line in enumerate(step.typed.split("\n"))
    ]
    if not step.typed:
        lines = [f"{mark} {step.message or 'the editor shows what the page shows'}"]
    lines += [
        f"  {line}".rstrip() for line in step.output.replace("\r\n", "\n").rstrip("\n").split("\n") if step.output
    ]
    lines += [f"  {note}" for note in step.notes]
    if not step.verdict.is_good:
        lines += [f"  {line}" for line in show_problem(step).split("\n")]
    return "\n".join(lines)


def show_problem(step: StepResult) -> str:
    """``FILE:LINE: what is wrong``, then the difference."""
    head = f"{step.file}:{step.line}: {step.message}"
    typed = [f"{step.prompt}{step.typed}"] if step.typed else []
    return "\n".join([head, *typed, *step.diff])


def summary(result: LabResult) -> str:
    """One line: how many steps came to what."""
    counts = [f"{result.count(verdict)} {word}" for verdict, word in _WORDS.items() if result.count(verdict)]
    return f"{result.lab.path}: {', '.join(counts) or 'nothing to run'}"
