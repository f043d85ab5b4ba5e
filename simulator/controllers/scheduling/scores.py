"""How well a node suits a pod: the default priorities of 1.14, each 0 to 10, summed. Pure.

Source: kube-scheduler, algorithm/priorities: least_requested, balanced_resource_allocation, selector_spreading,
node_affinity, interpod_affinity, taint_toleration. Not modelled: image locality, NodePreferAvoidPods.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from simulator.controllers.context import controller_of
from simulator.controllers.scheduling.affinity import concerns, domain, preferred
from simulator.controllers.scheduling.filters import matches_term, untolerated
from simulator.controllers.scheduling.model import ZONE, NodeInfo, Snapshot, assumed
from simulator.errors import Object

MAX = 10

Scores = list[int]


def scores(pod: Object, candidates: Sequence[NodeInfo], snapshot: Snapshot) -> Scores:
    """One number for each of ``candidates``."""
    parts = [score(pod, candidates, snapshot) for score in _SCORES]
    return [sum(column) for column in zip(*parts, strict=True)]


def _resources(pod: Object, candidates: Sequence[NodeInfo], _snapshot: Snapshot) -> Scores:
    wanted = assumed(pod)
    return [resource_points(wanted, info) for info in candidates]


def resource_points(wanted: tuple[int, int], info: NodeInfo) -> int:
    """Least requested plus balance between cpu and memory, once a pod that counts as ``wanted`` runs there."""
    used = [
        (info.assumed_cpu + wanted[0], info.allocatable.get("cpu", 0)),
        (info.assumed_memory + wanted[1], info.allocatable.get("memory", 0)),
    ]
    return _least(used) + _balance(used)


def _least(used: list[tuple[int, int]]) -> int:
    return sum((size - taken) * MAX // size if 0 < taken <= size else 0 for taken, size in used) // 2


def _balance(used: list[tuple[int, int]]) -> int:
    if any(not size or taken >= size for taken, size in used):
        return 0
    (cpu, cpus), (memory, memories) = used
    return MAX - abs(cpu * memories - memory * cpus) * MAX // (cpus * memories)


def _spread(pod: Object, candidates: Sequence[NodeInfo], _snapshot: Snapshot) -> Scores:
    owner = controller_of(pod)
    if owner is None:
        return [MAX] * len(candidates)
    counts = [info.owned.get(owner["uid"], 0) for info in candidates]
    return spread_points(counts, [info.labels.get(ZONE, "") for info in candidates])


def spread_points(counts: Scores, zones: Sequence[str]) -> Scores:
    """Away from pods of the same controller, of which there are ``counts``: two thirds by zone, one third by node."""
    nodes_scores = _fewest(counts)
    if not any(zones):
        return nodes_scores
    by_zone = dict.fromkeys(zones, 0)
    for count, zone in zip(counts, zones, strict=True):
        by_zone[zone] += count
    zone_scores = _fewest([by_zone[zone] for zone in zones])
    return [(node + 2 * zone) // 3 for node, zone in zip(nodes_scores, zone_scores, strict=True)]


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
