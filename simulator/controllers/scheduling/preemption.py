"""What FailedScheduling says of preemption. Pure. Source: kube-scheduler, preemption/preemption.go (1.33).

Preemption itself is not modelled: a pod that others would have to make room for waits until there is room.
"""

from __future__ import annotations

from collections import Counter

from simulator.controllers.scheduling.affinity import AFFINITY
from simulator.controllers.scheduling.filters import NO_FREE_PORTS, fit_error, insufficient
from simulator.controllers.scheduling.model import NodeInfo, pod_requests
from simulator.controllers.scheduling.spreading import UNLABELLED
from simulator.errors import Object
from simulator.release import Release

_NOT_HELPFUL = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"


def verdict(pod: Object, refused: list[tuple[NodeInfo, list[str]]], nodes: int, release: Release) -> str:
    """``preemption: 0/6 nodes are available: …``; ``refused`` are the nodes with their reasons."""
    reasons = Counter(reason for info, told in refused for reason in _reasons(pod, info, told, release))
    if missing := nodes - len(refused):
        reasons[_NOT_HELPFUL] += missing
    return f"preemption: {fit_error(nodes, reasons)}"


def _reasons(pod: Object, info: NodeInfo, told: list[str], release: Release) -> list[str]:
    if not all(_may_help(pod, info, reason) for reason in told):
        return [_NOT_HELPFUL]
    kept = [other for other in info.pods if _priority(other) >= _priority(pod)]
    if len(kept) == len(info.pods):
        return [_NO_VICTIMS]
    if all(reason.startswith("Insufficient ") for reason in told):
        return insufficient(pod, NodeInfo(info.node, kept), release) or [_NO_VICTIMS]
    return told


def _may_help(pod: Object, info: NodeInfo, reason: str) -> bool:
    """Whether pods that go could take the reason away."""
    if reason.startswith("Insufficient "):
        name = reason.removeprefix("Insufficient ")
        return pod_requests(pod).get(name, 0) <= info.allocatable.get(name, 0)
    spread = "anti-affinity rules" in reason or "topology spread" in reason
    return reason == NO_FREE_PORTS or (spread and reason not in (UNLABELLED, AFFINITY))


def _priority(pod: Object) -> int:
    priority: int = pod["spec"].get("priority", 0)
    return priority
