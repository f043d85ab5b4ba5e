"""``oc describe service``. Source: kubectl 1.14, describe.go (ServiceDescriber)."""

from __future__ import annotations

from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.describe.fields import write_map
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

ENDPOINTS = GVR("", "v1", "endpoints")
_SHOWN_ADDRESSES = 3


def describe(invocation: Invocation, service: Object) -> str:
    meta, spec = service["metadata"], service["spec"]
    endpoints = invocation.client.get_or_none(ENDPOINTS, meta["name"], meta["namespace"]) or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    selector = spec.get("selector") or {}
    writer.line("Selector:", ",".join(f"{key}={value}" for key, value in sorted(selector.items())) or "<none>")
    writer.line("Type:", spec.get("type", "ClusterIP"))
    writer.line("IP:", spec.get("clusterIP", ""))
    ingress = service.get("status", {}).get("loadBalancer", {}).get("ingress") or ()
    if ingress:
        writer.line("LoadBalancer Ingress:", ", ".join(item.get("ip") or item.get("hostname", "") for item in ingress))
    for port in spec.get("ports") or ():
        _port(writer, port, endpoints)
    writer.line("Session Affinity:", spec.get("sessionAffinity", "None"))
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, service), invocation.now())
    return writer.text()


def _port(writer: TabWriter, port: Object, endpoints: Object) -> None:
    name, protocol = port.get("name") or "<unset>", port.get("protocol", "TCP")
    writer.line("Port:", name, f"{port['port']}/{protocol}")
    writer.line("TargetPort:", f"{port.get('targetPort', port['port'])}/{protocol}")
    if port.get("nodePort"):
        writer.line("NodePort:", name, f"{port['nodePort']}/{protocol}")
    writer.line("Endpoints:", _addresses(endpoints, port.get("name", "")))


def _addresses(endpoints: Object, port_name: str) -> str:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in endpoints.get("subsets") or ()
        for port in subset.get("ports") or ()
        if port.get("name", "") == port_name
        for address in subset.get("addresses") or ()
    ]
    more = f" + {len(found) - _SHOWN_ADDRESSES} more..." if len(found) > _SHOWN_ADDRESSES else ""
    return (",".join(found[:_SHOWN_ADDRESSES]) or "<none>") + more
