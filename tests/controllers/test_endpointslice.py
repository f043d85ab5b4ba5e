"""EndpointSlices, and Endpoints beside them, as of 1.33."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import ENDPOINTS, ENDPOINTSLICES, NODES, PODS, REPLICASETS, SERVICES
from simulator.controllers import endpoints, endpointslice, garbagecollector, replicaset, scheduler
from simulator.controllers.endpointslice import wanted_slices

ZONE = "topology.kubernetes.io/zone"


@pytest.fixture
def world(kit: Any) -> Any:
    loops = [endpointslice.CONTROLLER, endpoints.CONTROLLER, replicaset.CONTROLLER, scheduler.CONTROLLER,
             garbagecollector.CONTROLLER, kit.fake_kubelet(stop_s=20.0)]  # fmt: skip
    made = kit.World(loops, nodes=0, release=kit.TODAY)
    for number in range(3):
        made.create(NODES, kit.node(f"node-{number}", {ZONE: f"us-east-2{'abc'[number]}"}))
    return made.start()


def service(**spec: Any) -> dict[str, Any]:
    wanted = {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}], **spec}
    return {"metadata": {"name": "web", "namespace": "lab", "labels": {"of": "web"}}, "spec": wanted}


def only(world: Any) -> Any:
    (found,) = world.items(ENDPOINTSLICES)
    return found


def test_a_service_without_pods_has_an_empty_slice(world: Any) -> None:
    made = world.create(SERVICES, service())
    world.settle()
    one = only(world)
    assert one["metadata"]["name"].startswith("web-")
    assert one["metadata"]["labels"] == {
        "of": "web",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    owner = one["metadata"]["ownerReferences"][0]
    assert (owner["uid"], owner["controller"], owner["blockOwnerDeletion"]) == (made["metadata"]["uid"], True, True)
    assert (one["addressType"], one.get("endpoints") or []) == ("IPv4", [])
    world.assert_settled()


def test_the_endpoints_of_a_slice(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.create(REPLICASETS, kit.deployment(3))
    world.settle()
    one, pods = only(world), {pod["metadata"]["name"]: pod for pod in world.items(PODS)}
    assert one["ports"] == [{"name": "http", "port": 8080, "protocol": "TCP"}]
    assert len(one["endpoints"]) == 3
    for endpoint in one["endpoints"]:
        pod = pods[endpoint["targetRef"]["name"]]
        meta, node = pod["metadata"], pod["spec"]["nodeName"]
        assert endpoint == {
            "addresses": [pod["status"]["podIP"]],
            "conditions": {"ready": True, "serving": True, "terminating": False},
            "nodeName": node,
            "zone": world.client.get(NODES, node)["metadata"]["labels"][ZONE],
            "targetRef": {"kind": "Pod", "name": meta["name"], "namespace": "lab", "uid": meta["uid"]},
        }
    world.assert_settled()


def test_a_pod_that_is_stopping_serves_and_is_not_ready(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.create(REPLICASETS, kit.deployment(1))
    world.settle()
    name = world.items(PODS)[0]["metadata"]["name"]
    world.client.delete(PODS, name, "lab")
    world.clock.advance(10)
    states = {one["targetRef"]["name"] == name: one["conditions"] for one in only(world)["endpoints"]}
    assert states[True] == {"ready": False, "serving": True, "terminating": True}
    assert states[False]["ready"]
    world.settle()
    assert [one["targetRef"]["name"] == name for one in only(world)["endpoints"]] == [False]


def test_a_headless_service_is_marked(world: Any) -> None:
    world.create(SERVICES, service(clusterIP="None"))
    world.settle()
    assert only(world)["metadata"]["labels"]["service.kubernetes.io/headless"] == ""


def test_a_slice_that_was_touched_is_put_right_and_goes_with_its_service(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.create(REPLICASETS, kit.deployment(1))
    world.settle()
    world.change(ENDPOINTSLICES, only(world)["metadata"]["name"], {"endpoints": []})
    world.settle()
    assert len(only(world)["endpoints"]) == 1
    world.client.delete(ENDPOINTSLICES, only(world)["metadata"]["name"], "lab")
    world.settle()
    assert len(only(world)["endpoints"]) == 1
    world.client.delete(SERVICES, "web", "lab")
    world.settle()
    assert world.items(ENDPOINTSLICES) == []


def test_no_selector_no_slice(world: Any) -> None:
    world.create(SERVICES, {"metadata": {"name": "db", "namespace": "lab"}, "spec": {"ports": [{"port": 80}]}})
    world.settle()
    assert world.items(ENDPOINTSLICES) == []


def test_a_hundred_endpoints_in_a_slice() -> None:
    made = {**service(), "apiVersion": "v1", "kind": "Service"}
    made["metadata"] = {**made["metadata"], "creationTimestamp": "2025-10-28T09:00:00Z", "uid": "u"}
    pods = [
        {
            "metadata": {"name": f"p{number}", "namespace": "lab", "uid": str(number)},
            "spec": {"containers": []},
            "status": {"podIP": f"10.128.{number // 200}.{number % 200 + 1}", "phase": "Running"},
        }
        for number in range(250)
    ]
    assert [len(one["endpoints"]) for one in wanted_slices(made, pods, {})] == [100, 100, 50]


def test_endpoints_of_today(world: Any, kit: Any) -> None:
    world.create(SERVICES, service())
    world.create(REPLICASETS, kit.deployment(1))
    world.settle()
    found = world.get(ENDPOINTS, "web")
    meta = found["metadata"]
    assert meta["labels"] == {"of": "web", "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    assert list(meta["annotations"]) == ["endpoints.kubernetes.io/last-change-trigger-time"]
    assert sorted(found["subsets"][0]["addresses"][0]["targetRef"]) == ["kind", "name", "namespace", "uid"]
