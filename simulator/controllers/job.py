"""Jobs: pods that run to completion. Source: kube-controller-manager, job/job_controller.go (1.14 and 1.33)."""

from __future__ import annotations

from simulator.api.gvrs import JOBS, PODS
from simulator.changes.workloads import JOB_BACK_OFF_S, JOB_TRACKING
from simulator.controllers import jobtracking, podcontrol
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key, owner_key
from simulator.controllers.events import record
from simulator.controllers.ownership import controlled_by
from simulator.controllers.podstate import deletion_rank, is_active, phase, pod_of_template, restarts
from simulator.errors import NotFound, Object
from simulator.runtime.clock import parse_rfc3339, rfc3339

_FIRST_BACK_OFF_S = 10  # DefaultJobBackOff
_BACK_OFF_LIMIT = 6

_TOO_MANY = ("BackoffLimitExceeded", "Job has reached the specified backoff limit")
_TOO_LONG = ("DeadlineExceeded", "Job was active longer than specified deadline")


def reconcile(context: Context, key: Key) -> Result:
    """Start or stop pods of one Job until it is complete or has failed, then write the status."""
    job = context.client.get_or_none(JOBS, key.name, key.namespace)
    if job is None or "deletionTimestamp" in job["metadata"]:
        if JOB_TRACKING.at(context.release):
            jobtracking.release_orphans(context, key.namespace, key.name)
        return DONE
    if is_finished(job):
        return _expire(context, job)
    if JOB_TRACKING.at(context.release):
        return _track(context, job)
    pods = controlled_by(job, context.client.list(PODS, key.namespace))
    active = [pod for pod in pods if is_active(pod)]
    failure = why_failed(job, pods, context.now)
    if failure is not None:
        for pod in active:
            podcontrol.delete(context, job, pod)
        record(context, job, "Warning", *failure)
        _write_status(context, job, pods, 0, failure)
        return DONE
    wait_s = _back_off_s(context, pods)
    changed = 0 if wait_s else _manage(context, job, active, _count(pods, "Succeeded"))
    _write_status(context, job, pods, len(active) + changed, None)
    return Result(_soonest(wait_s, _until_deadline(job, context.now)))


def _track(context: Context, job: Object) -> Result:
    """As ``reconcile``, for a Job that counts its pods as they end."""
    found = jobtracking.tally(job, jobtracking.pods_of(context, job))
    end, change, wait_s = jobtracking.ending(job), 0, 0.0
    if end is None:
        failed = why_failed(job, found.pods, context.now, found.failed)
        if failed is not None:
            end = jobtracking.failure(context, *failed)
        elif _is_complete(job, len(found.active), found.succeeded):
            end = jobtracking.success(context)
    if end is not None or job["spec"].get("suspend"):
        change = jobtracking.stop(context, job, found.active)
    else:
        wait_s = _back_off_s(context, found.pods)
        change = 0 if wait_s else _manage(context, job, found.active, found.succeeded)
    jobtracking.settle(context, job, found, change, end)
    return Result(_soonest(wait_s, _until_deadline(job, context.now)))


def is_finished(job: Object) -> bool:
    conditions = (job.get("status") or {}).get("conditions")
    found = [find_condition(conditions, kind) for kind in ("Complete", "Failed")]
    return any(one is not None and one["status"] == "True" for one in found)


def why_failed(job: Object, pods: list[Object], now: float, failed: int | None = None) -> tuple[str, str] | None:
    """Reason and message, or None while the Job may go on. ``failed``: how many pods have, if not just these."""
    limit = job["spec"].get("backoffLimit", _BACK_OFF_LIMIT)
    if job["spec"]["template"]["spec"].get("restartPolicy") == "OnFailure":
        count = sum(restarts(pod) for pod in pods if phase(pod) in ("Running", "Pending"))
        too_many = count > 0 and (count >= limit if limit else True)
    else:
        too_many = (_count(pods, "Failed") if failed is None else failed) > limit
    if too_many:
        return _TOO_MANY
    left = _until_deadline(job, now)
    return _TOO_LONG if left is not None and left <= 0 else None


def _until_deadline(job: Object, now: float) -> float | None:
    seconds, started = job["spec"].get("activeDeadlineSeconds"), (job.get("status") or {}).get("startTime")
    return None if seconds is None or started is None else parse_rfc3339(started) + float(seconds) - now


def _count(pods: list[Object], wanted: str) -> int:
    return sum(phase(pod) == wanted for pod in pods)


def _soonest(*waits: float | None) -> float | None:
    return min((wait for wait in waits if wait), default=None)


def _back_off_s(context: Context, pods: list[Object]) -> float:
    """Seconds until another pod may be tried after the last failure: 10, doubling with each, up to a limit."""
    failed = [pod for pod in pods if phase(pod) == "Failed"]
    if not failed:
        return 0.0
    delay_s = float(min(_FIRST_BACK_OFF_S << min(len(failed) - 1, 10), JOB_BACK_OFF_S.at(context.release)))
    return max(max(map(_ended, failed)) + delay_s - context.now, 0.0)


def _ended(pod: Object) -> float:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    ends = [one.get("state", {}).get("terminated", {}).get("finishedAt") for one in statuses]
    return max((parse_rfc3339(end) for end in ends if end), default=parse_rfc3339(pod["metadata"]["creationTimestamp"]))


def wanted_active(job: Object, active: int, succeeded: int) -> int:
    """How many pods shall run. Without ``completions`` no new one starts after the first success."""
    spec = job["spec"]
    parallelism, completions = spec.get("parallelism", 1), spec.get("completions")
    if completions is None:
        wanted = active if succeeded else parallelism
    else:
        wanted = completions - succeeded
    return int(max(min(wanted, parallelism), 0))


def _manage(context: Context, job: Object, active: list[Object], succeeded: int) -> int:
    """Create or delete pods; by how many their number changed."""
    change = wanted_active(job, len(active), succeeded) - len(active)
    for _ in range(change):
        podcontrol.create(context, job, _new_pod(context, job))
    for pod in sorted(active, key=deletion_rank)[: max(-change, 0)]:
        podcontrol.delete(context, job, pod)
    return change


def _new_pod(context: Context, job: Object) -> Object:
    pod = pod_of_template(job, job["spec"]["template"], labels=_labels(job))
    if JOB_TRACKING.at(context.release):
        meta = pod["metadata"]
        pod = {**pod, "metadata": {**meta, "finalizers": [*meta.get("finalizers", ()), jobtracking.FINALIZER]}}
    return pod


def _labels(job: Object) -> dict[str, str]:
    return {"controller-uid": job["metadata"]["uid"], "job-name": job["metadata"]["name"]}


def _write_status(
    context: Context, job: Object, pods: list[Object], active: int, failure: tuple[str, str] | None
) -> None:
    old = job.get("status") or {}
    succeeded, failed = _count(pods, "Succeeded"), _count(pods, "Failed")
    if failure is not None:
        failed += sum(is_active(pod) for pod in pods)
    status: Object = {"startTime": old.get("startTime") or rfc3339(context.now)}
    status.update({name: count for name, count in _counts(active, succeeded, failed) if count})
    if failure is not None:
        status["conditions"] = [*old.get("conditions", ()), _condition("Failed", context.now, *failure)]
    elif _is_complete(job, active, succeeded):
        status["conditions"] = [*old.get("conditions", ()), _condition("Complete", context.now)]
        status["completionTime"] = rfc3339(context.now)
    elif old.get("conditions"):
        status["conditions"] = old["conditions"]
    if status != old:
        context.client.update_status(JOBS, {**job, "status": status})


def _counts(active: int, succeeded: int, failed: int) -> list[tuple[str, int]]:
    return [("active", active), ("succeeded", succeeded), ("failed", failed)]


def _is_complete(job: Object, active: int, succeeded: int) -> bool:
    completions = job["spec"].get("completions")
    return succeeded > 0 and active == 0 if completions is None else succeeded >= completions


def _condition(kind: str, now: float, reason: str = "", message: str = "") -> Object:
    told = {"reason": reason, "message": message} if reason else {}
    return {"type": kind, "status": "True", "lastProbeTime": rfc3339(now), "lastTransitionTime": rfc3339(now), **told}


def _expire(context: Context, job: Object) -> Result:
    """Delete a finished Job after ``ttlSecondsAfterFinished``."""
    ttl_s = job["spec"].get("ttlSecondsAfterFinished")
    if ttl_s is None:
        return DONE
    ended = max(parse_rfc3339(one["lastTransitionTime"]) for one in job["status"]["conditions"])
    if (left := ended + ttl_s - context.now) > 0:
        return Result(left)
    meta = job["metadata"]
    try:
        context.client.delete(JOBS, meta["name"], meta["namespace"], uid=meta["uid"], propagation="Foreground")
    except NotFound:
        return DONE
    return DONE


CONTROLLER = Controller(
    name="job",
    user="system:serviceaccount:kube-system:job-controller",
    watches=(Watches(JOBS, own_key), Watches(PODS, owner_key("Job"))),
    reconcile=reconcile,
    component="job-controller",
)
