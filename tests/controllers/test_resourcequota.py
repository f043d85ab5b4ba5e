from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, PERSISTENTVOLUMECLAIMS, PODS, RESOURCEQUOTAS
from simulator.controllers import resourcequota


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World([resourcequota.CONTROLLER], nodes=0).start()


def quota(world: Any, hard: dict[str, str], **spec: Any) -> None:
    world.create(RESOURCEQUOTAS, {"metadata": {"name": "q", "namespace": "lab"}, "spec": {"hard": hard, **spec}})


def used(world: Any) -> dict[str, str]:
    world.settle()
    found: dict[str, str] = world.get(RESOURCEQUOTAS, "q")["status"]["used"]
    return found


def claim(world: Any, name: str, size: str, class_name: str = "slow") -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}
    made = {"metadata": {"name": name, "namespace": "lab"}, "spec": {**spec, "storageClassName": class_name}}
    world.create(PERSISTENTVOLUMECLAIMS, made)


def pod(world: Any, name: str, phase: str = "Running", **resources: Any) -> None:
    container = {"name": "c", "image": "i", "resources": resources}
    meta = {"name": name, "namespace": "lab"}
    world.create(PODS, {"metadata": meta, "spec": {"containers": [container]}, "status": {"phase": phase}})


def test_objects_are_counted_as_they_come_and_go(world: Any) -> None:
    quota(world, {"configmaps": "10", "count/configmaps": "10", "resourcequotas": "1", "services": "5"})
    for name in "abc":
        world.create(CONFIGMAPS, {"metadata": {"name": name, "namespace": "lab"}})
    assert used(world) == {"configmaps": "3", "count/configmaps": "3", "resourcequotas": "1", "services": "0"}
    world.client.delete(CONFIGMAPS, "a", "lab")
    assert used(world)["configmaps"] == "2"
    assert world.get(RESOURCEQUOTAS, "q")["status"]["hard"]["configmaps"] == "10"
    world.assert_settled()


def test_storage_by_class(world: Any) -> None:
    slow, fast = "slow.storageclass.storage.k8s.io/", "fast.storageclass.storage.k8s.io/"
    limits = {"requests.storage": "1Ti", f"{slow}requests.storage": "1Ti", f"{fast}persistentvolumeclaims": "2"}
    quota(world, limits)
    claim(world, "a", "100Gi")
    claim(world, "b", "512Mi")
    claim(world, "c", "1Gi", "fast")
    assert used(world) == {
        "requests.storage": "103936Mi",
        f"{slow}requests.storage": "102912Mi",
        f"{fast}persistentvolumeclaims": "1",
    }


def test_pods_and_their_resources(world: Any) -> None:
    names = ("pods", "requests.cpu", "cpu", "requests.memory", "limits.cpu", "limits.memory")
    quota(world, dict.fromkeys(names, "10"))
    pod(world, "a", requests={"cpu": "250m", "memory": "1Gi"}, limits={"cpu": "1", "memory": "2Gi"})
    pod(world, "b", requests={"cpu": "1", "memory": "512Mi"})
    pod(world, "done", phase="Succeeded", requests={"cpu": "8"})
    assert used(world) == {"pods": "2", "requests.cpu": "1250m", "cpu": "1250m", "requests.memory": "1536Mi",
                           "limits.cpu": "1", "limits.memory": "2Gi"}  # fmt: skip


def test_scopes(world: Any) -> None:
    quota(world, {"pods": "10"}, scopes=["BestEffort"])
    pod(world, "a", requests={"cpu": "1"})
    pod(world, "b")
    assert used(world) == {"pods": "1"}


def test_unknown_names_are_left_out(world: Any) -> None:
    quota(world, {"pods": "1", "count/nothing.example.com": "1"})
    assert used(world) == {"pods": "0"}
