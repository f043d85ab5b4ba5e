"""IP addresses of nodes and pods."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable

from simulator.api.gvrs import HOSTSUBNETS, NODES, PODS
from simulator.client.client import Client
from simulator.controllers.labels import annotations_of
from simulator.errors import Object

_OVN_SUBNETS = "k8s.ovn.org/node-subnets"  # {"default":["10.128.2.0/23"]}
_POD_NETWORK = ipaddress.ip_network("10.128.0.0/14")
_NODE_PREFIX = 23


def host_address(client: Client, node: str) -> str:
    """The node's InternalIP; what its name says if its status does not: ``ip-10-0-131-236.ec2.internal``."""
    found = client.get_or_none(NODES, node) or {}
    for address in found.get("status", {}).get("addresses") or ():
        if address["type"] == "InternalIP":
            return str(address["address"])
    parts = node.split(".")[0].removeprefix("ip-").split("-")
    return ".".join(parts) if len(parts) == 4 and all(part.isdigit() for part in parts) else ""


def pod_address(client: Client, pod: Object) -> tuple[str, int]:
    """The node's own for host networking; otherwise the one after the highest in use on the node. With its prefix."""
    node = pod["spec"]["nodeName"]
    if pod["spec"].get("hostNetwork"):
        return host_address(client, node), 32
    used = [other.get("status", {}).get("podIP", "") for other in client.list(PODS, fields=f"spec.nodeName={node}")]
    network = _network(client, node, used)
    taken = sorted(address for text in used if text and (address := ipaddress.IPv4Address(text)) in network)
    first = network.network_address + 2  # .1 is the node's own end
    following = taken[-1] + 1 if taken else first
    return str(following if following < network.broadcast_address else _gap(first, taken)), network.prefixlen


def _network(client: Client, node: str, used: Iterable[str]) -> ipaddress.IPv4Network:
    """The node's pod network: what OVN or SDN gave it, its spec's, that of its pods, or that of its place."""
    found = client.get_or_none(NODES, node) or {}
    given = annotations_of(found).get(_OVN_SUBNETS) if found else None
    if given:
        return ipaddress.IPv4Network(json.loads(given)["default"][0])
    host_subnet = client.get_or_none(HOSTSUBNETS, node)
    if host_subnet is not None:
        return ipaddress.IPv4Network(host_subnet["subnet"])
    if found.get("spec", {}).get("podCIDR"):
        return ipaddress.IPv4Network(found["spec"]["podCIDR"])
    for text in filter(None, used):
        if ipaddress.ip_address(text) in _POD_NETWORK:
            return ipaddress.IPv4Network(f"{text}/{_NODE_PREFIX}", strict=False)
    names = [item["metadata"]["name"] for item in client.list(NODES)]
    index = names.index(node) if node in names else len(names)
    return list(_POD_NETWORK.subnets(new_prefix=_NODE_PREFIX))[index % 512]  # type: ignore[return-value]


def _gap(first: ipaddress.IPv4Address, taken: Iterable[object]) -> ipaddress.IPv4Address:
    busy = set(taken)
    while first in busy:
        first += 1
    return first
