"""``--sort-by``: objects in the order of one of their fields. Source: kubectl, cmd/get/sorter.go."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cmp_to_key
from typing import Any, TypeVar

from simulator.oc.errors import fail
from simulator.oc.printers.jsonpath import JSONPathError, find, parse_relaxed

T = TypeVar("T")
_QUANTITY = re.compile(r"([+-]?\d+(?:\.\d*)?)(m|k|Ki|[MGTPE]i?)?")
_SCALE = {"": 1, "m": 0.001, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15, "E": 10**18}
_SCALE |= {unit: 1024 ** (at + 1) for at, unit in enumerate(("Ki", "Mi", "Gi", "Ti", "Pi", "Ei"))}


def sort_by(items: Sequence[T], expression: str, obj: Callable[[T], Any]) -> list[T]:
    """The items in ascending order, those without the field first. When none has it nothing is left (as in kubectl)."""
    try:
        path = parse_relaxed(expression)
    except JSONPathError as error:
        raise fail(str(error)) from None
    keyed: list[tuple[list[Any], T]] = [(find(path, obj(item)), item) for item in items]
    if not any(values for values, _ in keyed):
        return []
    keyed.sort(key=cmp_to_key(_compare_keys))
    return [item for _, item in keyed]


def _compare_keys(one: tuple[Sequence[Any], Any], other: tuple[Sequence[Any], Any]) -> int:
    return _compare(one[0], other[0])


def _compare(one: Sequence[Any], other: Sequence[Any]) -> int:
    if not one or not other:
        return len(one[:1]) - len(other[:1])
    left, right = _sortable(one[0]), _sortable(other[0])
    if type(left) is not type(right):
        left, right = str(one[0]), str(other[0])
    return int(left > right) - int(left < right)


def _sortable(value: Any) -> Any:
    """A number for numbers and quantities; else text cut into words and numbers, so that web-10 follows web-9."""
    if isinstance(value, int | float):
        return float(value)
    match = _QUANTITY.fullmatch(str(value))
    if match:
        return float(match.group(1)) * _SCALE[match.group(2) or ""]
    return [(part.zfill(20) if part.isdigit() else part) for part in re.split(r"(\d+)", str(value))]
