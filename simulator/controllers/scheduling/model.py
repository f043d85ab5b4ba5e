"""The nodes and what runs on them, as the scheduler sees them: a pure fold, kept up change by change."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache

from simulator.api import quantity
from simulator.controllers.context import controller_of
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


_DEFAULT_CPU, _DEFAULT_MEMORY = milli("100m"), milli("200Mi")  # of a container that asks for nothing


class NodeInfo:
    """A node with the pods that are assigned to it and not finished, and the sums of what they ask for."""

    __slots__ = ("_pods", "allocatable", "assumed_cpu", "assumed_memory", "labels", "node", "owned", "requested",
                 "taints")  # fmt: skip

    def __init__(self, node: Object, pods: Iterable[Object] = ()) -> None:
        self._pods: dict[str, Object] = {}
        self.requested: dict[str, int] = {}
        self.assumed_cpu = self.assumed_memory = 0
        self.owned: dict[str, int] = {}
        """How many pods each controller (by UID) has here that are not being deleted."""
        self.set_node(node)
        for pod in pods:
            self.add(pod)

    def set_node(self, node: Object) -> None:
        """Another version of the same node."""
        self.node = node
        self.labels: Labels = labels_of(node)
        self.taints: list[Object] = node.get("spec", {}).get("taints") or []
        status = node.get("status", {})
        amounts = status.get("allocatable") or status.get("capacity") or {}
        self.allocatable: Amounts = {name: milli(str(text)) for name, text in amounts.items()}

    @property
    def name(self) -> str:
        name: str = self.node["metadata"]["name"]
        return name

    @property
    def pods(self) -> Collection[Object]:
        return self._pods.values()

    def add(self, pod: Object) -> None:
        self._pods[pod_key(pod)] = pod
        self._count(pod, 1)

    def remove(self, pod: Object) -> None:
        """Take out the very pod that was added."""
        del self._pods[pod_key(pod)]
        self._count(pod, -1)

    def replace(self, pod: Object) -> None:
        """Another version of a pod that asks for the same."""
        self._pods[pod_key(pod)] = pod

    def _count(self, pod: Object, sign: int) -> None:
        for name, amount in pod_requests(pod).items():
            self.requested[name] = self.requested.get(name, 0) + sign * amount
        cpu, memory = assumed(pod)
        self.assumed_cpu += sign * cpu
        self.assumed_memory += sign * memory
        if owner := owner_uid(pod):
            count = self.owned.get(owner, 0) + sign
            if count:
                self.owned[owner] = count
            else:
                del self.owned[owner]


class Snapshot:
    """All nodes, in the order of their names, each with its pods.

    ``put_*`` and ``remove_*`` fold in one change; what comes out is what a new one would be. ``changes`` names the
    nodes that changed, one after the other: who works something out for each node looks again at those.
    """

    def __init__(self, nodes: Iterable[Object] = (), pods: Iterable[Object] = ()) -> None:
        self._infos: dict[str, NodeInfo] = {}
        self._names: list[str] = []
        self._pods: dict[str, Object] = {}  # the assigned ones, by key; also those whose node is not there
        self._repelling: dict[str, tuple[str, Object, set[str]]] = {}
        self.owned: dict[str, dict[str, int]] = {}
        """Controller (by UID) -> node -> how many pods it has there that are not being deleted."""
        self.changes: list[str] = []
        self.generation = 0  # grows when a node comes or goes
        self.next_start = 0
        """Where the next search among many nodes starts. Source: schedule_one.go, nextStartNodeIndex."""
        self.boards: dict[str, object] = {}
        for node in nodes:
            self.put_node(node)
        for pod in pods:
            self.put_pod(pod)

    @property
    def infos(self) -> list[NodeInfo]:
        return [self._infos[name] for name in self._names]

    def infos_from(self, start: int) -> Iterator[NodeInfo]:
        """All of them, beginning with the one at ``start``."""
        return (self._infos[name] for name in (*self._names[start:], *self._names[:start]))

    def __len__(self) -> int:
        return len(self._names)

    def names(self) -> list[str]:
        """Of the nodes, in order. Not to be changed."""
        return self._names

    def info(self, name: str) -> NodeInfo:
        return self._infos[name]

    def put_node(self, node: Object) -> None:
        name = node["metadata"]["name"]
        known = self._infos.get(name)
        if known is not None:
            known.set_node(node)
        else:
            waiting = (pod for pod in self._pods.values() if pod["spec"]["nodeName"] == name)
            self._infos[name] = NodeInfo(node, waiting)
            insort(self._names, name)
            self.generation += 1
        self.changes.append(name)

    def remove_node(self, name: str) -> None:
        if name in self._infos:
            del self._infos[name]
            del self._names[bisect_left(self._names, name)]
            self.generation += 1

    def put_pod(self, pod: Object) -> None:
        key, node = pod_key(pod), pod["spec"].get("nodeName", "")
        before = self._pods.get(key)
        is_assigned = bool(node) and phase(pod) not in FINISHED
        if before is not None and is_assigned and _asks_the_same(before, pod):
            self._pods[key] = pod
            if (info := self._infos.get(node)) is not None:
                info.replace(pod)
            return
        if before is not None:
            self.remove_pod(key)
        if is_assigned:
            self._pods[key] = pod
            if namespaces := _repels(pod):
                self._repelling[key] = (node, pod, namespaces)
            self._count_owned(pod, node, 1)
            if (info := self._infos.get(node)) is not None:
                info.add(pod)
                self.changes.append(node)

    def remove_pod(self, key: str) -> None:
        pod = self._pods.pop(key, None)
        if pod is None:
            return
        self._repelling.pop(key, None)
        node = pod["spec"]["nodeName"]
        self._count_owned(pod, node, -1)
        if (info := self._infos.get(node)) is not None:
            info.remove(pod)
            self.changes.append(node)

    def _count_owned(self, pod: Object, node: str, sign: int) -> None:
        if owner := owner_uid(pod):
            nodes = self.owned.setdefault(owner, {})
            nodes[node] = nodes.get(node, 0) + sign
            if not nodes[node]:
                del nodes[node]
            if not nodes:
                del self.owned[owner]

    def assigned(self) -> Iterator[tuple[NodeInfo, Object]]:
        """Every assigned pod, with its node."""
        for info in self.infos:
            for pod in info.pods:
                yield info, pod

    def repelling(self, namespace: str) -> Iterator[tuple[NodeInfo, Object]]:
        """Those of ``assigned`` that do not want everybody of that namespace near them."""
        for node, pod, namespaces in self._repelling.values():
            if namespace in namespaces and (info := self._infos.get(node)) is not None:
                yield info, pod


def pod_key(pod: Object) -> str:
    meta = pod["metadata"]
    return f"{meta.get('namespace', '')}/{meta['name']}"


def owner_uid(pod: Object) -> str:
    """The UID of the controller of a pod that is not being deleted; "" without."""
    if "deletionTimestamp" in pod["metadata"]:
        return ""
    owner = controller_of(pod)
    return str(owner["uid"]) if owner is not None else ""


def _asks_the_same(before: Object, pod: Object) -> bool:
    return before["spec"] is pod["spec"] and owner_uid(before) == owner_uid(pod)


def _repels(pod: Object) -> set[str]:
    """The namespaces of those that the pod does not want near it."""
    affinity = (pod["spec"].get("affinity") or {}).get("podAntiAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    return {name for term in required for name in term.get("namespaces") or (pod["metadata"]["namespace"],)}


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


def assumed(pod: Object) -> tuple[int, int]:
    """What scores count for cpu and memory: a container that asks for nothing counts a little."""
    cpu = memory = 0
    for container in pod["spec"].get("containers") or ():
        requests: Mapping[str, str] = (container.get("resources") or {}).get("requests") or {}
        cpu += milli(str(requests["cpu"])) if "cpu" in requests else _DEFAULT_CPU
        memory += milli(str(requests["memory"])) if "memory" in requests else _DEFAULT_MEMORY
    return cpu, memory


def _requests(container: Object) -> Amounts:
    """A limit without a request is a request."""
    resources = container.get("resources") or {}
    amounts = {**(resources.get("limits") or {}), **(resources.get("requests") or {})}
    return {name: milli(str(text)) for name, text in amounts.items()}
