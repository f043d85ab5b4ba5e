"""Cells of services, endpoints, ingresses and routes."""

from __future__ import annotations

from typing import Any

from simulator.api.printers.text import NONE, selector
from simulator.errors import Object

__all__ = [
    "address_parent",
    "endpoint_addresses",
    "ingress_address",
    "ingress_class",
    "ingress_hosts",
    "ingress_ports",
    "ingressclass_parameters",
    "policy_selector",
    "route_host",
    "route_port",
    "route_services",
    "route_termination",
    "service_cidrs",
    "service_cluster_ip",
    "service_external_ip",
    "service_ports",
    "slice_endpoints",
    "slice_ports",
]
_MAX_ENDPOINTS = 3
_MAX_BALANCER_NAME = 16  # a longer name of a load balancer is cut to 13 characters and dots, but for -o wide


def endpoint_addresses(obj: Object, now: float) -> str:
    found = [
        f"{address['ip']}:{port['port']}"
        for subset in obj.get("subsets") or ()
        for port in subset.get("ports") or ()
        for address in subset.get("addresses") or ()
    ]
    return _first_ones(found) or NONE


def slice_endpoints(obj: Object, now: float) -> str:
    found = [address for endpoint in obj.get("endpoints") or () for address in endpoint.get("addresses") or ()]
    return _first_ones(found) or "<unset>"


def slice_ports(obj: Object, now: float) -> str:
    return _first_ones([str(port.get("port", "*")) for port in obj.get("ports") or ()]) or "<unset>"


def _first_ones(found: list[str]) -> str:
    more = len(found) - _MAX_ENDPOINTS
    return ",".join(found[:_MAX_ENDPOINTS]) + (f" + {more} more..." if more > 0 else "")


def service_cluster_ip(obj: Object, now: float) -> str:
    return obj["spec"].get("clusterIP") or NONE


def service_external_ip(obj: Object, now: float) -> str:
    spec = obj["spec"]
    external = spec.get("externalIPs") or []
    if spec.get("type") == "ExternalName":
        return str(spec.get("externalName", ""))
    if spec.get("type") != "LoadBalancer":
        return ",".join(external) or NONE
    given = [item.get("ip") or item.get("hostname", "") for item in _balancer(obj)]
    shown = ",".join(given)
    if len(shown) > _MAX_BALANCER_NAME:
        shown = shown[: _MAX_BALANCER_NAME - 3] + "..."
    return ",".join(part for part in (shown, *external) if part) or "<pending>"


def _balancer(obj: Object) -> list[Any]:
    return ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []


def service_ports(obj: Object, now: float) -> str:
    ports = []
    for port in obj["spec"].get("ports") or ():
        number = f"{port['port']}:{port['nodePort']}" if port.get("nodePort") else str(port["port"])
        ports.append(f"{number}/{port.get('protocol', 'TCP')}")
    return ",".join(ports) or NONE


def ingress_hosts(obj: Object, now: float) -> str:
    hosts = [rule["host"] for rule in obj.get("spec", {}).get("rules") or () if rule.get("host")]
    more = len(hosts) - 3
    return ",".join(hosts[:3]) + (f" + {more} more..." if more > 0 else "") if hosts else "*"


def ingress_address(obj: Object, now: float) -> str:
    return ",".join(item.get("ip") or item.get("hostname", "") for item in _balancer(obj))


def ingress_class(obj: Object, now: float) -> str:
    return obj.get("spec", {}).get("ingressClassName") or NONE


def ingressclass_parameters(obj: Object, now: float) -> str:
    parameters = obj.get("spec", {}).get("parameters")
    if not parameters:
        return NONE
    group = f".{parameters['apiGroup']}" if parameters.get("apiGroup") else ""
    return f"{parameters['kind']}{group}/{parameters['name']}"


def ingress_ports(obj: Object, now: float) -> str:
    return "80, 443" if obj.get("spec", {}).get("tls") else "80"


def policy_selector(obj: Object, now: float) -> str:
    return selector(obj.get("spec", {}).get("podSelector"))


def route_host(obj: Object, now: float) -> str:
    """The host that the first router admitted, and how many others there are; else what the first router says."""
    routers = (obj.get("status") or {}).get("ingress") or []
    admitted = [router for router in routers if _admission(router).get("status") == "True"]
    if admitted:
        text = str(admitted[0].get("host", ""))
        rejected, more = len(routers) - len(admitted), len(admitted) - 1
        if rejected:
            return f"{text} ... {rejected} rejected"
        return f"{text} ... {more} more" if more > 0 else text
    if routers and _admission(routers[0]).get("status") == "False":
        return str(_admission(routers[0]).get("reason") or "Rejected")
    return "Pending" if routers else str(obj["spec"].get("host", ""))


def _admission(router: Any) -> Any:
    found = [condition for condition in router.get("conditions") or () if condition["type"] == "Admitted"]
    return found[0] if found else {}


def route_services(obj: Object, now: float) -> str:
    spec = obj["spec"]
    backends = [spec.get("to") or {}, *(spec.get("alternateBackends") or ())]
    if len(backends) == 1:
        return str(backends[0].get("name", ""))
    total = sum(backend.get("weight", 0) for backend in backends) or 1
    return ",".join(f"{backend.get('name', '')}({backend.get('weight', 0) * 100 // total}%)" for backend in backends)


def route_port(obj: Object, now: float) -> str:
    return str((obj["spec"].get("port") or {}).get("targetPort", "<all>"))


def route_termination(obj: Object, now: float) -> str:
    tls = obj["spec"].get("tls")
    if not tls:
        return ""
    insecure, termination = tls.get("insecureEdgeTerminationPolicy", ""), tls.get("termination", "")
    if not insecure or insecure == "None":
        return str(termination)
    return f"{termination or 'default'}/{insecure}"


def service_cidrs(obj: Object, now: float) -> str:
    return ",".join(obj["spec"].get("cidrs") or ())


def address_parent(obj: Object, now: float) -> str:
    """``services/demo/web``: what an address was given to."""
    parent = obj["spec"].get("parentRef")
    if not parent:
        return "<none>"
    resource = f"{parent['resource']}.{parent['group']}" if parent.get("group") else parent["resource"]
    return "/".join(part for part in (resource.lower(), parent.get("namespace"), parent["name"]) if part)
