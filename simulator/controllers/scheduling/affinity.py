"""Affinity, anti-affinity and spreading between pods. Pure.

Source: kube-scheduler, algorithm/predicates/predicates.go (1.14); plugins/podtopologyspread.
"""

from __future__ import annotations

from collections.abc import Iterator

from simulator.changes.workloads import FILTER_PLUGINS, POD_AFFINITY_TWICE
from simulator.controllers.labels import labels_of, selects
from simulator.controllers.scheduling.model import NodeInfo, Snapshot
from simulator.controllers.scheduling.spreading import Spreading
from simulator.errors import Object
from simulator.release import Release

_GENERAL = "node(s) didn't match pod affinity/anti-affinity"
AFFINITY = "node(s) didn't match pod affinity rules"
_ANTI_AFFINITY = "node(s) didn't match pod anti-affinity rules"
_EXISTING = "node(s) didn't satisfy existing pods anti-affinity rules"

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

    def __init__(self, pod: Object, snapshot: Snapshot, release: Release) -> None:
        self._pod = pod
        self._told = [_GENERAL] if POD_AFFINITY_TWICE.at(release) else []
        self._spread_first = FILTER_PLUGINS.at(release)
        self._attract, self._repel = terms(pod, "podAffinity"), terms(pod, "podAntiAffinity")
        self._forbidden = set(self._refused(snapshot))
        self._near = [self._domains(term, snapshot) for term in self._attract]
        self._far = [self._domains(term, snapshot) for term in self._repel]
        self._spreading = Spreading(pod, snapshot)

    def reasons(self, info: NodeInfo) -> list[str]:
        """Why the pod may not run there; none: it may."""
        if self._spread_first:
            return self._spreading.reasons(info) or self._affinity_reasons(info)
        return self._affinity_reasons(info) or self._spreading.reasons(info)

    def _affinity_reasons(self, info: NodeInfo) -> list[str]:
        if self._spread_first:  # its own rules before those of others
            found = self._own_reason(info) or self._others_reason(info)
        else:
            found = self._others_reason(info) or self._own_reason(info)
        return [*self._told, found] if found else []

    def _others_reason(self, info: NodeInfo) -> str:
        return _EXISTING if any(info.labels.get(key) == value for key, value in self._forbidden) else ""

    def _own_reason(self, info: NodeInfo) -> str:
        if not self._is_attracted(info):
            return AFFINITY
        repelled = (domain(term, info) in domains for term, domains in zip(self._repel, self._far, strict=True))
        return _ANTI_AFFINITY if any(repelled) else ""

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
        for info, other in snapshot.repelling(self._pod["metadata"]["namespace"]):
            for term in terms(other, "podAntiAffinity"):
                if concerns(term, other, self._pod) and (place := domain(term, info)) is not None:
                    yield place
