"""The algebra of field sets. Source: structured-merge-diff, fieldpath/set.go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

from simulator.api.jsontext import dumps

Fields = dict[str, Any]
"""A set of fields, or what is below a step of it; at the top an empty one is the empty set."""
Path = tuple[str, ...]
SELF: Final = "."


def is_member(below: Fields) -> bool:
    """Whether a step with this ``below`` it belongs to the set itself."""
    return not below or SELF in below


def insert(fields: Fields, path: Path, below: Fields | None = None) -> None:
    """Add a path to a set that the caller is making, with what is ``below`` it, if anything; that is a set for good."""
    node = fields
    for step in path[:-1]:
        inner = node.get(step)
        if inner is None:
            inner = node[step] = {}
        elif not inner:
            inner[SELF] = {}
        node = inner
    old = node.get(path[-1])
    if old is None:
        node[path[-1]] = {} if below is None else below
    elif below:
        node[path[-1]] = _union(old, below)
    elif not is_member(old):
        old[SELF] = {}


def union(one: Fields, other: Fields) -> Fields:
    """What is in either set."""
    if not one or not other:
        return one or other
    return _merged(one, other)


def _merged(one: Fields, other: Fields) -> Fields:
    merged = dict(one)
    for step, below in other.items():
        old = merged.get(step)
        merged[step] = below if old is None else _union(old, below)
    return merged


def _union(one: Fields, other: Fields) -> Fields:
    if one is other:
        return one
    if not one:
        return _as_member(other)
    return _merged(one, other) if other else _as_member(one)


def _as_member(below: Fields) -> Fields:
    return below if is_member(below) else {SELF: {}, **below}


def difference(one: Fields, other: Fields) -> Fields:
    """What is in ``one`` only; the fields below a step that ``other`` has stay."""
    return _difference(one, other) or {}


def _difference(one: Fields, other: Fields) -> Fields | None:
    """As ``difference``, for what is below steps of both; None when nothing is left, not even the step."""
    left: Fields = {}
    for step, below in one.items():
        counterpart = other.get(step)
        if step == SELF:
            continue
        rest = below if counterpart is None else _rest(below, counterpart)
        if rest is not None:
            left[step] = rest
    return left or None


def _rest(one: Fields, other: Fields) -> Fields | None:
    left = _difference(one, other)
    if not is_member(one) or is_member(other):
        return left
    return {SELF: {}, **left} if left else {}


def intersection(one: Fields, other: Fields) -> Fields:
    """What is in both sets."""
    return _intersection(one, other) or {}


def _intersection(one: Fields, other: Fields) -> Fields | None:
    both: Fields = {}
    for step, below in one.items():
        counterpart = other.get(step)
        if step == SELF or counterpart is None:
            continue
        common = _intersection(below, counterpart)
        if is_member(below) and is_member(counterpart):
            both[step] = {SELF: {}, **common} if common else {}
        elif common:
            both[step] = common
    return both or None


def contains(fields: Fields, path: Path) -> bool:
    """Whether a path belongs to the set."""
    node: Fields | None = fields
    for step in path:
        node = None if node is None else node.get(step)
    return node is not None and is_member(node)


def paths(fields: Fields, prefix: Path = ()) -> Iterator[Path]:
    """The paths of a set, those of one level before those below them."""
    steps = sorted(fields)
    for step in steps:
        if step != SELF and is_member(fields[step]):
            yield (*prefix, step)
    for step in steps:
        if step != SELF:
            yield from paths(fields[step], (*prefix, step))


def ordered(fields: Fields) -> Fields:
    """The same set with its steps in the order in which the API shows them, which is that of their texts."""
    return {step: ordered(below) if (below := fields[step]) else below for step in sorted(fields)}


def path_text(path: Path) -> str:
    """``.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]``"""
    return "".join(_step_text(step) for step in path)


def _step_text(step: str) -> str:
    kind, _, text = step.partition(":")
    if kind == "f":
        return f".{text}"
    if kind == "k":
        keys = json.loads(text)
        return f"[{','.join(f'{key}={dumps(value)}' for key, value in sorted(keys.items()))}]"
    return f"[={text}]" if kind == "v" else f"[{text}]"


def field_step(name: str) -> str:
    return f"f:{name}"


@lru_cache(maxsize=4096, typed=True)
def key_step(keys: tuple[str, ...], *values: Any) -> str:
    """The step to the item of a list that is a map by these keys."""
    return f"k:{dumps(dict(zip(keys, values, strict=True)))}"


@lru_cache(maxsize=4096, typed=True)
def value_step(value: Any) -> str:
    """The step to the item of a set."""
    return f"v:{dumps(value)}"
