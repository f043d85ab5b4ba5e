"""The scheduler of 1.33: the words of its refusals, and spreading."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import NODES, PERSISTENTVOLUMECLAIMS, PODS, STORAGECLASSES
from simulator.controllers import deployment, replicaset, scheduler

MASTER = {"key": "node-role.kubernetes.io/master", "effect": "NoSchedule"}
ZONE, WORKER, HOST = "topology.kubernetes.io/zone", "node-role.kubernetes.io/worker", "kubernetes.io/hostname"
TAINTED = "3 node(s) had untolerated taint {node-role.kubernetes.io/master: }"


@pytest.fixture
def world(kit: Any) -> Any:
    """Three masters and three workers in three zones."""
    controllers = [scheduler.CONTROLLER, replicaset.CONTROLLER, deployment.CONTROLLER, kit.fake_kubelet(stop_s=26.0)]
    made = kit.World(controllers, nodes=0, release=kit.TODAY)
    for number in range(3):
        zone = {ZONE: f"us-east-2{'abc'[number]}"}
        made.create(
            NODES, kit.node(f"master-{number}", {**zone, "node-role.kubernetes.io/master": ""}, taints=[MASTER])
        )
        made.create(NODES, kit.node(f"worker-{number}", {**zone, WORKER: ""}))
    return made.start()


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    requests = spec.pop("requests", None)
    container = {"name": "c", "image": "i", **({"resources": {"requests": requests}} if requests else {})}
    meta = {"name": name, "namespace": "lab", "labels": {"app": "web"}}
    return {"metadata": meta, "spec": {"containers": [container], **spec}}


def spread(*keys: str) -> list[dict[str, Any]]:
    selector = {"matchLabels": {"app": "web"}}
    return [
        {"maxSkew": 1, "topologyKey": key, "whenUnsatisfiable": "DoNotSchedule", "labelSelector": selector}
        for key in keys
    ]


def apart() -> dict[str, Any]:
    term = {"labelSelector": {"matchLabels": {"app": "web"}}, "namespaces": ["lab"], "topologyKey": HOST}
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def failure(world: Any, name: str = "p") -> str:
    condition = world.get(PODS, name)["status"]["conditions"][0]
    assert condition["message"] in world.events("FailedScheduling")
    return str(condition["message"])


def nothing(count: int, reason: str = "Preemption is not helpful for scheduling") -> str:
    return f"preemption: 0/6 nodes are available: {count} {reason}."


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"nodeSelector": {"role": "none"}},
         f"3 node(s) didn't match Pod's node affinity/selector, {TAINTED}. {nothing(6)}"),
        ({"requests": {"cpu": "9"}}, f"3 Insufficient cpu, {TAINTED}. {nothing(6)}"),
        ({"topologySpreadConstraints": spread("example.com/rack")},
         "3 node(s) didn't match pod topology spread constraints (missing required label), "
         f"{TAINTED}. {nothing(6)}"),
    ],
)  # fmt: skip
def test_messages(world: Any, spec: dict[str, Any], message: str) -> None:
    world.create(PODS, pod(**spec))
    world.settle()
    assert failure(world) == f"0/6 nodes are available: {message}"


def test_room_that_equal_pods_take_is_no_prey(world: Any) -> None:
    for number in range(3):
        world.create(PODS, pod(f"big-{number}", requests={"cpu": "3"}))
    world.settle()
    world.create(PODS, pod(requests={"cpu": "2"}))
    world.settle()
    told = "3 No preemption victims found for incoming pod, 3 Preemption is not helpful for scheduling"
    assert failure(world) == (
        f"0/6 nodes are available: 3 Insufficient cpu, {TAINTED}. preemption: 0/6 nodes are available: {told}."
    )


def test_claims_are_told_once_for_all_nodes(world: Any) -> None:
    uses = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
    world.create(PODS, pod(volumes=uses))
    world.settle()
    assert failure(world) == f'0/6 nodes are available: persistentvolumeclaim "data" not found. {nothing(6)}'
    world.create(STORAGECLASSES, {"metadata": {"name": "slow"}, "provisioner": "example.com/x"})
    wanted = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
        "storageClassName": "slow",
    }
    world.create(PERSISTENTVOLUMECLAIMS, {"metadata": {"name": "data", "namespace": "lab"}, "spec": wanted})
    world.settle()
    assert failure(world) == (
        f"0/6 nodes are available: pod has unbound immediate PersistentVolumeClaims. {nothing(6)}"
    )


def test_a_node_outside_one_topology_counts_for_none(world: Any) -> None:
    """Masters are no workers: they are empty, and yet their host names do not hold the others back."""
    for number in range(6):
        world.create(PODS, pod(f"p{number}", topologySpreadConstraints=spread(HOST, WORKER, ZONE)))
    world.settle()
    homes = [one["spec"]["nodeName"] for one in world.items(PODS)]
    assert sorted(homes) == [f"worker-{number}" for number in (0, 0, 1, 1, 2, 2)]


def test_match_label_keys_count_only_the_same_value(world: Any) -> None:
    def of(hash_: str, name: str) -> dict[str, Any]:
        rules = [{**one, "matchLabelKeys": ["hash"]} for one in spread(ZONE)]
        made = pod(name, topologySpreadConstraints=rules, nodeSelector={ZONE: "us-east-2a"})
        return {**made, "metadata": {**made["metadata"], "labels": {"app": "web", "hash": hash_}}}

    world.create(PODS, of("old", "a"))
    world.create(PODS, of("new", "b"))
    world.settle()
    assert {one["spec"].get("nodeName") for one in world.items(PODS)} == {"worker-0"}


def rolling(kit: Any, image: str) -> dict[str, Any]:
    """As the image registry of 4.20 is rolled out."""
    made = kit.deployment(2, image, progressDeadlineSeconds=60)
    made["spec"]["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}
    made["spec"]["template"]["spec"].update(
        affinity=apart(), topologySpreadConstraints=spread(HOST, WORKER, ZONE), terminationGracePeriodSeconds=55
    )
    return made


def test_two_replicas_apart_roll_on_three_workers(world: Any, kit: Any) -> None:
    world.create(kit.DEPLOYMENTS, rolling(kit, "app:1"))
    world.settle()
    world.change(kit.DEPLOYMENTS, "web", {"spec": rolling(kit, "app:2")["spec"]})
    world.settle()
    pods = world.items(PODS)
    assert [one["spec"]["containers"][0]["image"] for one in pods] == ["app:2", "app:2"]
    assert len({one["spec"]["nodeName"] for one in pods}) == 2
    status = world.get(kit.DEPLOYMENTS, "web")["status"]
    assert (status["availableReplicas"], status["updatedReplicas"], status["replicas"]) == (2, 2, 2)
    waited = world.events("FailedScheduling")  # for the node of a pod that was still stopping
    assert waited
    assert all("node(s) didn't match pod anti-affinity rules" in text for text in waited)
    world.assert_settled()


def test_a_pod_that_cannot_be_placed_ends_the_progress(world: Any, kit: Any) -> None:
    for name in ("worker-1", "worker-2"):
        world.change(NODES, name, {"spec": {"unschedulable": True}}, None)
    made = rolling(kit, "app:1")
    made["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] = 0
    world.create(kit.DEPLOYMENTS, made)
    world.settle()
    status = world.get(kit.DEPLOYMENTS, "web")["status"]
    progressing = next(one for one in status["conditions"] if one["type"] == "Progressing")
    name = world.items(kit.REPLICASETS)[0]["metadata"]["name"]
    assert (progressing["status"], progressing["reason"]) == ("False", "ProgressDeadlineExceeded")
    assert progressing["message"] == f'ReplicaSet "{name}" has timed out progressing.'


def test_a_deployment_tells_the_size_before(world: Any, kit: Any) -> None:
    world.create(kit.DEPLOYMENTS, kit.deployment(1))
    world.settle()
    world.change(kit.DEPLOYMENTS, "web", {"spec": {"replicas": 3}})
    world.settle()
    name = world.items(kit.REPLICASETS)[0]["metadata"]["name"]
    assert world.events("ScalingReplicaSet") == [
        f"Scaled up replica set {name} from 0 to 1",
        f"Scaled up replica set {name} from 1 to 3",
    ]


def test_events_name_their_reporter(world: Any, kit: Any) -> None:
    world.create(kit.DEPLOYMENTS, kit.deployment(1))
    world.settle()
    reporters = {one["reason"]: (one["reportingComponent"], one["source"]) for one in world.items(kit.EVENTS)}
    assert reporters["ScalingReplicaSet"] == ("deployment-controller", {"component": "deployment-controller"})
