"""topologySpreadConstraints that must hold. Pure. Source: kube-scheduler, plugins/podtopologyspread (1.33)."""

from __future__ import annotations

from collections import Counter

from simulator.controllers.labels import labels_of, selects
from simulator.controllers.scheduling.filters import matches_node, untolerated
from simulator.controllers.scheduling.model import NodeInfo, Snapshot
from simulator.errors import Object

SKEWED = "node(s) didn't match pod topology spread constraints"
UNLABELLED = f"{SKEWED} (missing required label)"


class Spreading:
    """The constraints of one pod: how many matching pods there are in each domain that the pod could use."""

    def __init__(self, pod: Object, snapshot: Snapshot) -> None:
        self._pod = pod
        self._constraints = [_Constraint(one, pod) for one in _hard(pod)]
        keys = [one.key for one in self._constraints]
        for info in snapshot.infos if keys else ():
            if all(key in info.labels for key in keys):  # a node outside one topology counts for none
                for constraint in self._constraints:
                    constraint.count(info)

    def reasons(self, info: NodeInfo) -> list[str]:
        """Why the pod may not run there; none: it may."""
        for constraint in self._constraints:
            if constraint.key not in info.labels:
                return [UNLABELLED]
            if not constraint.allows(info):
                return [SKEWED]
        return []


def _hard(pod: Object) -> list[Object]:
    constraints = pod["spec"].get("topologySpreadConstraints") or ()
    return [one for one in constraints if one.get("whenUnsatisfiable", "DoNotSchedule") == "DoNotSchedule"]


class _Constraint:
    """One of them, with its counts by domain. Pods that are being deleted count no more."""

    def __init__(self, spec: Object, pod: Object) -> None:
        self.key: str = spec["topologyKey"]
        self._spec, self._pod = spec, pod
        self._selector = _selector(spec, pod)
        self._counts: Counter[str] = Counter()

    def count(self, info: NodeInfo) -> None:
        if self._is_domain(info):
            same = [one for one in info.pods if self._is_counted(one)]
            self._counts[info.labels[self.key]] += len(same)

    def allows(self, info: NodeInfo) -> bool:
        itself = int(selects(self._selector, labels_of(self._pod)))
        skew = self._counts.get(info.labels[self.key], 0) + itself - self._fewest()
        return bool(skew <= self._spec["maxSkew"])

    def _fewest(self) -> int:
        if len(self._counts) < self._spec.get("minDomains", 1):
            return 0
        return min(self._counts.values(), default=0)

    def _is_domain(self, info: NodeInfo) -> bool:
        """By default a node that the pod's selector refuses is none, and one whose taints refuse it is."""
        if self._spec.get("nodeAffinityPolicy", "Honor") == "Honor" and not matches_node(self._pod, info.node):
            return False
        honored = self._spec.get("nodeTaintsPolicy", "Ignore") == "Honor"
        return not (honored and untolerated(self._pod, info.taints, ("NoSchedule", "NoExecute")))

    def _is_counted(self, other: Object) -> bool:
        meta = other["metadata"]
        if "deletionTimestamp" in meta or meta["namespace"] != self._pod["metadata"]["namespace"]:
            return False
        return selects(self._selector, labels_of(other))


def _selector(spec: Object, pod: Object) -> Object | None:
    """The labelSelector with the pod's own values of ``matchLabelKeys``."""
    selector: Object | None = spec.get("labelSelector")
    labels = labels_of(pod)
    own = {key: labels[key] for key in spec.get("matchLabelKeys") or () if key in labels}
    if not own:
        return selector
    return {**(selector or {}), "matchLabels": {**((selector or {}).get("matchLabels") or {}), **own}}
