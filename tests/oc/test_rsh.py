"""``oc rsh``: on a cluster of the profile, with its real shells; and the choice of pod and terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulator import Cluster

REGISTRY = "-n openshift-image-registry deploy/image-registry"


class Person:
    """Types the lines given, one at each prompt, then Ctrl-D; what was shown is kept."""

    columns = 80

    def __init__(self, *lines: str) -> None:
        self.lines: Iterator[str] = iter(lines)
        self.shown = ""

    async def write(self, text: str) -> None:
        self.shown += text

    async def read_line(self, prompt: str) -> str | None:
        self.shown += prompt
        line = next(self.lines, None)
        self.shown += "" if line is None else f"{line}\n"
        return line

    async def edit(self, path: str, text: str, command: str) -> str:
        raise AssertionError(path)


@pytest.fixture
def cluster() -> Any:
    return Cluster.from_profile("ocp-4.2", seed=1)


def typed(cluster: Any, script: str, *lines: str) -> tuple[str, int]:
    person = Person(*lines)
    status = cluster.console.drive(cluster.console.run(script, person))
    return person.shown, status


def test_a_shell_session(cluster: Any) -> None:
    shown, status = typed(cluster, f"oc rsh {REGISTRY}", "echo $REGISTRY_STORAGE", "exit")
    assert (shown, status) == ("sh-4.2$ echo $REGISTRY_STORAGE\ns3\nsh-4.2$ exit\nexit\n", 0)


def test_the_last_status_of_the_session_is_told(cluster: Any) -> None:
    shown, status = typed(cluster, f"oc rsh {REGISTRY}", "foo")
    assert shown == "sh-4.2$ foo\nsh: foo: command not found\nsh-4.2$ exit\ncommand terminated with exit code 127\n"
    assert status == 127


def test_one_command(cluster: Any) -> None:
    assert cluster.sh(f"oc rsh {REGISTRY} df -h | grep -c overlay").stdout == "1\n"
    ran = cluster.sh(f"oc rsh {REGISTRY} false")
    assert (ran.stdout, ran.stderr, ran.status) == ("", "command terminated with exit code 1\n", 1)


def test_a_script_on_standard_input(cluster: Any) -> None:
    assert cluster.sh(f"echo 'echo hello' | oc rsh {REGISTRY}").stdout == "hello\n"


def test_no_arguments(bench: Any) -> None:
    ran = bench.run("oc rsh")
    assert ran.status == 1
    assert ran.stderr == "error: rsh requires a single Pod to connect to\nSee 'oc rsh -h' for help and examples\n"
    assert bench.run("oc rsh -t -T web").stderr.startswith("error: you may not specify -t and -T together\n")


def test_a_workload_that_gets_no_pod(bench: Any) -> None:
    bench.create({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {
                "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "web:1"}]},
            },
        },
    })  # fmt: skip
    before = bench.clock.now()
    ran = bench.run("oc rsh deploy/web")
    assert (ran.status, ran.stderr) == (1, "error: timed out waiting for the condition\n")
    assert 10 <= bench.clock.now() - before < 12
    assert bench.run("oc rsh sa/zz").stderr.startswith("Error from server (NotFound)")
