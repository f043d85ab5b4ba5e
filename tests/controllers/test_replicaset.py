from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.gvrs import PODS, REPLICASETS, REPLICATIONCONTROLLERS
from simulator.controllers import replicaset, replicationcontroller, scheduler
from simulator.controllers.podstate import deletion_rank


@pytest.fixture
def world(kit: Any) -> Any:
    loops = (replicaset.CONTROLLER, replicationcontroller.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet())
    return kit.World(loops).start()


def replica_set(kit: Any, replicas: int, **spec: Any) -> dict[str, Any]:
    made: dict[str, Any] = kit.deployment(replicas, **spec)
    return made


def names(world: Any) -> list[str]:
    return [pod["metadata"]["name"] for pod in world.items(PODS)]


def test_it_creates_and_deletes_pods(world: Any, kit: Any) -> None:
    world.create(REPLICASETS, replica_set(kit, 3))
    world.settle()
    assert len(names(world)) == 3
    assert all(name.startswith("web-") and len(name) == len("web-") + 5 for name in names(world))
    assert sorted(world.events("SuccessfulCreate")) == [f"Created pod: {name}" for name in names(world)]
    before = names(world)
    world.change(REPLICASETS, "web", {"spec": {"replicas": 1}})
    world.settle()
    gone = sorted(set(before) - set(names(world)))
    assert len(names(world)) == 1
    assert sorted(world.events("SuccessfulDelete")) == [f"Deleted pod: {name}" for name in gone]
    status = world.get(REPLICASETS, "web")["status"]
    assert status == {"replicas": 1, "fullyLabeledReplicas": 1, "readyReplicas": 1, "availableReplicas": 1,
                      "observedGeneration": 2}  # fmt: skip
    world.assert_settled()


def test_a_replication_controller_does_the_same(world: Any, kit: Any) -> None:
    spec = {"replicas": 2, "selector": {"app": "web"}, "template": kit.template()}
    world.create(REPLICATIONCONTROLLERS, {"metadata": {"name": "web", "namespace": "lab"}, "spec": spec})
    world.settle()
    assert len(names(world)) == 2
    assert world.get(REPLICATIONCONTROLLERS, "web")["status"]["readyReplicas"] == 2
    world.assert_settled()


def test_a_pod_whose_label_changes_is_released_and_replaced(world: Any, kit: Any) -> None:
    world.create(REPLICASETS, replica_set(kit, 2))
    world.settle()
    out = names(world)[0]
    world.change(PODS, out, {"metadata": {"labels": {"app": "quarantine"}}})
    world.settle()
    assert len(names(world)) == 3
    assert "ownerReferences" not in world.get(PODS, out)["metadata"]
    world.change(PODS, out, {"metadata": {"labels": {"app": "web"}}})
    world.settle()
    assert len(names(world)) == 2  # adopted again: one too many
    world.assert_settled()


def test_a_deleted_pod_is_replaced_at_once(world: Any, kit: Any) -> None:
    world.create(REPLICASETS, replica_set(kit, 1))
    world.settle()
    world.client.delete(PODS, names(world)[0], "lab")
    world.clock.advance(0.1)
    assert len(names(world)) == 2  # the old one terminates
    world.settle()
    assert len(names(world)) == 1


def test_min_ready_seconds_delay_availability(world: Any, kit: Any) -> None:
    world.create(REPLICASETS, replica_set(kit, 1, minReadySeconds=30))
    world.clock.advance(10)
    assert world.get(REPLICASETS, "web")["status"].get("availableReplicas") is None
    world.settle()
    assert world.get(REPLICASETS, "web")["status"]["availableReplicas"] == 1
    assert world.clock.now() < kit.START + 35
    world.assert_settled()


def test_a_refusal_is_an_event_and_a_condition_until_it_ends(world: Any, kit: Any) -> None:
    world.refuse("pods", "no")
    world.create(REPLICASETS, replica_set(kit, 5))
    world.clock.advance(1)
    condition = world.get(REPLICASETS, "web")["status"]["conditions"][0]
    assert {key: condition[key] for key in ("type", "status", "reason", "message")} == {
        "type": "ReplicaFailure",
        "status": "True",
        "reason": "FailedCreate",
        "message": "no",
    }
    assert world.events() == ["Error creating: no"]
    world.refuse("pods", "")
    world.settle(2000)
    assert "conditions" not in world.get(REPLICASETS, "web")["status"]
    assert len(names(world)) == 5


def pod(name: str, **changes: Any) -> dict[str, Any]:
    state = {"node": "n", "phase": "Running", "ready": "2019-10-28T09:00:00Z", "restarts": 0,
             "created": "2019-10-28T08:00:00Z", **changes}  # fmt: skip
    ready = [{"type": "Ready", "status": "True", "lastTransitionTime": state["ready"]}] if state["ready"] else []
    status = {"phase": state["phase"], "conditions": ready, "containerStatuses": [{"restartCount": state["restarts"]}]}
    return {"metadata": {"name": name, "creationTimestamp": state["created"]}, "spec": {"nodeName": state["node"]},
            "status": status}  # fmt: skip


RANKED = [
    pod("unassigned", node="", phase="Pending", ready=None),
    pod("pending", phase="Pending", ready=None),
    pod("unready", ready=None),
    pod("ready-late", ready="2019-10-28T09:30:00Z"),
    pod("restarted", restarts=3),
    pod("young", created="2019-10-28T08:30:00Z"),
    pod("steady"),
]


@given(st.permutations(RANKED))
def test_pods_go_in_the_order_of_the_real_controller(pods: list[dict[str, Any]]) -> None:
    assert sorted(pods, key=deletion_rank) == RANKED
