"""A host with scripted answers: enough of a cluster for every rule of the runner."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from simulator.lab import Lab, LabResult, StepResult, parse, run_lab
from simulator.runtime.terminal import Terminal

Answer = str | tuple[str, int] | Callable[[Terminal], Awaitable[int]]


class FakeHost:
    """Answers each script from a table; remembers what was run, and when the cluster was left to settle."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.log: list[str] = []

    async def run(self, script: str, terminal: Terminal) -> int:
        self.log.append(script)
        answer = self.answers.get(script, (f"bash: {script}: command not found\n", 127))
        if isinstance(answer, str):
            answer = (answer, 0)
        if isinstance(answer, tuple):
            await terminal.write(answer[0])
            return answer[1]
        return await answer(terminal)

    def settle(self) -> None:
        self.log.append("(settle)")

    @property
    def scripts(self) -> list[str]:
        return [entry for entry in self.log if entry != "(settle)"]


def session(prompt: str, answers: Mapping[str, str], greeting: str = "") -> Answer:
    """A command that opens a prompt, as ``oc rsh`` does; ``exit`` or Ctrl-D ends it."""

    async def answer(terminal: Terminal) -> int:
        await terminal.write(greeting)
        while (line := await terminal.read_line(prompt)) is not None:
            if line == "exit":
                await terminal.write("exit\n")
                return 0
            await terminal.write(answers.get(line, f"sh: {line}: command not found\n"))
        return 0

    return answer


def editor(text: str, saved: list[str], output: str = "config/cluster edited\n", command: str = "") -> Answer:
    """A command that opens an editor once, as ``oc edit`` does, and keeps what was saved."""

    async def answer(terminal: Terminal) -> int:
        saved.append(await terminal.edit("/tmp/oc-edit-a1b2c.yaml", text, command))
        await terminal.write("Edit cancelled, no changes made.\n" if saved[-1] == text else output)
        return 0

    return answer


class Bench:
    """What a test needs: pages in, results out."""

    session = staticmethod(session)
    editor = staticmethod(editor)

    def lab(self, text: str, name: str = "page.md") -> Lab:
        return parse(text, name=name)

    def run(self, text: str, answers: Mapping[str, Answer], name: str = "page.md", **options: Any) -> LabResult:
        return self.run_on(text, FakeHost(answers), name, **options)

    def run_on(self, text: str, host: FakeHost, name: str = "page.md", **options: Any) -> LabResult:
        return asyncio.run(run_lab(self.lab(text, name), host, **options))

    def host(self, answers: Mapping[str, Answer]) -> FakeHost:
        return FakeHost(answers)

    def marks(self, result: LabResult) -> str:
        return "".join(step.verdict.value for step in result.steps)

    def at(self, result: LabResult, line: int) -> StepResult:
        return next(step for step in result.steps if step.line == line)


@pytest.fixture
def bench() -> Bench:
    return Bench()
