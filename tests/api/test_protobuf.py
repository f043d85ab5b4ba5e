"""Bodies in protobuf: what an encoder makes of an object by the messages' numbers, the decoder reads."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.bodies import PROTOBUF, Unreadable, decode_body
from simulator.api.protobuf.wire import Malformed, fields
from simulator.runtime.clock import parse_rfc3339

DOCUMENT = json.loads(files("simulator.api.protobuf").joinpath("messages.json").read_text(encoding="utf-8"))
META = "k8s.io.apimachinery.pkg."


def varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def part(number: int, data: bytes | int) -> bytes:
    if isinstance(data, int):
        return varint(number << 3) + varint(data)
    return varint(number << 3 | 2) + varint(len(data)) + data


def value(code: str, item: Any) -> bytes | int:
    if code in "ib":
        return int(item)
    if code == "s":
        return str(item).encode()
    if code == "y":
        return base64.b64decode(item)
    return message(code, item)


def message(name: str, item: Any) -> bytes:
    if name.endswith(".Quantity"):
        return part(1, item.encode())
    if name.endswith(".IntOrString"):
        return part(1, 0) + part(2, item) if isinstance(item, int) else part(1, 1) + part(3, item.encode())
    if name.endswith("v1.Time"):
        return part(1, int(parse_rfc3339(item)))
    return b"".join(_parts(name, item))


def _parts(name: str, item: dict[str, Any]) -> Iterator[bytes]:
    for number, key, code, *flags in DOCUMENT["messages"][name]:
        if "^" in "".join(flags):
            yield part(number, message(code, item))
        elif key not in item:
            continue
        elif code[0] == "[":
            yield from (part(number, value(code[1:], one)) for one in item[key])
        elif code[0] == "{":
            pairs = (part(1, name.encode()) + part(2, value(code[1:], one)) for name, one in item[key].items())
            yield from (part(number, pair) for pair in pairs)
        else:
            yield part(number, value(code, item[key]))


def body(obj: dict[str, Any]) -> bytes:
    head = part(1, obj["apiVersion"].encode()) + part(2, obj["kind"].encode())
    name = DOCUMENT["kinds"][f"{obj['apiVersion']}/{obj['kind']}"]
    return b"k8s\0" + part(1, head) + part(2, message(name, obj)) + part(3, b"") + part(4, b"")


DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "labels": {"app": "web", "empty": ""}, "creationTimestamp": "2019-10-28T09:07:09Z"},
    "spec": {
        "replicas": 0,
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "containers": [
                    {
                        "name": "web",
                        "image": "httpd",
                        "resources": {"limits": {"memory": "64Mi", "cpu": "500m"}},
                        "livenessProbe": {"httpGet": {"path": "/", "port": "http"}, "periodSeconds": 5},
                        "env": [
                            {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k", "optional": False}}}
                        ],
                    }
                ],
                "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}],
            },
        },
    },
}


def test_a_deployment() -> None:
    """Embedded fields stand in their parent; replicas: 0 is told, as Go has a pointer there."""
    assert decode_body(body(DEPLOYMENT), PROTOBUF).value == DEPLOYMENT


def test_a_zero_that_is_no_pointer_is_nothing() -> None:
    """Go writes all fields that are no pointers: ``generateName: ""`` and ``paused: false`` mean nothing."""
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "generateName": "", "generation": 0}}
    assert decode_body(body({**pod, "spec": {"hostNetwork": False}}), PROTOBUF).value == {
        **pod,
        "metadata": {"name": "web"},
        "spec": {},
    }


def test_bytes_are_base64() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"key": "AAH/"},
        "type": "Opaque",
    }
    assert decode_body(body(secret), PROTOBUF).value == secret


def test_a_definition_and_its_schema() -> None:
    schema = {"type": "object", "properties": {"size": {"type": "integer", "default": 3}, "any": {}}}
    definition = message_of_definition(schema)
    found = decode_body(definition, PROTOBUF).value
    assert found["spec"]["versions"][0]["schema"]["openAPIV3Schema"] == schema


def message_of_definition(schema: dict[str, Any]) -> bytes:
    package = "k8s.io.apiextensions-apiserver.pkg.apis.apiextensions.v1."
    inner = part(5, b"object") + b"".join(
        part(
            29, part(1, key.encode()) + part(2, part(5, one["type"].encode()) + part(8, part(1, b"3")) if one else b"")
        )
        for key, one in schema["properties"].items()
    )
    validation = part(1, inner)
    numbers = {key: number for number, key, *_ in DOCUMENT["messages"][f"{package}CustomResourceDefinitionVersion"]}
    spec = {key: number for number, key, *_ in DOCUMENT["messages"][f"{package}CustomResourceDefinitionSpec"]}
    version = part(numbers["name"], b"v1") + part(numbers["schema"], validation)
    head = part(1, b"apiextensions.k8s.io/v1") + part(2, b"CustomResourceDefinition")
    return b"k8s\0" + part(1, head) + part(2, part(2, part(spec["versions"], version)))


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(data: bytes) -> None:
    for start in (b"", b"k8s\0", body(DEPLOYMENT)[:60]):
        assert isinstance(decode_body(start + data, PROTOBUF).value, Unreadable | dict | None)


@given(st.data())
def test_a_body_that_was_cut_or_changed(data: st.DataObject) -> None:
    whole = bytearray(body(DEPLOYMENT))
    place = data.draw(st.integers(4, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    decode_body(bytes(whole[: data.draw(st.integers(0, len(whole)))]), PROTOBUF)


def test_doubles() -> None:
    assert list(fields(varint(1 << 3 | 1) + struct.pack("<d", 0.5))) == [(1, struct.pack("<d", 0.5))]
    with pytest.raises(Malformed, match="unexpected EOF"):
        list(fields(varint(1 << 3 | 1) + b"\0"))


def test_a_kind_that_nobody_knows() -> None:
    data = b"k8s\0" + part(1, part(1, b"example.com/v1") + part(2, b"Thing"))
    refused = decode_body(data, PROTOBUF).value
    assert isinstance(refused, Unreadable)
    assert 'no kind "Thing" is registered for version "example.com/v1"' in refused.text
