from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import INGRESSCONFIGS, NAMESPACES, ROUTES
from simulator.controllers import route


@pytest.fixture
def world(kit: Any) -> Any:
    made = kit.World([route.CONTROLLER], nodes=0)
    made.create(INGRESSCONFIGS, {"metadata": {"name": "cluster"}, "spec": {"domain": "apps.lab.example.com"}})
    return made.start()


def a_route(name: str = "web", namespace: str = "lab", **spec: Any) -> dict[str, Any]:
    to = {"kind": "Service", "name": "web", "weight": 100}
    return {"metadata": {"name": name, "namespace": namespace}, "spec": {"to": to, "wildcardPolicy": "None", **spec}}


def admitted(world: Any, name: str, namespace: str = "lab") -> tuple[str, str]:
    condition = world.get(ROUTES, name, namespace)["status"]["ingress"][0]["conditions"][0]
    return condition["status"], condition.get("message", "")


def test_a_route_gets_its_host_and_is_admitted(world: Any) -> None:
    world.create(ROUTES, a_route())
    world.settle()
    made = world.get(ROUTES, "web")
    assert made["spec"]["host"] == "web-lab.apps.lab.example.com"
    assert made["metadata"]["annotations"]["openshift.io/host.generated"] == "true"
    (ingress,) = made["status"]["ingress"]
    assert (ingress["routerName"], ingress["routerCanonicalHostname"]) == ("default", "apps.lab.example.com")
    assert admitted(world, "web") == ("True", "")
    world.assert_settled()


def test_a_host_belongs_to_the_older_route(world: Any) -> None:
    world.create(NAMESPACES, {"metadata": {"name": "other"}})
    world.create(ROUTES, a_route("first", host="www.example.com"))
    world.clock.advance(2)
    world.create(ROUTES, a_route("second", "other", host="www.example.com"))
    world.settle()
    text = "route first already exposes www.example.com and is older"
    assert (admitted(world, "first"), admitted(world, "second", "other")) == (("True", ""), ("False", text))
    world.client.delete(ROUTES, "first", "lab")
    world.settle()
    assert admitted(world, "second", "other") == ("True", "")
    world.assert_settled()


def test_two_paths_of_one_host(world: Any) -> None:
    world.create(ROUTES, a_route("a", host="www.example.com", path="/a"))
    world.clock.advance(2)
    world.create(ROUTES, a_route("b", host="www.example.com", path="/b"))
    world.settle()
    assert (admitted(world, "a")[0], admitted(world, "b")[0]) == ("True", "True")
