"""``oc exec``, against a kubelet that runs what it is told in a small shell."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import GVR, Upgrade
from simulator.errors import NotFound

PODS = GVR("", "v1", "pods")


class Kubelet:
    """Notes what it is asked, and answers with what it reads; ``status`` is how every command ends."""

    def __init__(self, status: int = 0) -> None:
        self.status = status
        self.asked: list[Upgrade] = []

    async def exec(self, target: Upgrade, stdin: Any, stdout: Any, stderr: Any, terminal: Any = None) -> int:
        self.asked.append(target)
        await stdout.write(f"ran {' '.join(target.command)}\n")
        await stdout.write(await stdin.read())
        await stderr.write("noise\n")
        return self.status


def pod(bench: Any, name: str, *containers: str, phase: str = "Running", node: str = "n1", labels: Any = None) -> None:
    if bench.client.get_or_none(GVR("", "v1", "serviceaccounts"), "default", "demo") is None:
        bench.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})
    names = containers or ("main",)
    spec = {"containers": [{"name": one, "image": f"{one}:1"} for one in names]}
    bench.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": labels or {}},
        "spec": {**spec, **({"nodeName": node} if node else {})},
    })  # fmt: skip
    state = (
        {"running": {"startedAt": "2019-10-28T09:07:09Z"}} if phase == "Running" else {"terminated": {"exitCode": 0}}
    )
    statuses = [{"name": one, "state": state, "ready": phase == "Running", "restartCount": 0} for one in names]
    current = bench.client.get(PODS, name, "demo")
    bench.client.update_status(PODS, {**current, "status": {"phase": phase, "containerStatuses": statuses}})


@pytest.fixture
def kubelet(bench: Any) -> Kubelet:
    bench.client.transport.kubelet = Kubelet()
    found: Kubelet = bench.client.transport.kubelet
    return found


def test_a_command_with_flags_of_its_own(bench: Any, kubelet: Kubelet) -> None:
    pod(bench, "web")
    ran = bench.run("oc exec web -- df -h /registry")
    assert (ran.stdout, ran.stderr, ran.status) == ("ran df -h /registry\n", "noise\n", 0)
    assert bench.run("oc exec web ls").stdout == "ran ls\n"
    assert bench.run("oc exec -p web -c main -- ls -l").stdout == "ran ls -l\n"


def test_standard_input_is_passed_on_request(bench: Any, kubelet: Kubelet) -> None:
    pod(bench, "web")
    assert bench.run("oc exec web -- cat", stdin="text\n").stdout == "ran cat\n"
    assert bench.run("oc exec -i web -- cat", stdin="text\n").stdout == "ran cat\ntext\n"


def test_the_first_of_several_containers(bench: Any, kubelet: Kubelet) -> None:
    pod(bench, "two", "first", "second")
    ran = bench.run("oc exec two ls")
    assert kubelet.asked[-1].container == "first"
    assert ran.stderr == (
        "Defaulting container name to first.\n"
        "Use 'oc describe pod/two -n demo' to see all of the containers in this pod.\nnoise\n"
    )
    bench.run("oc exec two -c second ls")
    assert kubelet.asked[-1].container == "second"


def test_its_exit_status_is_that_of_oc(bench: Any, kubelet: Kubelet) -> None:
    pod(bench, "web")
    kubelet.status = 3
    ran = bench.run("oc exec web false")
    assert (ran.status, ran.stderr) == (3, "noise\ncommand terminated with exit code 3\n")


def test_a_terminal_that_is_not_there(bench: Any, kubelet: Kubelet) -> None:
    pod(bench, "web")
    ran = bench.run("oc exec -t web ls")
    assert ran.stderr.startswith("Unable to use a TTY - input is not a terminal or the right kind of file\n")
    assert not kubelet.asked[-1].tty


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("oc exec web -c nope -- ls", "Error from server (BadRequest): container nope is not valid for pod web\n"),
        ("oc exec zz -- ls", 'Error from server (NotFound): pods "zz" not found\n'),
        ("oc exec waiting -- ls", "Error from server (BadRequest): pod waiting does not have a host assigned\n"),
        ("oc exec done -- ls", "error: cannot exec into a container in a completed pod; current phase is Succeeded\n"),
        ("oc exec starting -- ls", 'error: unable to upgrade connection: container not found ("main")\n'),
        (
            "oc exec",
            "error: expected 'exec POD_NAME COMMAND [ARG1] [ARG2] ... [ARGN]'.\n"
            "POD_NAME and COMMAND are required arguments for the exec command\n"
            "See 'oc exec -h' for help and examples\n",
        ),
        (
            "oc exec web",
            "error: you must specify at least one command for the container\nSee 'oc exec -h' for help and examples\n",
        ),
    ],
)
def test_what_cannot_be_entered(bench: Any, kubelet: Kubelet, line: str, text: str) -> None:
    pod(bench, "web")
    pod(bench, "waiting", phase="Pending", node="")
    pod(bench, "starting", phase="Pending")
    pod(bench, "done", phase="Succeeded")
    ran = bench.run(line)
    assert (ran.status, ran.stderr) == (1, text)


def test_a_container_that_the_kubelet_has_lost(bench: Any, kubelet: Kubelet, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: Any) -> int:
        raise NotFound('unable to upgrade connection: container not found ("main")')

    pod(bench, "web")
    monkeypatch.setattr(kubelet, "exec", lost)
    ran = bench.run("oc exec web ls")
    assert (ran.status, ran.stderr) == (1, 'error: unable to upgrade connection: container not found ("main")\n')
