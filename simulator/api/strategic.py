"""Strategic merge patch: a merge patch that knows which lists are maps by a key. Source: apimachinery, strategicpatch.

Directives in a patch: ``$patch: replace|delete``, ``$retainKeys``, ``$deleteFromPrimitiveList/FIELD`` and
``$setElementOrder/FIELD``. Below what the target lacks they stay as they are, as on a real server: the kind drops them
then, as it drops every field that it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.api.schema import read_yaml
from simulator.api.strategiclists import (
    DELETE,
    DIRECTIVE,
    REPLACE,
    check_order,
    merged_maps,
    merged_scalars,
    of_one_type,
    ordered,
    unknown_directive,
)
from simulator.errors import BadRequest, Object, StatusError

Types = Mapping[str, Mapping[str, str]]
_RETAIN: Final = "$retainKeys"
_DELETE_FROM, _ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"
_REPLACED: Final = frozenset({("PodDisruptionBudgetSpec", "selector")})  # the one struct with patchStrategy: replace


def strategic_merge(known: Types, type_name: str, target: Mapping[str, Any], patch: Mapping[str, Any]) -> Object:
    """``target``, an object of ``type_name`` (of the ``known`` ones), with ``patch`` merged in; neither is changed.

    BadRequest for a directive in the wrong form, StatusError for what cannot be understood otherwise.
    """
    if DIRECTIVE in patch:
        return _directed(patch)
    rest = dict(patch)
    merged = _retained(target, rest.pop(_RETAIN, None), rest)
    for key in [key for key in rest if key.startswith(_ORDER)]:
        _merge_in_order(known, type_name, merged, key.removeprefix(_ORDER), rest, rest.pop(key))
    for key, value in rest.items():
        field = key.removeprefix(_DELETE_FROM)
        if value is None:
            merged.pop(field, None)
        elif field != key:
            _delete_from(merged, field, value)
        elif field not in merged or _kind(merged[field]) != _kind(value):
            _take(merged, field, value)
        else:
            merged[field] = _merge_field(known, type_name, field, merged[field], value)
    return merged


def _directed(patch: Mapping[str, Any]) -> Object:
    directive = patch[DIRECTIVE]
    if directive == REPLACE:
        return {key: value for key, value in patch.items() if key != DIRECTIVE}
    if directive == DELETE:
        return {}
    raise unknown_directive(directive, patch)


def _retained(target: Mapping[str, Any], keep: Any, patch: Mapping[str, Any]) -> Object:
    """The target with the fields of ``$retainKeys`` alone, which must name all that the patch sets."""
    if keep is None:
        return dict(target)
    set_there = (
        key for key, value in patch.items() if value is not None and not key.startswith((_DELETE_FROM, _ORDER))
    )
    if not isinstance(keep, list) or any(key not in keep for key in set_there):
        raise BadRequest("invalid patch format of retainKeys")
    return {key: value for key, value in target.items() if key in keep}


def _take(merged: Object, field: str, value: Any) -> None:
    """Set what is to be merged with nothing."""
    if isinstance(value, dict) and DIRECTIVE in value:
        merged.pop(field, None)
    else:
        merged[field] = _plain(value)


def _plain(value: Any) -> Any:
    """A value without nulls, and without items and members that hold a directive."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items() if item is not None and not _is_directed(item)}
    return [_plain(item) for item in value if not _is_directed(item)] if isinstance(value, list) else value


def _is_directed(value: Any) -> bool:
    return isinstance(value, dict) and DIRECTIVE in value


def _delete_from(merged: Object, field: str, value: Any) -> None:
    current = merged.get(field)
    if isinstance(current, list) and isinstance(value, list) and (current or value):
        merged[field] = [item for item in current if item not in value]


def _merge_field(known: Types, type_name: str, field: str, current: Any, value: Any) -> Any:
    if isinstance(value, dict):
        if (type_name, field) in _REPLACED:
            return value
        return strategic_merge(known, _type_below(known, type_name, field), current, value)
    if not isinstance(value, list):
        return value
    below = _type_below(known, type_name, field)
    key = _merge_key(type_name, field)
    if key is None:
        return value
    return _merge_list(known, below, key, current, value) if current or value else current


def _merge_list(known: Types, type_name: str, key: str, current: list[Any], patch: list[Any]) -> list[Any]:
    if not isinstance(of_one_type([*current, *patch]), dict):
        return merged_scalars(current, patch)
    if not key:
        raise StatusError(f"cannot merge lists without merge key for {type_name}")
    return merged_maps(current, patch, key, lambda old, new: strategic_merge(known, type_name, old, new))


def _merge_in_order(known: Types, type_name: str, merged: Object, field: str, patch: Object, order: Any) -> None:
    """Merge a list for which ``$setElementOrder`` gives the order of the items; take it out of the patch."""
    current: Any = merged.get(field)
    wanted: Any = patch.get(field)
    for given in (order, current, wanted):
        if given is not None and not isinstance(given, list):
            raise StatusError(f"expected a []interface {{}}, but received a {_go_type(given)}")
    if order is None or (field in patch and wanted is None) or (field in merged and current is None):
        raise StatusError("expected a []interface {}, but received a %!s(<nil>)")
    below, key = _type_below(known, type_name, field), _merge_key(type_name, field) or ""
    check_order(wanted or [], order, key)
    if field not in merged and field not in patch:
        return
    if field not in patch:
        items = current
    elif field not in merged:
        items = _undirected(wanted)
    elif _merge_key(type_name, field) is None:
        items = wanted
    else:
        items = _merge_list(known, below, key, current, wanted) if current or wanted else []
    of_one_type([*(current or []), *(wanted or [])], required=True)
    merged[field] = ordered(items, order, current or [], key)
    patch.pop(field, None)


def _undirected(value: Any) -> Any:
    """A value without items and members that hold a directive; nulls stay."""
    if isinstance(value, dict):
        return {key: _undirected(item) for key, item in value.items() if not _is_directed(item)}
    return [_undirected(item) for item in value if not _is_directed(item)] if isinstance(value, list) else value


def _type_below(known: Types, type_name: str, field: str) -> str:
    """The type of what is in a field, or of the items in it; "" where it has no type of its own.

    A type may be that of the values of a map: ``{PodSpec``.
    """
    if type_name[:1] == "{":
        code = type_name[1:]
    elif type_name in known:
        found = known[type_name].get(field)
        if found is None:
            plain = type_name.rpartition(".")[2]
            raise StatusError(f'unable to find api field in struct {plain} for the json field "{field}"')
        code = found
    else:
        return ""
    code = code.removeprefix("[")
    return code if code in known or code[0] == "{" else ""


def _merge_key(type_name: str, field: str) -> str | None:
    key: str | None = read_yaml("merge.yaml").get(type_name.rpartition(".")[2], {}).get(field)
    return key


def _kind(value: Any) -> type:
    """Its type; frozen maps and lists are what they stand for."""
    return dict if isinstance(value, dict) else list if isinstance(value, list) else type(value)


def _go_type(value: Any) -> str:
    names = {dict: "map[string]interface {}", str: "string", bool: "bool", int: "int64", float: "float64"}
    return names.get(_kind(value), "%!s(<nil>)")
