"""Jobs of 1.33: pods are counted as they end, and the Job says why it ends before it ends."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import JOBS, PODS
from simulator.controllers import garbagecollector, job, scheduler
from simulator.controllers.jobtracking import tally

FINALIZER = "batch.kubernetes.io/job-tracking"


def a_job(restart: str = "Never", **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": restart, "containers": [{"name": "c", "image": "i"}]}
    return {"metadata": {"name": "copy", "namespace": "lab"}, "spec": {"template": {"spec": pod}, **spec}}


@pytest.fixture
def world(kit: Any) -> Any:
    loops = [job.CONTROLLER, scheduler.CONTROLLER, garbagecollector.CONTROLLER, kit.fake_kubelet()]
    return kit.World(loops, release=kit.TODAY).start()


def finish(world: Any, phase: str) -> None:
    for pod in world.items(PODS):
        if pod["status"]["phase"] in ("Pending", "Running"):
            world.client.update_status(PODS, {**pod, "status": {"phase": phase}})


def status(world: Any) -> Any:
    return world.get(JOBS, "copy")["status"]


def conditions(world: Any) -> list[tuple[str, str]]:
    return [(one["type"], one.get("reason", "")) for one in status(world).get("conditions", [])]


def test_the_status_of_one_that_is_through(world: Any) -> None:
    world.create(JOBS, a_job())
    world.clock.advance(5)
    (pod,) = world.items(PODS)
    assert pod["metadata"]["finalizers"] == [FINALIZER]
    labels = pod["metadata"]["labels"]
    assert labels["batch.kubernetes.io/job-name"] == labels["job-name"] == "copy"
    assert {key: status(world)[key] for key in ("active", "ready", "terminating", "uncountedTerminatedPods")} == {
        "active": 1, "ready": 1, "terminating": 0, "uncountedTerminatedPods": {}
    }  # fmt: skip
    finish(world, "Succeeded")
    world.settle()
    reached = {"reason": "CompletionsReached", "message": "Reached expected number of succeeded pods", "status": "True"}
    found = status(world)
    assert [one["type"] for one in found["conditions"]] == ["SuccessCriteriaMet", "Complete"]
    assert all(reached.items() <= one.items() for one in found["conditions"])
    assert (found["succeeded"], found["ready"], found["terminating"], found["uncountedTerminatedPods"]) == (1, 0, 0, {})
    assert "active" not in found
    assert "finalizers" not in world.items(PODS)[0]["metadata"]
    assert world.events("Completed") == ["Job completed"]
    world.assert_settled()


def test_what_was_counted_stays_counted(world: Any) -> None:
    world.create(JOBS, a_job(completions=2, parallelism=1))
    world.clock.advance(5)
    finish(world, "Succeeded")
    world.clock.advance(1)
    done = next(pod for pod in world.items(PODS) if pod["status"]["phase"] == "Succeeded")
    world.client.delete(PODS, done["metadata"]["name"], "lab")
    world.clock.advance(5)
    assert status(world)["succeeded"] == 1
    finish(world, "Succeeded")
    world.settle()
    assert status(world)["succeeded"] == 2
    assert conditions(world)[-1][0] == "Complete"


def test_too_many_failures(world: Any) -> None:
    world.create(JOBS, a_job(backoffLimit=1))
    world.clock.advance(5)
    finish(world, "Failed")
    world.clock.advance(30)
    assert len(world.items(PODS)) == 2
    finish(world, "Failed")
    world.settle()
    too_many = "BackoffLimitExceeded"
    assert conditions(world) == [("FailureTarget", too_many), ("Failed", too_many)]
    assert status(world)["failed"] == 2
    assert world.events(too_many) == ["Job has reached the specified backoff limit"]


def test_a_deadline_waits_for_the_last_pod(world: Any) -> None:
    world.create(JOBS, a_job(activeDeadlineSeconds=60, parallelism=2))
    world.clock.advance(61)
    assert conditions(world) == [("FailureTarget", "DeadlineExceeded")]
    assert status(world)["terminating"] == 2
    world.settle()
    assert conditions(world)[-1] == ("Failed", "DeadlineExceeded")
    assert (status(world)["failed"], world.items(PODS)) == (2, [])
    assert len(world.events("DeadlineExceeded")) == 1


def test_pods_do_not_outlive_their_job(world: Any) -> None:
    world.create(JOBS, a_job())
    world.clock.advance(5)
    world.client.delete(JOBS, "copy", "lab", propagation="Background")
    world.settle()
    assert world.items(PODS) == []


@pytest.mark.parametrize("step", range(1, 9))
def test_killed_on_the_way_it_counts_each_pod_once(world: Any, kit: Any, step: int) -> None:
    """Killed after every eighth of the writes that follow the end of its pods."""
    world.create(JOBS, a_job(completions=3, parallelism=3))
    world.clock.advance(5)
    before = world.state.revision
    finish(world, "Succeeded")
    world.settle()
    history = world.state.history(0)
    cut = before + 3 + (len(history) - before - 3) * step // 8
    other = kit.World(world.controllers, history=history[:cut], release=kit.TODAY).start()
    other.settle()
    assert status(other)["succeeded"] == 3
    assert [kind for kind, _ in conditions(other)] == ["SuccessCriteriaMet", "Complete"]


def test_a_tally_moves_what_lost_its_finalizer() -> None:
    def pod(uid: str, phase: str, held: bool) -> dict[str, Any]:
        meta = {"uid": uid, "finalizers": [FINALIZER] if held else []}
        return {"metadata": meta, "status": {"phase": phase}, "spec": {}}

    noted = {"succeeded": 1, "uncountedTerminatedPods": {"succeeded": ["a", "b"]}}
    pods = [
        pod("a", "Succeeded", False),
        pod("b", "Succeeded", True),
        pod("c", "Failed", True),
        pod("d", "Running", True),
    ]
    found = tally({"status": noted}, pods)
    assert found.counts == {"succeeded": 2, "failed": 0}
    assert found.uncounted == {"succeeded": ["b"], "failed": ["c"]}
    assert (found.succeeded, found.failed) == (3, 1)
