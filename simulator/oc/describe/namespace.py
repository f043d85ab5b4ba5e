"""``oc describe namespace``. Source: kubectl, describe.go (NamespaceDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.gvrs import LIMITRANGES, RESOURCEQUOTAS
from simulator.errors import Object
from simulator.oc.describe.fields import long_time, write_marks
from simulator.oc.describe.limits import write_limits
from simulator.oc.describe.quota import write_quotas
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, namespace: Object) -> str:
    name = namespace["metadata"]["name"]
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", name)
    write_marks(writer, namespace["metadata"])
    writer.line("Status:", namespace.get("status", {}).get("phase", ""))
    _conditions(writer, namespace.get("status", {}).get("conditions") or ())
    writer.write("\n")
    write_quotas(writer, invocation.client.list(RESOURCEQUOTAS, name), invocation.release)
    writer.write("\n")
    write_limits(writer, invocation.client.list(LIMITRANGES, name), invocation.release)
    return writer.text()


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    """Why a namespace does not go away."""
    if not conditions:
        return
    writer.write("Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n")
    writer.write("  ----\t------\t------------------\t------\t-------\n")
    for item in conditions:
        since = long_time(item.get("lastTransitionTime"))
        writer.line(f"  {item['type']}", item["status"], since, item.get("reason", ""), item.get("message", ""))
