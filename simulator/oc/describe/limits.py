"""``oc describe limits``. Source: kubectl 1.14, describe.go (LimitRangeDescriber)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.changes.client import NO_LIMITS
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.release import Release

HEADERS = ("Type", "Resource", "Min", "Max", "Default Request", "Default Limit", "Max Limit/Request Ratio")
_COLUMNS = ("min", "max", "defaultRequest", "default", "maxLimitRequestRatio")


def describe(_invocation: Invocation, limit_range: Object) -> str:
    meta = limit_range["metadata"]
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line(*HEADERS)
    writer.line(*(("-" * len(header)) for header in HEADERS))
    for row in limit_rows(limit_range):
        writer.line(*row)
    return writer.text()


def write_limits(writer: TabWriter, ranges: Sequence[Object], release: Release) -> None:
    """All limit ranges of a namespace."""
    if not ranges:
        writer.write(f"{NO_LIMITS.at(release)}\n")
        return
    writer.write("Resource Limits\n")
    writer.line(f" {HEADERS[0]}", *HEADERS[1:])
    writer.line(*((" " if index == 0 else "") + "-" * len(header) for index, header in enumerate(HEADERS)))
    for limit_range in ranges:
        for kind, *cells in limit_rows(limit_range):
            writer.line(f" {kind}", *cells)


def limit_rows(limit_range: Object) -> Iterator[list[str]]:
    """The cells of each limited resource; ``-`` where nothing is set. Sorted; the real one has them as they fall."""
    for item in limit_range["spec"].get("limits") or ():
        for resource in sorted({name for column in _COLUMNS for name in item.get(column) or {}}):
            values = [str((item.get(column) or {}).get(resource, "-")) for column in _COLUMNS]
            yield [item["type"], resource, *values]
