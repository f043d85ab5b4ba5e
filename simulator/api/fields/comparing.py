"""Which fields an object has, and how two objects differ.

Source: structured-merge-diff, typed/tofieldset.go, typed/compare.go, typed/helpers.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.api.fields.sets import SELF, Fields, Path, field_step, insert, key_step, value_step
from simulator.api.fields.shapes import ANY, LIST, MAP, Shape

ABSENT: Final = object()
"""Stands for a value that is not there at all; None is JSON's null."""


class Unfit(Exception):
    """An object does not fit its shape. ``path`` is where, as ``.spec.ports``; ``str`` what is wrong."""

    def __init__(self, text: str, path: str = "") -> None:
        super().__init__(text)
        self.path = path


@dataclass
class Comparison:
    """Fields that one object has and the other lacks, and those that both have with other values."""

    added: Fields = field(default_factory=dict)
    modified: Fields = field(default_factory=dict)
    removed: Fields = field(default_factory=dict)

    def without(self, steps: Sequence[str]) -> Comparison:
        """The same without the fields at and below these steps."""
        if not steps:
            return self
        return Comparison(*(_without(one, steps) for one in (self.added, self.modified, self.removed)))


def item_step(shape: Shape, item: Any) -> str:
    """The step to an item of a list that is a map or a set; Unfit when the item has no key."""
    if not shape.keys:
        if isinstance(item, dict | list) or item is None:
            raise Unfit(_NO_SCALAR[type(item)])
        return value_step(item)
    if not isinstance(item, dict):
        kind = "a null element" if item is None else "non-map elements"
        raise Unfit(f"associative list with keys may not have {kind}")
    values = []
    for key in shape.keys:
        value = item.get(key, shape.defaults.get(key, ABSENT))
        if value is ABSENT:
            raise Unfit(
                f'associative list with keys has an element that omits key field "{key}" (and doesn\'t have default '
                "value)"
            )
        if isinstance(value, dict | list):
            raise Unfit(f'key field "{key}" is no scalar')
        values.append(value)
    return key_step(shape.keys, *values)


_NO_SCALAR: Mapping[type, str] = {
    dict: "associative list without keys has an element that's a map type",
    list: "not supported: associative list with lists as elements",
    type(None): "associative list without keys has an element that's an explicit null",
}


# -- the fields of one object


def fields_of(shape: Shape, value: Any) -> Fields:
    """The fields that an object sets. Unfit."""
    below: Fields = _below(shape, value)[1]
    return below


def _below(shape: Shape, value: Any) -> tuple[bool, Fields]:
    """Whether the place of ``value`` belongs to the set for its own sake, and what is below it."""
    kind = shape.kind_of(value)
    if shape.atomic or kind not in (MAP, LIST):
        return True, {}
    if kind == MAP:
        return False, _map_fields(shape, value) if isinstance(value, dict) else {}
    if shape.kind is ANY or shape.keys is None:
        return True, {}
    return False, _list_fields(shape, value) if isinstance(value, list) else {}


def _map_fields(shape: Shape, value: Mapping[str, Any]) -> Fields:
    found: Fields = {}
    for key, item in value.items():
        inside = shape.field(key)
        member, below = _below(inside or shape.at(key), item)
        _put(found, field_step(key), member or inside is None or item is None or item == {}, below)
    return found


def _list_fields(shape: Shape, value: list[Any]) -> Fields:
    found: Fields = {}
    steps = [item_step(shape, item) for item in value]
    for step, item in zip(steps, value, strict=True):
        repeated = len(steps) > 1 and steps.count(step) > 1
        _put(found, step, True, {} if repeated else _below(shape.item(), item)[1])
    return found


def _put(found: Fields, step: str, member: bool, below: Fields) -> None:
    if member:
        found[step] = {SELF: {}, **below} if below else {}
    elif below:
        found[step] = below


# -- the difference of two


def compare(shape: Shape, old: Any, new: Any) -> Comparison:
    """How ``new`` differs from ``old``. What is one and the same object in both is not looked into. Unfit."""
    found = Comparison()
    _compare(found, shape, old, new, ())
    return found


def _compare(found: Comparison, shape: Shape, old: Any, new: Any, path: Path) -> None:
    if old is ABSENT:
        insert(found.added, path, _everything(shape, new))
    elif new is ABSENT:
        insert(found.removed, path, _everything(shape, old))
    elif shape.kind is ANY and shape.kind_of(old) != shape.kind_of(new):
        insert(found.modified, path)
        for fields, value in ((found.removed, old), (found.added, new)):
            for step, below in _everything(shape, value).items():
                if step != SELF:
                    insert(fields, (*path, step), below)
    elif old is not new:
        kind = shape.kind_of(new)
        if not _is_leaf(shape, kind, old, new):
            _inside(found, shape, kind, old, new, path)
        elif old != new:
            insert(found.modified, path)


def _everything(shape: Shape, value: Any) -> Fields:
    """What is below a value of which every part is in the set; the value itself is, too."""
    kind = shape.kind_of(value)
    if kind == MAP and not shape.atomic and isinstance(value, dict) and value:
        inside = {field_step(key): _everything(shape.at(key), item) for key, item in value.items()}
        return {SELF: {}, **inside}
    if kind == LIST and shape.keys is not None and isinstance(value, list) and value:
        grouped, item = _by_step(shape, value), shape.item()
        return {SELF: {}} | {
            step: _everything(item, items[0]) if len(items) == 1 else {} for step, items in grouped.items()
        }
    return {}


def _is_leaf(shape: Shape, kind: str, old: Any, new: Any) -> bool:
    """Of two that are empty, or null, it counts that one is not the other."""
    if shape.atomic or kind not in (MAP, LIST) or (kind == LIST and shape.keys is None):
        return True
    wanted = dict if kind == MAP else list
    return not (isinstance(old, wanted) and old) and not (isinstance(new, wanted) and new)


def _inside(found: Comparison, shape: Shape, kind: str, old: Any, new: Any, path: Path) -> None:
    if kind == MAP:
        _compare_maps(found, shape, old if isinstance(old, dict) else {}, new if isinstance(new, dict) else {}, path)
    elif kind == LIST and shape.keys is not None:
        _compare_lists(found, shape, old if isinstance(old, list) else [], new if isinstance(new, list) else [], path)


def _compare_maps(found: Comparison, shape: Shape, old: Mapping[str, Any], new: Mapping[str, Any], path: Path) -> None:
    for key, value in new.items():
        before = old.get(key, ABSENT)
        if before is value or (type(value) is str and before == value):
            continue
        _compare(found, shape.at(key), before, value, (*path, field_step(key)))
    for key, value in old.items():
        if key not in new:
            _compare(found, shape.at(key), value, ABSENT, (*path, field_step(key)))


def _compare_lists(found: Comparison, shape: Shape, old: list[Any], new: list[Any], path: Path) -> None:
    before, after, item = _by_step(shape, old), _by_step(shape, new), shape.item()
    for step in {**before, **after}:
        olds, news, place = before.get(step, []), after.get(step, []), (*path, step)
        if len(olds) > 1 and len(news) > 1:
            if olds != news:
                insert(found.modified, place)
        elif len(olds) > 1:
            if news:
                _compare(found, item, ABSENT, news[0], place)
            insert(found.removed, place)
        elif len(news) > 1:
            if olds:
                _compare(found, item, olds[0], ABSENT, place)
            insert(found.added, place)
        else:
            _compare(found, item, olds[0] if olds else ABSENT, news[0] if news else ABSENT, place)


def _by_step(shape: Shape, items: list[Any]) -> dict[str, list[Any]]:
    """The items by their steps; a set, or a map, may have the same several times where nobody looked."""
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(item_step(shape, item), []).append(item)
    return found


def _without(fields: Fields, steps: Sequence[str]) -> Fields:
    return {step: below for step, below in fields.items() if step not in steps}
