"""Owner and dependents: every way of deletion, for both strengths of reference."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CONFIGMAPS, DEPLOYMENTS, NODES, PODS, REPLICASETS, SECRETS
from simulator.controllers import deployment, garbagecollector, replicaset, scheduler


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World([garbagecollector.CONTROLLER], nodes=0).start()


def owned_by(*owners: Any, block: bool = True) -> list[dict[str, Any]]:
    return [
        {"apiVersion": "v1", "kind": owner["kind"], "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
         "blockOwnerDeletion": block}
        for owner in owners
    ]  # fmt: skip


def config_map(world: Any, name: str, owners: Any = (), **meta: Any) -> Any:
    references = {"ownerReferences": list(owners)} if owners else {}
    return world.create(CONFIGMAPS, {"metadata": {"name": name, "namespace": "lab", **references, **meta}})


def names(world: Any) -> list[str]:
    return [one["metadata"]["name"] for one in world.items(CONFIGMAPS)]


@pytest.mark.parametrize("block", [True, False])
@pytest.mark.parametrize(
    ("policy", "left"), [("", []), ("Background", []), ("Foreground", []), ("Orphan", ["child", "grandchild"])]
)
def test_propagation(world: Any, policy: str, left: list[str], block: bool) -> None:
    child = config_map(world, "child", owned_by(config_map(world, "owner"), block=block))
    config_map(world, "grandchild", owned_by(child, block=block))
    world.settle()
    assert names(world) == ["child", "grandchild", "owner"]
    world.client.delete(CONFIGMAPS, "owner", "lab", propagation=policy)
    world.settle()
    assert names(world) == left
    if left:
        assert "ownerReferences" not in world.get(CONFIGMAPS, "child")["metadata"]
        assert world.get(CONFIGMAPS, "grandchild")["metadata"]["ownerReferences"]
    world.assert_settled()


def test_foreground_waits_for_what_blocks(world: Any) -> None:
    owner = config_map(world, "owner")
    config_map(world, "held", owned_by(owner), finalizers=["example.com/hold"])
    world.settle()
    world.client.delete(CONFIGMAPS, "owner", "lab", propagation="Foreground")
    world.settle()
    assert names(world) == ["held", "owner"]
    assert world.get(CONFIGMAPS, "owner")["metadata"]["finalizers"] == ["foregroundDeletion"]
    world.change(CONFIGMAPS, "held", {"metadata": {"finalizers": []}})
    world.settle()
    assert names(world) == []


def test_foreground_does_not_wait_for_what_does_not_block(world: Any) -> None:
    owner = config_map(world, "owner")
    config_map(world, "held", owned_by(owner, block=False), finalizers=["example.com/hold"])
    world.settle()
    world.client.delete(CONFIGMAPS, "owner", "lab", propagation="Foreground")
    world.settle()
    assert names(world) == ["held"]


def test_another_owner_keeps_it(world: Any) -> None:
    first, second = config_map(world, "first"), config_map(world, "second")
    config_map(world, "child", owned_by(first, second))
    world.settle()
    world.client.delete(CONFIGMAPS, "first", "lab")
    world.settle()
    kept = world.get(CONFIGMAPS, "child")["metadata"]["ownerReferences"]
    assert [one["name"] for one in kept] == ["second"]
    world.client.delete(CONFIGMAPS, "second", "lab")
    world.settle()
    assert names(world) == []


def test_a_namesake_is_no_owner(world: Any) -> None:
    old = config_map(world, "owner")
    config_map(world, "child", owned_by(old))
    world.client.delete(CONFIGMAPS, "owner", "lab")
    config_map(world, "owner")
    world.settle()
    assert names(world) == ["owner"]


def test_an_owner_of_cluster_scope(world: Any) -> None:
    owner = world.create(NODES, {"metadata": {"name": "owner"}})
    world.create(SECRETS, {"metadata": {"name": "s", "namespace": "lab", "ownerReferences": owned_by(owner)}})
    world.settle()
    assert len(world.items(SECRETS)) == 1
    world.client.delete(NODES, "owner")
    world.settle()
    assert world.items(SECRETS) == []


def test_what_went_while_nobody_looked_is_found_at_the_start(world: Any) -> None:
    config_map(world, "child", owned_by(config_map(world, "owner")))
    world.settle()
    world.manager.stop()
    world.client.delete(CONFIGMAPS, "owner", "lab")
    world.restart()
    world.settle()
    assert names(world) == []


@pytest.mark.parametrize("policy", ["Background", "Foreground", "Orphan"])
def test_a_deployment_with_all_that_it_owns(kit: Any, policy: str) -> None:
    loops = [deployment.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER, garbagecollector.CONTROLLER]
    world = kit.World([*loops, kit.fake_kubelet()]).start()
    world.create(DEPLOYMENTS, kit.deployment(2))
    world.settle()
    world.client.delete(DEPLOYMENTS, "web", "lab", propagation=policy)
    order = []
    while world.clock.run_next():
        order.append((len(world.items(DEPLOYMENTS)), len(world.items(REPLICASETS)), len(world.items(PODS))))
    assert order[-1] == ((0, 1, 2) if policy == "Orphan" else (0, 0, 0))
    if policy == "Foreground":
        assert all(deployments for deployments, replicasets, _ in order if replicasets)
        assert all(replicasets for _, replicasets, pods in order if pods)
    world.assert_settled()
