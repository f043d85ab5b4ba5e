"""Custom resources: definitions of either version, what is pruned and filled in, and what the client is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.resourcetable import ResourceType
from simulator.api.structural import pruned, with_schema_defaults
from simulator.api.types import ADMIN, MERGE_PATCH, Request, Response, User
from simulator.api.unknownfields import unknown_fields
from simulator.errors import BadRequest, Invalid

DEFINITIONS = "/apis/apiextensions.k8s.io/{}/customresourcedefinitions"
CONFIGS = "/apis/imageregistry.operator.openshift.io/v1/configs"
PRUNERS = "/apis/imageregistry.operator.openshift.io/v1/imagepruners"
NAMES = {"kind": "Train", "plural": "trains"}
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "cars": {"type": "integer", "default": 3},
                "crew": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
                "cargo": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "stops": {"type": "object", "additionalProperties": {
                    "type": "object", "properties": {"minutes": {"type": "integer", "default": 1}}}},
                "weight": {"x-kubernetes-int-or-string": True},
            },
        }
    },
}  # fmt: skip
SPEC: dict[str, Any] = {
    "crew": [{"name": "Ann", "hat": 1}],
    "cargo": {"coal": {"t": 9}},
    "stops": {"x": {"y": 1}},
    "z": 1,
}


def definition(**versions: Any) -> dict[str, Any]:
    listed = [
        {"name": name, "served": True, "storage": name == "v1", "schema": {"openAPIV3Schema": SCHEMA}, **more}
        for name, more in versions.items()
    ]
    spec = {"group": "example.com", "names": NAMES, "scope": "Namespaced", "versions": listed}
    return {"metadata": {"name": "trains.example.com"}, "spec": spec}


def test_a_definition_of_v1_says_all_for_each_version(modern: Any) -> None:
    columns = [{"name": "Cars", "type": "integer", "jsonPath": ".spec.cars"}]
    body = definition(v1={"additionalPrinterColumns": columns}, v1beta1={"subresources": {"status": {}}})
    made = modern.post(DEFINITIONS.format("v1"), body)
    assert made["spec"]["conversion"] == {"strategy": "None"}
    assert made["spec"]["names"] == {**NAMES, "listKind": "TrainList", "singular": "train"}
    assert made["status"]["storedVersions"] == ["v1"]
    assert "version" not in made["spec"]
    group = modern.get("/apis/example.com")
    assert [item["version"] for item in group["versions"]] == ["v1", "v1beta1"]
    assert group["preferredVersion"]["version"] == "v1"
    served = {item["name"] for item in modern.get("/apis/example.com/v1beta1")["resources"]}
    assert served == {"trains", "trains/status"}
    modern.post("/apis/example.com/v1/namespaces/demo/trains", {"metadata": {"name": "x"}, "spec": {}})
    assert modern.table("/apis/example.com/v1/namespaces/demo/trains") == (["NAME", "CARS"], [["x", 3]])


def test_a_resource_of_a_v1_definition_is_pruned_and_filled_in(modern: Any) -> None:
    modern.post(DEFINITIONS.format("v1"), definition(v1={}))
    body = {"metadata": {"name": "x"}, "spec": SPEC, "extra": 1}
    made = modern.post("/apis/example.com/v1/namespaces/demo/trains", body)
    assert "extra" not in made
    assert made["spec"] == {
        "cars": 3, "crew": [{"name": "Ann"}], "cargo": {"coal": {"t": 9}}, "stops": {"x": {"minutes": 1}},
    }  # fmt: skip


def test_a_definition_can_keep_what_it_does_not_know(modern: Any, api: Any) -> None:
    """Those of v1beta1 do, unless they are told not to."""
    body = definition(v1={})
    body["spec"]["preserveUnknownFields"] = True
    with pytest.raises(Invalid, match="cannot set to true, set x-kubernetes-preserve-unknown-fields to true"):
        modern.post(DEFINITIONS.format("v1"), body)
    keeping = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    modern.post(DEFINITIONS.format("v1"), definition(v1={"schema": keeping}))
    api.post(DEFINITIONS.format("v1beta1"), definition(v1={}))
    for server in (modern, api):
        made = server.post("/apis/example.com/v1/namespaces/demo/trains", {"metadata": {"name": "x"}, "spec": SPEC})
        assert made["spec"]["z"] == 1


TRAIN = ResourceType("example.com", "v1", "trains", "Train", custom=True, extra={"schema": SCHEMA, "prune": True})
LEAVES = st.none() | st.booleans() | st.integers(0, 3) | st.text(max_size=2)
KEYS = st.sampled_from(["spec", "cars", "crew", "name", "cargo", "stops", "minutes", "weight", "other"])
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3))


@given(ANYTHING)
def test_what_is_pruned_once_stays(spec: Any) -> None:
    obj = {"apiVersion": "example.com/v1", "kind": "Train", "metadata": {"name": "x"}, "spec": spec}
    once = pruned(TRAIN, obj)
    assert pruned(TRAIN, once) is once
    assert once != obj or list(unknown_fields(obj, once)) == []
    filled = with_schema_defaults(TRAIN, once)
    assert with_schema_defaults(TRAIN, filled) is filled
    assert pruned(TRAIN, filled) is filled


# -- the registry's configuration

CONFIG = {"metadata": {"name": "cluster"}, "spec": {"managementState": "Managed", "replicas": 2, "logging": 2}}


def test_the_registry_configuration_of_today(modern: Any, api: Any) -> None:
    made = modern.post(CONFIGS, CONFIG)
    assert (made["spec"]["logLevel"], made["spec"]["operatorLogLevel"]) == ("Normal", "Normal")
    storage = {"pvc": {"claim": "c"}, "managementState": "Unmanaged"}
    assert modern.patch(f"{CONFIGS}/cluster", {"spec": {"storage": storage}})["spec"]["storage"] == storage
    with pytest.raises(Invalid, match="should match"):
        modern.patch(f"{CONFIGS}/cluster", {"spec": {"storage": {"managementState": "managed"}}})
    for key in ("observedConfig", "unsupportedConfigOverrides", "affinity"):
        assert modern.patch(f"{CONFIGS}/cluster", {"spec": {key: {"a": {"b": 1}}}})["spec"][key] == {"a": {"b": 1}}
    assert "logLevel" not in api.post(CONFIGS, CONFIG)["spec"]


def test_an_image_pruner(modern: Any) -> None:
    body = {"metadata": {"name": "cluster"}, "spec": {"keepTagRevisions": 3, "suspend": False, "color": "red"}}
    made = modern.post(PRUNERS, body)
    assert made["spec"] == {"keepTagRevisions": 3, "logLevel": "Normal", "suspend": False}
    with pytest.raises(Invalid, match="must be of type integer"):
        modern.patch(f"{PRUNERS}/cluster", {"spec": {"keepTagRevisions": "three"}})


# -- what the client is told


def warnings(server: Any, method: str, path: str, body: Any, query: Any = None, user: User = ADMIN) -> tuple[str, ...]:
    content_type = MERGE_PATCH if method == "PATCH" else "application/json"
    reply = server.server.handle(Request(method, path, query or {}, body, content_type, user=user))
    assert isinstance(reply, Response)
    assert reply.code < 400, reply.body
    return reply.warnings


def test_unknown_fields_are_told(modern: Any, api: Any, deployment: Any) -> None:
    for server in (modern, api):
        server.post(CONFIGS, CONFIG)
    patch = {"spec": {"unknownF": 1, "proxy": {"ftp": "x"}}}
    path = f"{CONFIGS}/cluster"
    assert warnings(modern, "PATCH", path, patch) == ('unknown field "spec.proxy.ftp"', 'unknown field "spec.unknownF"')
    assert warnings(modern, "PATCH", path, patch, {"fieldValidation": "Ignore"}) == ()
    assert warnings(modern, "PATCH", path, patch, user=replace(ADMIN, name="system:admin")) == ()
    assert warnings(api, "PATCH", path, patch) == ()
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    container["imagePolicy"] = "Always"
    text = 'unknown field "spec.template.spec.containers[0].imagePolicy"'
    assert warnings(modern, "POST", "/apis/apps/v1/namespaces/demo/deployments", deployment)[0] == text


def test_a_strict_client_is_refused(modern: Any) -> None:
    body = {"metadata": {"name": "c"}, "datas": {}}
    with pytest.raises(BadRequest) as error:
        modern.post("/api/v1/namespaces/demo/configmaps", body, query={"fieldValidation": "Strict"})
    assert error.value.message == (
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "datas"'
    )


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/api/v1/namespaces/demo/endpoints",
         "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"),
        ("/apis/apps.openshift.io/v1/namespaces/demo/deploymentconfigs",
         "apps.openshift.io/v1 DeploymentConfig is deprecated in v4.14+, unavailable in v4.10000+"),
    ],
)  # fmt: skip
def test_deprecated_kinds_are_told(modern: Any, api: Any, path: str, text: str) -> None:
    assert warnings(modern, "GET", path, None) == (text,)
    assert warnings(api, "GET", path, None) == ()
