"""What a refused change of a claim would have changed, as Go's ``cmp.Diff`` of the internal type shows it.

Source: google/go-cmp, cmp/report_compare.go: two equal fields beside each change, the others are only counted.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from simulator.api.quantity import parse

_CONTEXT = 2
_FIELDS = ("accessModes", "selector", "resources", "volumeName", "storageClassName", "volumeMode", "dataSource",
           "dataSourceRef", "volumeAttributesClassName")  # fmt: skip
_TEXTS = ("volumeName",)


def claim_diff(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """The block after the message; each line begins with a space, ``-`` or ``+`` and another space."""
    changed = [name for name in _FIELDS if old.get(name) != new.get(name)]
    shown = _shown([name in changed for name in _FIELDS])
    lines = ["  core.PersistentVolumeClaimSpec{"]
    for position, name in enumerate(shown):
        if isinstance(name, int):
            lines.append(f"  \t... // {name} identical fields")
        elif name in changed and name in _NESTED:
            lines += _NESTED[name](old.get(name), new.get(name))
        else:
            key = f"{_go(name)}:".ljust(_width(shown, position, changed) + 2)
            signs = (("-", old), ("+", new)) if name in changed else ((" ", old),)
            lines += [f"{sign} \t{key}{_value(name, spec.get(name))}," for sign, spec in signs]
    return "\n".join([*lines, "  }", ""])


def _width(shown: list[str | int], position: int, changed: list[str]) -> int:
    """The longest name of those in a run: what is left out, and what has lines of its own, ends one."""

    def is_plain(name: str | int) -> bool:
        return isinstance(name, str) and not (name in changed and name in _NESTED)

    first = last = position
    while first > 0 and is_plain(shown[first - 1]):
        first -= 1
    while last + 1 < len(shown) and is_plain(shown[last + 1]):
        last += 1
    return max(len(str(name)) for name in shown[first : last + 1])


def _shown(changes: list[bool]) -> list[str | int]:
    """Names of the fields to show; a number stands for that many which are left out."""
    shown: list[str | int] = []
    groups: list[list[int]] = []
    for index, change in enumerate(changes):
        if not groups or changes[groups[-1][0]] != change:
            groups.append([])
        groups[-1].append(index)
    for position, group in enumerate(groups):
        if changes[group[0]]:
            shown += [_FIELDS[index] for index in group]
            continue
        low = min(_CONTEXT, len(group)) if position else 0
        high = min(_CONTEXT, len(group) - low) if position != len(groups) - 1 else 0
        if len(group) - low - high == 1:
            high += 1  # one hidden field is not worth the line that counts it
        hidden = len(group) - low - high
        shown += [_FIELDS[index] for index in group[:low]]
        shown += [hidden] if hidden else []
        shown += [_FIELDS[index] for index in group[len(group) - high :]] if high else []
    return shown


def _modes(old: Any, new: Any) -> list[str]:
    before, after = old or [], new or []
    lines = [f"  \t\t{json.dumps(mode)}," for mode in before if mode in after]
    lines += [f"- \t\t{json.dumps(mode)}," for mode in before if mode not in after]
    lines += [f"+ \t\t{json.dumps(mode)}," for mode in after if mode not in before]
    return ["  \tAccessModes: []core.PersistentVolumeAccessMode{", *lines, "  \t},"]


def _resources(old: Any, new: Any) -> list[str]:
    before, after = ((value or {}).get("requests") or {} for value in (old, new))
    lines = ["  \tResources: core.VolumeResourceRequirements{", "  \t\tLimits: nil,"]
    lines.append("  \t\tRequests: core.ResourceList{")
    for name in sorted({*before, *after}):
        if before.get(name) == after.get(name):
            lines.append(f"  \t\t\ts{json.dumps(name)}: {_quantity(before[name], brief=True)},")
            continue
        for sign, sizes in (("-", before), ("+", after)):
            if name in sizes:
                lines.append(f"{sign} \t\t\ts{json.dumps(name)}: {_quantity(sizes[name])},")
    return [*lines, "  \t\t},", "  \t},"]


_NESTED: Mapping[str, Callable[[Any, Any], list[str]]] = {"accessModes": _modes, "resources": _resources}


def _quantity(size: str, *, brief: bool = False) -> str:
    amount = parse(size)
    form = "BinarySI" if size.endswith("i") else "DecimalSI"
    whole = amount.numerator if isinstance(amount, Fraction) and amount.denominator == 1 else amount
    number = "{...}" if brief else f"resource.int64Amount{{value: {whole}}}"
    return f"{{i: {number}, s: {json.dumps(size)}, Format: {json.dumps(form)}}}"


def _value(name: str, value: Any) -> str:
    """An equal field, in short."""
    if name in _TEXTS:
        return json.dumps(value or "")
    if value is None:
        return "nil"
    if name == "accessModes":
        return "{" + ", ".join(map(json.dumps, value)) + "}"
    if name == "resources":
        sizes = (value.get("requests") or {}).items()
        return "{Requests: {" + ", ".join(f"s{json.dumps(k)}: {_quantity(v, brief=True)}" for k, v in sizes) + "}}"
    if isinstance(value, str):
        return f"&{json.dumps(value)}"
    return "&{" + ", ".join(f"{_go(key)}: {json.dumps(item)}" for key, item in sorted(value.items())) + "}"


def _go(name: str) -> str:
    return name[:1].upper() + name[1:]
