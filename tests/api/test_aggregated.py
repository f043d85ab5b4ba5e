"""Aggregated discovery: all groups and resources in one document, with an entity tag."""

from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.api.types import Request, Response

V2 = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
V2BETA1 = V2.replace("v=v2;", "v=v2beta1;")
CLIENT = f"{V2},{V2BETA1},application/json"  # as client-go asks since 1.30
PLAIN = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]


def ask(api: Any, path: str, accept: str = CLIENT, tag: str = "") -> Response:
    reply = api.server.handle(Request("GET", path, accept=accept, if_none_match=tag))
    assert isinstance(reply, Response)
    return reply


def group(reply: Response, name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(item for item in reply.body["items"] if item["metadata"].get("name", "") == name)
    return found


def test_all_groups_in_order(modern: Any) -> None:
    reply = ask(modern, "/apis")
    assert reply.content_type == V2
    assert json.loads(reply.data()) == reply.body
    names = [item["metadata"]["name"] for item in reply.body["items"]]
    assert names == [item["name"] for item in modern.get("/apis")["groups"]]
    (version,) = group(reply, "apps")["versions"]
    deployment = next(item for item in version["resources"] if item["resource"] == "deployments")
    assert deployment == {
        "resource": "deployments",
        "responseKind": {"group": "", "version": "", "kind": "Deployment"},  # those of the group version
        "scope": "Namespaced",
        "singularResource": "deployment",
        "verbs": PLAIN,
        "shortNames": ["deploy"],
        "categories": ["all"],
        "subresources": [
            {
                "subresource": "scale",
                "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
                "verbs": ["get", "patch", "update"],
            },
            {
                "subresource": "status",
                "responseKind": {"group": "", "version": "", "kind": "Deployment"},
                "verbs": ["get", "patch", "update"],
            },
        ],
    }
    assert version["freshness"] == "Current"


def test_the_core_group(modern: Any) -> None:
    (core,) = ask(modern, "/api").body["items"]
    assert core["metadata"] == {"creationTimestamp": None}
    pods = next(item for item in core["versions"][0]["resources"] if item["resource"] == "pods")
    kinds = {item["subresource"]: item["responseKind"]["kind"] for item in pods["subresources"]}
    assert (kinds["exec"], kinds["log"], kinds["eviction"]) == ("PodExecOptions", "Pod", "Eviction")


@pytest.mark.parametrize(
    ("accept", "version"),
    [(V2, "v2"), (V2BETA1, "v2beta1"), (f"application/json;q=0.8,{V2}", "v2"), (f"application/yaml,{V2}", "v2")],
)
def test_the_version_that_the_client_likes_best(modern: Any, accept: str, version: str) -> None:
    assert ask(modern, "/apis", accept).body["apiVersion"] == f"apidiscovery.k8s.io/{version}"


@pytest.mark.parametrize("accept", ["application/json", f"application/json,{V2}", "*/*", V2.replace("v2", "v3")])
def test_others_get_the_legacy_document(modern: Any, accept: str) -> None:
    assert ask(modern, "/apis", accept).body["kind"] == "APIGroupList"


def test_old_servers_do_not_know_it(api: Any) -> None:
    assert ask(api, "/apis").body["kind"] == "APIGroupList"
    assert ask(api, "/api").body["kind"] == "APIVersions"


def test_a_client_that_has_it_gets_nothing_new(modern: Any) -> None:
    first = ask(modern, "/apis")
    tag = dict(first.headers)["ETag"]
    again = ask(modern, "/apis", tag=tag)
    assert (again.code, again.data(), dict(again.headers)["ETag"]) == (304, b"", tag)
    modern.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    assert ask(modern, "/apis", tag=tag).code == 200


def definition() -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
    spec = {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget", "shortNames": ["wd"]},
        "versions": [{**version, "subresources": {"status": {}, "scale": {}}}],
    }
    return {"metadata": {"name": "widgets.example.com"}, "spec": spec}


def test_a_defined_kind(modern: Any) -> None:
    modern.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    (version,) = group(ask(modern, "/apis"), "example.com")["versions"]
    (widget,) = version["resources"]
    assert widget["responseKind"] == {"group": "example.com", "version": "v1", "kind": "Widget"}
    assert widget["verbs"] == ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    kinds = {item["subresource"]: item["responseKind"] for item in widget["subresources"]}
    assert kinds["scale"] == {"group": "autoscaling", "version": "v1", "kind": "Scale"}
    assert kinds["status"]["kind"] == "Widget"
    path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.example.com"
    modern.delete(path)
    modern.patch(path, {"metadata": {"finalizers": None}})  # as its controller does, when no widget is left
    assert "example.com" not in [item["metadata"]["name"] for item in ask(modern, "/apis").body["items"]]


def test_a_defined_group_stands_among_those_of_its_kind(modern: Any) -> None:
    """So that its short forms win over the simulator's own kinds, which are last."""
    modern.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition())
    names = [item["name"] for item in modern.get("/apis")["groups"]]
    assert names[-1] == "infra.ocsim.dev"
    place = names.index("example.com")
    assert names[place - 1] < "example.com" < names[place + 1]
    assert names.index("apps") < names.index("route.openshift.io") < place
