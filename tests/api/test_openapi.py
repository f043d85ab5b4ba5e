"""OpenAPI v2 and v3: what the documents tell of kinds, and that they are whole."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api import schema, typefacts
from simulator.api.openapi.definitions import for_v2
from simulator.api.openapi.descriptions import describe, unwrapped
from simulator.api.types import Request, Response
from simulator.errors import NotAcceptable
from tests.api.conftest import MODERN, Api

PB = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"


def fetch(api: Any, path: str, **details: Any) -> Response:
    query = details.pop("query", {})
    reply = api.server.handle(Request("GET", path, query, **details))
    assert isinstance(reply, Response)
    return reply


def load(api: Any, path: str) -> Any:
    return json.loads(fetch(api, path).data())


@cache
def second() -> Any:
    return load(Api(MODERN), "/openapi/v2")


def references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


# -- v2


def test_the_whole_is_whole(modern: Any) -> None:
    document = second()
    names = {f"#/definitions/{name}" for name in document["definitions"]}
    assert set(references(document)) <= names
    assert document["info"] == {"title": "Kubernetes", "version": "v1.33.5"}
    told = {
        (gvk["group"], gvk["version"], gvk["kind"])
        for node in document["definitions"].values()
        for gvk in node.get("x-kubernetes-group-version-kind", ())
    }
    rows = modern.server.table.rows
    assert {(row.group, row.version, row.kind) for row in rows} <= told
    identifiers = [one["operationId"] for item in document["paths"].values() for one in operations(item)]
    assert len(identifiers) == len(set(identifiers))


def operations(item: Any) -> list[Any]:
    return [item[method] for method in ("get", "put", "post", "delete", "patch") if method in item]


def test_a_kind() -> None:
    deployment = second()["definitions"]["io.k8s.api.apps.v1.Deployment"]
    assert deployment["x-kubernetes-group-version-kind"] == [{"group": "apps", "kind": "Deployment", "version": "v1"}]
    assert deployment["properties"]["spec"]["$ref"] == "#/definitions/io.k8s.api.apps.v1.DeploymentSpec"
    spec = second()["definitions"]["io.k8s.api.apps.v1.DeploymentSpec"]
    assert spec["required"] == ["selector", "template"]
    assert spec["properties"]["replicas"]["format"] == "int32"
    containers = second()["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]["containers"]
    assert containers["x-kubernetes-patch-merge-key"] == "name"
    assert (containers["x-kubernetes-list-type"], containers["x-kubernetes-list-map-keys"]) == ("map", ["name"])
    assert second()["definitions"]["io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector"]["x-kubernetes-map-type"]
    assert containers["items"] == {"$ref": "#/definitions/io.k8s.api.core.v1.Container"}
    policy = second()["definitions"]["io.k8s.api.core.v1.Container"]["properties"]["imagePullPolicy"]
    assert policy["enum"] == ["Always", "IfNotPresent", "Never"]


@pytest.mark.parametrize(
    ("name", "field", "wanted"),
    [
        ("io.k8s.api.core.v1.PodSpec", "activeDeadlineSeconds", {"type": "integer", "format": "int64"}),
        ("io.k8s.api.core.v1.Secret", "data", {"additionalProperties": {"type": "string", "format": "byte"}}),
        ("io.k8s.api.core.v1.ContainerPort", "containerPort", {"type": "integer", "format": "int32"}),
        ("io.k8s.api.coordination.v1.LeaseSpec", "renewTime",
         {"$ref": "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"}),
        ("io.k8s.api.core.v1.ServicePort", "targetPort",
         {"$ref": "#/definitions/io.k8s.apimachinery.pkg.util.intstr.IntOrString"}),
        ("com.github.openshift.api.route.v1.RouteSpec", "to",
         {"$ref": "#/definitions/com.github.openshift.api.route.v1.RouteTargetReference"}),
    ],
)  # fmt: skip
def test_a_field(name: str, field: str, wanted: dict[str, Any]) -> None:
    assert wanted.items() <= second()["definitions"][name]["properties"][field].items()


def test_an_operation_tells_its_kind_and_parameters() -> None:
    item = second()["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    patch = item["patch"]
    assert patch["x-kubernetes-action"] == "patch"
    assert patch["x-kubernetes-group-version-kind"] == {"group": "apps", "kind": "Deployment", "version": "v1"}
    assert patch["operationId"] == "patchAppsV1NamespacedDeployment"
    assert [one["name"] for one in patch["parameters"]] == [
        "body", "dryRun", "fieldManager", "fieldValidation", "force",
    ]  # fmt: skip
    scale = second()["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale"]["get"]
    assert scale["responses"]["200"]["schema"] == {"$ref": "#/definitions/io.k8s.api.autoscaling.v1.Scale"}
    connect = second()["paths"]["/api/v1/namespaces/{namespace}/pods/{name}/exec"]["post"]
    assert connect["operationId"] == "connectCoreV1PostNamespacedPodExec"
    assert {one["name"] for one in connect["parameters"]} == {
        "command",
        "container",
        "stderr",
        "stdin",
        "stdout",
        "tty",
    }


def test_old_documents_know_no_new_fields(api: Any) -> None:
    document = load(api, "/openapi/v2")
    assert set(references(document)) <= {f"#/definitions/{name}" for name in document["definitions"]}
    spec = document["definitions"]["io.k8s.api.core.v1.PodSpec"]["properties"]
    assert "schedulingGates" not in spec
    assert "x-kubernetes-list-type" not in spec["containers"]
    kinds = document["definitions"]["io.k8s.api.apps.v1.Deployment"]["x-kubernetes-group-version-kind"]
    assert [gvk["group"] for gvk in kinds] == ["extensions", "apps"]
    patch = document["paths"]["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]["patch"]
    assert [one["name"] for one in patch["parameters"]] == ["body", "dryRun"]


def test_what_a_client_has_is_not_sent_again(modern: Any) -> None:
    tag = dict(fetch(modern, "/openapi/v2").headers)["ETag"]
    assert fetch(modern, "/openapi/v2", if_none_match=tag).code == 304
    with pytest.raises(NotAcceptable, match="only the following media types are accepted"):
        modern.get("/openapi/v2", accept="text/html")


# -- v2 in protobuf


def test_protobuf_says_the_same(modern: Any) -> None:
    reply = fetch(modern, "/openapi/v2", accept=f"application/yaml, {PB}")
    assert reply.content_type == "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
    document = fields(reply.data())
    assert document[1] == [b"2.0"]
    paths = {name(item): item for item in fields(document[8][0])[2]}
    assert list(paths) == list(second()["paths"])
    definitions = dict(map(named, fields(document[9][0])[1]))
    assert list(definitions) == list(second()["definitions"])
    plain = {key: node for key, node in second()["definitions"].items() if key.startswith("io.k8s.api.")}
    assert {key: schema_of(definitions[key]) for key in plain} == {key: without_texts(plain[key]) for key in plain}


def named(item: bytes) -> tuple[str, bytes]:
    found = fields(item)
    return found[1][0].decode(), found.get(2, [b""])[0]


def name(item: bytes) -> str:
    return named(item)[0]


def fields(data: bytes) -> dict[int, list[Any]]:
    """The fields of a message by number: bytes, or the integer of a varint."""
    found: dict[int, list[Any]] = {}
    position = 0
    while position < len(data):
        tag, position = varint(data, position)
        value: Any
        value, position = varint(data, position)
        if tag & 7 == 2:
            value, position = data[position : position + value], position + value
        found.setdefault(tag >> 3, []).append(value)
    return found


def varint(data: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position


def schema_of(data: bytes) -> dict[str, Any]:
    """A schema as JSON has it, from gnostic's message, without its texts."""
    message, found = fields(data), {}
    found.update(
        {key: message[number][0].decode() for key, number in (("$ref", 1), ("format", 2)) if number in message}
    )
    if 22 in message:
        found["type"] = fields(message[22][0])[1][0].decode()
    if 19 in message:
        found["required"] = [item.decode() for item in message[19]]
    if 23 in message:
        found["items"] = schema_of(fields(message[23][0])[1][0])
    if 21 in message:
        inside = fields(message[21][0])
        found["additionalProperties"] = schema_of(inside[1][0]) if 1 in inside else bool(inside[2][0])
    if 25 in message:
        found["properties"] = {key: schema_of(below) for key, below in map(named, fields(message[25][0])[1])}
    if 20 in message:
        found["enum"] = [json.loads(fields(item)[2][0]) for item in message[20]]
    for key, value in map(named, message.get(31, ())):
        found[key] = json.loads(fields(value)[2][0])
    return found


def without_texts(node: Any, names: bool = False) -> Any:
    if isinstance(node, dict):
        kept = {key: value for key, value in node.items() if names or key != "description"}
        return {key: without_texts(value, key == "properties") for key, value in kept.items()}
    return node


# -- v3


def test_the_index_leads_to_documents_that_are_whole(modern: Any) -> None:
    paths = load(modern, "/openapi/v3")["paths"]
    assert {"api", "api/v1", "apis", "apis/apps", "apis/apps/v1", "version"} <= paths.keys()
    for place in ("api/v1", "apis/apps/v1", "apis/route.openshift.io/v1", "apis/config.openshift.io/v1", "version"):
        path, _, asked = paths[place]["serverRelativeURL"].partition("?hash=")
        reply = fetch(modern, path, query={"hash": asked})
        assert dict(reply.headers)["Cache-Control"] == "public, immutable"
        document = json.loads(reply.data())
        names = {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}
        assert set(references(document)) <= names
        assert all(path.startswith(f"/{place}") for path in document["paths"])


def test_a_reference_with_a_text_is_in_allof(modern: Any) -> None:
    schemas = load(modern, "/openapi/v3/apis/apps/v1")["components"]["schemas"]
    spec = schemas["io.k8s.api.apps.v1.Deployment"]["properties"]["spec"]
    assert spec["allOf"] == [{"$ref": "#/components/schemas/io.k8s.api.apps.v1.DeploymentSpec"}]
    either = schemas["io.k8s.apimachinery.pkg.util.intstr.IntOrString"]
    assert either["oneOf"] == [{"type": "integer"}, {"type": "string"}]


def test_a_wrong_hash_is_led_to_the_right_one(modern: Any) -> None:
    reply = fetch(modern, "/openapi/v3/apis/apps/v1", query={"hash": "OLD"})
    right = load(modern, "/openapi/v3")["paths"]["apis/apps/v1"]["serverRelativeURL"]
    assert (reply.code, dict(reply.headers)["Location"]) == (301, right)


def test_old_servers_have_no_v3(api: Any) -> None:
    assert fetch(api, "/openapi/v3").code == 404
    assert fetch(api, "/openapi/v3/apis/none/v1").code == 404


# -- kinds that are defined at run time


def definition(schema: dict[str, Any]) -> dict[str, Any]:
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": "widgets", "singular": "widget", "kind": "Widget"}
    spec = {"group": "example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    return {"metadata": {"name": "widgets.example.com"}, "spec": spec}


def test_a_definition_is_told_and_its_changes(modern: Any) -> None:
    size = {"type": "integer", "minimum": 1, "description": "How big."}
    spec = {"type": "object", "required": ["size"], "properties": {"size": size}}
    modern.post(CRDS, definition({"type": "object", "properties": {"spec": spec}}))
    first = load(modern, "/openapi/v3")["paths"]
    widget = load(modern, "/openapi/v3/apis/example.com/v1")["components"]["schemas"]["com.example.v1.Widget"]
    assert widget["properties"]["spec"] == spec
    assert set(widget["properties"]) == {"apiVersion", "kind", "metadata", "spec"}
    assert widget["x-kubernetes-group-version-kind"] == [{"group": "example.com", "kind": "Widget", "version": "v1"}]
    patch = [
        {"op": "add", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/more", "value": {"type": "string"}}
    ]
    modern.patch(f"{CRDS}/widgets.example.com", patch, "application/json-patch+json")
    second = load(modern, "/openapi/v3")["paths"]
    changed = {place for place in second if second[place] != first[place]}
    assert changed == {"apis/example.com/v1"}
    schemas = load(modern, "/openapi/v3/apis/example.com/v1")["components"]["schemas"]
    assert schemas["com.example.v1.Widget"]["properties"]["more"] == {"type": "string"}


def test_a_schema_for_v2_has_no_alternatives() -> None:
    port = {"anyOf": [{"type": "integer"}, {"type": "string"}], "x-kubernetes-int-or-string": True}
    given_schema = {"type": "object", "oneOf": [{"required": ["port"]}], "properties": {"port": port}}
    assert for_v2(given_schema) == {"type": "object", "properties": {"port": {"x-kubernetes-int-or-string": True}}}


# -- where it comes from


def test_every_type_of_today_has_facts() -> None:
    known = schema.types(MODERN.minor)
    assert [name for name in known if not typefacts.is_known(typefacts.key_of_name(name))] == []


def test_sentences_of_the_models() -> None:
    pytest.importorskip("lightkube.models")
    text = describe("core.v1.Container", "imagePullPolicy")
    assert text.startswith("Image pull policy. One of Always, Never, IfNotPresent. Defaults to Always if :latest tag")
    assert "\n" not in text
    assert describe("openshift.route.v1.Route", "kind") == describe("core.v1.Pod", "kind") != ""


def test_sentences_of_our_own() -> None:
    assert describe("openshift.route.v1.RouteSpec", "to") == "The service that requests go to."
    assert describe("core.v1.NoSuchType", "field") == ""


def test_our_sentences_are_of_types_and_fields_that_there_are() -> None:
    known = schema.types(MODERN.minor)
    wrong = [
        (name, field)
        for name, notes in schema.read_yaml("descriptions.yaml").items()
        for field in notes
        if field and not any(field in fields for key, fields in known.items() if key.rpartition(".")[2] == name)
    ]
    assert wrong == []


WORDS = st.lists(st.text("abcdefg.:-", min_size=1, max_size=12), min_size=1, max_size=60).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=4))
def test_wrapped_lines_are_joined_again(lines: list[str]) -> None:
    """As long as no line that ended by itself was so full that the next one's first word had not fitted."""
    wrapped = [textwrap.wrap(line, 78, break_on_hyphens=False) for line in lines]
    full = any(len(a[-1]) + 1 + len(b.split(" ")[0]) > 78 for a, b in zip(wrapped, lines[1:], strict=False))
    if not full:
        text = "\n".join(" " * 6 + row for rows in wrapped for row in rows)
        assert unwrapped(text, 6) == "\n".join(lines)
