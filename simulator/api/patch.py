"""The patch types, chosen by content type. Pure: neither the target nor the patch is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import jsonpatch

from simulator.api.resourcetable import ResourceType
from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.errors import BadRequest, Invalid, Object, UnsupportedMediaType

Patcher = Callable[[ResourceType, Object, Any], Object]


def merge_patch(target: Any, patch: Any) -> Any:
    """Return ``target`` with ``patch`` merged in.

    A null removes its key and a list replaces the whole list. Source: RFC 7396, section 2.
    """
    if not isinstance(patch, Mapping):
        return patch
    merged = dict(target) if isinstance(target, Mapping) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge_patch(merged.get(key), value)
    return merged


def _merge(_resource: ResourceType, target: Object, patch: Any) -> Object:
    if not isinstance(patch, Mapping):
        raise BadRequest("error decoding patch: json: cannot unmarshal into Go value of type map[string]interface {}")
    merged: Object = merge_patch(target, patch)
    return merged


def _json(_resource: ResourceType, target: Object, patch: Any) -> Object:
    try:
        result: Object = jsonpatch.apply_patch(target, patch, in_place=False)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError) as error:
        raise Invalid("the server rejected our request due to an error in our request") from error
    return result


def _strategic(resource: ResourceType, target: Object, patch: Any) -> Object:
    return _merge(resource, target, patch)


PATCHERS: Final[Mapping[str, Patcher]] = {
    JSON_PATCH: _json,
    MERGE_PATCH: _merge,
    STRATEGIC_MERGE_PATCH: _strategic,
}


def apply_patch(resource: ResourceType, content_type: str, target: Object, patch: Any) -> Object:
    """Apply ``patch``; UnsupportedMediaType when the kind does not take that type of patch."""
    accepted = [name for name in PATCHERS if resource.strategic or name != STRATEGIC_MERGE_PATCH]
    if content_type not in accepted:
        raise UnsupportedMediaType(
            "the body of the request was in an unknown format - accepted media types include: " + ", ".join(accepted)
        )
    return PATCHERS[content_type](resource, target, patch)
