"""``oc describe networkpolicy``. Source: kubectl, describe.go (NetworkPolicyDescriber)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from simulator.errors import Object
from simulator.oc.describe.fields import selector_text, write_marks
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.runtime.clock import parse_rfc3339

_INDENT = "    "


def describe(_invocation: Invocation, policy: Object) -> str:
    """Events are not told."""
    meta, spec = policy["metadata"], policy["spec"]
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    born = datetime.fromtimestamp(parse_rfc3339(meta["creationTimestamp"]), UTC)
    writer.line("Created on:", f"{born:%Y-%m-%d %H:%M:%S} +0000 UTC")
    write_marks(writer, meta)
    everything = "<none> (Allowing the specific traffic to all pods in this namespace)"
    writer.write(f"Spec:\n  PodSelector:     {selector_text(spec.get('podSelector'), everything)}\n")
    types = spec.get("policyTypes") or ["Ingress"]
    for kind, key, side, word in (("Ingress", "ingress", "from", "From"), ("Egress", "egress", "to", "To")):
        if kind in types:
            writer.write(f"  Allowing {key} traffic:\n")
            writer.write("".join(f"{_INDENT}{line}\n" for line in _rules(spec.get(key) or (), key, side, word)))
        else:
            writer.write(f"  Not affecting {key} traffic\n")
    writer.write(f"  Policy Types: {', '.join(spec.get('policyTypes') or ()) or '<none>'}\n")
    return writer.text()


def _rules(rules: Sequence[Object], key: str, side: str, word: str) -> Iterator[str]:
    if not rules:
        yield f"<none> (Selected pods are isolated for {key} connectivity)"
    for index, rule in enumerate(rules):
        if index:
            yield "----------"
        yield from _ports(rule.get("ports") or ())
        yield from _peers(rule.get(side) or (), word)


def _ports(ports: Sequence[Object]) -> Iterator[str]:
    if not ports:
        yield "To Port: <any> (traffic allowed to all ports)"
    for port in ports:
        protocol, number = port.get("protocol", "TCP"), port.get("port", "<nil>")
        if "endPort" in port:
            yield f"To Port Range: {number}-{port['endPort']}/{protocol}"
        else:
            yield f"To Port: {number}/{protocol}"


def _peers(peers: Sequence[Object], word: str) -> Iterator[str]:
    if not peers:
        yield f"{word}: <any> (traffic not restricted by {'source' if word == 'From' else 'destination'})"
    for peer in peers:
        yield f"{word}:"
        for title, key in (("NamespaceSelector", "namespaceSelector"), ("PodSelector", "podSelector")):
            if key in peer:
                yield f"  {title}: {selector_text(peer[key], '<none>')}"
        if "ipBlock" in peer and "podSelector" not in peer and "namespaceSelector" not in peer:
            yield "  IPBlock:"
            yield f"    CIDR: {peer['ipBlock']['cidr']}"
            yield f"    Except: {', '.join(peer['ipBlock'].get('except') or ())}"
