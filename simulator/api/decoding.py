"""Decoding of built-in kinds: fields that a kind does not have are dropped, values of another type are refused.

The refusal is worded as the JSON library of the time does: that of Kubernetes 1.14 (jsoniter) says
``v1.Deployment.Spec: v1.DeploymentSpec.Replicas: readUint32: unexpected character: ...``, Go's own
``json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NoReturn

from simulator.api.quantity import BadQuantity, canonical
from simulator.api.resourcetable import ResourceType
from simulator.api.schema import type_of, types
from simulator.changes.api import GO_JSON
from simulator.errors import BadRequest, Object
from simulator.runtime.clock import RFC3339, rfc3339

Types = Mapping[str, Mapping[str, str]]
_GO_NAMES = {"metadata": "ObjectMeta", "apiVersion": "APIVersion", "uid": "UID", "tty": "TTY", "tcpSocket": "TCPSocket",
             "httpGet": "HTTPGet", "fsType": "FSType", "csi": "CSI", "nfs": "NFS", "rbd": "RBD"}  # fmt: skip
_UNTYPED = {"metadata": "ObjectMeta", "spec": "m", "status": "m"}  # what every kind has
_GO_TYPES = {"s": "string", "b": "bool", "n": "float64", "q": "resource.Quantity", "t": "v1.Time", "y": "[]uint8",
             "m": "map[string]interface {}", "x": "intstr.IntOrString"}  # fmt: skip
_LONG = frozenset({"activeDeadlineSeconds", "deletionGracePeriodSeconds", "expirationSeconds", "fsGroup", "generation",
                   "observedGeneration", "runAsGroup", "runAsUser", "startingDeadlineSeconds", "supplementalGroups",
                   "terminationGracePeriodSeconds", "tolerationSeconds"})  # fmt: skip
_NO_BASE64 = re.compile("[^A-Za-z0-9+/=]")
_NOTHING: Mapping[str, Any] = {}
_NONE: frozenset[int] = frozenset()
_USUAL_TIME = 32  # characters
_WINDOW, _CONTEXT = 10, 50  # bytes before and after the fault that the message shows


class Mismatch(Exception):
    """A value of the wrong type. ``trail`` is how Go names the way to it, ``path`` how JSON does."""

    def __init__(self, operation: str, text: str, whole: bool = False) -> None:
        super().__init__(text)
        self.operation, self.text, self.whole = operation, text, whole
        self.trail: list[str] = []
        self.path: list[str | int] = []


def decode(resource: ResourceType, obj: Object, current: Mapping[str, Any] | None = None) -> Object:
    """``obj`` as its type reads it; ``obj`` is not changed. What is the very dict of ``current`` is taken as it is."""
    name = type_of(resource)
    known = types(resource.minor)
    fields: Mapping[str, str] = known[name] if name else {**dict.fromkeys(obj, "o"), **_UNTYPED}
    result: Object = {}
    for key, value in obj.items():
        code = fields.get(key)
        if code is None or (value is None and code != "o"):
            continue
        old = None if current is None else current.get(key)
        if value is old or code == "o" or (code == "s" and type(value) is str):
            result[key] = value
            continue
        try:
            result[key] = convert(known, code, value, old)
        except Mismatch as mismatch:
            mismatch.path.insert(0, key)
            mismatch.trail.insert(0, f"{_package(name, resource)}.{name}.{_go_name(key)}")
            tell = _go_message if GO_JSON.at(resource) else _message
            raise BadRequest(tell(resource, obj, mismatch)) from None
    return result


def convert(known: Types, code: str, value: Any, current: Any = None) -> Any:
    """``value`` as the type ``code`` of the ``known`` ones reads it; Mismatch when it cannot.

    What is the very object of ``current`` (what stands in this place now, and was read so once) is taken as it is.
    """
    scalar = _SCALARS.get(code)
    if scalar is not None:
        return scalar(value)
    if code[0] == "[":
        return _convert_list(known, code[1:], value, current)
    if code[0] == "{":
        return _convert_map(known, code[1:], value)
    if not isinstance(value, dict):
        raise Mismatch("readObjectStart", f"expect {{ or n, but found {_first(value)}")
    fields, result = known[code], {}
    old = current if isinstance(current, dict) else _NOTHING
    for key, item in value.items():
        sub = fields.get(key)
        if sub is None or item is None:
            continue
        if (sub == "s" and type(item) is str) or item is old.get(key):
            result[key] = item
            continue
        scalar = _SCALARS.get(sub)
        try:
            result[key] = convert(known, sub, item, old.get(key)) if scalar is None else scalar(item)
        except Mismatch as mismatch:
            mismatch.path.insert(0, key)
            mismatch.trail.insert(0, f"v1.{code.rpartition('.')[2]}.{_go_name(key)}")
            raise
    return result


def _convert_list(known: Types, code: str, value: Any, current: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Mismatch("decode slice", f"expect [ or n, but found {_first(value)}")
    result = []
    old = frozenset(map(id, current)) if isinstance(current, list) else _NONE
    for index, item in enumerate(value):
        if item is None:
            continue
        if id(item) in old:
            result.append(item)
            continue
        try:
            result.append(convert(known, code, item))
        except Mismatch as mismatch:
            mismatch.path.insert(0, index)
            mismatch.trail.insert(0, "[]string" if code == "s" else f"[]v1.{code.rpartition('.')[2]}")
            raise
    return result


def _convert_map(known: Types, code: str, value: Any) -> Object:
    if not isinstance(value, dict):
        raise Mismatch("ReadMapCB", f"expect {{ or n, but found {_first(value)}")
    result = {}
    for key, item in value.items():
        try:
            result[key] = "" if item is None else convert(known, code, item)
        except Mismatch as mismatch:
            mismatch.path.insert(0, key)
            raise
    return result


# -- scalars


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Mismatch("ReadString", f'expects " or n, but found {_first(value)}')


def _integer(value: Any) -> int:
    if type(value) is int:
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise Mismatch("readUint32", "unexpected character: \ufffd")


def _number(value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise Mismatch("readFloat64", "unexpected character: \ufffd")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise Mismatch("ReadBool", f"expect t or f, but found {_first(value)}")


def _quantity(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    try:
        return canonical(text)
    except BadQuantity as error:
        raise Mismatch("unmarshalerDecoder", str(error), whole=True) from None


def _time(value: Any) -> str:
    if isinstance(value, str) and (_is_time(value) if len(value) <= _USUAL_TIME else RFC3339.fullmatch(value)):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        text = f'parsing time {json.dumps(value)} as "2006-01-02T15:04:05Z07:00": cannot parse "{value}" as "2006"'
        raise Mismatch("unmarshalerDecoder", text, whole=True) from None
    return rfc3339(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp())


@lru_cache(maxsize=512)
def _is_time(text: str) -> bool:
    """The same moment stands in many objects."""
    return RFC3339.fullmatch(text) is not None


def _bytes(value: Any) -> str:
    text = _string(value)
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        fault = _NO_BASE64.search(text)
        position = fault.start() if fault else len(text)
        raise Mismatch("base64Codec", f"illegal base64 data at input byte {position}", whole=True) from None
    return text


def _map(value: Any) -> Object:
    if isinstance(value, dict):
        return value
    raise Mismatch("readObjectStart", f"expect {{ or n, but found {_first(value)}")


def _integer_or_string(value: Any) -> int | str:
    if isinstance(value, str) or type(value) is int:
        return value
    kind = {bool: "bool", float: "number", list: "array"}.get(type(value), "object")
    text = f"json: cannot unmarshal {kind} into Go value of type string"
    raise Mismatch("unmarshalerDecoder", text, whole=True)


_SCALARS: Mapping[str, Callable[[Any], Any]] = {
    "s": _string,
    "i": _integer,
    "n": _number,
    "b": _boolean,
    "q": _quantity,
    "t": _time,
    "x": _integer_or_string,
    "y": _bytes,
    "m": _map,
    "o": lambda value: value,
}


# -- the message


def _message(resource: ResourceType, obj: Object, mismatch: Mismatch) -> str:
    body = _json(obj) + "\n"
    start = _offset(obj, mismatch.path)
    head = start + (len(_json(_at(obj, mismatch.path))) if mismatch.whole else 1)
    window = body[max(head - _WINDOW, 0) : head + _WINDOW]
    context = body[max(head - _CONTEXT, 0) : head + _CONTEXT]
    fault = ": ".join([*mismatch.trail, mismatch.operation, mismatch.text])
    return (
        f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {fault}, '
        f"error found in #{min(head, _WINDOW)} byte of ...|{window}|..., bigger context ...|{context}|..."
    )


def _go_message(resource: ResourceType, obj: Object, mismatch: Mismatch) -> str:
    """In the words of encoding/json: no place, but what was found and what the field is."""
    text = mismatch.text
    if not mismatch.whole:
        owner, code, names = _field_at(types(resource.minor), type_of(resource) or resource.kind, mismatch.path)
        found, wanted = _word(_at(obj, mismatch.path)), _go_type(code, names[-1])
        text = f"json: cannot unmarshal {found} into Go struct field {owner}.{'.'.join(names)} of type {wanted}"
    return f'{resource.kind} in version "{resource.version}" cannot be handled as a {resource.kind}: {text}'


def _field_at(known: Types, name: str, path: list[str | int]) -> tuple[str, str, list[str]]:
    """The struct that the place of ``path`` is a field of, its type, the fields on the way (keys of maps are none)."""
    owner, code, names = name, name, list[str]()
    for step in path:
        if code[0] in "[{":
            code = code[1:]
        else:
            owner, code = code, known.get(code, _UNTYPED).get(str(step), "o")
            names.append(str(step))
    return owner.rpartition(".")[2], code, names


def _go_type(code: str, name: str) -> str:
    if code[0] == "[":
        return "[]" + _go_type(code[1:], name)
    if code[0] == "{":
        return "map[string]" + _go_type(code[1:], name)
    if code == "i":
        return "int64" if name in _LONG else "int32"
    return _GO_TYPES.get(code) or f"v1.{code.rpartition('.')[2]}"


def _word(value: Any) -> str:
    if isinstance(value, float):
        return f"number {value}"
    return {bool: "bool", int: "number", str: "string", list: "array"}.get(type(value), "object")


def _offset(value: Any, path: list[str | int]) -> int:
    """Where the value at ``path`` begins in the client's JSON: compact, keys in order."""
    if not path:
        return 0
    position = 1
    items = sorted(value.items()) if isinstance(value, dict) else list(enumerate(value))
    for key, item in items:
        if isinstance(value, dict):
            position += len(_json(key)) + 1
        if key == path[0]:
            return position + _offset(item, path[1:])
        position += len(_json(item)) + 1
    return _missing(path)


def _at(value: Any, path: list[str | int]) -> Any:
    for step in path:
        value = value[step]
    return value


def _missing(path: list[str | int]) -> NoReturn:
    raise KeyError(path)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def _first(value: Any) -> str:
    return _json(value)[0]


def _go_name(key: str) -> str:
    return _GO_NAMES.get(key) or key[:1].upper() + key[1:]


def _package(name: str, resource: ResourceType) -> str:
    return resource.version if name == resource.kind else "v1"
