"""``oc describe endpointslice``. Source: kubectl, describe.go (EndpointSliceDescriber)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import lower_bool, write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_UNSET = "<unset>"


def describe(invocation: Invocation, item: Object) -> str:
    writer = TabWriter(DESCRIBE)
    write_head(writer, item["metadata"])
    writer.line("AddressType:", item.get("addressType", ""))
    _ports(writer, item.get("ports") or ())
    endpoints = item.get("endpoints") or ()
    writer.write("Endpoints:\n" if endpoints else "Endpoints: <none>\n")
    for endpoint in endpoints:
        _endpoint(writer, endpoint)
    return finish(writer, invocation, item)


def _ports(writer: TabWriter, ports: Sequence[Object]) -> None:
    if not ports:
        writer.write("Ports: <unset>\n")
        return
    writer.write("Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------\n")
    for port in ports:
        writer.line(f"  {port.get('name') or _UNSET}", str(port.get("port", _UNSET)), port.get("protocol", "TCP"))


def _endpoint(writer: TabWriter, endpoint: Object) -> None:
    ready: Any = (endpoint.get("conditions") or {}).get("ready")
    writer.line("  - Addresses:", ", ".join(endpoint.get("addresses") or ()) or "<none>")
    writer.write("    Conditions:\n")
    writer.line("      Ready:", _UNSET if ready is None else lower_bool(ready))
    writer.line("    Hostname:", endpoint.get("hostname", _UNSET))
    target = endpoint.get("targetRef")
    if target:
        writer.line("    TargetRef:", f"{target.get('kind', '')}/{target.get('name', '')}")
    writer.line("    NodeName:", endpoint.get("nodeName", _UNSET))
    writer.line("    Zone:", endpoint.get("zone", _UNSET))
