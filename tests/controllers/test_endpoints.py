from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import ENDPOINTS, PODS, REPLICASETS, SERVICES
from simulator.controllers import endpoints, replicaset, scheduler


@pytest.fixture
def world(kit: Any) -> Any:
    loops = [endpoints.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER, kit.fake_kubelet()]
    return kit.World(loops).start()


def service(**spec: Any) -> dict[str, Any]:
    wanted = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}
    return {"metadata": {"name": "web", "namespace": "lab", "labels": {"of": "web"}}, "spec": wanted}


def subsets(world: Any) -> Any:
    return world.get(ENDPOINTS, "web").get("subsets")


def test_the_ready_pods_of_a_service(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.settle()
    assert subsets(world) is None
    world.create(REPLICASETS, kit.deployment(3))
    world.settle()
    (subset,) = subsets(world)
    pods = world.items(PODS)
    assert {one["ip"] for one in subset["addresses"]} == {pod["status"]["podIP"] for pod in pods}
    assert subset["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    address = next(one for one in subset["addresses"] if one["targetRef"]["name"] == pods[0]["metadata"]["name"])
    assert address["nodeName"] == pods[0]["spec"]["nodeName"]
    assert world.get(ENDPOINTS, "web")["metadata"]["labels"] == {"of": "web"}
    world.assert_settled()


def test_a_pod_that_is_not_ready_stands_apart(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.create(REPLICASETS, kit.deployment(2))
    world.settle()
    pod = world.items(PODS)[0]
    world.client.update_status(PODS, {**pod, "status": kit.running(pod, world.clock.now(), ready=False)})
    world.settle()
    (subset,) = subsets(world)
    assert [one["targetRef"]["name"] for one in subset["notReadyAddresses"]] == [pod["metadata"]["name"]]
    assert len(subset["addresses"]) == 1


def test_a_pod_that_terminates_is_left_out(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.create(REPLICASETS, kit.deployment(1))
    world.settle()
    world.change(REPLICASETS, "web", {"spec": {"replicas": 0}})
    world.clock.advance(0.5)
    assert len(world.items(PODS)) == 1
    assert subsets(world) is None


def test_named_ports_are_those_of_the_pod(world: Any, kit: Any) -> None:
    world.create(SERVICES, service(ports=[{"port": 80, "targetPort": "web"}]))
    made = kit.deployment(1)
    made["spec"]["template"]["spec"]["containers"][0]["ports"] = [{"name": "web", "containerPort": 9000}]
    world.create(REPLICASETS, made)
    world.settle()
    assert subsets(world)[0]["ports"] == [{"port": 9000, "protocol": "TCP"}]


def test_without_a_selector_they_are_other_peoples(world: Any) -> None:
    world.create(SERVICES, service(selector=None))
    world.settle()
    assert world.items(ENDPOINTS) == []


def test_they_go_with_the_service(world: Any) -> None:
    world.create(SERVICES, service())
    world.settle()
    world.client.delete(SERVICES, "web", "lab")
    world.settle()
    assert world.items(ENDPOINTS) == []
