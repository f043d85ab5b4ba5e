"""``oc scale``: the number of replicas, through the scale subresource. Source: kubectl, cmd/scale/scale.go."""

from __future__ import annotations

from simulator.changes.client import NOTHING_TO_SCALE
from simulator.errors import Object, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, CommandFailure, UsageError, all_of, fail, text_of
from simulator.oc.flags import DRY_RUN_MODE, FILENAME, OUTPUT, RECORD, RECURSIVE, SELECTOR, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import NO_RESOURCES, Target, fetch
from simulator.oc.waiting import until


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    if "replicas" not in flags.given:
        raise UsageError('required flag(s) "replicas" not set')
    if flags.number("replicas") < 0:
        raise fail("The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0")
    if not invocation.args and not flags.texts("filename"):
        raise CommandError(NO_RESOURCES)
    form = await output_format(invocation)
    found = await fetch(invocation, invocation.args, default_all=False)
    if flags.text("resource-version") and len(found.targets) > 1:
        raise fail("cannot use --resource-version with multiple resources")
    errors: list[CommandFailure] = list(found.errors)
    if errors and not found.targets and NOTHING_TO_SCALE.at(invocation.release):
        raise fail(f"no objects passed to scale {text_of(errors[0]).partition('): ')[2]}")
    for target in found.targets:
        try:
            scaled = target.object if invocation.dry_run == "client" else _scale(invocation, target)
        except (StatusError, CommandError) as error:
            errors.append(error)
            continue
        if flags.seconds("timeout") > 0 and not invocation.dry_run:
            await _wait(invocation, target)
        await print_result(invocation, form, target.title, scaled, f"scaled{invocation.dry_suffix}")
    if errors:
        raise all_of(errors)
    return 0


def _scale(invocation: Invocation, target: Target) -> Object:
    """GET and PUT the scale; CommandError when --current-replicas does not hold."""
    flags, resource = invocation.flags, target.resource
    path = resource.path(target.namespace, target.name, "scale")
    scale: Object = invocation.client.request("GET", path).body
    expected, actual = flags.number("current-replicas"), scale["spec"].get("replicas", 0)
    if expected != -1 and expected != actual:
        raise fail(f"Expected replicas to be {expected}, was {actual}")
    version, current = flags.text("resource-version"), scale["metadata"].get("resourceVersion")
    if version and version != current:
        raise fail(f"Expected resource version to be {version}, was {current}")
    wanted = {**scale, "spec": {**scale["spec"], "replicas": flags.number("replicas")}}
    query = {"dryRun": "All"} if invocation.dry_run else {}
    result: Object = invocation.client.request("PUT", path, query=query, body=wanted).body
    return result


async def _wait(invocation: Invocation, target: Target) -> None:
    """--timeout: until the status has caught up."""
    replicas = invocation.flags.number("replicas")

    def caught_up(obj: Object | None) -> bool:
        if obj is None:
            return replicas == 0
        status = obj.get("status") or {}
        seen = status.get("observedGeneration", 0) >= obj["metadata"].get("generation", 0)
        return bool(seen and status.get("replicas", 0) == replicas)

    deadline = invocation.now() + invocation.flags.seconds("timeout")
    if not await until(invocation, target.resource, target.name, target.namespace, caught_up, deadline):
        raise fail("timed out waiting for the condition")


FLAGS = (
    Flag("all", "Select all objects of the given types in the project.", "bool"),
    Flag("current-replicas", "Scale only if the object has this size now.", "int", default=-1),
    DRY_RUN_MODE,
    FILENAME,
    OUTPUT,
    *RECORD,
    RECURSIVE,
    Flag("replicas", "The new desired number of replicas. Required.", "int"),
    Flag("resource-version", "Scale only if this is the object's resourceVersion."),
    SELECTOR,
    TEMPLATE,
    Flag("timeout", "How long to wait until the object has its new size; zero does not wait.", "duration"),
)

COMMAND = Command(
    path="oc scale",
    usage="oc scale [--resource-version=version] [--current-replicas=count] --replicas=COUNT "
    "(-f FILENAME | TYPE NAME) [flags]",
    short="Set a new size for a Deployment, ReplicaSet, Replication Controller, or StatefulSet",
    long="--current-replicas and --resource-version are preconditions: when they do not hold, nothing is changed.",
    examples=("# Run three pods of a deployment", "oc scale --replicas=3 deployment/web"),
    flags=FLAGS,
    run=run,
)
