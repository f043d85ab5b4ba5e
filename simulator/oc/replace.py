"""``oc replace``: put whole objects in the place of those on the server. Source: kubectl, cmd/replace/replace.go."""

from __future__ import annotations

from simulator.errors import Object, StatusError
from simulator.oc.applied import with_last_applied
from simulator.oc.command import Command
from simulator.oc.errors import CommandFailure, SourcedError, UsageError, all_of, fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN_MODE, FILENAME, OUTPUT, RECORD, RECURSIVE, TEMPLATE, VALIDATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import Target, from_files, named
from simulator.oc.waiting import until


async def run(invocation: Invocation) -> int:
    if not invocation.flags.texts("filename"):
        raise UsageError("must specify one of -f and -k")
    form = await output_format(invocation)
    targets = await from_files(invocation)
    if not targets:
        raise fail("no objects passed to replace")
    if invocation.flags.flag("force") and not invocation.dry_run:
        for target in targets:
            await _remove(invocation, target)
    errors: list[CommandFailure] = []
    for target in named(targets):
        obj = with_last_applied(target.object) if invocation.flags.flag("save-config") else target.object
        try:
            result = _replace(invocation, target, obj)
        except StatusError as error:
            errors.append(SourcedError(error, f'error when replacing "{target.source}"'))
        else:
            await print_result(invocation, form, target.title, result, f"replaced{invocation.dry_suffix}")
    if errors:
        raise all_of(errors)
    return 0


def _replace(invocation: Invocation, target: Target, obj: Object) -> Object:
    """PUT the object; one without a resourceVersion replaces whatever is there."""
    client, gvr = invocation.client, target.resource.gvr
    if invocation.dry_run == "client":
        return obj
    if invocation.flags.flag("force"):
        metadata = {key: value for key, value in obj["metadata"].items() if key not in ("resourceVersion", "uid")}
        return client.create(gvr, {**obj, "metadata": metadata}, target.namespace, dry_run=bool(invocation.dry_run))
    if not obj["metadata"].get("resourceVersion"):
        version = client.get(gvr, target.name, target.namespace)["metadata"]["resourceVersion"]
        obj = {**obj, "metadata": {**obj["metadata"], "resourceVersion": version}}
    return client.update(gvr, obj, dry_run=bool(invocation.dry_run))


async def _remove(invocation: Invocation, target: Target) -> None:
    """Delete the object for --force and wait until it is gone."""
    client, gvr = invocation.client, target.resource.gvr
    if client.get_or_none(gvr, target.name, target.namespace) is None:
        return
    grace_s = invocation.flags.number("grace-period")
    client.delete(gvr, target.name, target.namespace, propagation="Background", grace_period_s=max(grace_s, 0))
    await invocation.line(f'{target.resource.type_name} "{target.name}" deleted')
    await until(invocation, target.resource, target.name, target.namespace, lambda obj: obj is None, None)


FLAGS = (
    Flag("cascade", "With --force, delete what the objects own too.", "bool", default=True),
    DRY_RUN_MODE,
    field_manager("replace"),
    FILENAME,
    Flag("force", "If true, delete the objects and create them again.", "bool"),
    Flag("grace-period", "With --force, seconds that the old object has to end.", "int", default=-1),
    OUTPUT,
    *RECORD,
    RECURSIVE,
    Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool"),
    TEMPLATE,
    Flag("timeout", "With --force, how long to wait for the deletion.", "duration"),
    *VALIDATE,
)

COMMAND = Command(
    path="oc replace",
    usage="oc replace -f FILENAME [flags]",
    short="Replace a resource by filename or stdin",
    long="JSON and YAML formats are accepted. The whole object must be given: what the file lacks is removed.",
    examples=("# Replace a pod by the one in a file", "oc replace -f ./pod.json"),
    flags=FLAGS,
    run=run,
)
