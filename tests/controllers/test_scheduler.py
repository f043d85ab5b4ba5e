from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from simulator.api.gvrs import (
    EVENTS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    REPLICASETS,
    STORAGECLASSES,
)
from simulator.controllers import replicaset, scheduler

MASTER = {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}
ZONE = "failure-domain.beta.kubernetes.io/zone"


@pytest.fixture
def world(kit: Any) -> Any:
    """Three masters with their taint, five workers in two zones."""
    made = kit.World([scheduler.CONTROLLER, replicaset.CONTROLLER], nodes=0)
    for number in range(3):
        made.create(NODES, kit.node(f"master-{number}", taints=[MASTER]))
    for number in range(5):
        made.create(NODES, kit.node(f"worker-{number}", {ZONE: f"zone-{number % 2}", "role": "worker"}))
    return made.start()


def pod(name: str = "p", labels: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    requests = spec.pop("requests", None)
    container = {"name": "c", "image": "i", **({"resources": {"requests": requests}} if requests else {})}
    meta = {"name": name, "namespace": "lab", "labels": labels or {}}
    return {"metadata": meta, "spec": {"containers": [container], **spec}}


def claim(name: str = "data", **spec: Any) -> dict[str, Any]:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    return {"metadata": {"name": name, "namespace": "lab"}, "spec": wanted}


def storage_class(name: str, mode: str, provisioner: str = "example.com/x") -> dict[str, Any]:
    return {"metadata": {"name": name}, "provisioner": provisioner, "reclaimPolicy": "Delete",
            "volumeBindingMode": mode}  # fmt: skip


def uses(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "persistentVolumeClaim": {"claimName": name}} for name in names]


def anti_affinity(kind: str = "podAntiAffinity", app: str = "x", key: str = "kubernetes.io/hostname") -> dict[str, Any]:
    term = {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def failure(world: Any, name: str = "p") -> str:
    """The message of the event, which is that of the condition."""
    condition = world.get(PODS, name)["status"]["conditions"][0]
    assert (condition["type"], condition["status"], condition["reason"]) == ("PodScheduled", "False", "Unschedulable")
    assert condition["message"] in world.events("FailedScheduling")
    return str(condition["message"])


def test_a_pod_is_bound_and_says_so(world: Any) -> None:
    world.create(PODS, pod())
    world.settle()
    bound = world.get(PODS, "p")
    assert bound["spec"]["nodeName"].startswith("worker-")
    assert world.events("Scheduled") == [f"Successfully assigned lab/p to {bound['spec']['nodeName']}"]
    assert {one["type"]: one["status"] for one in bound["status"]["conditions"]} == {"PodScheduled": "True"}
    world.assert_settled()


TAINTS = "3 node(s) had taints that the pod didn't tolerate"


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"requests": {"cpu": "5"}}, "8 Insufficient cpu."),
        ({"requests": {"cpu": "5", "memory": "9Gi"}}, "8 Insufficient cpu, 8 Insufficient memory."),
        ({"requests": {"example.com/gpu": "1"}}, "8 Insufficient example.com/gpu."),
        ({"nodeSelector": {"role": "worker"}, "requests": {"cpu": "5"}},
         "3 node(s) didn't match node selector, 8 Insufficient cpu."),
        ({"nodeSelector": {"role": "none"}}, "8 node(s) didn't match node selector."),
        ({"nodeSelector": {"kubernetes.io/hostname": "master-0"}},
         "1 node(s) had taints that the pod didn't tolerate, 7 node(s) didn't match node selector."),
        ({"affinity": anti_affinity("podAffinity")},
         f"{TAINTS}, 5 node(s) didn't match pod affinity rules, 5 node(s) didn't match pod affinity/anti-affinity."),
    ],
)  # fmt: skip
def test_messages(world: Any, spec: dict[str, Any], message: str) -> None:
    world.create(PODS, pod(**spec))
    world.settle()
    assert failure(world) == f"0/8 nodes are available: {message}"


def test_cordoned_nodes(world: Any) -> None:
    for number in range(5):
        world.change(NODES, f"worker-{number}", {"spec": {"unschedulable": True}}, None)
    world.create(PODS, pod())
    world.settle()
    assert failure(world) == f"0/8 nodes are available: {TAINTS}, 5 node(s) were unschedulable."
    world.change(NODES, "worker-3", {"spec": {"unschedulable": False}}, None)
    world.settle()
    assert world.get(PODS, "p")["spec"]["nodeName"] == "worker-3"


def test_no_nodes(kit: Any) -> None:
    world = kit.World([scheduler.CONTROLLER], nodes=0).start()
    world.create(PODS, pod())
    world.settle()
    assert failure(world) == "no nodes available to schedule pods"


def test_a_toleration_opens_the_masters(world: Any) -> None:
    spec: dict[str, Any] = {"tolerations": [{"operator": "Exists"}]}
    world.create(PODS, pod(nodeSelector={"kubernetes.io/hostname": "master-1"}, **spec))
    world.settle()
    assert world.get(PODS, "p")["spec"]["nodeName"] == "master-1"


def test_anti_affinity_of_either_side(world: Any) -> None:
    for number in range(6):
        world.create(PODS, pod(f"x-{number}", {"app": "x"}, affinity=anti_affinity()))
    world.settle()
    nodes = [one["spec"].get("nodeName") for one in world.items(PODS)]
    assert sorted(filter(None, nodes)) == [f"worker-{number}" for number in range(5)]
    lost = next(one["metadata"]["name"] for one in world.items(PODS) if not one["spec"].get("nodeName"))
    assert failure(world, lost) == (
        f"0/8 nodes are available: {TAINTS}, 5 node(s) didn't match pod affinity/anti-affinity, "
        "5 node(s) didn't satisfy existing pods anti-affinity rules."
    )
    world.create(PODS, pod("y", affinity=anti_affinity()))
    world.settle()
    assert failure(world, "y") == (
        f"0/8 nodes are available: {TAINTS}, 5 node(s) didn't match pod affinity/anti-affinity, "
        "5 node(s) didn't match pod anti-affinity rules."
    )


def test_affinity_follows_and_waits_for_company(world: Any) -> None:
    world.create(PODS, pod("y", affinity=anti_affinity("podAffinity")))
    world.settle()
    assert "nodeName" not in world.get(PODS, "y")["spec"]
    world.create(PODS, pod("x", {"app": "x"}, nodeSelector={"kubernetes.io/hostname": "worker-2"}))
    world.settle()
    assert world.get(PODS, "y")["spec"]["nodeName"] == "worker-2"


def test_the_first_of_a_group_may_start_it(world: Any) -> None:
    world.create(PODS, pod("x", {"app": "x"}, affinity=anti_affinity("podAffinity")))
    world.settle()
    assert world.get(PODS, "x")["spec"]["nodeName"]


def test_replicas_spread_over_zones_and_nodes(world: Any, kit: Any) -> None:
    world.create(REPLICASETS, kit.deployment(4))
    world.settle()
    nodes = [one["spec"]["nodeName"] for one in world.items(PODS)]
    assert len(set(nodes)) == 4
    assert Counter(int(node[-1]) % 2 for node in nodes) == {0: 2, 1: 2}


def test_a_full_node_takes_a_pod_when_another_goes(world: Any) -> None:
    spec = {"nodeSelector": {"kubernetes.io/hostname": "worker-0"}, "requests": {"cpu": "3"}}
    world.create(PODS, pod("first", **spec))
    world.settle()
    world.create(PODS, pod("second", **spec))
    world.settle()
    text = "0/8 nodes are available: 1 Insufficient cpu, 7 node(s) didn't match node selector."
    assert failure(world, "second") == text
    world.client.delete(PODS, "first", "lab", grace_period_s=0)
    world.settle()
    assert world.get(PODS, "second")["spec"]["nodeName"] == "worker-0"


# -- claims


def test_missing_claim(world: Any) -> None:
    world.create(PODS, pod(volumes=uses("nope")))
    world.settle()
    assert failure(world) == 'persistentvolumeclaim "nope" not found'


@pytest.mark.parametrize("class_name", ["slow", "missing"])
def test_unbound_immediate_claim_counts_the_nodes_tried(world: Any, class_name: str) -> None:
    world.create(STORAGECLASSES, storage_class("slow", "Immediate"))
    world.create(PERSISTENTVOLUMECLAIMS, claim(storageClassName=class_name))
    world.create(PODS, pod(volumes=uses("data")))
    world.settle()
    assert failure(world) == "pod has unbound immediate PersistentVolumeClaims (repeated 5 times)"


def bound_volume(world: Any, zone: str) -> None:
    term = {"matchExpressions": [{"key": ZONE, "operator": "In", "values": [zone]}]}
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "1Gi"},
        "hostPath": {"path": "/x"},
        "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
        "persistentVolumeReclaimPolicy": "Retain",
    }
    world.create(PERSISTENTVOLUMES, {"metadata": {"name": "pv"}, "spec": spec})
    world.create(PERSISTENTVOLUMECLAIMS, {**claim(storageClassName="", volumeName="pv"), "status": {"phase": "Bound"}})


def test_a_volume_keeps_its_pod_in_its_zone(world: Any) -> None:
    bound_volume(world, "zone-1")
    world.create(PODS, pod(volumes=uses("data")))
    world.settle()
    assert world.get(PODS, "p")["spec"]["nodeName"] in ("worker-1", "worker-3")


def test_a_volume_in_a_zone_without_nodes(world: Any) -> None:
    bound_volume(world, "zone-9")
    world.create(PODS, pod(volumes=uses("data")))
    world.settle()
    assert failure(world) == f"0/8 nodes are available: {TAINTS}, 5 node(s) had volume node affinity conflict."


def test_a_claim_that_waits_for_its_consumer(world: Any) -> None:
    """The scheduler selects a node, and binds the pod to that same node once the claim is bound."""
    world.create(STORAGECLASSES, storage_class("gp2", "WaitForFirstConsumer"))
    world.create(PERSISTENTVOLUMECLAIMS, claim(storageClassName="gp2"))
    world.create(PODS, pod(volumes=uses("data")))
    world.settle()
    annotations = world.get(PERSISTENTVOLUMECLAIMS, "data")["metadata"]["annotations"]
    selected = annotations["volume.kubernetes.io/selected-node"]
    assert "nodeName" not in world.get(PODS, "p")["spec"]
    assert world.events("FailedScheduling") == []
    spec = {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": "1Gi"}, "hostPath": {"path": "/x"}}
    world.create(PERSISTENTVOLUMES, {"metadata": {"name": "pv"}, "spec": spec})
    waiting = world.change(PERSISTENTVOLUMECLAIMS, "data", {"spec": {"volumeName": "pv"}})
    world.client.update_status(PERSISTENTVOLUMECLAIMS, {**waiting, "status": {"phase": "Bound"}})
    world.settle()
    assert world.get(PODS, "p")["spec"]["nodeName"] == selected
    world.assert_settled()


def test_a_node_that_the_provisioner_gave_back(world: Any) -> None:
    """A failed provisioning takes the annotation off; the pod says so, and a node is chosen again."""
    selected, provisioner = "volume.kubernetes.io/selected-node", "volume.beta.kubernetes.io/storage-provisioner"
    world.create(STORAGECLASSES, storage_class("gp2", "WaitForFirstConsumer"))
    world.create(PERSISTENTVOLUMECLAIMS, claim(storageClassName="gp2"))
    world.create(PODS, pod(volumes=uses("data")))
    world.settle()
    world.change(PERSISTENTVOLUMECLAIMS, "data", {"metadata": {"annotations": {selected: None, provisioner: "x"}}})
    world.settle()
    node = world.get(PERSISTENTVOLUMECLAIMS, "data")["metadata"]["annotations"][selected]
    text = f'selectedNode annotation value "" not set to scheduled node "{node}"'
    assert world.events("FailedScheduling") == [text]
    world.assert_settled()


def test_local_volumes_that_nobody_provisions(world: Any) -> None:
    world.create(STORAGECLASSES, storage_class("local", "WaitForFirstConsumer", "kubernetes.io/no-provisioner"))
    world.create(PERSISTENTVOLUMECLAIMS, claim(storageClassName="local"))
    world.create(PODS, pod(volumes=uses("data")))
    world.settle()
    text = f"0/8 nodes are available: {TAINTS}, 5 node(s) didn't find available persistent volumes to bind."
    assert failure(world) == text
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["worker-4"]}]}
    spec = {
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": "2Gi"},
        "local": {"path": "/mnt"},
        "storageClassName": "local",
        "nodeAffinity": {"required": {"nodeSelectorTerms": [term]}},
    }
    volume = {"metadata": {"name": "local-4"}, "spec": spec, "status": {"phase": "Available"}}
    world.create(PERSISTENTVOLUMES, volume)
    world.settle()
    assert world.get(PERSISTENTVOLUMES, "local-4", None)["spec"]["claimRef"]["name"] == "data"


def test_the_same_failure_is_told_again_only_after_its_back_off(world: Any) -> None:
    world.create(PODS, pod(requests={"cpu": "9"}))
    world.settle()
    for _ in range(5):
        world.change(NODES, "worker-0", {"metadata": {"labels": {"turn": str(world.clock.now())}}}, None)
        world.clock.advance(0.1)
    counts = {event["message"]: event["count"] for event in world.items(EVENTS)}
    assert counts == {"0/8 nodes are available: 8 Insufficient cpu.": 1}
    world.clock.advance(20)
    world.change(NODES, "worker-0", {"metadata": {"labels": {"turn": "last"}}}, None)
    world.settle()
    assert [event["count"] for event in world.items(EVENTS)] == [2]
