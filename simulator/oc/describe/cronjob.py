"""``oc describe cronjob``. Source: kubectl 1.14, describe.go (CronJobDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import long_time, selector_text, unset_bool, write_head
from simulator.oc.describe.pod import template_lines
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.release import Release

_UNSET = "<unset>"


def describe(invocation: Invocation, cron_job: Object) -> str:
    spec, status = cron_job["spec"], cron_job.get("status", {})
    writer = TabWriter(DESCRIBE)
    write_head(writer, cron_job["metadata"])
    writer.line("Schedule:", spec["schedule"])
    writer.line("Concurrency Policy:", spec.get("concurrencyPolicy", ""))
    writer.line("Suspend:", unset_bool(spec.get("suspend")))
    writer.line("Successful Job History Limit:", str(spec.get("successfulJobsHistoryLimit", _UNSET)))
    writer.line("Failed Job History Limit:", str(spec.get("failedJobsHistoryLimit", _UNSET)))
    deadline = spec.get("startingDeadlineSeconds")
    writer.line("Starting Deadline Seconds:", _UNSET if deadline is None else f"{deadline}s")
    _job(writer, spec["jobTemplate"]["spec"], invocation.release)
    last = status.get("lastScheduleTime")
    writer.line("Last Schedule Time:", long_time(last) if last else _UNSET)
    writer.line("Active Jobs:", ", ".join(item["name"] for item in status.get("active") or ()) or "<none>")
    return finish(writer, invocation, cron_job)


def _job(writer: TabWriter, spec: Object, release: Release) -> None:
    writer.line("Selector:", selector_text(spec["selector"]) if spec.get("selector") else _UNSET)
    writer.line("Parallelism:", str(spec.get("parallelism", _UNSET)))
    writer.line("Completions:", str(spec.get("completions", _UNSET)))
    if "activeDeadlineSeconds" in spec:
        writer.line("Active Deadline Seconds:", f"{spec['activeDeadlineSeconds']}s")
    template_lines(writer, spec["template"], release)
