"""Which nodes can take a pod, and why the others cannot, in the words of the release. Pure.

Source: kube-scheduler, algorithm/predicates/{predicates,error}.go (1.14); framework/plugins (1.33). A node is asked
predicate after predicate and the first that fails gives its reasons; the general predicate of 1.14 gives several at
once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.changes.workloads import FILTER_PLUGINS, NODE_SELECTOR, TAINT
from simulator.controllers.labels import has_all, meets
from simulator.controllers.scheduling.model import NodeInfo, pod_requests
from simulator.errors import Object
from simulator.release import Release

Filter = Callable[[Object, NodeInfo, Release], list[str]]

UNSCHEDULABLE_TAINT = {"key": "node.kubernetes.io/unschedulable", "value": "", "effect": "NoSchedule"}


def unschedulable(pod: Object, info: NodeInfo, _release: Release) -> list[str]:
    cordoned = info.node.get("spec", {}).get("unschedulable") and not tolerates(pod, UNSCHEDULABLE_TAINT)
    return ["node(s) were unschedulable"] if cordoned else []


def general(pod: Object, info: NodeInfo, release: Release) -> list[str]:
    """Resources, host ports and node selector together."""
    parts = (insufficient, ports, node_selector)
    return [reason for part in parts for reason in part(pod, info, release)]


def ports(pod: Object, info: NodeInfo, _release: Release) -> list[str]:
    return [NO_FREE_PORTS] if _taken_ports(pod, info) else []


def node_selector(pod: Object, info: NodeInfo, release: Release) -> list[str]:
    return [] if matches_node(pod, info.node) else [NODE_SELECTOR.at(release)]


def taints(pod: Object, info: NodeInfo, release: Release) -> list[str]:
    """The first taint that is not tolerated is named, where taints are named at all."""
    unbearable = untolerated(pod, info.taints, ("NoSchedule", "NoExecute"))
    if not unbearable:
        return []
    return [TAINT.at(release).format(key=unbearable[0]["key"], value=unbearable[0].get("value", ""))]


NO_FREE_PORTS = "node(s) didn't have free ports for the requested pod ports"
_PREDICATES: tuple[Filter, ...] = (unschedulable, general, taints)


def insufficient(pod: Object, info: NodeInfo, _release: Release) -> list[str]:
    """``Insufficient cpu`` and the like."""
    reasons = []
    if (len(info.pods) + 1) * 1000 > info.allocatable.get("pods", 110_000):
        reasons.append("Insufficient pods")
    for name, amount in pod_requests(pod).items():
        if amount and amount + info.requested.get(name, 0) > info.allocatable.get(name, 0):
            reasons.append(f"Insufficient {name}")
    return reasons


_PLUGINS: tuple[Filter, ...] = (unschedulable, taints, node_selector, ports, insufficient)


def filters(release: Release) -> tuple[Filter, ...]:
    """What is asked before volumes and affinity between pods, in order."""
    return _PLUGINS if FILTER_PLUGINS.at(release) else _PREDICATES


def host_ports(pod: Object) -> set[tuple[str, int]]:
    ports = [port for container in pod["spec"].get("containers") or () for port in container.get("ports") or ()]
    return {(port.get("protocol", "TCP"), port["hostPort"]) for port in ports if port.get("hostPort")}


def _taken_ports(pod: Object, info: NodeInfo) -> bool:
    wanted = host_ports(pod)
    return bool(wanted) and any(wanted & host_ports(other) for other in info.pods)


def matches_node(pod: Object, node: Object) -> bool:
    """Whether nodeSelector and the required node affinity accept the node."""
    labels = node["metadata"].get("labels") or {}
    if not has_all(pod["spec"].get("nodeSelector") or {}, labels):
        return False
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution")
    return required is None or any(matches_term(term, node) for term in required["nodeSelectorTerms"])


def matches_term(term: Object, node: Object) -> bool:
    """One nodeSelectorTerm. An empty one matches nothing; the only field is ``metadata.name``."""
    expressions, fields = term.get("matchExpressions") or (), term.get("matchFields") or ()
    if not expressions and not fields:
        return False
    labels = node["metadata"].get("labels") or {}
    names = {"metadata.name": node["metadata"]["name"]}
    return all(meets(one, labels) for one in expressions) and all(meets(one, names) for one in fields)


def untolerated(pod: Object, taints: Iterable[Object], effects: tuple[str, ...]) -> list[Object]:
    return [taint for taint in taints if taint["effect"] in effects and not tolerates(pod, taint)]


def tolerates(pod: Object, taint: Object) -> bool:
    return any(_covers(toleration, taint) for toleration in pod["spec"].get("tolerations") or ())


def _covers(toleration: Object, taint: Object) -> bool:
    """An empty key with Exists covers all keys, an empty effect all effects. Source: api/core/v1/toleration.go."""
    if toleration.get("effect") not in (None, "", taint["effect"]):
        return False
    if toleration.get("key") not in (None, "", taint["key"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return True
    return bool(toleration.get("key")) and (toleration.get("value") or "") == (taint.get("value") or "")


def fit_error(nodes: int, reasons: dict[str, int]) -> str:
    """``0/8 nodes are available: 3 node(s) had taints that the pod didn't tolerate, 5 Insufficient cpu.``"""
    told = ", ".join(sorted(f"{count} {reason}" for reason, count in reasons.items()))
    return f"0/{nodes} nodes are available: {told}."
