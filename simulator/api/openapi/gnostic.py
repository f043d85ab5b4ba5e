"""OpenAPI v2 in protobuf, which kubectl before 1.27 insists on: the messages of gnostic's OpenAPIv2.proto.

A table says of each message which key of the JSON form is which field. Source: gnostic-models 0.6.9, openapiv2
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.api.protobuf.wire import to_field, to_varint


def text(number: int, value: str) -> bytes:
    return to_field(number, value.encode())


def _flag(number: int, value: bool) -> bytes:
    return to_varint(number << 3) + (b"\x01" if value else b"\x00")


def _whole(number: int, value: int) -> bytes:
    return to_varint(number << 3) + to_varint(value & 0xFFFFFFFFFFFFFFFF)


def _double(number: int, value: float) -> bytes:
    return to_varint(number << 3 | 1) + struct.pack("<d", value)


def _any(value: Any) -> bytes:
    return text(2, json.dumps(value, ensure_ascii=False))


def _named(number: int, name: str, value: bytes) -> bytes:
    return to_field(number, text(1, name) + to_field(2, value))


def _extensions(node: Mapping[str, Any], number: int) -> bytes:
    return b"".join(_named(number, key, _any(value)) for key, value in node.items() if key.startswith("x-"))


# -- schemas

_TEXTS: Final = {"$ref": 1, "format": 2, "title": 3, "description": 4, "pattern": 13}
_WHOLE: Final = {"maxLength": 11, "minLength": 12, "maxItems": 14, "minItems": 15, "maxProperties": 17,
                 "minProperties": 18}  # fmt: skip
_DOUBLES: Final = {"multipleOf": 6, "maximum": 7, "minimum": 9}
_FLAGS: Final = {"exclusiveMaximum": 8, "exclusiveMinimum": 10, "uniqueItems": 16, "readOnly": 27}


def schema(node: Mapping[str, Any]) -> bytes:
    return b"".join(_schema_parts(node)) + _extensions(node, 31)


def _schema_parts(node: Mapping[str, Any]) -> Iterator[bytes]:
    for key, value in node.items():
        if key in _TEXTS:
            yield text(_TEXTS[key], value)
        elif key == "type":
            yield to_field(22, text(1, value))
        elif key == "properties":
            yield to_field(25, b"".join(_named(1, name, schema(below)) for name, below in value.items()))
        elif key == "items":
            yield to_field(23, to_field(1, schema(value)))
        elif key == "additionalProperties":
            inside = _flag(2, value) if isinstance(value, bool) else to_field(1, schema(value))
            yield to_field(21, inside)
        elif key == "required":
            yield b"".join(text(19, name) for name in value)
        else:
            yield _rare(key, value)


def _rare(key: str, value: Any) -> bytes:
    if key == "enum":
        return b"".join(to_field(20, _any(one)) for one in value)
    if key in ("default", "example"):
        return to_field(5 if key == "default" else 30, _any(value))
    if key in _WHOLE:
        return _whole(_WHOLE[key], value)
    if key in _DOUBLES:
        return _double(_DOUBLES[key], value)
    return _flag(_FLAGS[key], value) if key in _FLAGS else b""


# -- paths


def path(name: str, item: Mapping[str, Any]) -> bytes:
    """One path, as a field of Paths."""
    numbers = {"get": 2, "put": 3, "post": 4, "delete": 5, "patch": 8}
    found = b"".join(to_field(numbers[key], _operation(value)) for key, value in item.items() if key in numbers)
    found += b"".join(to_field(9, _parameter(one)) for one in item.get("parameters", ()))
    return _named(2, name, found)


def _operation(node: Mapping[str, Any]) -> bytes:
    parts = [text(1, tag) for tag in node.get("tags", ())]
    parts += [text(3, node.get("description", "")), text(5, node["operationId"])]
    parts += [text(6, one) for one in node.get("produces", ())]
    parts += [text(7, one) for one in node.get("consumes", ())]
    parts += [to_field(8, _parameter(one)) for one in node.get("parameters", ())]
    parts.append(to_field(9, b"".join(_named(1, code, _response(one)) for code, one in node["responses"].items())))
    parts += [text(10, one) for one in node.get("schemes", ())]
    return b"".join(parts) + _extensions(node, 13)


def _response(node: Mapping[str, Any]) -> bytes:
    found = text(1, node["description"])
    if "schema" in node:
        found += to_field(2, to_field(1, schema(node["schema"])))
    return to_field(1, found)


def _parameter(node: Mapping[str, Any]) -> bytes:
    """As a ParametersItem."""
    if node["in"] == "body":
        found = text(2, node["name"]) + text(3, "body") + _required(node, 4) + to_field(5, schema(node["schema"]))
        return to_field(1, to_field(1, found))
    query = node["in"] == "query"
    found = _required(node, 1) + text(2, node["in"]) + text(3, node.get("description", "")) + text(4, node["name"])
    found += text(6 if query else 5, node["type"]) + _flag(20 if query else 19, True)
    return to_field(1, to_field(2, to_field(3 if query else 4, found)))


def _required(node: Mapping[str, Any], number: int) -> bytes:
    return _flag(number, True) if node.get("required") else b""


# -- the document


def document(
    info: Mapping[str, str], paths: Iterator[tuple[str, Any]], definitions: Iterator[tuple[str, Any]]
) -> bytes:
    """The whole of it."""
    about = text(1, info["title"]) + text(2, info["version"])
    below = b"".join(path(name, item) for name, item in paths)
    types = b"".join(_named(1, name, schema(node)) for name, node in definitions)
    token = text(1, "apiKey") + text(2, "authorization") + text(3, "header") + text(4, "Bearer Token")
    safety = to_field(13, _named(1, "BearerToken", to_field(2, token)))
    asked = to_field(12, _named(1, "BearerToken", b""))
    return text(1, "2.0") + to_field(2, about) + to_field(8, below) + to_field(9, types) + asked + safety
