from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import DEPLOYMENTS, PODS, REPLICASETS
from simulator.controllers import deployment, replicaset, scheduler
from simulator.controllers.limits import max_surge, max_unavailable
from simulator.controllers.podstate import is_active, is_ready

CONTROLLERS = (deployment.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER)
NEW_IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": "app:2"}]}}}}


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World([*CONTROLLERS, kit.fake_kubelet()]).start()


def conditions(world: Any) -> dict[str, tuple[str, str, str]]:
    found = world.get(DEPLOYMENTS, "web")["status"]["conditions"]
    return {one["type"]: (one["status"], one["reason"], one["message"]) for one in found}


def sizes(world: Any) -> dict[str, int]:
    found = world.items(REPLICASETS)
    return {one["spec"]["template"]["spec"]["containers"][0]["image"]: one["spec"]["replicas"] for one in found}


def test_first_roll_out(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(1))
    world.clock.advance(1)
    name = world.items(REPLICASETS)[0]["metadata"]["name"]
    assert conditions(world) == {
        "Available": ("False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability."),
        "Progressing": ("True", "ReplicaSetUpdated", f'ReplicaSet "{name}" is progressing.'),
    }
    world.settle()
    assert conditions(world) == {
        "Available": ("True", "MinimumReplicasAvailable", "Deployment has minimum availability."),
        "Progressing": ("True", "NewReplicaSetAvailable", f'ReplicaSet "{name}" has successfully progressed.'),
    }
    made = world.get(DEPLOYMENTS, "web")
    counts = {key: value for key, value in made["status"].items() if key != "conditions"}
    assert counts == {"observedGeneration": 1, **dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), 1),
                      "availableReplicas": 1}  # fmt: skip
    assert made["metadata"]["annotations"] == {"deployment.kubernetes.io/revision": "1"}
    world.assert_settled()


def test_replica_set_is_named_by_its_template(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(2))
    world.settle()
    made = world.items(REPLICASETS)[0]
    hash_ = made["metadata"]["labels"]["pod-template-hash"]
    assert made["metadata"]["name"] == f"web-{hash_}"
    assert set(hash_) <= set("bcdfghjklmnpqrstvwxz2456789")
    assert 8 <= len(hash_) <= 10
    assert made["spec"]["selector"]["matchLabels"] == {"app": "web", "pod-template-hash": hash_}
    assert made["metadata"]["annotations"] == {
        "deployment.kubernetes.io/desired-replicas": "2",
        "deployment.kubernetes.io/max-replicas": "3",
        "deployment.kubernetes.io/revision": "1",
    }
    assert all(pod["metadata"]["labels"]["pod-template-hash"] == hash_ for pod in world.items(PODS))


def test_roll_out_of_one_replica_starts_the_new_pod_first(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(1))
    world.settle()
    old = world.items(REPLICASETS)[0]["metadata"]["name"]
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.settle()
    new = next(one["metadata"]["name"] for one in world.items(REPLICASETS) if one["metadata"]["name"] != old)
    assert world.events("ScalingReplicaSet") == [
        f"Scaled up replica set {old} to 1",
        f"Scaled up replica set {new} to 1",
        f"Scaled down replica set {old} to 0",
    ]
    assert sizes(world) == {"app:1": 0, "app:2": 1}
    world.assert_settled()


def test_recreate_waits_until_the_old_pods_are_gone(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(2, strategy={"type": "Recreate"}))
    world.settle()
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    images: list[set[str]] = []
    while world.clock.run_next():
        images.append({pod["spec"]["containers"][0]["image"] for pod in world.items(PODS)})
    assert {"app:1", "app:2"} not in images
    assert set() in images
    assert images[-1] == {"app:2"}
    assert sizes(world) == {"app:1": 0, "app:2": 2}
    world.assert_settled()


def test_pause_stops_the_roll_out_and_resume_continues_it(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(2))
    world.settle()
    world.change(DEPLOYMENTS, "web", {"spec": {"paused": True}})
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.settle()
    assert conditions(world)["Progressing"] == ("Unknown", "DeploymentPaused", "Deployment is paused")
    assert sizes(world) == {"app:1": 2}
    world.change(DEPLOYMENTS, "web", {"spec": {"replicas": 3}})
    world.settle()
    assert sizes(world) == {"app:1": 3}
    world.change(DEPLOYMENTS, "web", {"spec": {"paused": False}})
    world.settle()
    assert sizes(world) == {"app:1": 0, "app:2": 3}
    assert conditions(world)["Progressing"][1] == "NewReplicaSetAvailable"
    world.assert_settled()


def test_going_back_reuses_the_old_replica_set(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(1))
    world.settle()
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.settle()
    world.change(DEPLOYMENTS, "web", {"spec": {"template": kit.template("app:1")}})
    world.settle()
    assert sizes(world) == {"app:1": 1, "app:2": 0}
    by_image = {one["spec"]["template"]["spec"]["containers"][0]["image"]: one for one in world.items(REPLICASETS)}
    annotations = by_image["app:1"]["metadata"]["annotations"]
    assert annotations["deployment.kubernetes.io/revision"] == "3"
    assert annotations["deployment.kubernetes.io/revision-history"] == "1"
    assert world.get(DEPLOYMENTS, "web")["metadata"]["annotations"]["deployment.kubernetes.io/revision"] == "3"


def test_old_replica_sets_over_the_limit_are_deleted(world: Any, kit: Any) -> None:
    world.create(DEPLOYMENTS, kit.deployment(1, revisionHistoryLimit=2))
    for number in range(2, 7):
        world.settle()
        world.change(DEPLOYMENTS, "web", {"spec": {"template": kit.template(f"app:{number}")}})
    world.settle()
    assert sizes(world) == {"app:4": 0, "app:5": 0, "app:6": 1}


def test_a_stuck_roll_out_passes_its_deadline(kit: Any) -> None:
    def never(pod: Any) -> bool:
        return bool(pod["spec"]["containers"][0]["image"] == "app:2")

    world = kit.World([*CONTROLLERS, kit.fake_kubelet(broken=never)]).start()
    world.create(DEPLOYMENTS, kit.deployment(1))
    world.settle()
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    started = world.clock.now()
    assert world.clock.run_until_idle(1000)
    new = next(one["metadata"]["name"] for one in world.items(REPLICASETS) if one["spec"]["replicas"] == 1
               and one["spec"]["template"]["spec"]["containers"][0]["image"] == "app:2")  # fmt: skip
    text = f'ReplicaSet "{new}" has timed out progressing.'
    assert conditions(world)["Progressing"] == ("False", "ProgressDeadlineExceeded", text)
    assert conditions(world)["Available"][0] == "True"
    assert 600 < world.clock.now() - started < 603
    world.assert_settled()


def test_a_refused_pod_shows_as_replica_failure(world: Any, kit: Any) -> None:
    world.refuse("pods", 'pods "web" is forbidden: exceeded quota: q')
    world.create(DEPLOYMENTS, kit.deployment(2))
    world.clock.advance(5)
    assert conditions(world)["ReplicaFailure"] == ("True", "FailedCreate", 'pods "web" is forbidden: exceeded quota: q')
    assert 'Error creating: pods "web" is forbidden: exceeded quota: q' in world.events("FailedCreate")
    world.refuse("pods", "")
    world.settle(2000)
    assert set(conditions(world)) == {"Available", "Progressing"}
    assert world.get(DEPLOYMENTS, "web")["status"]["availableReplicas"] == 2


def test_scaling_in_the_middle_of_a_roll_out_is_proportional(kit: Any) -> None:
    def never(pod: Any) -> bool:
        return bool(pod["spec"]["containers"][0]["image"] == "app:2")

    world = kit.World([*CONTROLLERS, kit.fake_kubelet(broken=never)], nodes=6).start()
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 3, "maxUnavailable": 2}}
    world.create(DEPLOYMENTS, kit.deployment(10, strategy=rolling))
    world.settle()
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.clock.advance(10)
    assert sizes(world) == {"app:1": 8, "app:2": 5}
    world.change(DEPLOYMENTS, "web", {"spec": {"replicas": 15}})
    world.clock.advance(10)
    assert sizes(world) == {"app:1": 11, "app:2": 7}  # the example of the Kubernetes documentation


@given(
    replicas=st.integers(1, 7),
    surge=st.one_of(st.integers(0, 4), st.integers(0, 100).map("{}%".format)),
    unavailable=st.one_of(st.integers(0, 4), st.integers(0, 100).map("{}%".format)),
    delay_s=st.floats(0.1, 5),
)
@settings(max_examples=25, deadline=None)
def test_roll_out_keeps_its_limits(kit: Any, replicas: int, surge: Any, unavailable: Any, delay_s: float) -> None:
    """At every revision: at least desired less maxUnavailable are ready, and at most desired plus maxSurge exist."""
    world = kit.World([*CONTROLLERS, kit.fake_kubelet(delay_s=delay_s)], nodes=2).start()
    rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    if not int(str(surge).rstrip("%")) and not int(str(unavailable).rstrip("%")):
        return  # validation refuses both 0
    made = world.create(DEPLOYMENTS, kit.deployment(replicas, strategy=rolling))
    world.settle()
    least, most = replicas - max_unavailable(made), replicas + max_surge(made)

    def check(_entry: Any) -> None:
        active = [pod for pod in world.items(PODS) if is_active(pod)]
        assert len(active) <= most
        assert sum(map(is_ready, active)) >= least

    world.state.subscribe(check)
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.settle()
    assert sizes(world) == {"app:1": 0, "app:2": replicas}


def end_state(world: Any) -> Any:
    status = world.get(DEPLOYMENTS, "web")["status"]
    told = [(one["type"], one["status"], one["reason"], one["message"]) for one in status["conditions"]]
    pods = sorted(pod["spec"]["containers"][0]["image"] for pod in world.items(PODS) if is_ready(pod))
    return sizes(world), {**status, "conditions": sorted(told)}, pods


def test_killed_at_any_revision_it_converges_to_the_same_end(kit: Any) -> None:
    controllers = [*CONTROLLERS, kit.fake_kubelet()]
    world = kit.World(controllers).start()
    world.create(DEPLOYMENTS, kit.deployment(3))
    world.settle()
    start = world.state.revision
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.settle()
    expected, history = end_state(world), world.state.history(0)
    assert expected[0] == {"app:1": 0, "app:2": 3}
    for revision in range(start + 1, len(history)):
        other = kit.World(controllers, history=history[:revision]).start()
        other.settle(2000)
        assert end_state(other) == expected, f"killed after revision {revision}"


def test_recreate_killed_at_any_revision_converges(kit: Any) -> None:
    controllers = [*CONTROLLERS, kit.fake_kubelet()]
    world = kit.World(controllers).start()
    world.create(DEPLOYMENTS, kit.deployment(2, strategy={"type": "Recreate"}))
    world.settle()
    start = world.state.revision
    world.change(DEPLOYMENTS, "web", NEW_IMAGE)
    world.settle()
    expected, history = end_state(world), world.state.history(0)
    for revision in range(start + 1, len(history)):
        other = kit.World(controllers, history=history[:revision]).start()
        other.settle(2000)
        assert end_state(other) == expected, f"killed after revision {revision}"
