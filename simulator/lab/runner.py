"""Run a lab: type its commands, answer its prompts and its editor, and compare what comes back with the page.

The runner is a coroutine without I/O of its own. It knows the cluster only as a Host (progress.py): something that runs
a script in its shell and lets virtual time pass. What a person does at the terminal, LabTerminal does from the page.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.lab.model import Command, Excerpt, Lab, Unknown
from simulator.lab.progress import Host, OnStep, Progress
from simulator.lab.result import LabResult, StepResult, Verdict
from simulator.lab.terminal import LabTerminal
from simulator.runtime.tasks import Cancelled


async def run_lab(
    lab: Lab, host: Host, *, on_step: OnStep | None = None, normalise: Iterable[str] = (), columns: int = 80
) -> LabResult:
    """Run every step of ``lab`` on ``host`` and compare. ``on_step`` sees each result as soon as there is one.

    ``normalise``: kinds that count for every block, in addition to the block's own (for a seed that is not the page's).
    """
    run = Progress(lab, host, on_step, frozenset(normalise), columns)
    began = False
    for step in lab.steps:
        if isinstance(step, Command):
            if began and step.settle:
                host.settle()
            began = True
            await _run_command(step, run)
        elif isinstance(step, Excerpt):
            message = f"repeats a part of the block at line {step.of}"
            run.add(StepResult(lab.path, step.line, Verdict.EXCERPT, step, output=step.text, message=message))
        elif isinstance(step, Unknown):
            result = StepResult(
                lab.path, step.line, Verdict.NOT_UNDERSTOOD, step, output=step.text, message=step.reason
            )
            run.add(result)
    return run.result


async def _run_command(command: Command, run: Progress) -> None:
    terminal = LabTerminal(run, command)
    missing = run.names.missing(command.script)
    if missing:
        terminal.give_up(f"no output above has shown what [..{missing[0]}] is", Verdict.SKIPPED)
        return
    try:
        status = await run.host.run(terminal.typed, terminal)
    except Cancelled:
        terminal.give_up("the command waits for something that will never come", Verdict.MISMATCH)
        return
    except Exception as failure:  # a lab must go on, and end with a report, whatever a command does
        terminal.give_up(f"the command broke off: {type(failure).__name__}: {failure}", Verdict.MISMATCH)
        return
    terminal.finish(status)
