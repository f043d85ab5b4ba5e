"""``oc logs``, with the API server's logs taken from a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from simulator.api.types import GVR
from simulator.runtime.tasks import Deadlock

PODS = GVR("", "v1", "pods")


class Log:
    """Lines with the moments at which they are written."""

    def __init__(self, bench: Any, *lines: tuple[float, str]) -> None:
        self.clock, self.start, self.lines = bench.clock, bench.clock.now(), lines
        self.asked: list[dict[str, str]] = []

    def __call__(self, pod: Any, container: str, query: Mapping[str, str]) -> str:
        self.asked.append(dict(query))
        lines = [f"{text}\n" for at, text in self.lines if self.start + at <= self.clock.now()]
        tail = int(query.get("tailLines", len(lines)))
        stamp = "T " if query.get("timestamps") else ""
        return "".join(stamp + line for line in lines[len(lines) - min(tail, len(lines)) :])


def pod(bench: Any, name: str = "web", *containers: str, ready: bool = True, running: bool = True) -> None:
    if bench.client.get_or_none(GVR("", "v1", "serviceaccounts"), "default", "demo") is None:
        bench.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"}})
    names = containers or ("main",)
    bench.create({
        "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "web"}},
        "spec": {"nodeName": "n1", "containers": [{"name": one, "image": "i"} for one in names]},
    })  # fmt: skip
    set_state(bench, name, {"running": {"startedAt": "2019-10-28T09:07:09Z"}} if running else {}, ready=ready)


def set_state(bench: Any, name: str, state: Any, *, ready: bool = True) -> None:
    current = bench.client.get(PODS, name, "demo")
    names = [container["name"] for container in current["spec"]["containers"]]
    status = {
        "phase": "Running" if "running" in state else "Pending",
        "conditions": [{"type": "Ready", "status": str(ready)}],
        "containerStatuses": [{"name": one, "state": state, "restartCount": 0} for one in names],
    }
    bench.client.update_status(PODS, {**current, "status": status})


def deployment(bench: Any) -> None:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "main", "image": "i"}]}}
    spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template}
    bench.create({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec})


def test_the_log_and_its_options(bench: Any) -> None:
    pod(bench)
    bench.api.logs = log = Log(bench, (0, "one"), (0, "two"))
    assert bench.run("oc logs web").stdout == "one\ntwo\n"
    assert bench.run("oc logs web main --tail=1").stdout == "two\n"
    assert bench.run("oc logs pod/web --timestamps").stdout == "T one\nT two\n"
    bench.run("oc logs web --since=90s")
    assert log.asked[-1]["sinceSeconds"] == "90"


def test_of_several_pods_the_ready_one(bench: Any) -> None:
    deployment(bench)
    pod(bench, "web-a", ready=False)
    pod(bench, "web-b")
    bench.api.logs = Log(bench, (0, "one"))
    ran = bench.run("oc logs deploy/web")
    assert (ran.stdout, ran.stderr) == ("one\n", "Found 2 pods, using pod/web-b\n")
    assert bench.run("oc logs -l app=web").stdout == "one\none\n"


def test_several_containers(bench: Any) -> None:
    pod(bench, "web", "a", "b")
    bench.api.logs = Log(bench, (0, "one"))
    assert bench.run("oc logs web").stderr == (
        "Error from server (BadRequest): a container name must be specified for pod web, choose one of: [a b]\n"
    )
    assert bench.run("oc logs web -c nope").stderr == (
        "Error from server (BadRequest): container nope is not valid for pod web\n"
    )
    assert bench.run("oc logs web --all-containers").stdout == "one\none\n"


def test_what_has_not_started(bench: Any) -> None:
    pod(bench, running=False)
    set_state(bench, "web", {"waiting": {"reason": "ContainerCreating"}})
    ran = bench.run("oc logs web")
    assert ran.status == 1
    assert ran.stderr == (
        'Error from server (BadRequest): container "main" in pod "web" is waiting to start: ContainerCreating\n'
    )


def test_following_ends_with_the_pod(bench: Any) -> None:
    pod(bench)
    bench.api.logs = Log(bench, (0, "one"), (5, "two"), (9, "three"))
    bench.clock.call_later(20, lambda: bench.client.delete(PODS, "web", "demo", grace_period_s=0))
    ran = bench.run("oc logs -f web", limit_s=60)
    assert (ran.stdout, ran.status) == ("one\ntwo\nthree\n", 0)


def test_following_ends_with_the_container(bench: Any) -> None:
    pod(bench)
    bench.api.logs = Log(bench, (0, "one"), (5, "two"))
    bench.clock.call_later(8, lambda: set_state(bench, "web", {"terminated": {"exitCode": 0}}))
    assert bench.run("oc logs -f web --tail=0 --timestamps", limit_s=60).stdout == "T two\n"


def test_following_for_ever_can_be_interrupted(bench: Any) -> None:
    pod(bench)
    bench.api.logs = Log(bench, (0, "one"))
    bench.clock.call_later(1000, lambda: None)
    with pytest.raises(TimeoutError):
        bench.run("oc logs -f web", limit_s=300)


def test_following_a_cluster_at_rest_does_not_ask_for_ever(bench: Any) -> None:
    """As ``oc get -w``: a script is told that nothing can come, a person waits in peace."""
    pod(bench)
    bench.api.logs = Log(bench, (0, "one"))
    with pytest.raises(Deadlock):
        bench.run("oc logs -f web")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("oc logs zz", 'Error from server (NotFound): pods "zz" not found\n'),
        ("oc logs", "error: expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\n"),
        ("oc logs -f -l a=b", "error: only one of follow (-f) or selector (-l) is allowed\n"),
        ("oc logs web -l a=b", "error: only a selector (-l) or a POD name is allowed\n"),
    ],
)
def test_refusals(bench: Any, line: str, text: str) -> None:
    ran = bench.run(line)
    assert ran.status == 1
    assert ran.stderr.startswith(text)
