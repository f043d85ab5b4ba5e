from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import JOBS, PODS
from simulator.controllers import job, scheduler


def a_job(restart: str = "Never", **spec: Any) -> dict[str, Any]:
    pod = {"restartPolicy": restart, "containers": [{"name": "c", "image": "i"}]}
    return {"metadata": {"name": "copy", "namespace": "lab"}, "spec": {"template": {"spec": pod}, **spec}}


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World([job.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet()]).start()


def finish(world: Any, phase: str) -> None:
    for pod in world.items(PODS):
        if pod["status"]["phase"] in ("Pending", "Running"):
            world.client.update_status(PODS, {**pod, "status": {"phase": phase}})


def conditions(world: Any) -> list[tuple[str, str]]:
    found = world.get(JOBS, "copy")["status"].get("conditions", [])
    return [(one["type"], one.get("reason", "")) for one in found]


def test_it_runs_to_completion(world: Any) -> None:
    world.create(JOBS, a_job(completions=3, parallelism=2))
    world.clock.advance(5)
    pods = world.items(PODS)
    assert len(pods) == 2
    assert world.get(JOBS, "copy")["status"]["active"] == 2
    assert pods[0]["metadata"]["labels"]["job-name"] == "copy"
    assert pods[0]["metadata"]["name"].startswith("copy-")
    finish(world, "Succeeded")
    world.clock.advance(5)
    assert len(world.items(PODS)) == 3
    finish(world, "Succeeded")
    world.settle()
    status = world.get(JOBS, "copy")["status"]
    assert (status["succeeded"], "active" in status, conditions(world)) == (3, False, [("Complete", "")])
    assert status["completionTime"] > status["startTime"]
    world.assert_settled()


def test_failed_pods_are_tried_again_later_and_later(world: Any) -> None:
    world.create(JOBS, a_job(backoffLimit=2))
    made = []
    for _ in range(3):
        world.clock.advance(60)
        made.append(len(world.items(PODS)))
        finish(world, "Failed")
    world.settle()
    assert made == [1, 2, 3]
    assert conditions(world) == [("Failed", "BackoffLimitExceeded")]
    assert world.events("BackoffLimitExceeded") == ["Job has reached the specified backoff limit"]
    assert world.get(JOBS, "copy")["status"]["failed"] == 3
    world.assert_settled()


def test_the_deadline_ends_it(world: Any) -> None:
    world.create(JOBS, a_job(activeDeadlineSeconds=20))
    world.clock.advance(19)
    assert conditions(world) == []
    world.settle()
    assert conditions(world) == [("Failed", "DeadlineExceeded")]
    assert world.events("DeadlineExceeded") == ["Job was active longer than specified deadline"]
    assert world.items(PODS) == []
    world.assert_settled()


def test_it_goes_after_its_time_to_live(world: Any) -> None:
    world.create(JOBS, a_job(ttlSecondsAfterFinished=100))
    world.clock.advance(5)
    finish(world, "Succeeded")
    world.clock.advance(90)
    assert conditions(world) == [("Complete", "")]
    world.settle()
    left = world.client.get_or_none(JOBS, "copy", "lab")
    assert left is None or "deletionTimestamp" in left["metadata"]
