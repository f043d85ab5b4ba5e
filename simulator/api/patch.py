"""The patch types, chosen by content type. Pure: neither the target nor the patch is changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.api import jsontext
from simulator.api.bodies import Unreadable, word
from simulator.api.resourcetable import ResourceType
from simulator.api.schema import type_of, types
from simulator.api.strategic import strategic_merge
from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.changes.api import APPLY_PATCHES
from simulator.errors import BadRequest, Invalid, Object, UnsupportedMediaType

Patcher = Callable[[ResourceType, Object, Any], Object]
_REJECTED = "the server rejected our request due to an error in our request"
_OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")


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
    merged: Object = merge_patch(target, _mapping(patch))
    return merged


def _json(_resource: ResourceType, target: Object, patch: Any) -> Object:
    """A list of operations. What cannot be applied (a missing path, a failed test) is one and the same Invalid."""
    if not isinstance(patch, list):
        raise _undecodable(patch, "jsonpatch.Patch")
    import jsonpatch  # here, as most clusters never see such a patch

    for operation in patch:
        if not isinstance(operation, Mapping) or operation.get("op") not in _OPERATIONS:
            raise Invalid(_REJECTED)
    try:
        result: Object = jsonpatch.apply_patch(target, patch, in_place=False)
    except (jsonpatch.JsonPatchException, jsonpatch.JsonPointerException, TypeError, KeyError) as error:
        raise Invalid(_REJECTED) from error
    if not isinstance(result, dict):
        raise Invalid(_REJECTED)
    return result


def _strategic(resource: ResourceType, target: Object, patch: Any) -> Object:
    return strategic_merge(types(resource.minor), type_of(resource), target, _mapping(patch))


def _mapping(patch: Any) -> Mapping[str, Any]:
    if isinstance(patch, Mapping):
        return patch
    raise _undecodable(patch, "map[string]interface {}")


def _undecodable(patch: Any, wanted: str) -> BadRequest:
    text = patch.text if isinstance(patch, Unreadable) else jsontext.END if patch is None else ""
    text = text or f"json: cannot unmarshal {word(patch)} into Go value of type {wanted}"
    return BadRequest(f"error decoding patch: {text}")


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
            "the body of the request was in an unknown format - accepted media types include: "
            + ", ".join([*accepted, *APPLY_PATCHES.at(resource)])
        )
    return PATCHERS[content_type](resource, target, patch)
