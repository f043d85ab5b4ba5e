"""What the pods of a node ask for. Source: kubectl, describe.go (describeNodeResource), util/resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from simulator.api import quantity as quantities
from simulator.api.ages import age
from simulator.changes.client import AGE_HEADER, HUGE_PAGES
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import TabWriter

Amounts = dict[str, str]
_STANDARD = ("cpu", "memory", "ephemeral-storage")


def write_allocated(
    writer: TabWriter, pods: Sequence[Object], allocatable: Mapping[str, Any], invocation: Invocation
) -> None:
    """The table of pods, and the sums of what they ask for against what there is."""
    now, last = invocation.now(), AGE_HEADER.at(invocation.release)
    writer.line("Non-terminated Pods:", f"({len(pods)} in total)")
    writer.write(f"  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\t{last}\n")
    writer.write("  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n")
    for pod in pods:
        meta, amounts = pod["metadata"], (asked(pod, "requests"), asked(pod, "limits"))
        cells = [_share(part, name, allocatable) for name in ("cpu", "memory") for part in amounts]
        writer.line(f"  {meta['namespace']}", meta["name"], "", *cells, age(meta["creationTimestamp"], now))
    _sums(writer, pods, allocatable, huge=HUGE_PAGES.at(invocation.release))


def _sums(writer: TabWriter, pods: Sequence[Object], allocatable: Mapping[str, Any], *, huge: bool) -> None:
    totals = [total([asked(pod, kind) for pod in pods]) for kind in ("requests", "limits")]
    writer.write("Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n")
    writer.write("  Resource\tRequests\tLimits\n  --------\t--------\t------\n")
    pages = sorted(name for name in allocatable if name.startswith("hugepages-")) if huge else ()
    for name in (*_STANDARD, *pages):
        writer.line(f"  {name}", *(_share(amounts, name, allocatable) for amounts in totals))
    for name in sorted(allocatable):
        if name not in (*_STANDARD, "pods") and not name.startswith("hugepages-"):
            writer.line(f"  {name}", *(amounts.get(name, "0") for amounts in totals))


def _share(amounts: Amounts, name: str, allocatable: Mapping[str, Any]) -> str:
    """``100m (0%)``: the amount, and its share rounded down."""
    amount, whole = amounts.get(name, "0"), quantities.parse(str(allocatable.get(name, "0")))
    percent = quantities.parse(amount) * 100 // whole if whole else 0
    return f"{amount} ({percent}%)"


def asked(pod: Object, kind: str) -> Amounts:
    """``requests`` or ``limits`` of a pod: the sum over its containers, at least what any init container asks."""
    spec = pod["spec"]
    amounts = total([_of(container, kind) for container in spec.get("containers") or ()])
    for container in spec.get("initContainers") or ():
        for name, amount in _of(container, kind).items():
            if quantities.parse(amount) > quantities.parse(amounts.get(name, "0")):
                amounts[name] = amount
    return amounts


def total(parts: Iterable[Amounts]) -> Amounts:
    """The sums by name, each written in the units of its first part."""
    sums: dict[str, tuple[Fraction, str]] = {}
    for part in parts:
        for name, amount in part.items():
            before, like = sums.get(name, (Fraction(0), amount))
            sums[name] = before + quantities.parse(amount), like
    return {name: quantities.render(value, like) for name, (value, like) in sums.items()}


def _of(container: Object, kind: str) -> Amounts:
    return {name: str(amount) for name, amount in ((container.get("resources") or {}).get(kind) or {}).items()}
