"""``oc describe service``. Source: kubectl, describe.go (ServiceDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.gvrs import ENDPOINTS, ENDPOINTSLICES
from simulator.changes.client import INTERNAL_POLICY, IP_FAMILIES, LOAD_BALANCER_MODE, READS_SLICES, WANTED_ADDRESS
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import pairs, write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.release import Release

Addresses = Sequence[tuple[str | None, str]] | None
_SHOWN_ADDRESSES = 3


def describe(invocation: Invocation, service: Object) -> str:
    meta, spec = service["metadata"], service["spec"]
    addresses, families = addresses_of(invocation, meta), IP_FAMILIES.at(invocation.release)
    writer = TabWriter(DESCRIBE)
    write_head(writer, meta)
    writer.line("Selector:", pairs(spec.get("selector")))
    writer.line("Type:", spec.get("type", "ClusterIP"))
    if families:
        if spec.get("ipFamilyPolicy"):
            writer.line("IP Family Policy:", spec["ipFamilyPolicy"])
        writer.line("IP Families:", ",".join(spec.get("ipFamilies") or ()) or "<none>")
    writer.line("IP:", spec.get("clusterIP", ""))
    if families:
        writer.line("IPs:", ",".join(spec.get("clusterIPs") or ()) or "<none>")
    _outside(writer, service, invocation.release)
    for port in spec.get("ports") or ():
        _port(writer, port, addresses)
    writer.line("Session Affinity:", spec.get("sessionAffinity", "None"))
    _policies(writer, spec, invocation.release)
    if spec.get("loadBalancerSourceRanges"):
        writer.line("LoadBalancer Source Ranges:", ",".join(spec["loadBalancerSourceRanges"]))
    return finish(writer, invocation, service)


def _policies(writer: TabWriter, spec: Object, release: Release) -> None:
    internal = (("Internal Traffic Policy:", "internalTrafficPolicy"),) if INTERNAL_POLICY.at(release) else ()
    for title, key in (
        ("External Traffic Policy:", "externalTrafficPolicy"),
        *internal,
        ("HealthCheck NodePort:", "healthCheckNodePort"),
    ):
        if spec.get(key):
            writer.line(title, str(spec[key]))


def _outside(writer: TabWriter, service: Object, release: Release) -> None:
    """How it is reached from outside."""
    spec = service["spec"]
    if spec.get("externalIPs"):
        writer.line("External IPs:", ",".join(spec["externalIPs"]))
    if spec.get("loadBalancerIP"):
        writer.line(WANTED_ADDRESS.at(release), spec["loadBalancerIP"])
    if spec.get("externalName"):
        writer.line("External Name:", spec["externalName"])
    ingress = ((service.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    if ingress:
        modes = LOAD_BALANCER_MODE.at(release)
        writer.line("LoadBalancer Ingress:", ", ".join(_ingress(item, modes=modes) for item in ingress))


def _ingress(item: Object, *, modes: bool) -> str:
    if not item.get("ip"):
        return str(item.get("hostname", ""))
    return f"{item['ip']} ({item['ipMode']})" if modes and item.get("ipMode") else str(item["ip"])


def _port(writer: TabWriter, port: Object, addresses: Addresses) -> None:
    name, protocol = port.get("name") or "<unset>", port.get("protocol", "TCP")
    writer.line("Port:", name, f"{port['port']}/{protocol}")
    writer.line("TargetPort:", f"{port.get('targetPort', port['port'])}/{protocol}")
    if port.get("nodePort"):
        writer.line("NodePort:", name, f"{port['nodePort']}/{protocol}")
    writer.line("Endpoints:", endpoints_text(addresses, port.get("name", "")))


def endpoints_text(addresses: Addresses, port_name: str) -> str:
    """At most three of ``ip:port``; ``<none>`` only when nothing lists any, not even those of other ports."""
    if addresses is None:
        return "<none>"
    found = [text for name, text in addresses if name in (port_name, None)]
    more = f" + {len(found) - _SHOWN_ADDRESSES} more..." if len(found) > _SHOWN_ADDRESSES else ""
    return ",".join(found[:_SHOWN_ADDRESSES]) + more


def addresses_of(invocation: Invocation, service: Object) -> Addresses:
    """Where a service (its metadata) leads: (port's name, ``ip:port``), from its slices or from its Endpoints."""
    if READS_SLICES.at(invocation.release):
        return _of_slices(invocation, service)
    endpoints = invocation.client.get_or_none(ENDPOINTS, service["name"], service["namespace"]) or {}
    subsets = endpoints.get("subsets") or ()
    if not subsets:
        return None
    return [
        (port.get("name", ""), f"{address['ip']}:{port['port']}")
        for subset in subsets
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]


def _of_slices(invocation: Invocation, service: Object) -> Addresses:
    """A slice without ports gives bare addresses, whose port has no name (None)."""
    labels = f"kubernetes.io/service-name={service['name']}"
    slices = invocation.client.list(ENDPOINTSLICES, service["namespace"], labels=labels)
    if not slices:
        return None
    found: list[tuple[str | None, str]] = []
    for item in slices:
        ready = [
            endpoint["addresses"][0]
            for endpoint in item.get("endpoints") or ()
            if (endpoint.get("conditions") or {}).get("ready") is not False
        ]
        for port in item.get("ports") or ():
            found += [(port.get("name") or "", f"{address}:{port['port']}") for address in ready]
        if not item.get("ports"):
            found += [(None, address) for address in ready]
    return found
