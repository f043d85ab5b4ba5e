"""``oc describe namespace``. Source: kubectl, describe.go (NamespaceDescriber)."""

from __future__ import annotations

from simulator.api.gvrs import LIMITRANGES, RESOURCEQUOTAS
from simulator.errors import Object
from simulator.oc.describe.fields import write_marks
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
    writer.write("\n")
    write_quotas(writer, invocation.client.list(RESOURCEQUOTAS, name))
    writer.write("\n")
    write_limits(writer, invocation.client.list(LIMITRANGES, name))
    return writer.text()
