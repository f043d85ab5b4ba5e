"""The patch types, chosen by content type. Pure: neither the target nor the patch is changed.

Source: apiserver, handlers/patch.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from simulator.api import jsontext
from simulator.api.bodies import Unreadable, word
from simulator.api.jsonpatches import MAX_OPERATIONS, Rejected, json_patch
from simulator.api.resourcetable import ResourceType
from simulator.api.schema import type_of, types
from simulator.api.strategic import strategic_merge
from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.changes.api import APPLY_PATCHES, FIELD_VALIDATION
from simulator.errors import BadRequest, Invalid, Object, RequestEntityTooLarge, UnsupportedMediaType

Patcher = Callable[[ResourceType, Object, Any], Object]
_REJECTED: Final = "the server rejected our request due to an error in our request"
_MEMBERS: Final = ("op", "path", "from", "value")


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
    merged: Object = merge_patch(target, _mapping(patch, "error decoding patch: "))
    return merged


def _json(resource: ResourceType, target: Object, patch: Any) -> Object:
    """A list of operations. What cannot be applied (a missing path, a failed test) is one and the same Invalid."""
    operations = _operations(resource, patch)
    if len(operations) > MAX_OPERATIONS:
        text = f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(operations)}"
        raise RequestEntityTooLarge(f"Request entity is too large: {text}")
    try:
        result: Object = json_patch(target, operations)
    except Rejected as error:
        raise Invalid(_REJECTED) from error
    if not isinstance(result, dict):
        raise Invalid(_REJECTED)
    return result


def _operations(resource: ResourceType, patch: Any) -> Sequence[Mapping[str, Any]]:
    """The operations, each a map. Since fields are validated they are read as structs first, as the words tell."""
    structs = bool(FIELD_VALIDATION.at(resource))
    prefix = "error decoding patch: " if structs else ""
    if not isinstance(patch, list):
        raise _undecodable(patch, "[]handlers.jsonPatchOp" if structs else "jsonpatch.Patch", prefix)
    for operation in patch:
        if not isinstance(operation, Mapping):
            wanted = "handlers.jsonPatchOp" if structs else "jsonpatch.Operation"
            raise _undecodable(operation, wanted, prefix)
        for name in ("op", "path", "from"):
            value = operation.get(name)
            if structs and value is not None and not isinstance(value, str):
                field = f"Go struct field jsonPatchOp.{name} of type string"
                raise BadRequest(f"{prefix}json: cannot unmarshal {word(value)} into {field}")
    return patch


def unknown_members(patch: Any) -> Iterator[str]:
    """What the operations of a JSON Patch say and nobody reads: ``json patch unknown field "[0].values"``."""
    for index, operation in enumerate(patch if isinstance(patch, list) else ()):
        for name in operation if isinstance(operation, Mapping) else ():
            if name not in _MEMBERS:
                yield f'json patch unknown field "[{index}].{name}"'


def _strategic(resource: ResourceType, target: Object, patch: Any) -> Object:
    return strategic_merge(types(resource.minor), type_of(resource), target, _mapping(patch, ""))


def _mapping(patch: Any, prefix: str) -> Mapping[str, Any]:
    if isinstance(patch, Mapping):
        return patch
    raise _undecodable(patch, "map[string]interface {}", prefix)


def _undecodable(patch: Any, wanted: str, prefix: str) -> BadRequest:
    text = patch.text if isinstance(patch, Unreadable) else jsontext.END if patch is None else ""
    text = text or f"json: cannot unmarshal {word(patch)} into Go value of type {wanted}"
    return BadRequest(prefix + text)


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
