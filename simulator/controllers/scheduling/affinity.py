"""Affinity, anti-affinity and spreading between pods. Pure.

Source: kube-scheduler, algorithm/predicates/predicates.go (1.14); plugins/podtopologyspread.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from simulator.controllers.labels import labels_of, selects
from simulator.controllers.scheduling.filters import matches_node
from simulator.controllers.scheduling.model import NodeInfo, Snapshot
from simulator.errors import Object

_GENERAL = "node(s) didn't match pod affinity/anti-affinity"
_AFFINITY = "node(s) didn't match pod affinity rules"
_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"
_SPREAD = "node(s) didn't match pod topology spread constraints"

Domain = tuple[str, str]
"""A topology key and its value."""


def terms(pod: Object, kind: str) -> list[Object]:
    """The required terms of ``podAffinity`` or ``podAntiAffinity``."""
    affinity = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or []


def preferred(pod: Object, kind: str) -> list[Object]:
    affinity = (pod["spec"].get("affinity") or {}).get(kind) or {}
    return affinity.get("preferredDuringSchedulingIgnoredDuringExecution") or []


def concerns(term: Object, owner: Object, other: Object) -> bool:
    """Whether a term of ``owner`` speaks of the pod ``other``."""
    namespaces = term.get("namespaces") or [owner["metadata"]["namespace"]]
    return other["metadata"]["namespace"] in namespaces and selects(term.get("labelSelector"), labels_of(other))


def domain(term: Object, info: NodeInfo) -> Domain | None:
    value = info.labels.get(term["topologyKey"])
    return None if value is None else (term["topologyKey"], value)


class PodAffinity:
    """The rules of one pod against all that run: made once, asked for each node."""

    def __init__(self, pod: Object, snapshot: Snapshot) -> None:
        self._pod = pod
        self._attract, self._repel = terms(pod, "podAffinity"), terms(pod, "podAntiAffinity")
        self._forbidden = set(self._refused(snapshot))
        self._near = [self._domains(term, snapshot) for term in self._attract]
        self._far = [self._domains(term, snapshot) for term in self._repel]
        self._spread = [_Spread(one, pod, snapshot) for one in _hard_spread(pod)]

    def reasons(self, info: NodeInfo) -> list[str]:
        """Why the pod may not run there; none: it may."""
        if any(info.labels.get(key) == value for key, value in self._forbidden):
            return [_GENERAL, _EXISTING]
        if not self._is_attracted(info):
            return [_GENERAL, _AFFINITY]
        if any(domain(term, info) in domains for term, domains in zip(self._repel, self._far, strict=True)):
            return [_GENERAL, _ANTI_AFFINITY]
        return [_SPREAD] if any(not spread.allows(info) for spread in self._spread) else []

    def _is_attracted(self, info: NodeInfo) -> bool:
        """The first of a group that wants to be together may start it anywhere that has the topology."""
        here = [domain(term, info) for term in self._attract]
        if all(one in domains for one, domains in zip(here, self._near, strict=True)):
            return True
        starts = not any(self._near) and all(concerns(term, self._pod, self._pod) for term in self._attract)
        return starts and None not in here

    def _domains(self, term: Object, snapshot: Snapshot) -> set[Domain]:
        """Where pods run that the term speaks of."""
        found = {domain(term, info) for info, other in snapshot.assigned() if concerns(term, self._pod, other)}
        return {one for one in found if one is not None}

    def _refused(self, snapshot: Snapshot) -> Iterator[Domain]:
        """Where pods run that do not want this one near them."""
        for info, other in snapshot.assigned():
            for term in terms(other, "podAntiAffinity"):
                if concerns(term, other, self._pod) and (place := domain(term, info)) is not None:
                    yield place


def _hard_spread(pod: Object) -> list[Object]:
    constraints = pod["spec"].get("topologySpreadConstraints") or ()
    return [one for one in constraints if one.get("whenUnsatisfiable") == "DoNotSchedule"]


class _Spread:
    """One topologySpreadConstraint: how many matching pods there are in each domain that the pod could use."""

    def __init__(self, constraint: Object, pod: Object, snapshot: Snapshot) -> None:
        self._key, self._skew = constraint["topologyKey"], constraint["maxSkew"]
        self._counts: Counter[str] = Counter()
        selector, namespace = constraint.get("labelSelector"), pod["metadata"]["namespace"]
        self._own = int(selects(selector, labels_of(pod)))
        for info in snapshot.infos:
            value = info.labels.get(self._key)
            if value is not None and matches_node(pod, info.node):
                same = [one for one in info.pods if one["metadata"]["namespace"] == namespace]
                self._counts[value] += sum(selects(selector, labels_of(one)) for one in same)

    def allows(self, info: NodeInfo) -> bool:
        value = info.labels.get(self._key)
        if value is None or value not in self._counts:
            return False
        return bool(self._counts[value] + self._own - min(self._counts.values()) <= self._skew)
