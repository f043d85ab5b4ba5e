"""``oc describe endpoints``. Source: kubectl 1.14, describe.go (EndpointsDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, endpoints: Object) -> str:
    writer = TabWriter(DESCRIBE)
    write_head(writer, endpoints["metadata"])
    writer.write("Subsets:\n")
    for subset in endpoints.get("subsets") or ():
        for title, key in (("Addresses:", "addresses"), ("NotReadyAddresses:", "notReadyAddresses")):
            writer.line(f"  {title}", ",".join(item["ip"] for item in subset.get(key) or ()) or "<none>")
        _ports(writer, subset)
        writer.write("\n")
    return finish(writer, invocation, endpoints)


def _ports(writer: TabWriter, subset: Object) -> None:
    if not subset.get("ports"):
        return
    writer.write("  Ports:\n    Name\tPort\tProtocol\n    ----\t----\t--------\n")
    for port in subset["ports"]:
        writer.line(f"    {port.get('name') or '<unset>'}", str(port["port"]), port.get("protocol", "TCP"))
