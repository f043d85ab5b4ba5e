"""What a roll-out does next: a plan is the sizes to give to ReplicaSets, by name. Pure.

Source: kube-controller-manager, deployment/rolling.go and sync.go (1.14).
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from simulator.controllers.conditions import with_condition
from simulator.controllers.labels import annotations_of
from simulator.controllers.limits import desired, is_recreate, max_surge, max_unavailable, size_of_new, taken
from simulator.controllers.replicasets import DESIRED, MAXIMUM, created, find_new
from simulator.errors import Object

Plan = dict[str, int]

__all__ = [
    "Plan",
    "is_recreate",
    "is_scaling_event",
    "plan_clean_up",
    "plan_proportional",
    "plan_scale_down",
    "plan_scale_up",
    "split",
    "with_progressing",
]


def split(deployment: Object, replicasets: Iterable[Object]) -> tuple[Object | None, list[Object]]:
    """The ReplicaSet of the present template (None: there is none yet), and the others, the oldest first."""
    replicasets = list(replicasets)
    new = find_new(deployment, replicasets)
    return new, sorted((one for one in replicasets if one is not new), key=created)


def size(replicaset: Object) -> int:
    replicas: int = replicaset["spec"]["replicas"]
    return replicas


def available(replicaset: Object) -> int:
    """Its available pods, at most as many as it shall keep: its status may still tell of pods that are about to go."""
    count: int = (replicaset.get("status") or {}).get("availableReplicas", 0)
    return min(count, size(replicaset))


def _name(replicaset: Object) -> str:
    name: str = replicaset["metadata"]["name"]
    return name


def plan_scale_up(deployment: Object, new: Object, replicasets: list[Object]) -> Plan:
    """The new ReplicaSet as large as the surge allows; smaller if it is over the desired number."""
    if size(new) == desired(deployment):
        return {}
    if size(new) > desired(deployment):
        return {_name(new): desired(deployment)}
    wanted = size_of_new(deployment, size(new), sum(map(taken, replicasets)))
    return {_name(new): wanted} if wanted != size(new) else {}


def plan_scale_down(deployment: Object, new: Object, old: list[Object]) -> Plan:
    """The old ReplicaSets as small as availability allows: first their unhealthy pods, then available ones."""
    minimum = desired(deployment) - max_unavailable(deployment)
    new_unavailable = size(new) - available(new)
    room = sum(map(size, [*old, new])) - minimum - new_unavailable
    if room <= 0:
        return {}
    plan: Plan = {}
    for replicaset in old:
        unhealthy = min(size(replicaset) - available(replicaset), room)
        if unhealthy > 0:
            plan[_name(replicaset)] = size(replicaset) - unhealthy
            room -= unhealthy
    spare = sum(map(available, [*old, new])) - minimum
    for replicaset in old:
        left = plan.get(_name(replicaset), size(replicaset))
        going = min(left, spare)
        if going > 0:
            plan[_name(replicaset)] = left - going
            spare -= going
    return plan


def is_scaling_event(deployment: Object, replicasets: Iterable[Object]) -> bool:
    """Whether a ReplicaSet that has pods was scaled for another number than the Deployment now wants."""
    wanted = str(desired(deployment))
    return any(
        annotation is not None and annotation != wanted
        for replicaset in replicasets
        if size(replicaset)
        for annotation in [annotations_of(replicaset).get(DESIRED)]
    )


def plan_proportional(deployment: Object, replicasets: list[Object]) -> Plan:
    """Sizes for a Deployment whose number changed in the middle of a roll-out, or while it is paused."""
    new, old = split(deployment, replicasets)
    active = [one for one in [*old, *([new] if new else [])] if size(one)]
    if len(active) <= 1:
        only = active[0] if active else new or (old[-1] if old else None)
        return {_name(only): desired(deployment)} if only is not None else {}
    if new is not None and _is_saturated(deployment, new):
        return {_name(one): 0 for one in old if size(one)}
    return {} if is_recreate(deployment) else _shares(deployment, active)


def _is_saturated(deployment: Object, new: Object) -> bool:
    wanted = desired(deployment)
    annotation = annotations_of(new).get(DESIRED)
    return size(new) == wanted and annotation == str(wanted) and available(new) == wanted


def _shares(deployment: Object, active: list[Object]) -> Plan:
    """Each gets its share of what is to come or to go; the largest takes what rounding leaves."""
    limit = desired(deployment) + max_surge(deployment) if desired(deployment) else 0
    change = limit - sum(map(size, active))
    newest_first = sorted(active, key=created, reverse=change > 0)
    ordered = sorted(newest_first, key=size, reverse=True)
    plan, added = {}, 0
    for replicaset in ordered:
        share = _share(deployment, replicaset, change, added)
        plan[_name(replicaset)] = size(replicaset) + share
        added += share
    if change:
        first = _name(ordered[0])
        plan[first] = max(plan[first] + change - added, 0)
    return plan


def _share(deployment: Object, replicaset: Object, change: int, added: int) -> int:
    if not size(replicaset) or change in (0, added):
        return 0
    fraction, allowed = _fraction(deployment, replicaset), change - added
    return min(fraction, allowed) if change > 0 else max(fraction, allowed)


def _fraction(deployment: Object, replicaset: Object) -> int:
    if desired(deployment) == 0:
        return -size(replicaset)
    annotation = annotations_of(replicaset).get(MAXIMUM, "")
    before = int(annotation) if annotation.isdigit() else (deployment.get("status") or {}).get("replicas", 0)
    if not before:
        return 0
    exact = Fraction(size(replicaset) * (desired(deployment) + max_surge(deployment)), before)
    return int(exact + Fraction(1, 2)) - size(replicaset)  # half away from zero; it is never negative here


def plan_clean_up(deployment: Object, replicasets: list[Object]) -> list[Object]:
    """The old ReplicaSets to delete: those over ``revisionHistoryLimit``, the oldest first, unless they have pods."""
    limit = deployment["spec"].get("revisionHistoryLimit")
    if limit is None:
        return []
    _, old = split(deployment, replicasets)
    alive = [one for one in old if "deletionTimestamp" not in one["metadata"]]
    return [one for one in alive[: max(len(alive) - limit, 0)] if _is_idle(one)]


def _is_idle(replicaset: Object) -> bool:
    status = replicaset.get("status") or {}
    observed = status.get("observedGeneration", 0) >= replicaset["metadata"].get("generation", 0)
    return not size(replicaset) and not status.get("replicas") and observed


def with_progressing(deployment: Object, status: str, reason: str, message: str, now: str) -> Object:
    """The Deployment with that Progressing condition."""
    condition = progressing(status, reason, message, now)
    old = deployment.get("status") or {}
    return {**deployment, "status": {**old, "conditions": with_condition(old.get("conditions"), condition)}}


def progressing(status: str, reason: str, message: str, now: str) -> Object:
    return {
        "type": "Progressing",
        "status": status,
        "lastUpdateTime": now,
        "lastTransitionTime": now,
        "reason": reason,
        "message": message,
    }
