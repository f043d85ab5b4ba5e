from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, PODS, STATEFULSETS
from simulator.controllers import scheduler, statefulset

NEW_IMAGE = {"spec": {"template": {"spec": {"containers": [{"name": "db", "image": "db:2"}]}}}}


def stateful_set(replicas: int = 3, **spec: Any) -> dict[str, Any]:
    template = {"metadata": {"labels": {"app": "db"}}, "spec": {"containers": [{"name": "db", "image": "db:1"}]}}
    selector = {"matchLabels": {"app": "db"}}
    return {
        "metadata": {"name": "db", "namespace": "lab"},
        "spec": {"replicas": replicas, "serviceName": "db", "selector": selector, "template": template, **spec},
    }


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World([statefulset.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet()]).start()


def images(world: Any) -> dict[str, str]:
    return {pod["metadata"]["name"]: pod["spec"]["containers"][0]["image"] for pod in world.items(PODS)}


def test_pods_come_in_order_each_after_the_one_before_is_ready(world: Any) -> None:
    world.create(STATEFULSETS, stateful_set())
    world.settle()
    created = [pod["metadata"]["creationTimestamp"] for pod in world.items(PODS)]
    assert list(images(world)) == ["db-0", "db-1", "db-2"]
    assert len(set(created)) == 3
    assert created == sorted(created)
    assert world.events("SuccessfulCreate")[0] == "create Pod db-0 in StatefulSet db successful"
    pod = world.get(PODS, "db-1")
    assert (pod["spec"]["hostname"], pod["spec"]["subdomain"]) == ("db-1", "db")
    assert pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"] == "db-1"
    world.assert_settled()


def test_status(world: Any) -> None:
    world.create(STATEFULSETS, stateful_set(2))
    world.settle()
    revision = world.items(CONTROLLERREVISIONS)[0]["metadata"]["name"]
    assert world.get(STATEFULSETS, "db")["status"] == {
        "replicas": 2, "readyReplicas": 2, "currentReplicas": 2, "updatedReplicas": 2, "observedGeneration": 1,
        "currentRevision": revision, "updateRevision": revision, "collisionCount": 0,
    }  # fmt: skip


def test_parallel_starts_all_at_once(world: Any) -> None:
    world.create(STATEFULSETS, stateful_set(podManagementPolicy="Parallel"))
    world.clock.advance(0.5)
    assert len(images(world)) == 3


def test_scaling_down_takes_the_highest_first(world: Any) -> None:
    world.create(STATEFULSETS, stateful_set())
    world.settle()
    world.change(STATEFULSETS, "db", {"spec": {"replicas": 1}})
    world.settle()
    assert list(images(world)) == ["db-0"]
    deleted = [f"delete Pod db-{number} in StatefulSet db successful" for number in (2, 1)]
    assert world.events("SuccessfulDelete") == deleted


def test_roll_out_goes_from_the_highest_down(world: Any) -> None:
    world.create(STATEFULSETS, stateful_set())
    world.settle()
    world.change(STATEFULSETS, "db", NEW_IMAGE)
    seen = []
    while world.clock.run_next():
        seen.append(tuple(sorted(name for name, image in images(world).items() if image == "db:2")))
    assert [step for number, step in enumerate(seen) if not number or seen[number - 1] != step] == [
        (), ("db-2",), ("db-1", "db-2"), ("db-0", "db-1", "db-2"),
    ]  # fmt: skip
    status = world.get(STATEFULSETS, "db")["status"]
    assert status["currentRevision"] == status["updateRevision"]
    world.assert_settled()


def test_partition_keeps_the_lower_pods(world: Any) -> None:
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"partition": 2}}
    world.create(STATEFULSETS, stateful_set(updateStrategy=strategy))
    world.settle()
    world.change(STATEFULSETS, "db", NEW_IMAGE)
    world.settle()
    world.client.delete(PODS, "db-0", "lab")
    world.settle()
    assert images(world) == {"db-0": "db:1", "db-1": "db:1", "db-2": "db:2"}
    world.assert_settled()


def test_each_pod_has_its_claim_which_outlives_it(world: Any) -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}
    template = {"metadata": {"name": "data"}, "spec": spec}
    world.create(STATEFULSETS, stateful_set(1, volumeClaimTemplates=[template]))
    world.clock.advance(1)
    claim = world.get(PERSISTENTVOLUMECLAIMS, "data-db-0")
    assert claim["metadata"]["labels"] == {"app": "db"}
    volume = {"name": "data", "persistentVolumeClaim": {"claimName": "data-db-0"}}
    assert volume in world.get(PODS, "db-0")["spec"]["volumes"]
    assert "create Claim data-db-0 Pod db-0 in StatefulSet db success" in world.events("SuccessfulCreate")
    world.change(STATEFULSETS, "db", {"spec": {"replicas": 0}})
    world.settle()
    assert images(world) == {}
    assert world.get(PERSISTENTVOLUMECLAIMS, "data-db-0")


def test_killed_at_any_revision_of_a_roll_out_it_converges(kit: Any) -> None:
    controllers = [statefulset.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet()]
    world = kit.World(controllers).start()
    world.create(STATEFULSETS, stateful_set(2))
    world.settle()
    start = world.state.revision
    world.change(STATEFULSETS, "db", NEW_IMAGE)
    world.settle()
    expected, history = world.get(STATEFULSETS, "db")["status"], world.state.history(0)
    for revision in range(start + 1, len(history)):
        other = kit.World(controllers, history=history[:revision]).start()
        other.settle()
        assert other.get(STATEFULSETS, "db")["status"] == expected, f"killed after revision {revision}"
        assert images(other) == {"db-0": "db:2", "db-1": "db:2"}
