"""From the JSON of the API server to protobuf, for clients that take nothing else. The reverse of ``decoding``.

apimachinery 0.33 reads from it what the JSON says: compared for the objects of a whole cluster.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from simulator.api.protobuf.decoding import MAGIC, META, is_named_list, message_of, rows_of
from simulator.api.protobuf.wire import to_field, to_varint
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339

CONTENT_TYPE: Final = "application/vnd.kubernetes.protobuf"
STREAM_TYPE: Final = f"{CONTENT_TYPE};stream=watch"
_VARINT, _FIXED64, _FIXED32 = 0, 1, 5
Row = tuple[int, str, str]


def is_encodable(api_version: str, kind: str) -> bool:
    """Whether there is a message for a kind. Those of definitions hold types that are told in JSON only."""
    return not api_version.startswith("apiextensions.k8s.io/") and message_of(api_version, kind) is not None


def encode_object(obj: Object) -> bytes:
    """An object of a kind that is encodable, in a runtime.Unknown, ``k8s`` and a NUL before it."""
    api_version, kind = obj["apiVersion"], obj["kind"]
    name = message_of(api_version, kind)
    assert name is not None, kind
    type_meta = to_field(1, api_version.encode()) + to_field(2, kind.encode())
    return MAGIC + to_field(1, type_meta) + to_field(2, _message(name, obj)) + to_field(3, b"") + to_field(4, b"")


def encode_event(kind: str, obj: Object) -> bytes:
    """An event of a watch: its length in four bytes, then a WatchEvent, which is in no Unknown."""
    event = to_field(1, kind.encode()) + to_field(2, to_field(1, encode_object(obj)))
    return struct.pack(">I", len(event)) + event


def _message(name: str, value: Any) -> bytes:
    special = _SPECIAL.get(name)
    if special is not None:
        return special(value)
    if is_named_list(name):
        value = {"items": value}
    return b"".join(_parts(name, value))


def _parts(name: str, value: Mapping[str, Any]) -> Iterator[bytes]:
    own, inlined = _table(name)
    for key, item in value.items():
        row = own.get(key)
        if row is not None and item is not None:
            yield _encoded(*row, item)
    for number, code, known in inlined:
        inside = {key: item for key, item in value.items() if key in known}
        if inside:
            yield to_field(number, _message(code, inside))


def _encoded(number: int, code: str, item: Any) -> bytes:
    if code[0] == "[":
        return b"".join(_one(number, code[1:], one) for one in item)
    if code[0] == "{":
        return b"".join(
            to_field(number, to_field(1, key.encode()) + _one(2, code[1:], one)) for key, one in item.items()
        )
    return _one(number, code, item)


def _one(number: int, code: str, item: Any) -> bytes:
    scalar = _SCALARS.get(code)
    return scalar(number, item) if scalar is not None else to_field(number, _message(code, item))


@cache
def _table(name: str) -> tuple[Mapping[str, tuple[int, str]], tuple[tuple[int, str, frozenset[str]], ...]]:
    """The fields of a message by their names in JSON; and those whose fields stand in their parent there."""
    own: dict[str, tuple[int, str]] = {}
    inlined = []
    for number, key, code, flags in rows_of(name):
        if "^" in flags:
            inlined.append((number, code, _names(code)))
        else:
            own[key] = (number, code)
    return own, tuple(inlined)


@cache
def _names(name: str) -> frozenset[str]:
    own, inlined = _table(name)
    return frozenset(own).union(*(names for _, _, names in inlined))


# -- scalars


def _integer(number: int, item: int) -> bytes:
    return to_varint(number << 3 | _VARINT) + to_varint(int(item))


_SCALARS: Final[Mapping[str, Callable[[int, Any], bytes]]] = {
    "s": lambda number, item: to_field(number, item.encode()),
    "y": lambda number, item: to_field(number, base64.b64decode(item)),
    "i": _integer,
    "b": _integer,
    "n": lambda number, item: to_varint(number << 3 | _FIXED64) + struct.pack("<d", item),
    "f": lambda number, item: to_varint(number << 3 | _FIXED32) + struct.pack("<f", item),
}


# -- types that have a form of their own in JSON


def _time(value: str) -> bytes:
    whole, _, fraction = value.removesuffix("Z").partition(".")
    nanos = int(fraction.ljust(9, "0")) if fraction else 0
    return _integer(1, int(parse_rfc3339(f"{whole}Z"))) + _integer(2, nanos)


def _integer_or_string(value: int | str) -> bytes:
    if isinstance(value, str):
        return _integer(1, 1) + _integer(2, 0) + to_field(3, value.encode())
    return _integer(1, 0) + _integer(2, value) + to_field(3, b"")


def _json(value: Any) -> bytes:
    return to_field(1, json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode())


_SPECIAL: Final[Mapping[str, Callable[[Any], bytes]]] = {
    f"{META}api.resource.Quantity": lambda value: to_field(1, str(value).encode()),
    f"{META}util.intstr.IntOrString": _integer_or_string,
    f"{META}apis.meta.v1.Time": _time,
    f"{META}apis.meta.v1.MicroTime": _time,
    f"{META}apis.meta.v1.FieldsV1": _json,
    f"{META}runtime.RawExtension": _json,
}
