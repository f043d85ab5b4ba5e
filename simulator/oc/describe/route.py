"""``oc describe route``. Source: oc, pkg/helpers/describe/describer.go (RouteDescriber)."""

from __future__ import annotations

from simulator.api.gvrs import ENDPOINTS
from simulator.changes.client import ROUTE_ENDPOINTS_OF_PORT
from simulator.errors import Object, StatusError
from simulator.oc.describe.openshift import ago, write_meta, write_text
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import OC_DESCRIBE, TabWriter

_SHOWN_ADDRESSES = 3


def describe(invocation: Invocation, route: Object) -> str:
    spec, tls = route["spec"], route["spec"].get("tls") or {}
    writer = TabWriter(OC_DESCRIBE)
    write_meta(writer, route["metadata"], invocation.now())
    _hosts(writer, route, invocation.now())
    write_text(writer, "Path", spec.get("path", ""))
    write_text(writer, "TLS Termination", tls.get("termination", ""))
    write_text(writer, "Insecure Policy", tls.get("insecureEdgeTerminationPolicy", ""))
    port = (spec.get("port") or {}).get("targetPort")
    write_text(writer, "Endpoint Port", "<all endpoint ports>" if port is None else port)
    backends = [spec["to"], *(spec.get("alternateBackends") or ())]
    total = sum(backend.get("weight") or 0 for backend in backends)
    for backend in backends:
        writer.write("\n")
        _backend(writer, invocation, route, backend, total)
    return writer.text()


def _hosts(writer: TabWriter, route: Object, now: float) -> None:
    """The host asked for with the routers that serve it, then the hosts that routers chose."""
    host, ingresses = route["spec"].get("host", ""), (route.get("status") or {}).get("ingress") or ()
    write_text(writer, "Requested Host", host or "<auto>")
    for ingress in ingresses:
        if host and ingress.get("host") == host:
            _ingress(writer, ingress, now, with_host=False)
    for ingress in ingresses:
        if ingress.get("host") != host:
            _ingress(writer, ingress, now, with_host=True)


def _ingress(writer: TabWriter, ingress: Object, now: float, *, with_host: bool) -> None:
    canonical = f" (host {ingress['routerCanonicalHostname']})" if ingress.get("routerCanonicalHostname") else ""
    condition = next((item for item in ingress.get("conditions") or () if item["type"] == "Admitted"), None)
    if condition is None:
        return
    since = condition.get("lastTransitionTime")
    when = f"{ago(since, now).lower()} ago" if since else ""
    if condition["status"] == "True":
        shown, at = ingress["host"] if with_host else "", f" {when}" if when else ""
        writer.write(f"\t  {shown} exposed on router {ingress['routerName']}{canonical}{at}\n")
    elif condition["status"] == "False":
        at = f" ({when})" if when else ""
        writer.write(f"\trejected by router {ingress['routerName']}: {canonical}{condition.get('reason', '')}{at}\n")
        if condition.get("message"):
            writer.write(f"\t  {condition['message']}\n")


def _backend(writer: TabWriter, invocation: Invocation, route: Object, backend: Object, total: int) -> None:
    weight = backend.get("weight") or 0
    write_text(writer, "Service", backend["name"])
    write_text(writer, "Weight", f"{weight} ({weight * 100 // total}%)" if weight else "0")
    write_text(writer, "Endpoints", _endpoints(invocation, route, backend["name"]))


def _endpoints(invocation: Invocation, route: Object, service: str) -> str:
    try:
        found = invocation.client.get(ENDPOINTS, service, route["metadata"]["namespace"])
    except StatusError as error:
        return f"<error: {error.message}>"
    wanted = (route["spec"].get("port") or {}).get("targetPort")
    filtered = ROUTE_ENDPOINTS_OF_PORT.at(invocation.release)  # without a port none is found, in error
    addresses = [
        f"{address['ip']}:{port['port']}"
        for subset in found.get("subsets") or ()
        for port in subset.get("ports") or ()
        if not filtered or str(wanted) in (port.get("name", ""), str(port["port"]))
        for address in subset.get("addresses") or ()
    ]
    more = f" + {len(addresses) - _SHOWN_ADDRESSES} more..." if len(addresses) > _SHOWN_ADDRESSES else ""
    return ", ".join(addresses[:_SHOWN_ADDRESSES]) + more or "<none>"
