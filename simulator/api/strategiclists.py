"""Lists under strategic merge: items that are found by a key, and the order that they end up in.

Source: apimachinery, strategicpatch/patch.go: mergeSlice, normalizeElementOrder.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from simulator.errors import Invalid, Object, StatusError

DIRECTIVE: Final = "$patch"
REPLACE, DELETE, MERGE = "replace", "delete", "merge"


def merged_scalars(current: list[Any], patch: list[Any]) -> list[Any]:
    """Both lists as one set."""
    both: list[Any] = []
    for item in (*current, *patch):
        if item not in both:
            both.append(item)
    return ordered(both, patch, current, "")


def merged_maps(current: list[Any], patch: list[Any], key: str, merge: Callable[[Object, Object], Object]) -> list[Any]:
    """The items of ``current`` with those of ``patch`` merged in by ``key``.

    An item that says ``$patch: delete`` takes the one with its key away; one that says ``$patch: replace`` makes the
    others of ``patch`` the whole list.
    """
    live, wanted, replaces = current, [], False
    for item in patch:
        directive = item.get(DIRECTIVE)
        if DIRECTIVE not in item:
            wanted.append(item)
        elif directive == DELETE:
            live = deleted(live, key, _key_of(item, key))
        elif directive == REPLACE:
            replaces = True
        elif directive == MERGE:
            raise StatusError("merging lists cannot yet be specified in the patch")
        else:
            raise unknown_directive(directive, item)
    if replaces:
        return ordered(wanted, [], wanted, key)
    merged = list(live)
    for item in wanted:
        place = _place(merged, key, _key_of(item, key))
        if place is None:
            merged.append(item)
        else:
            merged[place] = merge(merged[place], item)
    return ordered(merged, wanted, live, key)


def deleted(items: list[Any], key: str, value: Any) -> list[Any]:
    """The items without those of this key."""
    return [item for item in items if not (isinstance(item, dict) and key in item and _same(item[key], value))]


def of_one_type(items: Sequence[Any], *, required: bool = False) -> Any:
    """The first item, if all are of its type; None without any, which may be an error."""
    if items and isinstance(items[0], list):
        raise Invalid("the server rejected our request due to an error in our request")
    if not items and required:
        raise StatusError("no elements in any of the given slices")
    if any(_type(item) is not _type(items[0]) for item in items):
        raise StatusError(f"list element types are not identical: [{go_value(list(items))}]")
    return items[0] if items else None


def ordered(items: list[Any], order: Sequence[Any], live: Sequence[Any], key: str) -> list[Any]:
    """Those of ``order`` in its order; the others in that of ``live``, each before what follows it there."""
    named: list[Any] = []
    others: list[Any] = []
    for item in items:
        place = _index(order, item, key)
        (others if place is None else named).append(item)
    named.sort(key=lambda item: _index(order, item, key) or 0)
    others.sort(key=lambda item: _rank(_index(live, item, key), live))
    result: list[Any] = []
    left, right = 0, 0
    while left < len(others) and right < len(named):
        one, other = _index(live, others[left], key), _index(live, named[right], key)
        if one is not None and other is not None and one < other:
            result.append(others[left])
            left += 1
        else:
            result.append(named[right])
            right += 1
    return [*result, *others[left:], *named[right:]]


def check_order(patch: Sequence[Any], order: Sequence[Any], key: str) -> None:
    """StatusError unless the items of a patch stand in the order that ``$setElementOrder`` gives."""
    if not patch or not order:
        return
    wanted = [item for item in patch if not (isinstance(item, dict) and item.get(DIRECTIVE) == DELETE)]
    position = place = 0
    while position < len(wanted) and place < len(order):
        if isinstance(wanted[position], dict) and DIRECTIVE in wanted[position]:
            position += 1
            continue
        position += _same(_name(wanted[position], key), _name(order[place], key))
        place += 1
    if position < len(wanted):
        raise StatusError(
            f"The order in patch list:\n{go_value(list(patch))}\n doesn't match $setElementOrder list:\n"
            f"{go_value(list(order))}\n"
        )


def unknown_directive(directive: Any, patch: Mapping[str, Any]) -> StatusError:
    return StatusError(f"unknown patch type: {go_value(directive)} in map: {go_value(dict(patch))}")


def _key_of(item: Any, key: str) -> Any:
    if key not in item:
        raise StatusError(f"map: {go_value(item)} does not contain declared merge key: {key}")
    return item[key]


def _name(item: Any, key: str) -> Any:
    """What an item goes by: the value of its key; in a list of scalars, itself."""
    if not key:
        return item
    if not isinstance(item, dict):
        raise StatusError("expected a map[string]interface {}, but received a string")
    return _key_of(item, key)


def _place(items: Sequence[Any], key: str, value: Any) -> int | None:
    for place, item in enumerate(items):
        if isinstance(item, dict) and key in item and _same(item[key], value):
            return place
    return None


def _index(items: Sequence[Any], wanted: Any, key: str) -> int | None:
    if key:
        return _place(items, key, _name(wanted, key))
    return next((place for place, item in enumerate(items) if _same(item, wanted)), None)


def _rank(place: int | None, live: Sequence[Any]) -> int:
    return len(live) if place is None else place


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _type(value: Any) -> type:
    return dict if isinstance(value, dict) else list if isinstance(value, list) else type(value)


def go_value(value: Any) -> str:
    """A value as Go's ``%v`` prints it."""
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{go_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(go_value, value)) + "]"
    if isinstance(value, bool) or value is None:
        return "<nil>" if value is None else str(value).lower()
    return str(value)
