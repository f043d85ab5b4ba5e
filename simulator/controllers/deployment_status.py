"""The status of a Deployment: counts, and the conditions Available, Progressing and ReplicaFailure. Pure.

Source: kube-controller-manager, deployment/progress.go and sync.go (1.14).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.controllers.conditions import find_condition, with_condition, without_condition
from simulator.controllers.limits import desired, max_unavailable
from simulator.controllers.rollout import progressing, with_progressing
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339, rfc3339

_NO_DEADLINE = 2**31 - 1
_DONE, _TIMED_OUT = "NewReplicaSetAvailable", "ProgressDeadlineExceeded"


def progress_deadline_s(deployment: Object) -> int | None:
    seconds: int | None = deployment["spec"].get("progressDeadlineSeconds", 600)
    return None if seconds is None or seconds >= _NO_DEADLINE else seconds


def deployment_status(deployment: Object, replicasets: list[Object], new: Object | None, now: float) -> Object:
    """The status as of now. Counts of 0 are left out, as in JSON."""
    old = deployment.get("status") or {}
    status = _counts(deployment, replicasets, new)
    conditions = with_condition(old.get("conditions"), _availability(deployment, status, now))
    if not _is_paused(deployment):
        conditions = _with_progress(deployment, {**status, "conditions": conditions}, new, now)
    failure = _replica_failure(replicasets, new)
    if failure is None:
        conditions = without_condition(conditions, "ReplicaFailure")
    else:
        conditions = with_condition(conditions, failure)
    return {**status, "conditions": conditions}


def _is_paused(deployment: Object) -> bool:
    return bool(deployment["spec"].get("paused"))


def _counts(deployment: Object, replicasets: list[Object], new: Object | None) -> Object:
    available = _sum(replicasets, "availableReplicas")
    counts = {
        "observedGeneration": deployment["metadata"].get("generation", 0),
        "replicas": _sum(replicasets, "replicas"),
        "updatedReplicas": _sum([new] if new else [], "replicas"),
        "readyReplicas": _sum(replicasets, "readyReplicas"),
        "availableReplicas": available,
        "unavailableReplicas": max(sum(one["spec"]["replicas"] for one in replicasets) - available, 0),
        "collisionCount": (deployment.get("status") or {}).get("collisionCount", 0),
    }
    return {name: count for name, count in counts.items() if count}


def _sum(replicasets: Iterable[Object], field: str) -> int:
    return sum((one.get("status") or {}).get(field, 0) for one in replicasets)


def _availability(deployment: Object, status: Object, now: float) -> Object:
    enough = status.get("availableReplicas", 0) >= desired(deployment) - max_unavailable(deployment)
    reason = "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable"
    return {
        "type": "Available",
        "status": "True" if enough else "False",
        "lastUpdateTime": rfc3339(now),
        "lastTransitionTime": rfc3339(now),
        "reason": reason,
        "message": f"Deployment {'has' if enough else 'does not have'} minimum availability.",
    }


def _with_progress(deployment: Object, status: Object, new: Object | None, now: float) -> list[Object]:
    """The conditions with Progressing brought up to date. ``status`` is the new one, without that."""
    conditions: list[Object] = status["conditions"]
    if progress_deadline_s(deployment) is None:
        return without_condition(conditions, "Progressing")
    known = find_condition(conditions, "Progressing")
    subject = f'ReplicaSet "{new["metadata"]["name"]}"' if new else f'Deployment "{deployment["metadata"]["name"]}"'
    done = progressing("True", _DONE, f"{subject} has successfully progressed.", rfc3339(now))
    if _is_rolled_out(status, known, done):
        return conditions
    if is_complete(deployment, status):
        return _renewed(conditions, known, done)
    if _has_progressed(deployment, status):
        moving = progressing("True", "ReplicaSetUpdated", f"{subject} is progressing.", rfc3339(now))
        return _renewed(conditions, known, moving)
    if _has_timed_out(deployment, known, now):
        late = progressing("False", _TIMED_OUT, f"{subject} has timed out progressing.", rfc3339(now))
        return with_condition(conditions, late)
    return conditions


def _is_rolled_out(status: Object, known: Object | None, done: Object) -> bool:
    """Whether the roll-out was over before: scaling, or a pod that is not ready, does not start another.

    The message counts too, which the real controller overlooks: killed at a bad moment it keeps the old one's.
    """
    if known is None or status.get("replicas", 0) != status.get("updatedReplicas", 0):
        return False
    return all(known.get(key) == done[key] for key in ("reason", "message"))


def _renewed(conditions: list[Object], known: Object | None, condition: Object) -> list[Object]:
    """The condition anew even if its reason is the same: each step of progress moves ``lastUpdateTime``."""
    if known is not None and known["status"] == "True":
        condition = {**condition, "lastTransitionTime": known["lastTransitionTime"]}
    return [*without_condition(conditions, "Progressing"), condition]


def is_complete(deployment: Object, status: Object) -> bool:
    """All pods are of the new template and available, and no other is left."""
    wanted = desired(deployment)
    fields = ("updatedReplicas", "replicas", "availableReplicas")
    observed = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    return observed and all(status.get(field, 0) == wanted for field in fields)


def _has_progressed(deployment: Object, status: Object) -> bool:
    old = deployment.get("status") or {}
    outdated = [one.get("replicas", 0) - one.get("updatedReplicas", 0) for one in (old, status)]
    more = ("updatedReplicas", "readyReplicas", "availableReplicas")
    return outdated[1] < outdated[0] or any(status.get(field, 0) > old.get(field, 0) for field in more)


def _has_timed_out(deployment: Object, known: Object | None, now: float) -> bool:
    deadline_s = progress_deadline_s(deployment)
    if known is None or deadline_s is None or known.get("reason") == _DONE:
        return False
    return known.get("reason") == _TIMED_OUT or parse_rfc3339(known["lastUpdateTime"]) + deadline_s < now


def time_until_deadline(deployment: Object, now: float) -> float | None:
    """Seconds until a roll-out that does not move is late; None when nothing is due."""
    status, deadline_s = deployment.get("status") or {}, progress_deadline_s(deployment)
    known = find_condition(status.get("conditions"), "Progressing")
    if known is None or deadline_s is None or _is_paused(deployment) or is_complete(deployment, status):
        return None
    if known.get("reason") in (_TIMED_OUT, _DONE):
        return None
    # One second more, as the real controller waits: the condition has whole seconds.
    return max(parse_rfc3339(known["lastUpdateTime"]) + deadline_s - now, 0.0) + 1.0


def _replica_failure(replicasets: list[Object], new: Object | None) -> Object | None:
    """The new ReplicaSet's ReplicaFailure, or else that of any, as a condition of the Deployment."""
    for replicaset in [*([new] if new else []), *replicasets]:
        failure = find_condition((replicaset.get("status") or {}).get("conditions"), "ReplicaFailure")
        if failure is not None:
            moment = failure["lastTransitionTime"]
            known: Object = {key: failure[key] for key in ("type", "status", "reason", "message") if key in failure}
            return {**known, "lastUpdateTime": moment, "lastTransitionTime": moment}
    return None


def with_pause_condition(deployment: Object, now: float) -> Object:
    """The Deployment saying that it was paused or resumed, if that is news. Without a deadline nothing is said."""
    if progress_deadline_s(deployment) is None:
        return deployment
    known = find_condition((deployment.get("status") or {}).get("conditions"), "Progressing")
    reason = known.get("reason") if known is not None else None
    if reason == _TIMED_OUT:
        return deployment  # a failed roll-out stays failed
    if _is_paused(deployment) and reason != "DeploymentPaused":
        return with_progressing(deployment, "Unknown", "DeploymentPaused", "Deployment is paused", rfc3339(now))
    if not _is_paused(deployment) and reason == "DeploymentPaused":
        return with_progressing(deployment, "Unknown", "DeploymentResumed", "Deployment is resumed", rfc3339(now))
    return deployment
