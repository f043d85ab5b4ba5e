"""``oc describe service``. Source: kubectl 1.14, describe.go (ServiceDescriber)."""

from __future__ import annotations

from simulator.api.gvrs import ENDPOINTS
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import pairs, write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_SHOWN_ADDRESSES = 3


def describe(invocation: Invocation, service: Object) -> str:
    meta, spec = service["metadata"], service["spec"]
    endpoints = invocation.client.get_or_none(ENDPOINTS, meta["name"], meta["namespace"]) or {}
    writer = TabWriter(DESCRIBE)
    write_head(writer, meta)
    writer.line("Selector:", pairs(spec.get("selector")))
    writer.line("Type:", spec.get("type", "ClusterIP"))
    writer.line("IP:", spec.get("clusterIP", ""))
    _outside(writer, service)
    for port in spec.get("ports") or ():
        _port(writer, port, endpoints)
    writer.line("Session Affinity:", spec.get("sessionAffinity", "None"))
    for title, key in (
        ("External Traffic Policy:", "externalTrafficPolicy"),
        ("HealthCheck NodePort:", "healthCheckNodePort"),
    ):
        if spec.get(key):
            writer.line(title, str(spec[key]))
    if spec.get("loadBalancerSourceRanges"):
        writer.line("LoadBalancer Source Ranges:", ",".join(spec["loadBalancerSourceRanges"]))
    return finish(writer, invocation, service)


def _outside(writer: TabWriter, service: Object) -> None:
    """How it is reached from outside."""
    spec = service["spec"]
    if spec.get("externalIPs"):
        writer.line("External IPs:", ",".join(spec["externalIPs"]))
    if spec.get("loadBalancerIP"):
        writer.line("IP:", spec["loadBalancerIP"])
    if spec.get("externalName"):
        writer.line("External Name:", spec["externalName"])
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    if ingress:
        writer.line("LoadBalancer Ingress:", ", ".join(item.get("ip") or item.get("hostname", "") for item in ingress))


def _port(writer: TabWriter, port: Object, endpoints: Object) -> None:
    name, protocol = port.get("name") or "<unset>", port.get("protocol", "TCP")
    writer.line("Port:", name, f"{port['port']}/{protocol}")
    writer.line("TargetPort:", f"{port.get('targetPort', port['port'])}/{protocol}")
    if port.get("nodePort"):
        writer.line("NodePort:", name, f"{port['nodePort']}/{protocol}")
    writer.line("Endpoints:", _addresses(endpoints, port.get("name", "")))


def _addresses(endpoints: Object, port_name: str) -> str:
    """At most three of ``ip:port``; ``<none>`` only when there is no subset at all."""
    subsets = endpoints.get("subsets") or ()
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in subsets
        for port in subset.get("ports") or ()
        if port.get("name", "") == port_name
        for address in subset.get("addresses") or ()
    ]
    more = f" + {len(found) - _SHOWN_ADDRESSES} more..." if len(found) > _SHOWN_ADDRESSES else ""
    return ",".join(found[:_SHOWN_ADDRESSES]) + more if subsets else "<none>"
