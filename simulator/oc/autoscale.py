"""``oc autoscale``: an autoscaler for a workload. Source: kubectl, cmd/autoscale/autoscale.go."""

from __future__ import annotations

from simulator.errors import Object, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, UsageError, fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, FILENAME, OUTPUT, RECORD, RECURSIVE, TEMPLATE, Flag
from simulator.oc.generated import create, show
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format
from simulator.oc.resources import resource_map
from simulator.oc.targets import NO_RESOURCES, Target, fetch

_VERSIONS = ("autoscaling/v2", "autoscaling/v1")


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    if "max" not in flags.given:
        raise UsageError('required flag(s) "max" not set')
    least, most = flags.number("min"), flags.number("max")
    if most < 1:
        raise fail(f"--max=MAXPODS is required and must be at least 1, max: {most}")
    if most < least:
        raise fail(f"--max=MAXPODS must be larger or equal to --min=MINPODS, max: {most}, min: {least}")
    form = await output_format(invocation)
    if not invocation.args and not flags.texts("filename"):
        raise CommandError(NO_RESOURCES)
    for target in (await fetch(invocation, invocation.args, default_all=False)).check():
        if "scale" not in target.resource.subresources:
            kind, gvr = target.resource.kind, target.resource.gvr
            title = f"{gvr.group}/{gvr.version}, Resource={gvr.resource}"
            why = f"could not find scale subresource for {title} in discovery information"
            raise fail(f"cannot autoscale a {kind}: {why}")
        made = _create(invocation, target)
        await show(invocation, form, made, "created" if invocation.dry_run == "client" else "autoscaled")
    return 0


def _create(invocation: Invocation, target: Target) -> Object:
    """In the newest version that the server has; what it refuses is tried in the older one."""
    known = resource_map(invocation.session)
    served = [version for version in _VERSIONS if known.by_kind(version, "HorizontalPodAutoscaler") is not None]
    for version in served[:-1]:
        try:
            return create(invocation, autoscaler(invocation, target, version))
        except StatusError:
            continue
    return create(invocation, autoscaler(invocation, target, served[-1] if served else _VERSIONS[0]))


def autoscaler(invocation: Invocation, target: Target, version: str) -> Object:
    flags = invocation.flags
    resource, percent = target.resource, flags.number("cpu-percent")
    reference = {"apiVersion": resource.api_version, "kind": resource.kind, "name": target.name}
    spec: Object = {"maxReplicas": flags.number("max")}
    if flags.number("min") > 0:
        spec["minReplicas"] = flags.number("min")
    status: Object = {"currentReplicas": 0, "desiredReplicas": 0}
    if version == "autoscaling/v2":
        status = {"currentMetrics": None, "desiredReplicas": 0}
    if percent >= 0 and version == "autoscaling/v2":
        goal = {"averageUtilization": percent, "type": "Utilization"}
        spec["metrics"] = [{"resource": {"name": "cpu", "target": goal}, "type": "Resource"}]
    elif percent >= 0:
        spec["targetCPUUtilizationPercentage"] = percent
    metadata = {"creationTimestamp": None, "name": flags.text("name") or target.name}
    head = {"apiVersion": version, "kind": "HorizontalPodAutoscaler", "metadata": metadata}
    return {**head, "spec": {**spec, "scaleTargetRef": reference}, "status": status}


COMMAND = Command(
    path="oc autoscale",
    usage="oc autoscale (-f FILENAME | TYPE NAME | TYPE/NAME) [--min=MINPODS] --max=MAXPODS [--cpu-percent=CPU] "
    "[flags]",
    short="Autoscale a deployment config, deployment, replica set, stateful set, or replication controller",
    long="The autoscaler keeps the number of pods within the limits, by the load of their CPUs.",
    examples=("# Between two and ten pods", "oc autoscale deployment/web --min=2 --max=10"),
    flags=(
        Flag("cpu-percent", "The average load of the CPUs, in percent of what is requested.", "int", default=-1),
        *DRY_RUN,
        field_manager("autoscale"),
        FILENAME,
        Flag("max", "The upper limit for the number of pods. Required.", "int", default=-1),
        Flag("min", "The lower limit for the number of pods; the server's default if negative.", "int", default=-1),
        Flag("name", "The name of the autoscaler; without it, that of the workload."),
        OUTPUT,
        *RECORD,
        RECURSIVE,
        Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool"),
        TEMPLATE,
    ),
    run=run,
)
