"""Custom resources as a structural schema leaves them: unknown fields are dropped, defaults are filled in.

Source: apiextensions-apiserver, pkg/apiserver/schema/{pruning,defaulting}. Rules in CEL are not run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.api.resourcetable import ResourceType
from simulator.api.schema import openapi_of
from simulator.changes.api import CUSTOM_RESOURCES_ARE_PRUNED
from simulator.errors import Object

_KEEP = "x-kubernetes-preserve-unknown-fields"
_EVERYWHERE = ("apiVersion", "kind", "metadata")


def pruned(resource: ResourceType, obj: Object) -> Object:
    """``obj`` without the fields that its definition does not know, if that prunes; the same object if it has none."""
    schema = openapi_of(resource) if resource.custom and _prunes(resource) else None
    if schema is None:
        return obj
    kept = {key: obj[key] for key in _EVERYWHERE if key in obj}
    rest = {key: value for key, value in obj.items() if key not in _EVERYWHERE}
    inside = _prune(schema, rest)
    return obj if inside is rest else {**kept, **inside}


def with_schema_defaults(resource: ResourceType, obj: Object) -> Object:
    """``obj`` with the defaults of its definition; the same object when nothing was missing."""
    schema = openapi_of(resource) if _prunes(resource) else None
    return obj if schema is None else _fill(schema, obj)


def _prunes(resource: ResourceType) -> bool:
    """A definition of the cluster says so itself; those of the release have pruned since they are of version 1."""
    return bool(resource.extra.get("prune", CUSTOM_RESOURCES_ARE_PRUNED.at(resource)))


def _prune(schema: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, list):
        items = schema.get("items") or {}
        inside = [_prune(items, item) for item in value]
        return value if all(new is old for new, old in zip(inside, value, strict=True)) else inside
    if not isinstance(value, dict) or schema.get("x-kubernetes-int-or-string"):
        return value
    properties, rest = schema.get("properties") or {}, schema.get("additionalProperties")
    result = {}
    for key, item in value.items():
        below = properties.get(key)
        if below is None and not schema.get(_KEEP):
            if not rest:
                continue
            below = rest if isinstance(rest, Mapping) else {_KEEP: True}
        result[key] = item if below is None else _prune(below, item)
    return value if len(result) == len(value) and all(result[key] is value[key] for key in result) else result


def _fill(schema: Mapping[str, Any], value: Any) -> Any:
    if isinstance(value, list):
        items = schema.get("items") or {}
        filled = [_fill(items, item) for item in value]
        return value if all(new is old for new, old in zip(filled, value, strict=True)) else filled
    if not isinstance(value, dict):
        return value
    changes = {}
    for key, below in (schema.get("properties") or {}).items():
        old = value.get(key)
        if old is None and "default" in below and not (key in value and below.get("nullable")):
            changes[key] = _fill(below, below["default"])
        elif old is not None and (new := _fill(below, old)) is not old:
            changes[key] = new
    rest = schema.get("additionalProperties")
    if isinstance(rest, Mapping):
        changes.update((key, new) for key, old in value.items() if (new := _fill(rest, old)) is not old)
    return {**value, **changes} if changes else value
