"""The nodes and what runs on them, as one scheduling attempt sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from simulator.api import quantity
from simulator.controllers.labels import Labels, labels_of
from simulator.controllers.podstate import FINISHED, phase
from simulator.errors import Object

ZONE = "failure-domain.beta.kubernetes.io/zone"

Amounts = Mapping[str, int]
"""Resource name to amount, in thousandths: cpu in millicores."""


@lru_cache(maxsize=4096)
def milli(text: str) -> int:
    """A quantity in thousandths, rounded up."""
    return -int(-quantity.parse(text) * 1000 // 1)


@dataclass(frozen=True)
class NodeInfo:
    """A node with the pods that are assigned to it and not finished."""

    node: Object
    pods: list[Object] = field(default_factory=list)

    @property
    def name(self) -> str:
        name: str = self.node["metadata"]["name"]
        return name

    @property
    def labels(self) -> Labels:
        return labels_of(self.node)

    @property
    def taints(self) -> list[Object]:
        return self.node.get("spec", {}).get("taints") or []

    @cached_property
    def allocatable(self) -> Amounts:
        status = self.node.get("status", {})
        amounts = status.get("allocatable") or status.get("capacity") or {}
        return {name: milli(str(text)) for name, text in amounts.items()}

    @cached_property
    def requested(self) -> Amounts:
        total: dict[str, int] = {}
        for pod in self.pods:
            for name, amount in pod_requests(pod).items():
                total[name] = total.get(name, 0) + amount
        return total


class Snapshot:
    """All nodes, in the order of their names, each with its pods."""

    def __init__(self, nodes: Iterable[Object], pods: Iterable[Object]) -> None:
        self.infos = [NodeInfo(node) for node in nodes]
        by_name = {info.name: info for info in self.infos}
        for pod in pods:
            info = by_name.get(pod["spec"].get("nodeName", ""))
            if info is not None and phase(pod) not in FINISHED:
                info.pods.append(pod)

    def assigned(self) -> Iterator[tuple[NodeInfo, Object]]:
        """Every assigned pod, with its node."""
        for info in self.infos:
            for pod in info.pods:
                yield info, pod


def pod_requests(pod: Object) -> Amounts:
    """What the pod asks for: the sum of its containers, or its largest init container if that is more."""
    total: dict[str, int] = {}
    for container in pod["spec"].get("containers") or ():
        for name, amount in _requests(container).items():
            total[name] = total.get(name, 0) + amount
    for container in pod["spec"].get("initContainers") or ():
        for name, amount in _requests(container).items():
            total[name] = max(total.get(name, 0), amount)
    return total


def _requests(container: Object) -> Amounts:
    """A limit without a request is a request."""
    resources = container.get("resources") or {}
    amounts = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: milli(str(text)) for name, text in amounts.items()}
