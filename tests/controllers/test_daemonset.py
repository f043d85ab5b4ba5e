from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CONTROLLERREVISIONS, DAEMONSETS, NODES, PODS
from simulator.controllers import daemonset, scheduler
from simulator.controllers.podstate import is_active, is_ready

NEW_IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "agent", "image": "agent:2"}]}}}}


def daemon_set(tolerations: tuple[dict[str, str], ...] = (), **pod: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "agent", "image": "agent:1"}], "tolerations": list(tolerations), **pod}
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": spec}
    return {
        "metadata": {"name": "agent", "namespace": "lab"},
        "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": template},
    }


@pytest.fixture
def world(kit: Any) -> Any:
    made = kit.World([daemonset.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet()], nodes=3)
    taint = {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}
    made.create(NODES, kit.node("master-0", {"role": "master"}, taints=[taint]))
    return made.start()


def nodes_of(world: Any) -> list[str]:
    return sorted(pod["spec"]["nodeName"] for pod in world.items(PODS))


def test_one_pod_on_each_node_that_it_tolerates(world: Any) -> None:
    world.create(DAEMONSETS, daemon_set())
    world.settle()
    assert nodes_of(world) == ["node-0", "node-1", "node-2"]
    status = world.get(DAEMONSETS, "agent")["status"]
    assert status == {
        "currentNumberScheduled": 3,
        "numberMisscheduled": 0,
        "desiredNumberScheduled": 3,
        "numberReady": 3,
        "observedGeneration": 1,
        "updatedNumberScheduled": 3,
        "numberAvailable": 3,
    }
    world.assert_settled()


def test_it_tolerates_all_and_selects(world: Any) -> None:
    world.create(DAEMONSETS, daemon_set(({"operator": "Exists"},), nodeSelector={"role": "master"}))
    world.settle()
    assert nodes_of(world) == ["master-0"]


def test_its_pods_are_labelled_with_their_revision(world: Any) -> None:
    world.create(DAEMONSETS, daemon_set())
    world.settle()
    revision = world.items(CONTROLLERREVISIONS)[0]
    labels = world.items(PODS)[0]["metadata"]["labels"]
    assert revision["metadata"]["name"] == f"agent-{labels['controller-revision-hash']}"
    assert labels["pod-template-generation"] == "1"


def test_a_cordoned_node_still_gets_its_pod(world: Any) -> None:
    world.change(NODES, "node-1", {"spec": {"unschedulable": True}}, None)
    world.create(DAEMONSETS, daemon_set())
    world.settle()
    assert "node-1" in nodes_of(world)


def test_nodes_come_and_change(world: Any, kit: Any) -> None:
    world.create(DAEMONSETS, daemon_set(nodeSelector={"agent": "yes"}))
    world.settle()
    assert nodes_of(world) == []
    world.create(NODES, kit.node("late", {"agent": "yes"}))
    world.settle()
    assert nodes_of(world) == ["late"]
    world.change(NODES, "late", {"metadata": {"labels": {"agent": "no"}}}, None)
    world.settle()
    assert nodes_of(world) == []
    world.assert_settled()


def test_roll_out_takes_one_node_at_a_time(world: Any) -> None:
    world.create(DAEMONSETS, daemon_set())
    world.settle()
    ready: list[int] = []

    def count(_entry: Any) -> None:
        ready.append(sum(is_active(pod) and is_ready(pod) for pod in world.items(PODS)))

    world.state.subscribe(count)
    world.change(DAEMONSETS, "agent", NEW_IMAGE)
    world.settle()
    assert min(ready) == 2
    assert {pod["spec"]["containers"][0]["image"] for pod in world.items(PODS)} == {"agent:2"}
    assert world.get(DAEMONSETS, "agent")["status"]["updatedNumberScheduled"] == 3
    assert [one["revision"] for one in world.items(CONTROLLERREVISIONS)] in ([1, 2], [2, 1])
    world.assert_settled()


def test_on_delete_waits_for_the_pods_to_be_deleted(world: Any) -> None:
    made = daemon_set()
    made["spec"]["updateStrategy"] = {"type": "OnDelete"}
    world.create(DAEMONSETS, made)
    world.settle()
    world.change(DAEMONSETS, "agent", NEW_IMAGE)
    world.settle()
    assert world.get(DAEMONSETS, "agent")["status"].get("updatedNumberScheduled") is None
    world.client.delete(PODS, world.items(PODS)[0]["metadata"]["name"], "lab")
    world.settle()
    assert world.get(DAEMONSETS, "agent")["status"]["updatedNumberScheduled"] == 1


def test_a_failed_pod_is_replaced(world: Any) -> None:
    world.create(DAEMONSETS, daemon_set())
    world.settle()
    victim = world.items(PODS)[0]
    name = victim["metadata"]["name"]
    world.client.update_status(PODS, {**victim, "status": {"phase": "Failed"}})
    world.settle()
    assert name not in [pod["metadata"]["name"] for pod in world.items(PODS)]
    assert len(nodes_of(world)) == 3
    assert world.events("FailedDaemonPod")[0].startswith(f"Found failed daemon pod lab/{name} on node ")


def test_killed_at_any_revision_of_a_roll_out_it_converges(kit: Any) -> None:
    controllers = [daemonset.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet()]
    world = kit.World(controllers).start()
    world.create(DAEMONSETS, daemon_set())
    world.settle()
    start = world.state.revision
    world.change(DAEMONSETS, "agent", NEW_IMAGE)
    world.settle()
    expected, history = world.get(DAEMONSETS, "agent")["status"], world.state.history(0)
    assert expected["updatedNumberScheduled"] == expected["numberAvailable"] == 3
    for revision in range(start + 1, len(history)):
        other = kit.World(controllers, history=history[:revision]).start()
        other.settle()
        assert other.get(DAEMONSETS, "agent")["status"] == expected, f"killed after revision {revision}"
        assert nodes_of(other) == ["node-0", "node-1", "node-2"]
