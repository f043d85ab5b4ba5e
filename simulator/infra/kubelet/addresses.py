"""IP addresses of nodes and pods."""

from __future__ import annotations

import json
from collections.abc import Iterable

from simulator.api.gvrs import HOSTSUBNETS, NODES, PODS
from simulator.client.client import Client
from simulator.controllers.labels import annotations_of
from simulator.errors import Object

_OVN_SUBNETS = "k8s.ovn.org/node-subnets"  # {"default":["10.128.2.0/23"]}
_POD_NETWORK, _POD_PREFIX = 10 << 24 | 128 << 16, 14  # 10.128.0.0/14
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
    network, prefix = _network(client, node, used)
    end = network + (1 << 32 - prefix) - 1  # the address for broadcasts
    taken = {address for text in used if text and network <= (address := number_of(text)) <= end}
    first = network + 2  # .1 is the node's own end
    following = max(taken) + 1 if taken else first
    if following >= end:
        following = next(address for address in range(first, 1 << 32) if address not in taken)
    return _text(following), prefix


def _network(client: Client, node: str, used: Iterable[str]) -> tuple[int, int]:
    """Address and prefix of the node's pod network: of OVN, of SDN, of its spec, of its pods, or of its place."""
    found = client.get_or_none(NODES, node) or {}
    given = annotations_of(found).get(_OVN_SUBNETS) if found else None
    if given:
        return _parse(json.loads(given)["default"][0])
    host_subnet = client.get_or_none(HOSTSUBNETS, node)
    if host_subnet is not None:
        return _parse(host_subnet["subnet"])
    if found.get("spec", {}).get("podCIDR"):
        return _parse(found["spec"]["podCIDR"])
    for text in filter(None, used):
        if number_of(text) >> 32 - _POD_PREFIX == _POD_NETWORK >> 32 - _POD_PREFIX:
            return number_of(text) >> 32 - _NODE_PREFIX << 32 - _NODE_PREFIX, _NODE_PREFIX
    names = [item["metadata"]["name"] for item in client.list(NODES)]
    index = names.index(node) if node in names else len(names)
    return _POD_NETWORK + (index % 512 << 32 - _NODE_PREFIX), _NODE_PREFIX


def number_of(address: str) -> int:
    """An IPv4 address as a number."""
    first, second, third, fourth = address.split(".")
    return int(first) << 24 | int(second) << 16 | int(third) << 8 | int(fourth)


def _text(address: int) -> str:
    return f"{address >> 24}.{address >> 16 & 255}.{address >> 8 & 255}.{address & 255}"


def _parse(network: str) -> tuple[int, int]:
    address, _, prefix = network.partition("/")
    return number_of(address), int(prefix)
