"""The difference of two profiles for a terminal: sections, one fact a line, ``-`` what went, ``+`` what came."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from simulator.errors import Object
from simulator.profiles.difference import AREAS
from simulator.profiles.summary import table, value_text, words

_WIDTH = 110
_ROWS: Final[Mapping[str, Sequence[str]]] = {
    "nodes": ("roles", "type", "zone", "cpu", "memory"),
    "storageClasses": ("provisioner", "default", "reclaimPolicy", "binding"),
    "claims": ("status", "size", "modes", "class"),
}
"""The groups of which each member gets a line of its own, with these columns."""
_NAMES: Final = ("csiDrivers", "clusterOperators", "projects")
"""Those of which the names are enough."""


def as_text(found: Object) -> str:
    return "\n".join(_lines(found)) + "\n"


def _lines(found: Object) -> Iterator[str]:
    width = max(len(one["name"]) for one in found["profiles"])
    for mark, one in zip("-+", found["profiles"], strict=True):
        yield f"{mark} {one['name']:<{width}}  {one['title']}"
    sections: Sequence[tuple[str, Iterable[str]]] = (
        ("Release", _fields(found["release"])),
        *_changes(found["changes"]),
        ("Kinds", _kinds(found["kinds"])),
        ("Columns of oc get, with those of -o wide in brackets", _columns(found["columns"])),
        ("Cluster", _fields(found["cluster"])),
        ("Image registry", _fields(found["registry"])),
        *((words(name), _group(name, found[name])) for name in (*_ROWS, *_NAMES)),
        ("Objects by resource", _counts(found["counts"])),
    )
    told = False
    for title, lines in sections:
        block = [f"  {line}" for line in lines]
        told = told or bool(block)
        yield from ["", title, *block] if block else []
    if not told:
        yield "\nNothing differs."


# -- what changed between the releases


def _changes(changes: Sequence[Object]) -> Iterator[tuple[str, list[str]]]:
    by_area = groupby(changes, key=lambda change: str(change["area"]))
    for area, group in by_area:
        rows = list(group)
        title = f"{AREAS.get(area, area)}: {len(rows)} change{'s' if len(rows) > 1 else ''}"
        yield title, [line for change in rows for line in _change(change)]


def _change(change: Object) -> list[str]:
    """The title; then the values, on one line if they fit, with the release and where it is told."""
    before, after = _value(change["before"]), _value(change["after"])
    source = f" ({change['source']})" if change["source"] else ""
    where = f"since {change['since']}{source}"
    title = textwrap.wrap(f"* {change['title']}", _WIDTH, subsequent_indent="  ")
    line = f"    {before} → {after}, {where}"
    if len(line) <= _WIDTH:
        return [*title, line]
    return [*title, *_long("- ", before), *_long("+ ", after), *_long("", where)]


def _long(mark: str, text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=f"    {mark}", subsequent_indent="      ")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_value(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list | tuple):
        return ", ".join(_value(one) for one in value) or "none"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _kinds(kinds: Object) -> Iterator[str]:
    yield from _names("-", [one["kind"] for one in kinds["gone"]])
    yield from _names("+", [one["kind"] for one in kinds["new"]])
    for one in kinds["versions"]:
        yield f"~ {one['kind']}: {', '.join(one['before'])} → {', '.join(one['after'])}"


def _columns(tables: Sequence[Object]) -> Iterator[str]:
    """What came and what went; the whole headings where only the order is another."""
    for one in tables:
        marks = [f"-{name}" for name in one["gone"]] + [f"+{name}" for name in one["new"]]
        yield f"{one['resource']}: {' '.join(marks) if marks else ' '.join(one['after'])}"


# -- what the objects say


def _fields(fields: Mapping[str, Object]) -> Iterator[str]:
    for name, one in fields.items():
        yield f"{name}: {_side(one['before'])} → {_side(one['after'])}"


def _side(value: Any) -> str:
    return "(none)" if value is None else value_text(value)


def _group(name: str, group: Object) -> Iterator[str]:
    show = _member_table if name in _ROWS else _member_names
    yield from show(name, "-", group["gone"])
    yield from show(name, "+", group["new"])
    yield from _changed(group["changed"])


def _member_table(name: str, mark: str, members: Mapping[str, Object]) -> Iterator[str]:
    rows = [{"name": member, **row} for member, row in members.items()]
    lines = list(table(rows, ("name", *_ROWS[name]))) if rows else []
    yield from (f"{' ' if number == 0 else mark} {line}" for number, line in enumerate(lines))


def _member_names(_name: str, mark: str, members: Mapping[str, Object]) -> Iterator[str]:
    return _names(mark, list(members))


def _names(mark: str, names: Sequence[str]) -> Iterator[str]:
    text = f"{mark} {', '.join(names)}"
    yield from textwrap.wrap(text, _WIDTH, subsequent_indent="    ", break_on_hyphens=False) if names else ()


def _changed(changed: Mapping[str, Mapping[str, Object]]) -> Iterator[str]:
    """One line for all members to which the very same happened, as a version to every cluster operator."""
    alike: dict[str, list[str]] = {}
    for name, fields in changed.items():
        alike.setdefault("; ".join(_fields(fields)), []).append(name)
    for text, names in alike.items():
        yield from _names("~", [*names[:-1], f"{names[-1]}: {text}"])


def _counts(counts: Mapping[str, Object]) -> Iterator[str]:
    pairs = [(name, one["before"] or 0, one["after"] or 0) for name, one in counts.items()]
    width = max((len(name) for name, _, _ in pairs), default=0)
    return (f"{name:<{width}}  {before:>5} → {after:>5}" for name, before, after in sorted(pairs))
