"""Disruption budgets: what they count, and evictions that they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import PODDISRUPTIONBUDGETS, PODS
from simulator.controllers import deployment, disruption, replicaset, scheduler
from simulator.errors import TooManyRequests


@pytest.fixture
def world(kit: Any) -> Any:
    loops = [deployment.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER, disruption.CONTROLLER,
             kit.fake_kubelet()]  # fmt: skip
    return kit.World(loops, release=kit.TODAY).start()


def budget(world: Any, **spec: Any) -> None:
    wanted = {"selector": {"matchLabels": {"app": "web"}}, **spec}
    world.create(PODDISRUPTIONBUDGETS, {"metadata": {"name": "web", "namespace": "lab"}, "spec": wanted})
    world.settle()


def status(world: Any) -> Any:
    return world.get(PODDISRUPTIONBUDGETS, "web")["status"]


def counts(world: Any) -> tuple[int, ...]:
    """expected, current, desired, allowed"""
    names = ("expectedPods", "currentHealthy", "desiredHealthy", "disruptionsAllowed")
    return tuple(status(world)[name] for name in names)


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ({"minAvailable": 1}, (2, 2, 1, 1)),
        ({"minAvailable": 2}, (2, 2, 2, 0)),
        ({"minAvailable": "51%"}, (2, 2, 2, 0)),
        ({"maxUnavailable": 1}, (2, 2, 1, 1)),
        ({"maxUnavailable": "10%"}, (2, 2, 1, 1)),
        ({"maxUnavailable": 0}, (2, 2, 2, 0)),
        ({"maxUnavailable": 5}, (2, 2, 0, 2)),
    ],
)
def test_counts(world: Any, kit: Any, spec: dict[str, Any], expected: tuple[int, ...]) -> None:
    world.create(kit.DEPLOYMENTS, kit.deployment(2))
    budget(world, **spec)
    assert counts(world) == expected
    world.assert_settled()


def test_a_budget_over_nothing_allows_nothing(world: Any) -> None:
    budget(world, minAvailable=1)
    assert counts(world) == (0, 0, 1, 0)
    condition = status(world)["conditions"][0]
    told = {key: condition[key] for key in ("type", "status", "reason", "message", "observedGeneration")}
    assert told == {
        "type": "DisruptionAllowed",
        "status": "False",
        "reason": "InsufficientPods",
        "message": "",
        "observedGeneration": 1,
    }


def evict(world: Any, name: str) -> None:
    body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "lab"}}
    world.client.request("POST", PODS.path("lab", name, "eviction"), body=body)


def test_an_eviction_uses_the_allowance_up(world: Any, kit: Any) -> None:
    world.create(kit.DEPLOYMENTS, kit.deployment(2))
    budget(world, minAvailable=1)
    assert status(world)["conditions"][0]["reason"] == "SufficientPods"
    first, second = (pod["metadata"]["name"] for pod in world.items(PODS))
    evict(world, first)
    world.clock.advance(0.5)
    with pytest.raises(TooManyRequests) as refusal:
        evict(world, second)
    assert refusal.value.message == "Cannot evict pod as it would violate the pod's disruption budget."
    cause = refusal.value.to_status()["details"]["causes"][0]
    assert cause == {
        "reason": "DisruptionBudget",
        "message": "The disruption budget web needs 1 healthy pods and has 1 currently",
    }
    world.settle()
    assert counts(world) == (2, 2, 1, 1)
    evict(world, second)


def test_a_deployment_that_grows(world: Any, kit: Any) -> None:
    world.create(kit.DEPLOYMENTS, kit.deployment(2))
    budget(world, maxUnavailable=1)
    world.change(kit.DEPLOYMENTS, "web", {"spec": {"replicas": 5}})
    world.settle()
    assert counts(world) == (5, 5, 4, 1)


def test_a_budget_of_4_2_has_no_conditions(kit: Any) -> None:
    loops = [deployment.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER, disruption.CONTROLLER,
             kit.fake_kubelet()]  # fmt: skip
    world = kit.World(loops).start()
    world.create(kit.DEPLOYMENTS, kit.deployment(2))
    old = type(PODDISRUPTIONBUDGETS)("policy", "v1beta1", "poddisruptionbudgets")
    spec = {"selector": {"matchLabels": {"app": "web"}}, "minAvailable": 1}
    world.create(old, {"metadata": {"name": "web", "namespace": "lab"}, "spec": spec})
    world.settle()
    found = world.get(old, "web")["status"]
    assert "conditions" not in found
    assert (found["disruptionsAllowed"], found["expectedPods"]) == (1, 2)
