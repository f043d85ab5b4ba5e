"""What the API serves, kind by kind, as the code has it: verbs, subresources, types, columns, who moves the objects.

For ``ocsim api coverage`` and the page of the docs that is made of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Final

from simulator.api import discovery
from simulator.api.resourcetable import ALL_VERBS, ResourceType
from simulator.api.schema import openapi_of, type_of
from simulator.api.subresources import is_served
from simulator.api.table import AGE, CREATED_AT, NAME, columns_of
from simulator.cluster import Cluster
from simulator.controllers.context import Controller, own_key
from simulator.release import Release

_PLAIN: Final = ((NAME, AGE), (NAME, CREATED_AT))
_EVERYTHING: Final = frozenset({"garbagecollector", "namespace"})  # they look at every kind
_OPERATOR: Final = "simulator.controllers.image_registry"  # its controllers watch a Deployment first: their own
_HEADERS: Final = ("resource", "kind", "verbs", "subresources", "type", "columns", "moved by")


@dataclass(frozen=True)
class Line:
    """One resource of one group version. ``missing``: subresources that discovery tells and nobody answers."""

    group: str
    version: str
    resource: str
    kind: str
    namespaced: bool
    verbs: tuple[str, ...]
    subresources: tuple[str, ...]
    missing: tuple[str, ...]
    typed: bool
    columns: bool
    controllers: tuple[str, ...]


def coverage(cluster: Cluster) -> list[Line]:
    """All that a cluster serves, in the order of discovery."""
    controllers = [runner.controller for runner in cluster.manager.runners]
    return [_line(row, cluster.profile.release, controllers) for row in discovery.rows_of(cluster.api)]


def _line(row: ResourceType, release: Release, controllers: Sequence[Controller]) -> Line:
    return Line(
        row.group,
        row.version,
        row.plural,
        row.kind,
        row.namespaced,
        tuple(sorted(row.verbs)),
        tuple(name for name in row.subresources if is_served(row, name)),
        tuple(name for name in row.subresources if not is_served(row, name)),
        bool(type_of(row)) or openapi_of(row) is not None,
        columns_of(row, release) not in _PLAIN,
        tuple(controller.name for controller in controllers if _moves(controller, row)),
    )


def _moves(controller: Controller, row: ResourceType) -> bool:
    """Whether the kind is what the controller is there for: it looks at the object itself when that changes."""
    if controller.name in _EVERYTHING and row.key != "namespaces":
        return False
    watches = [watch for watch in controller.watches if watch.resource.qualified == row.key]
    if row.custom:
        return bool(watches)
    first = controller.watches[0] if not controller.reconcile.__module__.startswith(_OPERATOR) else None
    return any(watch.keys is own_key or watch is first for watch in watches)


# -- shown


def as_json(lines: Iterable[Line]) -> str:
    return json.dumps([asdict(line) for line in lines], indent=2) + "\n"


def as_text(lines: Sequence[Line]) -> str:
    """One line a resource, in columns."""
    rows = [("GROUP", *map(str.upper, _HEADERS))]
    rows += [(_group(line), *_cells(line)) for line in lines]
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]) - 1)]
    return "".join(_padded(row, widths) for row in rows)


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    *first, last = row
    return ("".join(f"{cell:<{width + 3}}" for cell, width in zip(first, widths, strict=True)) + last).rstrip() + "\n"


def as_markdown(lines: Sequence[Line]) -> str:
    """A sum, then a table for each group version."""
    return "\n".join(_markdown(lines)) + "\n"


def _markdown(lines: Sequence[Line]) -> Iterator[str]:
    yield _sum(lines)
    for group in dict.fromkeys(map(_group, lines)):
        yield from ("", f"### {group}", "")
        yield "| " + " | ".join(_HEADERS) + " |"
        yield "|" + " --- |" * len(_HEADERS)
        yield from ("| " + " | ".join(_cells(line)) + " |" for line in lines if _group(line) == group)


def _sum(lines: Sequence[Line]) -> str:
    typed, moved = sum(line.typed for line in lines), sum(bool(line.controllers) for line in lines)
    groups = len({_group(line) for line in lines})
    columns = sum(line.columns for line in lines)
    return (
        f"{len(lines)} resources in {groups} group versions. {typed} have a type, {columns} have columns of their own, "
        f"controllers move {moved}."
    )


def _group(line: Line) -> str:
    return f"{line.group}/{line.version}" if line.group else line.version


def _cells(line: Line) -> Iterator[str]:
    yield line.resource
    yield line.kind
    yield _verbs(line.verbs)
    yield ", ".join([*line.subresources, *(f"({name})" for name in line.missing)])
    yield "yes" if line.typed else ""
    yield "own" if line.columns else ""
    yield ", ".join(line.controllers)


def _verbs(verbs: Sequence[str]) -> str:
    """``all``, ``all but watch``, or the verbs."""
    left = [verb for verb in ALL_VERBS if verb not in verbs]
    if len(left) > len(verbs):
        return ", ".join(verbs)
    return f"all but {', '.join(left)}" if left else "all"
