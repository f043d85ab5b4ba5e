"""From protobuf to the JSON that the API server reads. Source: apimachinery, runtime/serializer/protobuf."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from simulator.api.protobuf.wire import Malformed, Value, fields, floating, signed
from simulator.errors import BadRequest, Object
from simulator.runtime.clock import rfc3339

MAGIC = b"k8s\x00"
META = "k8s.io.apimachinery.pkg."
_OPTIONS = "meta.k8s.io/v1/"  # where kinds live that every group has, DeleteOptions above all
_NAMED_LISTS = frozenset({"DeploymentTriggerPolicies", "ExtraValue", "OptionalNames", "OptionalNodeSelector", "Verbs"})
_DEEPEST = 100
_NOTHING: Any = object()
Field = tuple[str, str, str]


def decode_object(data: bytes) -> Object:
    """The object in a body, ``k8s`` and a NUL before it. BadRequest when it is none, or of a kind that nobody knows."""
    try:
        if not data.startswith(MAGIC):
            raise Malformed("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
        return _unwrapped(data[len(MAGIC) :])
    except (Malformed, UnicodeDecodeError, RecursionError) as error:
        raise BadRequest(f"unable to decode the protobuf message: {error}") from error


def _unwrapped(data: bytes) -> Object:
    """What is in a runtime.Unknown: apiVersion and kind, then the message."""
    unknown = dict(fields(data))
    type_meta = dict(fields(_bytes(unknown.get(1, b""))))
    api_version, kind = (_bytes(type_meta.get(number, b"")).decode() for number in (1, 2))
    if not kind:
        raise Malformed("Object 'Kind' is missing")
    message = message_of(api_version, kind)
    if message is None:
        raise BadRequest(f'no kind "{kind}" is registered for version "{api_version}" in protobuf')
    return {"apiVersion": api_version, "kind": kind, **_message(message, _bytes(unknown.get(2, b"")), 0)}


def message_of(api_version: str, kind: str) -> str | None:
    """The name of the message of a kind; None when there is none."""
    kinds: Mapping[str, str] = _document()["kinds"]
    return kinds.get(f"{api_version}/{kind}") or kinds.get(_OPTIONS + kind) or _options(kind)


def _options(kind: str) -> str | None:
    name = f"{META}apis.meta.v1.{kind}"
    return name if name in _document()["messages"] else None


def _message(name: str, data: bytes, depth: int) -> Any:
    if depth > _DEEPEST:
        raise Malformed("too deeply nested")
    if (special := _SPECIAL.get(name)) is not None:
        return special(data)
    known = _fields(name)
    result: Object = {}
    for number, value in fields(data):
        if (field := known.get(number)) is not None:
            _add(result, field, value, depth)
    if is_named_list(name):
        return result.get("items", {} if known[1][1][0] == "{" else [])
    return result


def is_named_list(name: str) -> bool:
    """Whether a message stands for a list or a map that Go gave a name; in JSON it is that list or map."""
    return name.rpartition(".")[2] in _NAMED_LISTS


def _add(result: Object, field: Field, value: Value, depth: int) -> None:
    name, code, flags = field
    if code[0] == "[":
        result.setdefault(name, []).append(_value(code[1:], value, depth))
    elif code[0] == "{":
        pair = dict(fields(_bytes(value)))
        item = pair.get(2, 0 if code[1:] in "ibnf" else b"")
        result.setdefault(name, {})[_bytes(pair.get(1, b"")).decode()] = _value(code[1:], item, depth)
    elif "^" in flags:
        result.update(_value(code, value, depth))
    else:
        found = _value(code, value, depth)
        if found is not _NOTHING and (found or "0" in flags or len(code) > 1):
            result[name] = found


def _value(code: str, value: Value, depth: int) -> Any:
    scalar = _SCALARS.get(code)
    return scalar(value) if scalar is not None else _message(code, _bytes(value), depth + 1)


def _bytes(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    raise Malformed("proto: wrong wireType")


_SCALARS: Final[Mapping[str, Callable[[Value], Any]]] = {
    "s": lambda value: _bytes(value).decode(),
    "i": signed,
    "b": bool,
    "n": floating,
    "f": floating,
    "y": lambda value: base64.b64encode(_bytes(value)).decode(),
}


# -- types that have a form of their own in JSON


def _quantity(data: bytes) -> Any:
    return _bytes(dict(fields(data)).get(1, b"")).decode() or "0"


def _int_or_string(data: bytes) -> Any:
    found = dict(fields(data))
    return _bytes(found.get(3, b"")).decode() if found.get(1) else signed(found.get(2, 0))


def _time(data: bytes) -> Any:
    found = dict(fields(data))
    return rfc3339(signed(found[1])) if 1 in found else _NOTHING


def _micro_time(data: bytes) -> Any:
    found = dict(fields(data))
    if 1 not in found:
        return _NOTHING
    return f"{rfc3339(signed(found[1]))[:-1]}.{signed(found.get(2, 0)) // 1000:06d}Z"


def _json(data: bytes) -> Any:
    raw = _bytes(dict(fields(data)).get(1, b""))
    try:
        return json.loads(raw) if raw else _NOTHING
    except ValueError as error:
        raise Malformed(str(error)) from error


def _or(props: str, otherwise: Callable[[dict[int, list[Value]]], Any], schema: int) -> Callable[[bytes], Any]:
    """A schema (``props``, in field ``schema``), or something else: JSONSchemaPropsOrBool and its like."""

    def read(data: bytes) -> Any:
        found: dict[int, list[Value]] = {}
        for number, value in fields(data):
            found.setdefault(number, []).append(value)
        return _message(props, _bytes(found[schema][-1]), 1) if schema in found else otherwise(found)

    return read


def _schema_types(version: str) -> dict[str, Callable[[bytes], Any]]:
    package = f"k8s.io.apiextensions-apiserver.pkg.apis.apiextensions.{version}."
    props = f"{package}JSONSchemaProps"

    def schemas(found: dict[int, list[Value]]) -> Any:
        return [_message(props, _bytes(value), 1) for value in found.get(2, [])]

    return {
        f"{package}JSON": _json,
        f"{props}OrBool": _or(props, lambda found: bool(found.get(1, [0])[-1]), 2),
        f"{props}OrArray": _or(props, schemas, 1),
        f"{props}OrStringArray": _or(props, lambda found: [_bytes(one).decode() for one in found.get(2, [])], 1),
    }


_SPECIAL: Final[Mapping[str, Callable[[bytes], Any]]] = {
    f"{META}api.resource.Quantity": _quantity,
    f"{META}util.intstr.IntOrString": _int_or_string,
    f"{META}apis.meta.v1.Time": _time,
    f"{META}apis.meta.v1.MicroTime": _micro_time,
    f"{META}apis.meta.v1.FieldsV1": _json,
    f"{META}runtime.RawExtension": _json,
    **_schema_types("v1"),
    **_schema_types("v1beta1"),
}


@cache
def _document() -> Mapping[str, Any]:
    text = files("simulator.api.protobuf").joinpath("messages.json").read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)
    return document


def rows_of(name: str) -> Iterator[tuple[int, str, str, str]]:
    """(number, name in JSON, code, flags) of each field of a message."""
    for row in _document()["messages"].get(name, ()):
        yield row[0], row[1], row[2], row[3] if len(row) > 3 else ""


@cache
def _fields(name: str) -> Mapping[int, Field]:
    return {number: (key, code, flags) for number, key, code, flags in rows_of(name)}
