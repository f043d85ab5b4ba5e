"""A JSON object as a Go program with types holds and writes it: unknown fields gone, zero values as its tags say.

The operator does not edit the JSON that it reads: it decodes it into its types and encodes those. So a key that it does
not know is dropped when it writes the object back, and ``oc get -o yaml`` shows zeros that nobody wrote. Its checksums
are taken from the same encoding. The types are data: ``types-4.2.yaml``, and what is another type later in files of its
own. Source: Go, encoding/json.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from simulator import documents
from simulator.release import Release, is_part

Types = Mapping[str, Mapping[str, str]]

FILES: Final = ("types-4.2.yaml", "types-4.20.yaml", "types-4.22.yaml")
LATEST_4_2: Final = Release("4.2")
"""The end of the oldest branch: what a type is of that nobody tells otherwise."""

_ZERO: Final[Mapping[str, Any]] = {"string": "", "int": 0, "bool": False, "Duration": "0s"}
_NULL_WHEN_UNSET: Final = frozenset({"Time", "any", "map"})
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:h|m|s|ms|us|µs|ns))+")
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)")
_SECONDS: Final[Mapping[str, float]] = {"h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


class Field(NamedTuple):
    """A field's type, parsed from ``opt list T`` or ``ptr T``."""

    type: str
    list: bool
    pointer: bool
    omit_empty: bool


@cache
def types(release: Release = LATEST_4_2) -> Types:
    """All types by name, as ``release`` has them; those of the end of its branch when it is not told apart."""
    known: dict[str, dict[str, str]] = {}
    for file in FILES:
        loaded: dict[str, Any] = documents.packaged(__package__, file)
        if is_part(release.minor, loaded):
            absent = loaded.get("absent", {}).get(release.version, {})
            known.update((name, fields) for name, fields in loaded.items() if name not in ("since", "absent"))
            for name, missing in absent.items():
                known[name] = {key: text for key, text in known[name].items() if key not in missing}
    return known


def typed(name: str, value: Any, release: Release = LATEST_4_2) -> Any:
    """``value`` decoded into the Go type ``name`` and encoded again; always a new object, never a part of ``value``."""
    return _encode(types(release), name, value)


def go_json(value: Any) -> str:
    """Compact JSON as Go writes it: UTF-8 as it is, but ``<``, ``>``, ``&`` and two line separators escaped."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def go_duration(text: str) -> str:
    """A duration as Go prints it: ``90s`` is ``1m30s``. What is no duration is returned as it is."""
    if not _DURATION.fullmatch(text):
        return text or "0s"
    total = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    if total < 1:
        return _below_a_second(total)
    minutes, seconds = divmod(round(total, 9), 60)
    hours, minutes = divmod(int(minutes), 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if hours or minutes else "") + f"{seconds:.9g}s"


def _below_a_second(total: float) -> str:
    for unit in ("ms", "µs", "ns"):
        if total >= _SECONDS[unit]:
            return f"{total / _SECONDS[unit]:.9g}{unit}"
    return "0s"


@cache
def _field(text: str) -> Field:
    *marks, name = text.split()
    return Field(name, "list" in marks, "ptr" in marks, "opt" in marks)


def _encode(known: Types, name: str, value: Any) -> Any:
    if name in known:
        return _struct(known, known[name], value if isinstance(value, Mapping) else {})
    if name == "map":
        return {key: _copy(value[key]) for key in sorted(value)} if value else None
    if name == "Duration":
        return go_duration(value or "")
    return _ZERO.get(name) if value is None else _copy(value)


def _struct(known: Types, fields: Mapping[str, str], value: Mapping[str, Any]) -> dict[str, Any]:
    encoded: dict[str, Any] = {}
    for key, text in fields.items():
        field, given = _field(text), value.get(key)
        if field.list:
            item = [_encode(known, field.type, one) for one in given] if given else None
        elif field.pointer and given is None:
            item = None
        else:
            item = _encode(known, field.type, given)
        if not (field.omit_empty and _is_empty(known, field, item)):
            encoded[key] = item
    return encoded


def _is_empty(known: Types, field: Field, item: Any) -> bool:
    if field.pointer or field.type in known or field.type in _NULL_WHEN_UNSET:
        return item is None
    return not item


def _copy(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, (list, tuple)) else value
