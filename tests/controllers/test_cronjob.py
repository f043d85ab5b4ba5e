"""CronJobs in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CRONJOBS, JOBS, PODS
from simulator.api.types import GVR
from simulator.controllers import cronjob, garbagecollector, job, scheduler
from simulator.runtime.clock import parse_rfc3339, rfc3339

DAY_S = 86400.0


@pytest.fixture
def loops(kit: Any) -> Any:
    return [cronjob.CONTROLLER, job.CONTROLLER, scheduler.CONTROLLER, garbagecollector.CONTROLLER, kit.fake_kubelet()]


@pytest.fixture
def world(kit: Any, loops: Any) -> Any:
    return kit.World(loops, release=kit.TODAY).start()


def a_cronjob(world: Any, schedule: str = "0 0 * * *", resource: GVR = CRONJOBS, **spec: Any) -> None:
    pod = {"restartPolicy": "OnFailure", "containers": [{"name": "c", "image": "i"}]}
    template = {"metadata": {"labels": {"created-by": "p"}}, "spec": {"template": {"spec": pod}}}
    wanted = {"schedule": schedule, "jobTemplate": template, **spec}
    world.create(resource, {"metadata": {"name": "image-pruner", "namespace": "lab"}, "spec": wanted})


def finish(world: Any, phase: str = "Succeeded") -> None:
    for pod in world.items(PODS):
        if pod["status"]["phase"] in ("Pending", "Running"):
            world.client.update_status(PODS, {**pod, "status": {"phase": phase}})


def run(world: Any, times: int, period_s: float = DAY_S, phase: str = "Succeeded") -> None:
    """Let the time of so many runs pass, each of which ends a minute after it began."""
    for _ in range(times):
        world.clock.advance(period_s - 60)
        finish(world, phase)
        world.clock.advance(60)


def status(world: Any, resource: GVR = CRONJOBS) -> Any:
    return world.get(resource, "image-pruner").get("status", {})


def names(world: Any) -> list[str]:
    return [one["metadata"]["name"] for one in world.items(JOBS)]


def at_hour(world: Any, text: str) -> None:
    world.clock.advance(parse_rfc3339(text) - world.clock.now())


def test_a_day_passes(world: Any) -> None:
    a_cronjob(world)
    assert world.clock.run_until_idle(600, 60)  # a timer that is far away keeps nobody busy
    assert names(world) == []
    at_hour(world, "2019-10-29T00:00:05Z")
    name = f"image-pruner-{int(parse_rfc3339('2019-10-29T00:00:00Z')) // 60}"
    (made,) = world.items(JOBS)
    assert made["metadata"]["name"] == name
    assert made["metadata"]["labels"]["created-by"] == "p"
    assert made["metadata"]["annotations"] == {
        "batch.kubernetes.io/cronjob-scheduled-timestamp": "2019-10-29T00:00:00Z"
    }
    owner = made["metadata"]["ownerReferences"][0]
    assert (owner["kind"], owner["name"], owner["controller"]) == ("CronJob", "image-pruner", True)
    found = status(world)
    assert (found["active"][0]["name"], found["lastScheduleTime"]) == (name, "2019-10-29T00:00:00Z")
    world.clock.advance(10)
    finish(world)
    world.clock.advance(5)
    found = status(world)
    assert ("active" in found, found["lastSuccessfulTime"][:16]) == (False, "2019-10-29T00:00")
    assert world.events("SuccessfulCreate")[0] == f"Created job {name}"
    assert world.events("SawCompletedJob") == [f"Saw completed job: {name}, condition: Complete"]


@pytest.mark.parametrize(("phase", "kept"), [("Succeeded", 3), ("Failed", 1)])
def test_the_history_is_short(world: Any, phase: str, kept: int) -> None:
    a_cronjob(world, "@hourly")
    if phase == "Failed":
        template = world.get(CRONJOBS, "image-pruner")["spec"]["jobTemplate"]
        spec = {**template["spec"], "backoffLimit": 0}
        spec["template"] = {"spec": {**spec["template"]["spec"], "restartPolicy": "Never"}}
        world.change(CRONJOBS, "image-pruner", {"spec": {"jobTemplate": {"spec": spec}}})
    run(world, 6, 3600, phase)
    ended = [one for one in world.items(JOBS) if cronjob.end_of(one)]
    assert len(ended) == kept
    assert f"Deleted job {names(world)[0][:12]}" in world.events("SuccessfulDelete")[0]


@pytest.mark.parametrize(("policy", "jobs", "reason"), [
    ("Allow", 3, ""), ("Forbid", 1, "JobAlreadyActive"), ("Replace", 1, "SuccessfulDelete"),
])  # fmt: skip
def test_what_happens_while_a_job_runs(world: Any, policy: str, jobs: int, reason: str) -> None:
    a_cronjob(world, "*/10 * * * *", concurrencyPolicy=policy)
    world.clock.advance(1810)
    assert len(names(world)) == jobs
    assert not reason or world.events(reason)
    last = rfc3339(world.clock.now() // 600 * 600)
    assert (status(world)["lastScheduleTime"] == last) == (policy != "Forbid")


def test_who_is_suspended_starts_nothing(world: Any) -> None:
    a_cronjob(world, "* * * * *", suspend=True)
    world.clock.advance(600)
    assert names(world) == []
    world.change(CRONJOBS, "image-pruner", {"spec": {"suspend": False}})
    world.clock.advance(1)
    assert len(names(world)) == 1  # the last of those that were missed


def test_too_late_is_not_at_all(world: Any) -> None:
    a_cronjob(world, "0 * * * *", suspend=True, startingDeadlineSeconds=60)
    at_hour(world, "2019-10-28T10:02:00Z")
    world.change(CRONJOBS, "image-pruner", {"spec": {"suspend": False}})
    world.clock.advance(60)
    assert names(world) == []
    at_hour(world, "2019-10-28T11:00:30Z")
    assert len(names(world)) == 1


def test_many_missed_times_are_told(world: Any) -> None:
    a_cronjob(world, "* * * * *", suspend=True)
    world.clock.advance(3 * DAY_S)
    world.change(CRONJOBS, "image-pruner", {"spec": {"suspend": False}})
    world.clock.advance(1)
    assert world.events("TooManyMissedTimes")
    assert status(world)["lastScheduleTime"] == rfc3339(world.clock.now() // 60 * 60)


def test_a_job_that_went_missing(world: Any) -> None:
    a_cronjob(world, "@hourly")
    at_hour(world, "2019-10-28T10:00:05Z")
    (name,) = names(world)
    world.client.delete(JOBS, name, "lab", propagation="Background")
    world.clock.advance(5)
    assert world.events("MissingJob") == [f"Active job went missing: {name}"]
    assert "active" not in status(world)


def test_jobs_go_with_their_cronjob(world: Any) -> None:
    a_cronjob(world, "@hourly")
    run(world, 2, 3600)
    world.client.delete(CRONJOBS, "image-pruner", "lab", propagation="Background")
    world.settle()
    assert (names(world), world.items(PODS)) == ([], [])


def test_a_cluster_that_was_frozen_at_rest_keeps_its_dates(world: Any) -> None:
    a_cronjob(world)
    world.clock.run_until_idle(600, 60)
    world.manager.stop()
    world.start(since=str(world.state.revision))
    at_hour(world, "2019-10-29T00:00:05Z")
    assert len(names(world)) == 1


def test_4_2_counts_seconds(kit: Any, loops: Any) -> None:
    world, old = kit.World(loops).start(), GVR("batch", "v1beta1", "cronjobs")
    a_cronjob(world, "@hourly", old)
    at_hour(world, "2019-10-28T10:00:05Z")
    name = f"image-pruner-{int(parse_rfc3339('2019-10-28T10:00:00Z'))}"
    assert names(world) == [name]
    finish(world)
    world.clock.advance(30)
    assert world.events("SawCompletedJob") == [f"Saw completed job: {name}, status: Complete"]
    assert list(status(world, old)) == ["lastScheduleTime"]
