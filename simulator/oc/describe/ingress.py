"""``oc describe ingress``: that of networking.k8s.io/v1. Source: kubectl, describe.go (describeIngressV1)."""

from __future__ import annotations

from simulator.api.gvrs import SERVICES
from simulator.errors import Object, StatusError
from simulator.oc.describe import generic
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import write_map
from simulator.oc.describe.service import addresses_of, endpoints_text
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, ingress: Object) -> str:
    """The rules with the addresses behind them; one of an older version is shown field by field."""
    if ingress["apiVersion"] != "networking.k8s.io/v1":
        return generic.describe(invocation, ingress)
    meta, spec = ingress["metadata"], ingress["spec"]
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    write_map(writer, "Labels:", meta.get("labels"), "=")
    writer.line("Namespace:", meta["namespace"])
    writer.line("Address:", _address(ingress))
    writer.line("Ingress Class:", spec.get("ingressClassName") or "<none>")
    backend = spec.get("defaultBackend")
    default = _backend(invocation, meta["namespace"], backend) if backend else "<default>"
    writer.line("Default backend:", default)
    _certificates(writer, spec)
    _rules(writer, invocation, ingress, default)
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    return finish(writer, invocation, ingress)


def _address(ingress: Object) -> str:
    points = ((ingress.get("status") or {}).get("loadBalancer") or {}).get("ingress") or ()
    return ",".join(sorted({str(point.get("ip") or point.get("hostname") or "") for point in points} - {""}))


def _certificates(writer: TabWriter, spec: Object) -> None:
    if spec.get("tls"):
        writer.write("TLS:\n")
    for item in spec.get("tls") or ():
        hosts, secret = ",".join(item.get("hosts") or ()), item.get("secretName")
        writer.write(f"  {secret} terminates {hosts}\n" if secret else f"  SNI routes {hosts}\n")


def _rules(writer: TabWriter, invocation: Invocation, ingress: Object, default: str) -> None:
    namespace = ingress["metadata"]["namespace"]
    rules = [rule for rule in ingress["spec"].get("rules") or () if rule.get("http")]
    writer.write("Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------\n")
    for rule in rules:
        writer.line(f"  {rule.get('host') or '*'}", "")
        for path in rule["http"].get("paths") or ():
            writer.line("    ", f"{path.get('path', '')} ", _backend(invocation, namespace, path["backend"]))
    if not rules:
        writer.line("  *", "*", default)


def _backend(invocation: Invocation, namespace: str, backend: Object) -> str:
    """``web:80 (10.128.2.20:8080)``."""
    if "service" not in backend:
        kind = backend.get("resource") or {}
        group = kind.get("apiGroup", "<none>")
        return f"APIGroup: {group}, Kind: {kind.get('kind', '')}, Name: {kind.get('name', '')}"
    wanted = backend["service"].get("port") or {}
    title = f"{backend['service']['name']}:{wanted.get('name') or wanted.get('number', 0)}"
    try:
        service = invocation.client.get(SERVICES, backend["service"]["name"], namespace)
    except StatusError as error:
        return f"{title} (<error: {error.message}>)"
    names = [
        port.get("name", "")
        for port in service["spec"].get("ports") or ()
        if port["port"] == wanted.get("number") or (wanted.get("name") and port.get("name") == wanted["name"])
    ]
    addresses = addresses_of(invocation, service["metadata"])
    return f"{title} ({endpoints_text(addresses, names[-1] if names else '')})"
