"""Attaching to main programs: those that only write, and those that wait for somebody to type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from simulator.api.gvrs import PODS, PODSANDBOXES
from simulator.api.types import Upgrade
from simulator.runtime.tasks import Cancelled, Scheduler, Session, Signal, Task
from simulator.shell.streams import Buffer, NullStream, Pipe

SHELL = {"name": "app", "image": "busybox", "stdin": True, "stdinOnce": True}


class Typist:
    """A terminal: gives its lines one by one, then waits, or ends the input."""

    columns = 80

    def __init__(self, lines: Sequence[str], *, stays: bool = False) -> None:
        self.lines, self.stays, self.shown = list(lines), stays, ""
        self._never = Signal()

    async def write(self, text: str) -> None:
        self.shown += text

    async def read_line(self, prompt: str) -> str | None:
        self.shown += prompt
        if not self.lines and self.stays:
            await self._never.wait()
        return self.lines.pop(0) if self.lines else None

    async def edit(self, path: str, text: str, command: str) -> str:
        raise NotImplementedError


def started(lab: Any, **container: Any) -> None:
    lab.pod("web", containers=[{**SHELL, **container}], restartPolicy="Never")
    lab.settle(20)
    assert "running" in lab.get_pod("web")["status"]["containerStatuses"][0]["state"]


def ended(lab: Any) -> Any:
    lab.settle(5)
    return lab.get_pod("web")["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"]


def attach(
    lab: Any, scheduler: Scheduler, stdin: Any, stdout: Any, terminal: Any = None, container: str = "app"
) -> Task[int]:
    target = Upgrade("demo", "web", container, (), True, terminal is not None, "attach")
    return scheduler.spawn(lab.machines.kubelet.exec(target, stdin, stdout, stdout, terminal))


def test_a_shell_runs_what_it_is_sent(lab: Any) -> None:
    started(lab)
    scheduler, output = Scheduler(lab.clock), Buffer()
    task = attach(lab, scheduler, Buffer("echo hello\nnosuch\nexit 3\n"), output)
    scheduler.run_ready()
    assert task.result() == 0
    assert output.text() == "hello\nsh: line 2: nosuch: command not found\n"
    assert ended(lab) == 3
    assert lab.machines.kubelet.logs(lab.get_pod("web"), "app", {}) == output.text()
    lab.assert_settled()


def test_the_answer_comes_before_the_input_ends(lab: Any) -> None:
    started(lab)
    scheduler, output, stdin = Scheduler(lab.clock), Buffer(), Pipe()
    task = attach(lab, scheduler, stdin, output)
    for text, answer in (("echo one\n", "one\n"), ("for i in a b; do\n", "one\n"), ("echo $i; done\n", "one\na\nb\n")):
        scheduler.spawn(stdin.write(text))
        scheduler.run_ready()
        assert output.text() == answer
    stdin.close_writer()
    scheduler.run_ready()
    assert task.done
    assert ended(lab) == 0


def test_a_terminal(lab: Any) -> None:
    started(lab, tty=True)
    scheduler, typist = Scheduler(lab.clock), Typist(["echo $((6 * 7))", "exit 4"])
    task = attach(lab, scheduler, NullStream(), NullStream(), typist)
    scheduler.run_ready()
    assert task.done
    assert "/ $ " in typist.shown
    assert ended(lab) == 4
    assert "42\n" in lab.machines.kubelet.logs(lab.get_pod("web"), "app", {})


def test_two_who_are_attached_see_the_same(lab: Any) -> None:
    started(lab, command=["cat"])
    scheduler, first, second, stdin = Scheduler(lab.clock), Buffer(), Buffer(), Pipe()
    attach(lab, scheduler, stdin, first)
    attach(lab, scheduler, NullStream(), second)
    scheduler.run_ready()  # the second had nothing to say: that ends the input, as it may be used once
    assert ended(lab) == 0
    assert first.text() == second.text() == ""


def test_input_that_may_be_used_again(lab: Any) -> None:
    started(lab, command=["cat"], stdinOnce=False)
    scheduler, output = Scheduler(lab.clock), Buffer()
    for text in ("one\n", "two\n"):
        session = Session(scheduler)
        task = attach(lab, session, Buffer(text), output)
        scheduler.run_ready()
        assert not task.done
        session.close()
        scheduler.run_ready()
        assert session.is_over()
    assert output.text() == "one\ntwo\n"
    assert lab.machines.kubelet.logs(lab.get_pod("web"), "app", {}) == "one\ntwo\n"
    assert "running" in lab.get_pod("web")["status"]["containerStatuses"][0]["state"]


@pytest.mark.parametrize("tty", [False, True])
def test_a_client_that_dies_takes_its_shell_with_it(lab: Any, tty: bool) -> None:
    started(lab, tty=tty)
    scheduler = Scheduler(lab.clock)
    session = Session(scheduler)
    terminal = Typist(["sleep 1000 &", "while true; do sleep 1; done"], stays=True) if tty else None
    stdin = Pipe()
    task = attach(lab, session, stdin, NullStream(), terminal)
    scheduler.run_ready()
    session.close()
    scheduler.run_ready()
    assert task.was_cancelled
    if tty:  # the command that runs does not look at its terminal; it ends with its budget
        return
    assert ended(lab) == 0
    assert lab.machines.kubelet.live(lab.get_pod("web"), "app") is None


def test_a_pod_that_goes_ends_what_runs_in_it(lab: Any) -> None:
    started(lab, stdinOnce=False)
    scheduler, output = Scheduler(lab.clock), Buffer()
    task = attach(lab, scheduler, Pipe(), output)
    scheduler.run_ready()
    lab.client.delete(PODS, "web", "demo", grace_period_s=0)
    scheduler.run_ready()
    assert task.done
    lab.settle(5)
    assert lab.client.list(PODSANDBOXES, fields="metadata.name=demo.web") == []


def test_a_program_that_reads_nothing_is_only_watched(lab: Any) -> None:
    started(lab, command=["sh", "-c", "echo before; sleep 100; echo after; exit 5"])
    scheduler, output = Scheduler(lab.clock), Buffer()
    task = attach(lab, scheduler, Buffer("ignored\n"), output)
    scheduler.run_ready()
    assert (output.text(), task.done) == ("", False)
    lab.clock.advance(101)
    scheduler.run_ready()
    assert (output.text(), task.done) == ("after\n", True)
    assert ended(lab) == 5


def test_any_image_has_a_shell_for_who_asks_for_one(lab: Any) -> None:
    """As the pods of ``oc debug``: the image's own program does not run in them."""
    container = {"image": "quay.io/openshift/app:1", "command": ["/bin/sh"], "name": "registry"}
    started(lab, **container, env=[{"name": "REGISTRY_HTTP_ADDR", "value": ":5000"}])
    scheduler, output = Scheduler(lab.clock), Buffer()
    attach(lab, scheduler, Buffer("echo $REGISTRY_HTTP_ADDR\n"), output, container="registry")
    scheduler.run_ready()
    assert output.text() == ":5000\n"


def test_a_session_ends_with_all_that_it_started(lab: Any) -> None:
    scheduler = Scheduler(lab.clock)
    session = Session(scheduler)
    lab.pod("web", containers=[{"name": "app", "image": "busybox", "command": ["sleep", "infinity"]}])
    lab.settle(20)
    target = Upgrade("demo", "web", "app", ("sh", "-c", "(while :; do sleep 1; done) & yes | sleep 1000"))
    task = session.spawn(lab.machines.kubelet.exec(target, NullStream(), NullStream(), NullStream()))
    scheduler.run_ready()
    lab.clock.advance(5)
    scheduler.run_ready()
    session.close()
    scheduler.run_ready()
    assert session.is_over()
    with pytest.raises(Cancelled):
        task.result()
