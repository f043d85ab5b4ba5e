"""What is known of all nodes for pods that ask for the same, so that hundreds of them need not ask each node anew.

A plain pod (no rules about other pods, no claims, no host ports, no preferences) is judged by its own wishes and by
what the node has left. So pods with the same wishes share a board: for each node whether it fits, and its points for
resources. After a pod has been placed, only its node is looked at again. What comes out is what asking every node gives
(tested); real schedulers had the same for a while. Source: kube-scheduler, core/equivalence (1.11).
"""

from __future__ import annotations

import json
from bisect import bisect_left, insort
from collections.abc import Sequence
from itertools import compress

from simulator.controllers.scheduling.affinity import concerns, preferred, terms
from simulator.controllers.scheduling.filters import filters, host_ports, untolerated
from simulator.controllers.scheduling.model import ZONE, NodeInfo, Snapshot, assumed, owner_uid
from simulator.controllers.scheduling.scores import MAX, resource_points, spread_points
from simulator.errors import Object
from simulator.release import Release

MOST_BOARDS, MOST_CHANGES = 64, 100_000
_WISHES = ("nodeSelector", "affinity", "tolerations")
_SIZES = ("containers", "initContainers")


class Board:
    """All nodes, judged for one plain pod and its like."""

    def __init__(self, pod: Object, snapshot: Snapshot, release: Release) -> None:
        self._pod, self._snapshot, self._release = pod, snapshot, release
        self._tests, self._wanted = filters(release), assumed(pod)
        self._generation = -1
        self._seen = 0
        self._begin()

    def best(self, pod: Object) -> list[NodeInfo]:
        """The nodes that suit the pod best, all alike; none when it fits nowhere, or when it takes a closer look."""
        self._catch_up()
        if not self._fitting or self._partial:
            return []
        first, chosen = self._chosen()
        points = [*map(self._points.__getitem__, chosen)]
        if owner := owner_uid(pod):
            self._spread(owner, first, chosen, points)
        best = map(max(points).__eq__, points)
        return [*map(self._infos.__getitem__, compress(chosen, best))]

    def _chosen(self) -> tuple[int, Sequence[int]]:
        """The nodes that are scored, from which place of the fitting ones on."""
        nodes, limit, count = len(self._infos), feasible_limit(len(self._infos)), len(self._fitting)
        if nodes <= limit:
            return 0, self._fitting
        start = self._snapshot.next_start % nodes
        first = bisect_left(self._fitting, start)
        chosen = self._fitting[first : first + limit]
        chosen += self._fitting[: min(first, limit - len(chosen))]
        looked_at = (chosen[-1] - start) % nodes + 1 if count >= limit else nodes
        self._snapshot.next_start = (start + looked_at) % nodes
        return first, chosen

    def _spread(self, owner: str, first: int, chosen: Sequence[int], points: list[int]) -> None:
        """Add to ``points`` what keeps pods of one controller apart; where it has none, all get the same: nothing."""
        counts = self._snapshot.owned.get(owner)
        if not counts:
            return
        if self._has_zones:
            infos, zones = self._infos, self._zones
            told = [infos[index].owned.get(owner, 0) for index in chosen]
            for place, more in enumerate(spread_points(told, [zones[index] for index in chosen])):
                points[place] += more
            return
        here = [(place, count) for node, count in counts.items() if (place := self._place(node, first)) < len(chosen)]
        most = max((count for _, count in here), default=1)
        for place, count in here:
            points[place] += (most - count) * MAX // most - MAX

    def _place(self, node: str, first: int) -> int:
        """Where a node stands among the chosen ones; beyond them all if it is not among them."""
        index = self._places.get(node)
        if index is None or not self._fits[index]:
            return len(self._infos)
        return (bisect_left(self._fitting, index) - first) % len(self._fitting)

    # -- keeping up

    def _catch_up(self) -> None:
        if self._generation != self._snapshot.generation:
            self._begin()
            return
        changes = self._snapshot.changes
        for name in dict.fromkeys(changes[self._seen :]):
            self._judge(self._places[name])
        self._seen = len(changes)

    def _begin(self) -> None:
        snapshot = self._snapshot
        self._infos = snapshot.infos
        self._places = {name: index for index, name in enumerate(snapshot.names())}
        self._points = [0] * len(self._infos)
        self._zones = [""] * len(self._infos)
        self._has_zones = False
        self._partial: set[int] = set()  # nodes that the pod should rather not use: scored by comparison
        self._fitting: list[int] = []
        self._fits = [False] * len(self._infos)
        for index in range(len(self._infos)):
            self._judge(index)
        self._generation, self._seen = snapshot.generation, len(snapshot.changes)

    def _judge(self, index: int) -> None:
        info = self._infos[index]
        fits = not any(test(self._pod, info, self._release) for test in self._tests)
        if fits is not self._fits[index]:
            self._fits[index] = fits
            if fits:
                insort(self._fitting, index)
            else:
                del self._fitting[bisect_left(self._fitting, index)]
        self._points[index] = resource_points(self._wanted, info)
        self._zones[index] = zone = info.labels.get(ZONE, "")
        self._has_zones = self._has_zones or bool(zone)
        if fits and info.taints and untolerated(self._pod, info.taints, ("PreferNoSchedule",)):
            self._partial.add(index)
        else:
            self._partial.discard(index)


def board_for(pod: Object, snapshot: Snapshot, release: Release) -> Board | None:
    """The board of pods like this one; None for a pod that is not plain."""
    wishes = _wishes(pod)
    if wishes is None or _is_repelled(pod, snapshot):
        return None
    if len(snapshot.boards) >= MOST_BOARDS or len(snapshot.changes) > MOST_CHANGES:
        snapshot.boards.clear()
        snapshot.changes.clear()
    found = snapshot.boards.get(wishes)
    if not isinstance(found, Board):
        found = snapshot.boards[wishes] = Board(pod, snapshot, release)
    return found


def feasible_limit(nodes: int) -> int:
    """Of how many nodes that can take a pod the best is chosen. Source: schedule_one.go, numFeasibleNodesToFind."""
    if nodes < 100:
        return nodes
    return max(nodes * max(50 - nodes // 125, 5) // 100, 100)


def _wishes(pod: Object) -> str | None:
    """What tells pods that ask for the same from others; None when there is more to it than that."""
    spec = pod["spec"]
    rules = any(terms(pod, kind) or preferred(pod, kind) for kind in ("podAffinity", "podAntiAffinity"))
    if rules or preferred(pod, "nodeAffinity") or spec.get("topologySpreadConstraints") or host_ports(pod):
        return None
    sizes = [[one.get("resources") for one in spec.get(key) or ()] for key in _SIZES]
    return json.dumps([*(spec.get(key) for key in _WISHES), *sizes])


def _is_repelled(pod: Object, snapshot: Snapshot) -> bool:
    """Whether a pod that runs does not want this one near it."""
    others = snapshot.repelling(pod["metadata"]["namespace"])
    return any(concerns(term, other, pod) for _, other in others for term in terms(other, "podAntiAffinity"))
