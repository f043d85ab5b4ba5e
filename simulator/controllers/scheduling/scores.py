"""How well a node suits a pod: the default priorities of 1.14, each 0 to 10, summed. Pure.

Source: kube-scheduler, algorithm/priorities: least_requested, balanced_resource_allocation, selector_spreading,
node_affinity, interpod_affinity, taint_toleration. Not modelled: image locality, NodePreferAvoidPods.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simulator.controllers.context import controller_of
from simulator.controllers.scheduling.affinity import concerns, domain, preferred
from simulator.controllers.scheduling.filters import matches_term, untolerated
from simulator.controllers.scheduling.model import ZONE, NodeInfo, Snapshot, milli
from simulator.errors import Object

MAX = 10
_DEFAULT_CPU, _DEFAULT_MEMORY = milli("100m"), milli("200Mi")  # of a container that asks for nothing

Scores = list[int]


def scores(pod: Object, candidates: Sequence[NodeInfo], snapshot: Snapshot) -> Scores:
    """One number for each of ``candidates``."""
    parts = [score(pod, candidates, snapshot) for score in _SCORES]
    return [sum(column) for column in zip(*parts, strict=True)]


def _resources(pod: Object, candidates: Sequence[NodeInfo], _snapshot: Snapshot) -> Scores:
    """Least requested plus balance between cpu and memory."""
    return [_least(used) + _balance(used) for used in (_used(pod, info) for info in candidates)]


def _used(pod: Object, info: NodeInfo) -> list[tuple[int, int]]:
    """(requested, allocatable) of cpu and memory once the pod runs there."""
    wanted = [_assumed(one) for one in [*info.pods, pod]]
    return [
        (sum(cpu for cpu, _ in wanted), info.allocatable.get("cpu", 0)),
        (sum(memory for _, memory in wanted), info.allocatable.get("memory", 0)),
    ]


def _assumed(pod: Object) -> tuple[int, int]:
    cpu = memory = 0
    for container in pod["spec"].get("containers") or ():
        requests: Mapping[str, str] = (container.get("resources") or {}).get("requests") or {}
        cpu += milli(str(requests["cpu"])) if "cpu" in requests else _DEFAULT_CPU
        memory += milli(str(requests["memory"])) if "memory" in requests else _DEFAULT_MEMORY
    return cpu, memory


def _least(used: list[tuple[int, int]]) -> int:
    return sum((size - taken) * MAX // size if 0 < taken <= size else 0 for taken, size in used) // 2


def _balance(used: list[tuple[int, int]]) -> int:
    if any(not size or taken >= size for taken, size in used):
        return 0
    (cpu, cpus), (memory, memories) = used
    return MAX - abs(cpu * memories - memory * cpus) * MAX // (cpus * memories)


def _spread(pod: Object, candidates: Sequence[NodeInfo], _snapshot: Snapshot) -> Scores:
    """Away from pods of the same controller: two thirds by zone, one third by node."""
    owner = controller_of(pod)
    if owner is None:
        return [MAX] * len(candidates)
    counts = [sum(_is_owned(one, owner["uid"]) for one in info.pods) for info in candidates]
    zones = [info.labels.get(ZONE, "") for info in candidates]
    by_zone = {zone: sum(count for count, other in zip(counts, zones, strict=True) if other == zone) for zone in zones}
    nodes_scores, zone_scores = _fewest(counts), _fewest([by_zone[zone] for zone in zones])
    if not any(zones):
        return nodes_scores
    return [(node + 2 * zone) // 3 for node, zone in zip(nodes_scores, zone_scores, strict=True)]


def _is_owned(pod: Object, uid: str) -> bool:
    owner = controller_of(pod)
    return owner is not None and owner["uid"] == uid and "deletionTimestamp" not in pod["metadata"]


def _fewest(counts: Scores) -> Scores:
    most = max(counts)
    return [(most - count) * MAX // most if most else MAX for count in counts]


def _node_affinity(pod: Object, candidates: Sequence[NodeInfo], _snapshot: Snapshot) -> Scores:
    terms = preferred(pod, "nodeAffinity")
    weights = [
        sum(term["weight"] for term in terms if matches_term(term["preference"], info.node)) for info in candidates
    ]
    return _most(weights)


def _most(weights: Scores) -> Scores:
    highest = max(weights)
    return [weight * MAX // highest if highest else 0 for weight in weights]


def _pod_affinity(pod: Object, candidates: Sequence[NodeInfo], snapshot: Snapshot) -> Scores:
    """Towards pods that the preferred affinity names, away from those of the preferred anti-affinity."""
    terms = [(one, 1) for one in preferred(pod, "podAffinity")]
    terms += [(one, -1) for one in preferred(pod, "podAntiAffinity")]
    weights = [0] * len(candidates)
    for weighted, sign in terms:
        term = weighted["podAffinityTerm"]
        places = [domain(term, info) for info, other in snapshot.assigned() if concerns(term, pod, other)]
        for index, info in enumerate(candidates):
            here = domain(term, info)
            weights[index] += sign * weighted["weight"] * (places.count(here) if here is not None else 0)
    lowest, highest = min(*weights, 0), max(*weights, 0)
    return [(weight - lowest) * MAX // (highest - lowest) if highest > lowest else 0 for weight in weights]


def _taints(pod: Object, candidates: Sequence[NodeInfo], _snapshot: Snapshot) -> Scores:
    return _fewest([len(untolerated(pod, info.taints, ("PreferNoSchedule",))) for info in candidates])


_SCORES: tuple[Callable[[Object, Sequence[NodeInfo], Snapshot], Scores], ...] = (
    _resources,
    _spread,
    _node_affinity,
    _pod_affinity,
    _taints,
)
