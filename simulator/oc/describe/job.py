"""``oc describe job``. Source: kubectl 1.14, describe.go (JobDescriber)."""

from __future__ import annotations

from simulator.api.ages import human_duration
from simulator.changes.client import ACTIVE_PODS, COMPLETION_MODE, JOB_RULES
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import controlled_by, long_time, lower_bool, selector_text, write_marks
from simulator.oc.describe.pod import template_lines
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.release import Release
from simulator.runtime.clock import parse_rfc3339


def describe(invocation: Invocation, job: Object) -> str:
    meta, spec, status = job["metadata"], job["spec"], job.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("Selector:", selector_text(spec.get("selector")))
    write_marks(writer, meta)
    if controlled_by(meta):
        writer.line("Controlled By:", controlled_by(meta))
    writer.line("Parallelism:", str(spec.get("parallelism", 1)))
    writer.line("Completions:", str(spec.get("completions", "<unset>")))
    _modes(writer, spec, invocation.release)
    _times(writer, status)
    if "activeDeadlineSeconds" in spec:
        writer.line("Active Deadline Seconds:", f"{spec['activeDeadlineSeconds']}s")
    active, succeeded, failed = (status.get(key, 0) for key in ("active", "succeeded", "failed"))
    word = ACTIVE_PODS.at(invocation.release)
    ready = f" ({status['ready']} Ready)" if word == "Active" and "ready" in status else ""
    writer.line("Pods Statuses:", f"{active} {word}{ready} / {succeeded} Succeeded / {failed} Failed")
    template_lines(writer, spec["template"], invocation.release)
    return finish(writer, invocation, job)


def _modes(writer: TabWriter, spec: Object, release: Release) -> None:
    """What later releases tell of the job's rules."""
    if "completionMode" in spec and COMPLETION_MODE.at(release):
        writer.line("Completion Mode:", spec["completionMode"])
    if not JOB_RULES.at(release):
        return
    if "suspend" in spec:
        writer.line("Suspend:", lower_bool(spec["suspend"]))
    for title, key in (("Backoff Limit:", "backoffLimit"), ("TTL Seconds After Finished:", "ttlSecondsAfterFinished")):
        if key in spec:
            writer.line(title, str(spec[key]))


def _times(writer: TabWriter, status: Object) -> None:
    started, completed = status.get("startTime"), status.get("completionTime")
    if started:
        writer.line("Start Time:", long_time(started))
    if completed:
        writer.line("Completed At:", long_time(completed))
    if started and completed:
        writer.line("Duration:", human_duration(parse_rfc3339(completed) - parse_rfc3339(started)))
