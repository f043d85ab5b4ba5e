"""How a service can be reached, as ``oc status`` tells it: by its routes, or by its address and ports.

Source: oc, pkg/helpers/describe/projectstatus.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object

_TERMINATIONS = {"passthrough": " (passthrough)", "reencrypt": " (reencrypt)"}
_INSECURE = {"Redirect": " (redirects)", "Allow": " (and http)"}


def route_lines(service: Object, routes: Sequence[Object]) -> list[str]:
    """A line for each host of each route that leads to the service, HTTPS before HTTP, short hosts first."""
    meta = service["metadata"]
    lines = [
        line
        for route in routes
        if route["metadata"]["namespace"] == meta["namespace"] and meta["name"] in _targets(route)
        for line in _lines_of(route)
    ]
    return sorted(lines, key=_order)


def _targets(route: Object) -> list[str]:
    spec = route["spec"]
    return [target["name"] for target in (spec.get("to") or {}, *(spec.get("alternateBackends") or ())) if target]


def _lines_of(route: Object) -> list[str]:
    ingresses = (route.get("status") or {}).get("ingress") or []
    refused = [reason for ingress in ingresses if (reason := _refusal(ingress)) is not None]
    admitted = [ingress["host"] for ingress in ingresses if _refusal(ingress) is None]
    hosts = sorted(set(admitted), key=lambda host: host != route["spec"].get("host"))
    if hosts:
        return [_exposed(host, route, bool(refused)) for host in hosts]
    name = f"route/{route['metadata']['name']}"
    if refused:
        return [f"{name} not accepted: {min(refused)}"]
    if not route["spec"].get("host"):
        return [f"{name} has no host set"]
    return [_exposed(route["spec"]["host"], route, False)]


def _refusal(ingress: Object) -> str | None:
    """Why a router did not admit the route; None when it did, or says nothing."""
    for condition in ingress.get("conditions") or ():
        if condition["type"] == "Admitted" and condition["status"] == "False":
            return str(condition.get("reason", ""))
    return None


def _exposed(host: str, route: Object, refused: bool) -> str:
    tls = route["spec"].get("tls")
    if tls is None:
        text = f"http://{host}"
    elif tls.get("termination") == "edge":
        text = f"https://{host}{_INSECURE.get(tls.get('insecureEdgeTerminationPolicy', ''), '')}"
    else:
        text = f"https://{host}{_TERMINATIONS.get(tls.get('termination', ''), '')}"
    port = (route["spec"].get("port") or {}).get("targetPort")
    return text + (f" to pod port {port}" if port else "") + (" (!)" if refused else "")


def _order(line: str) -> tuple[int, int, str]:
    rank = next((at for at, prefix in enumerate(("https://", "http://")) if line.startswith(prefix)), 2)
    return rank, len(line.split(" ")[0]) if rank < 2 else 0, line


def service_text(name: str, spec: Object) -> str:
    """``svc/web - 172.30.4.7:80 -> 8080``."""
    address, ports = spec.get("clusterIP") or "", _ports(spec)
    if spec.get("type") == "NodePort":
        return f"{name} (all nodes){ports}"
    if address == "None":
        return f"{name} (headless){ports}"
    if address:
        return f"{name} - {address}{ports}"
    return f"{name} - {spec['externalName']}" if spec.get("externalName") else f"{name} <initializing>{ports}"


def _ports(spec: Object) -> str:
    ports = spec.get("ports") or []
    if not ports:
        return " no ports"
    if len(ports) == 1:
        shown, target = _outer(spec, ports[0]), str(ports[0].get("targetPort", 0))
        same = target in ("0", shown) or spec.get("clusterIP") == "None"
        return f":{shown}" if same else f":{shown} -> {target}"
    return " ports " + ", ".join(_pair(spec, port) for port in ports)


def _pair(spec: Object, port: Object) -> str:
    shown, target = _outer(spec, port), port.get("targetPort", 0)
    if str(target) == "0" or spec.get("clusterIP") == "None":
        return shown
    return str(target) if target == port["port"] else f"{shown}->{target}"


def _outer(spec: Object, port: Object) -> str:
    if spec.get("type") != "NodePort":
        return str(port["port"])
    return str(port.get("nodePort") or "<initializing>")
