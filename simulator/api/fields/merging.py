"""An object with the fields of another merged in, or with fields taken away; and whether one fits its shape.

Source: structured-merge-diff, typed/merge.go, typed/remove.go, typed/validate.go.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.api.fields.comparing import ABSENT, Unfit, item_step
from simulator.api.fields.sets import SELF, Fields, field_step, is_member, path_text
from simulator.api.fields.shapes import LIST, MAP, SCALAR, Shape
from simulator.api.strategiclists import go_value


def merge(shape: Shape, live: Any, config: Any) -> Any:
    """``live`` with what ``config`` says; lists of items keep their order, as far as ``config`` has none of its own."""
    merged = _merge(shape, live, config)
    return {} if merged is ABSENT else merged


def _merge(shape: Shape, live: Any, config: Any) -> Any:
    kind = shape.kind_of(live if config is ABSENT else config)
    if kind == MAP and not shape.atomic:
        old, new = (one if isinstance(one, dict) else {} for one in (live, config))
        if old or new:
            return _merge_maps(shape, old, new)
    elif kind == LIST and shape.keys is not None:
        olds, news = (one if isinstance(one, list) else [] for one in (live, config))
        if olds or news:
            return _merge_lists(shape, olds, news)
    return live if config is ABSENT else config


def _merge_maps(shape: Shape, live: Mapping[str, Any], config: Mapping[str, Any]) -> Any:
    merged = {}
    for key in {**live, **config}:
        value = _merge(shape.at(key), live.get(key, ABSENT), config.get(key, ABSENT))
        if value is not ABSENT:
            merged[key] = value
    return merged or ABSENT


def _merge_lists(shape: Shape, live: list[Any], config: list[Any]) -> Any:
    """The order is that of ``config``; what only ``live`` has stays behind what it followed there."""
    wanted = {item_step(shape, item): item for item in config}
    steps = [item_step(shape, item) for item in live]
    known: dict[str, Any] = {}
    for step, item in zip(steps, live, strict=True):
        known[step] = None if step in known else item  # of one that is there twice, nothing is kept
    shared = iter([step for step in wanted if step in known])
    expected, left, right, out, done = next(shared, ""), 0, 0, [], set()
    order = list(wanted)
    while left < len(steps) or right < len(order):
        if left < len(steps):
            step = steps[left]
            if right < len(order) and step != order[right] and step in wanted and expected and expected != step:
                left += 1  # an item of both, but not the one whose turn it is
                continue
            if step not in wanted:
                out.append(_merge(shape.item(), live[left], ABSENT))
                left += 1
                continue
            if step in done or (right < len(order) and step == order[right]):
                left += 1
        if right < len(order):
            step = order[right]
            done.add(step)
            out.append(_merge(shape.item(), known.get(step, ABSENT), wanted[step]))
            right += 1
            if step == expected:
                expected = next(shared, "")
    return [item for item in out if item is not ABSENT] or ABSENT


def remove(shape: Shape, value: Any, gone: Fields) -> Any:
    """``value`` without these fields; None (a null within a map) when nothing is left of what can be taken apart."""
    kind = shape.kind_of(value)
    if kind == SCALAR:
        return value
    if shape.atomic or not value or (kind == LIST and shape.keys is None):
        return None
    if kind == MAP:
        return _remove_keys(shape, value, gone) if isinstance(value, dict) else None
    return _remove_items(shape, value, gone) if isinstance(value, list) else None


def _remove_keys(shape: Shape, value: Mapping[str, Any], gone: Fields) -> Any:
    left = {}
    for key, item in value.items():
        below = gone.get(field_step(key))
        if below is None:
            left[key] = item
        elif not is_member(below):
            left[key] = remove(shape.at(key), item, below)
    return left or None


def _remove_items(shape: Shape, value: list[Any], gone: Fields) -> Any:
    left = []
    for item in value:
        below = gone.get(item_step(shape, item))
        if below is None:
            left.append(item)
        elif not is_member(below) and (rest := remove(shape.item(), item, below)) is not None:
            left.append(rest)
    return left or None


def with_named_fields(shape: Shape, fields: Fields) -> Fields:
    """The set with the fields added that it has only something below of, where the type names them."""
    result: Fields = {}
    for step, below in fields.items():
        if step == SELF:
            result[step] = below
            continue
        known = shape.field(step[2:]) if step[:2] == "f:" else None
        inside = known or (shape.at(step[2:]) if step[:2] == "f:" else shape.item())
        deeper = with_named_fields(inside, below)
        result[step] = {SELF: {}, **deeper} if known is not None and deeper else deeper
    return result


# -- whether an object fits


def faults(shape: Shape, value: Any, where: str = "") -> Iterator[Unfit]:
    """What of ``value`` its shape does not know or allow, as ``.spec.replicas: expected numeric ...``."""
    kind = shape.kind_of(value)
    if value is None:
        return
    if kind == MAP:
        if not isinstance(value, dict):
            yield Unfit(f"expected map, got &{{{go_value(value)}}}", where)
            return
        for key, item in value.items():
            inside = shape.field(key) or shape.entry()
            if inside is None:
                yield Unfit("field not declared in schema", f"{where}.{key}")
                return
            yield from faults(inside, item, f"{where}.{key}")
    elif kind == LIST:
        yield from _list_faults(shape, value, where)
    elif fault := _scalar_fault(shape.scalar, value):
        yield Unfit(fault, where)


def _scalar_fault(scalar: str, value: Any) -> str:
    is_scalar = isinstance(value, bool | int | float | str)
    if scalar == "numeric" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"expected numeric (int or float), got {_go_type(value)}"
    if scalar == "string" and not isinstance(value, str):
        return f"expected string, got &value.valueUnstructured{{Value:{go_syntax(value)}}}"
    if scalar == "boolean" and not isinstance(value, bool):
        return f"expected boolean, got &{{{go_value(value)}}}"
    return "" if is_scalar else f"expected any scalar, got &{{{go_value(value)}}}"


def _go_type(value: Any) -> str:
    names = {str: "string", bool: "bool", dict: "map[string]interface {}", list: "[]interface {}"}
    return names.get(type(value), "int64")


def go_syntax(value: Any) -> str:
    """A value as Go's ``%#v`` prints it."""
    if isinstance(value, dict):
        inside = ", ".join(f"{json.dumps(key)}:{go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inside}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(map(go_syntax, value))}}}"
    return "interface {}(nil)" if value is None else json.dumps(value)


def _list_faults(shape: Shape, value: Any, where: str) -> Iterator[Unfit]:
    if not isinstance(value, list):
        yield Unfit(f"expected list, got &{{{go_value(value)}}}", where)
        return
    seen = set()
    for index, item in enumerate(value):
        step = f"i:{index}"
        if shape.keys is not None:
            try:
                step = item_step(shape, item)
            except Unfit as fault:
                yield Unfit(f"element {index}: {fault}", where)
                return
            if step in seen:
                yield Unfit(f"duplicate entries for key {path_text((step,))}", where)
            seen.add(step)
        yield from faults(shape.item(), item, where + path_text((step,)))
