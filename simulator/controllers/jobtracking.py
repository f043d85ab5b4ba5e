"""Jobs that count their pods as they end, since 1.23.

A pod is held by a finalizer until its end is noted: first its UID among the uncounted, then, with the finalizer gone,
in the count. Killed between two of these steps, another controller goes on without counting twice. Source:
kube-controller-manager, job/job_controller.go: trackJobStatusAndRemoveFinalizers (1.33). Not modelled: indexed Jobs,
success and failure policies.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from simulator.api.gvrs import JOBS, PODS
from simulator.changes.workloads import JOB_COMPLETED, JOB_CRITERIA, JOB_REACHED, JOB_READY, JOB_TERMINATING
from simulator.controllers import podcontrol
from simulator.controllers.conditions import find_condition, without_condition
from simulator.controllers.context import Context, controller_of
from simulator.controllers.events import record
from simulator.controllers.ownership import controlled_by
from simulator.controllers.podstate import FINISHED, is_active, is_ready, phase
from simulator.errors import NotFound, Object
from simulator.runtime.clock import rfc3339

FINALIZER = "batch.kubernetes.io/job-tracking"
_KINDS = ("succeeded", "failed")
_ENDS = {"SuccessCriteriaMet": "Complete", "FailureTarget": "Failed"}


@dataclass(frozen=True)
class Tally:
    """What a Job's status and its pods add up to. ``uncounted``: UIDs whose end is noted, but not in the counts."""

    pods: list[Object]
    counts: dict[str, int]
    uncounted: dict[str, list[str]]

    @property
    def succeeded(self) -> int:
        return self.counts["succeeded"] + len(self.uncounted["succeeded"])

    @property
    def failed(self) -> int:
        return self.counts["failed"] + len(self.uncounted["failed"])

    @property
    def active(self) -> list[Object]:
        return [pod for pod in self.pods if is_active(pod)]

    @property
    def terminating(self) -> list[Object]:
        return [pod for pod in self.pods if "deletionTimestamp" in pod["metadata"] and phase(pod) not in FINISHED]


def tally(job: Object, pods: list[Object]) -> Tally:
    """Counts and uncounted as they are after this look at the pods."""
    status = job.get("status") or {}
    held = {pod["metadata"]["uid"]: pod for pod in pods if is_held(pod)}
    counts, uncounted = dict[str, int](), dict[str, list[str]]()
    for kind in _KINDS:
        noted = (status.get("uncountedTerminatedPods") or {}).get(kind) or []
        uncounted[kind] = [uid for uid in noted if uid in held]
        counts[kind] = status.get(kind, 0) + len(noted) - len(uncounted[kind])
    known = {uid for noted in uncounted.values() for uid in noted}
    for uid, pod in held.items():
        if uid not in known and (kind := _end_of(pod)):
            uncounted[kind].append(uid)
    return Tally(pods, counts, uncounted)


def is_held(pod: Object) -> bool:
    return FINALIZER in (pod["metadata"].get("finalizers") or ())


def _end_of(pod: Object) -> str:
    """A pod that is being deleted has failed, unless it got through before."""
    if phase(pod) == "Succeeded":
        return "succeeded"
    return "failed" if phase(pod) == "Failed" or "deletionTimestamp" in pod["metadata"] else ""


# -- writing


def settle(context: Context, job: Object, found: Tally, change: int, end: Object | None) -> None:
    """Note what ended, let the pods go, count them, and say so if that is the Job's end.

    ``change``: how many pods were made or deleted since ``found``. ``end``: the condition that decides, if one does.
    """
    job = _write(context, job, _status(context, job, found, change, _with_end(context, job, end)))
    _release(context, found)
    gone = {kind: found.counts[kind] + len(found.uncounted[kind]) for kind in _KINDS}
    counted = Tally(found.pods, gone, {kind: [] for kind in _KINDS})
    status = _status(context, job, counted, change, (job.get("status") or {}).get("conditions") or [])
    if end is not None and not status.get("active") and not status.get("terminating"):
        _finish(context, job, status, end)
    else:
        _write(context, job, status)


def _with_end(context: Context, job: Object, end: Object | None) -> list[Object]:
    conditions = (job.get("status") or {}).get("conditions") or []
    if end is None or not JOB_CRITERIA.at(context.release) or find_condition(conditions, end["type"]) is not None:
        return list(conditions)
    return [*conditions, end]


def _finish(context: Context, job: Object, status: Object, end: Object) -> None:
    now, kind = rfc3339(context.now), _ENDS[end["type"]]
    last = {**end, "type": kind, "lastProbeTime": now, "lastTransitionTime": now}
    status = {**status, "conditions": [*without_condition(status.get("conditions"), kind), last]}
    if kind == "Complete":
        status["completionTime"] = now
    _write(context, job, status)
    if kind == "Failed":
        record(context, job, "Warning", end["reason"], end["message"])
    elif JOB_COMPLETED.at(context.release):
        record(context, job, "Normal", "Completed", "Job completed")


def _status(context: Context, job: Object, found: Tally, change: int, conditions: list[Object]) -> Object:
    old, release = job.get("status") or {}, context.release
    counts = {"active": len(found.active) + change, **found.counts}
    status: Object = {"startTime": old.get("startTime") or rfc3339(context.now)}
    status.update({name: count for name, count in counts.items() if count})
    if JOB_READY.at(release):
        status["ready"] = sum(map(is_ready, found.active)) if counts["active"] else 0
    if JOB_TERMINATING.at(release):
        status["terminating"] = len(found.terminating) + max(-change, 0)
    status["uncountedTerminatedPods"] = {kind: uids for kind, uids in found.uncounted.items() if uids}
    return {**status, **({"conditions": conditions} if conditions else {})}


def _write(context: Context, job: Object, status: Object) -> Object:
    return job if status == job.get("status") else context.client.update_status(JOBS, {**job, "status": status})


def _release(context: Context, found: Tally) -> None:
    ended = {uid for uids in found.uncounted.values() for uid in uids}
    release(context, [pod for pod in found.pods if pod["metadata"]["uid"] in ended])


def release(context: Context, pods: Iterable[Object]) -> None:
    """Take the finalizer off pods."""
    for pod in pods:
        meta = pod["metadata"]
        kept = [one for one in meta.get("finalizers") or () if one != FINALIZER]
        try:
            context.client.patch(PODS, meta["name"], {"metadata": {"finalizers": kept or None}}, meta["namespace"])
        except NotFound:
            continue


def release_orphans(context: Context, namespace: str, job: str) -> None:
    """The pods of a Job that is gone shall not stay for its sake."""
    pods = [pod for pod in context.client.list(PODS, namespace) if is_held(pod)]
    owned = [pod for pod in pods if (ref := controller_of(pod)) and (ref["kind"], ref["name"]) == ("Job", job)]
    release(context, owned)


# -- the end


def ending(job: Object) -> Object | None:
    """The condition that has decided about the Job before, if one has."""
    conditions = (job.get("status") or {}).get("conditions")
    return next((found for kind in _ENDS if (found := find_condition(conditions, kind)) is not None), None)


def success(context: Context) -> Object:
    return _condition("SuccessCriteriaMet", context.now, *JOB_REACHED.at(context.release))


def failure(context: Context, reason: str, message: str) -> Object:
    return _condition("FailureTarget", context.now, reason, message)


def _condition(kind: str, now: float, reason: str, message: str) -> Object:
    told = {"reason": reason, "message": message} if reason else {}
    return {"type": kind, "status": "True", "lastProbeTime": rfc3339(now), "lastTransitionTime": rfc3339(now), **told}


def stop(context: Context, job: Object, pods: Iterable[Object]) -> int:
    """Delete pods; by how many their number changed."""
    count = 0
    for pod in pods:
        podcontrol.delete(context, job, pod)
        count -= 1
    return count


def pods_of(context: Context, job: Object) -> list[Object]:
    return controlled_by(job, context.client.list(PODS, job["metadata"]["namespace"]))
