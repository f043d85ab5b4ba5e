"""Strategic merge patch: a merge patch that knows which lists are maps by a key. Source: apimachinery, strategicpatch.

Directives in a patch: ``$patch: replace|delete|merge``, ``$retainKeys``, ``$deleteFromPrimitiveList/FIELD`` and
``$setElementOrder/FIELD``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.api.schema import read_yaml
from simulator.errors import BadRequest, Object

Types = Mapping[str, Mapping[str, str]]
_PATCH, _RETAIN = "$patch", "$retainKeys"
_DELETE_FROM, _ORDER = "$deleteFromPrimitiveList/", "$setElementOrder/"


def strategic_merge(known: Types, type_name: str, target: Mapping[str, Any], patch: Mapping[str, Any]) -> Object:
    """``target``, an object of ``type_name`` (of the ``known`` ones), with ``patch`` merged in; neither is changed.

    BadRequest for a directive or a list item that cannot be understood.
    """
    directive = patch.get(_PATCH)
    if directive == "replace":
        return {key: _clean(value) for key, value in patch.items() if key != _PATCH and value is not None}
    if directive == "delete":
        return {}
    if directive not in (None, "merge"):
        raise BadRequest(f"unable to parse patch directive: unknown patch type: {directive}")
    merged = _retained(dict(target), patch)
    for key, value in patch.items():
        if key in (_PATCH, _RETAIN) or key.startswith(_ORDER):
            continue
        if key.startswith(_DELETE_FROM):
            field = key.removeprefix(_DELETE_FROM)
            merged[field] = [item for item in merged.get(field) or () if item not in value]
        elif value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge_field(known, type_name, key, merged.get(key), value)
    return _ordered(type_name, merged, target, patch)


def _merge_field(known: Types, type_name: str, field: str, current: Any, value: Any) -> Any:
    code = known.get(type_name, {}).get(field, "o")
    if isinstance(value, Mapping):
        inner = code if code in known else ""
        return strategic_merge(known, inner, current if isinstance(current, Mapping) else {}, value)
    key = _merge_key(type_name, field)
    if not isinstance(value, list) or key is None:
        return _clean(value)
    items = current if isinstance(current, list) else []
    if key == "":
        return [*items, *(item for item in value if item not in items)]
    return _merge_list(known, code.lstrip("["), key, items, value)


def _merge_list(known: Types, type_name: str, key: str, current: Sequence[Any], patch: Sequence[Any]) -> list[Any]:
    """The items of ``current`` with those of ``patch`` merged in by ``key``; new ones follow at the end.

    An item that only says ``$patch: replace`` makes the others of ``patch`` the whole list.
    """
    if any(isinstance(item, Mapping) and item.get(_PATCH) == "replace" for item in patch):
        return [_clean(item) for item in patch if item.get(_PATCH) != "replace"]
    merged = list(current)
    for item in patch:
        if not isinstance(item, Mapping) or key not in item:
            raise BadRequest(f"map: {go_value(item)} does not contain declared merge key: {key}")
        place = next((index for index, old in enumerate(merged) if old.get(key) == item[key]), None)
        if item.get(_PATCH) == "delete":
            merged = [old for old in merged if old.get(key) != item[key]]
        elif place is None:
            merged.append(_clean(item))
        else:
            merged[place] = strategic_merge(known, type_name, merged[place], item)
    return merged


def _retained(target: Object, patch: Mapping[str, Any]) -> Object:
    keep = patch.get(_RETAIN)
    return target if keep is None else {key: value for key, value in target.items() if key in keep}


def _ordered(type_name: str, merged: Object, target: Mapping[str, Any], patch: Mapping[str, Any]) -> Object:
    """Put lists in the order that ``$setElementOrder`` gives; items that it does not name keep their place relative to
    the item of ``target`` that they followed.
    """
    for directive, order in patch.items():
        field = directive.removeprefix(_ORDER)
        if field == directive or not isinstance(merged.get(field), list):
            continue
        key = _merge_key(type_name, field) or ""
        wanted = [item[key] if isinstance(item, Mapping) else item for item in order]
        live = [_name(item, key) for item in target.get(field) or ()]
        merged[field] = sorted(merged[field], key=_rank(wanted, live, key))
    return merged


def _rank(wanted: Sequence[Any], live: Sequence[Any], key: str) -> Any:
    places = {name: position for position, name in enumerate(wanted)}

    def rank(item: Any) -> tuple[int, int]:
        name = _name(item, key)
        if name in places:
            return places[name], -1
        before = [places[other] for other in live[: live.index(name)] if other in places] if name in live else []
        return max(before, default=-1), live.index(name) if name in live else len(live)

    return rank


def _name(item: Any, key: str) -> Any:
    return item.get(key) if isinstance(item, Mapping) else item


def _merge_key(type_name: str, field: str) -> str | None:
    key: str | None = read_yaml("merge.yaml").get(type_name, {}).get(field)
    return key


def _clean(value: Any) -> Any:
    """A new value without nulls and directives: they mean nothing where there is nothing to merge with."""
    if isinstance(value, Mapping):
        return {
            key: _clean(item)
            for key, item in value.items()
            if item is not None and key not in (_PATCH, _RETAIN) and not key.startswith((_DELETE_FROM, _ORDER))
        }
    if isinstance(value, list):
        return [_clean(item) for item in value if not (isinstance(item, Mapping) and item.get(_PATCH) == "delete")]
    return value


def go_value(value: Any) -> str:
    """A value as Go's ``%v`` prints it."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{go_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_value, value)) + "]"
    if isinstance(value, bool) or value is None:
        return "<nil>" if value is None else str(value).lower()
    return str(value)
