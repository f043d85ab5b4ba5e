"""CronJobs: a Job for each time of a schedule.

Source: kube-controller-manager, cronjob/cronjob_controllerv2.go and utils.go (1.33); cronjob_controller.go (1.14),
which looks every ten seconds and is punctual here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from simulator.api.gvrs import CRONJOBS, JOBS
from simulator.changes.workloads import CRON_JOB_NAME_S, CRON_SAW, CRON_SUCCESS, CRON_TIMESTAMP
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import (
    DONE,
    Context,
    Controller,
    Key,
    Result,
    Watches,
    own_key,
    owner_key,
    owner_reference,
)
from simulator.controllers.cron import CronError, Schedule, parse
from simulator.controllers.events import record
from simulator.controllers.labels import annotations_of, labels_of
from simulator.controllers.ownership import controlled_by
from simulator.errors import AlreadyExists, NotFound, Object, StatusError
from simulator.runtime.clock import parse_rfc3339, rfc3339

_SCHEDULED_FOR = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_MANY = 100  # missed times, beyond which something is wrong with clocks
_HISTORY = (("Complete", "successfulJobsHistoryLimit", 3), ("Failed", "failedJobsHistoryLimit", 1))
_LEEWAY_S = 0.1  # the next look is so long after the next time


@dataclass(frozen=True)
class Missed:
    """The last time that is due, None when none is; how many are; when the next one comes."""

    last: float | None
    count: int
    next: float | None


def reconcile(context: Context, key: Key) -> Result:
    """Note what ended, clean the history up, and start the Job that is due."""
    cronjob = context.client.get_or_none(CRONJOBS, key.name, key.namespace)
    if cronjob is None or "deletionTimestamp" in cronjob["metadata"]:
        return DONE
    jobs = controlled_by(cronjob, context.client.list(JOBS, key.namespace))
    cronjob = _note_ends(context, cronjob, jobs)
    _clean_up(context, cronjob, jobs)
    if cronjob["spec"].get("suspend"):
        return DONE
    schedule, zone = _schedule(context, cronjob)
    if schedule is None:
        return DONE
    missed = missed_times(cronjob, schedule, zone, context.now)
    if missed.count > _MANY:
        text = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
        record(context, cronjob, "Warning", "TooManyMissedTimes", text)
    if missed.last is not None:
        _start(context, cronjob, missed.last, zone)
    return DONE if missed.next is None else Result(missed.next - context.now + _LEEWAY_S)


# -- time


def _schedule(context: Context, cronjob: Object) -> tuple[Schedule | None, tzinfo]:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # here, as no cluster needs it to start

    text, name = cronjob["spec"]["schedule"], cronjob["spec"].get("timeZone")
    try:
        zone: tzinfo = ZoneInfo(name) if name else UTC
        return parse(text), zone
    except (ZoneInfoNotFoundError, ValueError) as error:
        if isinstance(error, CronError):
            record(context, cronjob, "Warning", "UnparseableSchedule", f'unparseable schedule: "{text}" : {error}')
        else:
            record(
                context, cronjob, "Warning", "UnknownTimeZone", f'invalid timeZone: "{name}": unknown time zone {name}'
            )
    return None, UTC


def missed_times(cronjob: Object, schedule: Schedule, zone: tzinfo, now: float) -> Missed:
    """Counted from the last run, or from the beginning; a starting deadline forgets what is too long ago.

    The count takes the first two times for a measure of the rest.
    """
    last = (cronjob.get("status") or {}).get("lastScheduleTime")
    since = parse_rfc3339(last or cronjob["metadata"]["creationTimestamp"])
    deadline_s = cronjob["spec"].get("startingDeadlineSeconds")
    if deadline_s is not None:
        since = max(since, now - deadline_s)
    first = schedule.after(since, zone)
    if first is None or first > now:
        return Missed(None, 0, first)
    second = schedule.after(first, zone) or now + 1
    count = int((now - first) // (second - first)) + 1
    due, following = first, schedule.after(max(first + (count - 2) * (second - first), first), zone)
    while following is not None and following <= now:
        due, following = following, schedule.after(following, zone)
    return Missed(due, count, following)


# -- jobs


def _start(context: Context, cronjob: Object, due: float, zone: tzinfo) -> None:
    deadline_s = cronjob["spec"].get("startingDeadlineSeconds")
    if deadline_s is not None and due + deadline_s < context.now:
        text = datetime.fromtimestamp(due, UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")
        record(context, cronjob, "Warning", "MissSchedule", f"Missed scheduled time to start a job: {text}")
        return
    active = (cronjob.get("status") or {}).get("active") or []
    policy = cronjob["spec"].get("concurrencyPolicy", "Allow")
    if policy == "Forbid" and active:
        text = "Not starting job because prior execution is running and concurrency policy is Forbid"
        record(context, cronjob, "Normal", "JobAlreadyActive", text)
        return
    for reference in active if policy == "Replace" else ():
        _delete(context, cronjob, reference["name"])
    try:
        job = context.client.create(JOBS, new_job(context, cronjob, due, zone))
    except AlreadyExists:
        return
    except StatusError as error:
        record(context, cronjob, "Warning", "FailedCreate", f"Error creating job: {error.message}")
        raise
    record(context, cronjob, "Normal", "SuccessfulCreate", f"Created job {job['metadata']['name']}")
    kept = [] if policy == "Replace" else active
    status = {**(cronjob.get("status") or {}), "active": [*kept, _reference(job)], "lastScheduleTime": rfc3339(due)}
    context.client.update_status(CRONJOBS, {**cronjob, "status": status})


def new_job(context: Context, cronjob: Object, due: float, zone: tzinfo) -> Object:
    """The Job for one time: ``NAME-29366400``, the minutes since the epoch (in 4.2 the seconds)."""
    template, meta = cronjob["spec"]["jobTemplate"], cronjob["metadata"]
    own = {"metadata": template.get("metadata") or {}}
    annotations = dict(annotations_of(own))
    if CRON_TIMESTAMP.at(context.release):
        annotations[_SCHEDULED_FOR] = _in_zone(due, zone)
    made: Object = {
        "name": f"{meta['name']}-{int(due) // CRON_JOB_NAME_S.at(context.release)}",
        "namespace": meta["namespace"],
        "labels": dict(labels_of(own)),
        "ownerReferences": [owner_reference(cronjob)],
    }
    if annotations:
        made["annotations"] = annotations
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": made, "spec": template["spec"]}


def _in_zone(moment: float, zone: tzinfo) -> str:
    text = datetime.fromtimestamp(moment, zone).isoformat(timespec="seconds")
    return re.sub(r"\+00:00$", "Z", text)


def _reference(job: Object) -> Object:
    meta = job["metadata"]
    own = {name: meta[name] for name in ("name", "namespace", "resourceVersion", "uid")}
    return {"apiVersion": "batch/v1", "kind": "Job", **own}


def end_of(job: Object) -> str:
    """Complete, Failed, or "" while it runs."""
    conditions = (job.get("status") or {}).get("conditions")
    for kind in ("Complete", "Failed"):
        condition = find_condition(conditions, kind)
        if condition is not None and condition["status"] == "True":
            return kind
    return ""


def _note_ends(context: Context, cronjob: Object, jobs: list[Object]) -> Object:
    """Take Jobs that ended or vanished off the active ones. Returns the CronJob as it is then."""
    status = dict(cronjob.get("status") or {})
    by_uid = {job["metadata"]["uid"]: job for job in jobs}
    kept = []
    for reference in status.get("active") or []:
        job = by_uid.get(reference["uid"])
        if job is None:
            record(context, cronjob, "Normal", "MissingJob", f"Active job went missing: {reference['name']}")
        elif end := end_of(job):
            text = CRON_SAW.at(context.release).format(name=reference["name"], condition=end)
            record(context, cronjob, "Normal", "SawCompletedJob", text)
        else:
            kept.append(reference)
    status["active"] = kept
    done = [job["status"]["completionTime"] for job in jobs if end_of(job) == "Complete"]
    if done and CRON_SUCCESS.at(context.release):
        status["lastSuccessfulTime"] = max([*done, status.get("lastSuccessfulTime", "")])
    if not kept:
        del status["active"]
    if status == (cronjob.get("status") or {}):
        return cronjob
    return context.client.update_status(CRONJOBS, {**cronjob, "status": status})


def _clean_up(context: Context, cronjob: Object, jobs: list[Object]) -> None:
    """Delete the oldest Jobs over the limits of the history."""
    for kind, field, default in (
        ("Complete", "successfulJobsHistoryLimit", 3),
        ("Failed", "failedJobsHistoryLimit", 1),
    ):
        limit = cronjob["spec"].get(field, default)
        ended = sorted((job for job in jobs if end_of(job) == kind), key=_age)
        for job in ended[: max(len(ended) - limit, 0)]:
            _delete(context, cronjob, job["metadata"]["name"])


def _age(job: Object) -> tuple[str, str]:
    return job["status"].get("startTime", ""), job["metadata"]["name"]


def _delete(context: Context, cronjob: Object, name: str) -> None:
    try:
        context.client.delete(JOBS, name, cronjob["metadata"]["namespace"], propagation="Background")
    except NotFound:
        return
    record(context, cronjob, "Normal", "SuccessfulDelete", f"Deleted job {name}")


CONTROLLER = Controller(
    name="cronjob",
    user="system:serviceaccount:kube-system:cronjob-controller",
    watches=(Watches(CRONJOBS, own_key), Watches(JOBS, owner_key("CronJob"))),
    reconcile=reconcile,
    component="cronjob-controller",
    falls_due=True,
)
