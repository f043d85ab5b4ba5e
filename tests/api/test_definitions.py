"""CustomResourceDefinitions: names, versions, columns, subresources, schemas, and their end."""

from typing import Any

import pytest

from simulator.api.types import Request, Response
from simulator.cluster import Cluster
from simulator.errors import BadRequest, Invalid, NotFound
from simulator.release import Release

DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CRONTABS = "/apis/stable.example.com/v1/namespaces/demo/crontabs"
OLD = "/apis/stable.example.com/v1beta1/namespaces/demo/crontabs"
SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "properties": {"size": {"type": "integer"}, "color": {"type": "string", "enum": ["red", "blue"]}},
        },
        "status": {
            "type": "object",
            "properties": {"now": {"type": "integer"}, "selector": {"type": "string"}},
        },
    },
}


def version(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "served": True, "storage": False, "schema": {"openAPIV3Schema": SCHEMA}, **more}


def definition(plural: str = "crontabs", kind: str = "CronTab", **spec: Any) -> dict[str, Any]:
    first = version(
        "v1",
        storage=True,
        selectableFields=[{"jsonPath": ".spec.color"}],
        additionalPrinterColumns=[{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
        subresources={
            "status": {},
            "scale": {
                "specReplicasPath": ".spec.size",
                "statusReplicasPath": ".status.now",
                "labelSelectorPath": ".status.selector",
            },
        },
    )
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.stable.example.com"},
        "spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"plural": plural, "kind": kind, "shortNames": ["ct"]},
            "versions": [first, version("v1beta1", deprecated=True)],
            **spec,
        },
    }


def crontab(name: str = "a", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def defined(modern: Any) -> Any:
    modern.post(DEFINITIONS, definition())
    return modern


def conditions(obj: Any) -> dict[str, tuple[str, str]]:
    return {one["type"]: (one["status"], one["reason"]) for one in obj["status"]["conditions"]}


def test_a_definition_is_accepted_and_established(modern: Any) -> None:
    made = modern.post(DEFINITIONS, definition())
    assert conditions(made) == {
        "NamesAccepted": ("True", "NoConflicts"),
        "Established": ("True", "InitialNamesAccepted"),
    }
    assert made["status"]["acceptedNames"] == {
        "plural": "crontabs",
        "singular": "crontab",
        "shortNames": ["ct"],
        "kind": "CronTab",
        "listKind": "CronTabList",
    }
    assert made["status"]["storedVersions"] == ["v1"]


def test_names_that_are_taken(defined: Any) -> None:
    made = defined.post(DEFINITIONS, definition("others", "Other"))
    assert conditions(made) == {
        "NamesAccepted": ("False", "ShortNamesConflict"),
        "Established": ("False", "NotAccepted"),
    }
    assert made["status"]["conditions"][0]["message"] == '"ct" is already in use'
    with pytest.raises(NotFound):
        defined.get("/apis/stable.example.com/v1/others")
    changed = {**made, "spec": {**made["spec"], "names": {**made["spec"]["names"], "shortNames": ["o"]}}}
    again = defined.put(f"{DEFINITIONS}/others.stable.example.com", changed)
    assert conditions(again)["Established"][0] == "True"
    assert defined.get("/apis/stable.example.com/v1/others")["kind"] == "OtherList"


def test_an_object_in_each_version(defined: Any) -> None:
    defined.post(CRONTABS, crontab(size=1))
    defined.post(OLD, {**crontab("b"), "apiVersion": "stable.example.com/v1beta1"})
    assert defined.get(f"{OLD}/a")["apiVersion"] == "stable.example.com/v1beta1"
    listed = defined.get(OLD)
    assert (listed["kind"], listed["apiVersion"]) == ("CronTabList", "stable.example.com/v1beta1")
    assert {item["apiVersion"] for item in listed["items"]} == {"stable.example.com/v1beta1"}
    assert {item["apiVersion"] for item in defined.get(CRONTABS)["items"]} == {"stable.example.com/v1"}
    event = defined.get(OLD, query={"watch": "true"}).next()
    assert event.object["apiVersion"] == "stable.example.com/v1beta1"
    stored = defined.server.state.get("crontabs.stable.example.com", "demo", "b")
    assert stored.object["apiVersion"] == "stable.example.com/v1"


def test_an_old_version_is_told(defined: Any) -> None:
    reply = defined.server.handle(Request("GET", OLD))
    assert isinstance(reply, Response)
    assert reply.warnings == ("stable.example.com/v1beta1 CronTab is deprecated",)


def test_columns_are_those_of_the_version(defined: Any) -> None:
    defined.post(CRONTABS, crontab(size=3))
    assert defined.table(CRONTABS) == (["NAME", "SIZE"], [["a", 3]])
    assert defined.table(OLD)[0] == ["NAME", "AGE"]


def test_the_scale_is_where_the_definition_says(defined: Any) -> None:
    defined.post(CRONTABS, crontab(size=3))
    status = {**defined.get(f"{CRONTABS}/a"), "status": {"now": 2, "selector": "app=a"}}
    defined.put(f"{CRONTABS}/a/status", status)
    scale = defined.get(f"{CRONTABS}/a/scale")
    assert (scale["spec"], scale["status"]) == ({"replicas": 3}, {"replicas": 2, "selector": "app=a"})
    defined.patch(f"{CRONTABS}/a/scale", {"spec": {"replicas": 5}})
    assert defined.get(f"{CRONTABS}/a")["spec"] == {"size": 5}


def test_fields_to_select_by(defined: Any) -> None:
    for name, color in (("a", "red"), ("b", "blue")):
        defined.post(CRONTABS, crontab(name, color=color))
    found = defined.get(CRONTABS, query={"fieldSelector": "spec.color=blue"})["items"]
    assert [item["metadata"]["name"] for item in found] == ["b"]
    with pytest.raises(BadRequest, match=r"^field label not supported: spec\.size$"):
        defined.get(CRONTABS, query={"fieldSelector": "spec.size=1"})


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({}, "type: Required value: must not be empty at the root"),
        ({"type": "string"}, 'type: Invalid value: "string": must be object at the root'),
        (
            {"type": "object", "properties": {"spec": {}}},
            "properties[spec].type: Required value: must not be empty for specified object fields",
        ),
        (
            {"type": "object", "properties": {"spec": {"type": "array"}}},
            "properties[spec].items: Required value: must be specified",
        ),
        (
            {"type": "object", "additionalProperties": True},
            "additionalProperties: Forbidden: must not be used at the root",
        ),
        (
            {"type": "object", "anyOf": [{"type": "object"}]},
            "anyOf[0].type: Forbidden: must be empty to be structural",
        ),
        (
            {"type": "object", "oneOf": [{"properties": {"a": {"minimum": 1}}}]},
            "properties[a]: Required value: because it is defined in "
            "spec.versions[0].schema.openAPIV3Schema.oneOf[0].properties[a]",
        ),
        (
            {"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {}}}}},
            "properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata "
            "is implicitly specified",
        ),
    ],
)
def test_a_schema_that_is_not_structural(modern: Any, schema: Any, fault: str) -> None:
    """Source: apiextensions-apiserver, pkg/apiserver/schema/validation.go."""
    with pytest.raises(Invalid) as refused:
        modern.post(DEFINITIONS, definition(versions=[version("v1", storage=True, schema={"openAPIV3Schema": schema})]))
    assert f"spec.versions[0].schema.openAPIV3Schema.{fault}" in refused.value.message


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"group": "other.example.com"}, 'must be spec.names.plural+"."+spec.group'),
        ({"scope": "Galaxy"}, 'spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'),
        ({"versions": [version("v1")]}, "must have exactly one version marked as storage version"),
        ({"versions": [version("v1", storage=True), version("v1")]}, "must contain unique version names"),
        (
            {"versions": [version("v1", storage=True, schema=None)]},
            "spec.versions[0].schema.openAPIV3Schema: Required value: schemas are required",
        ),
        ({"names": {"plural": "crontabs", "kind": "-"}}, "may have mixed case, but should otherwise match"),
    ],
)
def test_a_definition_that_will_not_do(modern: Any, changes: Any, fault: str) -> None:
    with pytest.raises(Invalid) as refused:
        modern.post(DEFINITIONS, definition(**changes))
    assert fault in refused.value.message


def test_a_version_that_is_stored_stays(defined: Any) -> None:
    made = defined.get(f"{DEFINITIONS}/crontabs.stable.example.com")
    fewer = {**made, "spec": {**made["spec"], "versions": [version("v2", storage=True)]}}
    with pytest.raises(Invalid, match="v1 was previously a storage version, and must remain in"):
        defined.put(f"{DEFINITIONS}/crontabs.stable.example.com", fewer)


@pytest.mark.parametrize("profile", ["ocp-4.20", "ocp-4.2"])
def test_a_definition_takes_its_resources_with_it(profile: str) -> None:
    cluster = Cluster.from_profile(profile)
    ask = cluster.api.handle
    modern = cluster.profile.release.minor >= Release("4.20.0").minor
    group = "v1" if modern else "v1beta1"
    body = {**definition(), "apiVersion": f"apiextensions.k8s.io/{group}"}
    path = DEFINITIONS.replace("/v1/", f"/{group}/")
    assert ask(Request("POST", path, body=body)).code == 201
    crontabs = CRONTABS.replace("/demo/", "/default/")
    held = {**crontab("held", size=1), "metadata": {"name": "held", "finalizers": ["example.com/keep"]}}
    for obj in (crontab(size=1), held):
        assert ask(Request("POST", crontabs, body=obj)).code == 201
    marked = ask(Request("DELETE", f"{path}/crontabs.stable.example.com"))
    assert conditions(marked.body)["Terminating"] == ("True", "InstanceDeletionPending")
    cluster.clock.advance(20)
    assert [item["metadata"]["name"] for item in ask(Request("GET", crontabs)).body["items"]] == ["held"]
    assert conditions(ask(Request("GET", f"{path}/crontabs.stable.example.com")).body)["Terminating"][0] == "True"
    ask(
        Request(
            "PATCH",
            f"{crontabs}/held",
            body={"metadata": {"finalizers": None}},
            content_type="application/merge-patch+json",
        )
    )
    cluster.clock.advance(20)
    assert ask(Request("GET", f"{path}/crontabs.stable.example.com")).code == 404
    assert ask(Request("GET", crontabs)).code == 404


def test_names_that_are_free_again() -> None:
    cluster = Cluster.from_profile("ocp-4.20")
    for body in (definition(), definition("others", "Other")):
        assert cluster.api.handle(Request("POST", DEFINITIONS, body=body)).code == 201
    other = f"{DEFINITIONS}/others.stable.example.com"
    assert conditions(cluster.api.handle(Request("GET", other)).body)["Established"][0] == "False"
    cluster.api.handle(Request("DELETE", f"{DEFINITIONS}/crontabs.stable.example.com"))
    cluster.clock.advance(10)
    assert conditions(cluster.api.handle(Request("GET", other)).body) == {
        "NamesAccepted": ("True", "NoConflicts"),
        "Established": ("True", "InitialNamesAccepted"),
    }
