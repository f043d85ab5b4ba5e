"""``oc create``: objects from files, or of one kind from flags. Source: kubectl, cmd/create."""

from __future__ import annotations

from simulator.errors import StatusError
from simulator.oc.applied import with_last_applied
from simulator.oc.command import Command
from simulator.oc.createcommands import SUBCOMMANDS, send
from simulator.oc.errors import CommandFailure, SourcedError, UsageError, all_of, fail, misuse
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, FILENAME, OUTPUT, RECORD, RECURSIVE, SELECTOR, TEMPLATE, VALIDATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, output_format
from simulator.oc.targets import Target, from_files

SAVE_CONFIG = Flag("save-config", "If true, keep the configuration of the object in its annotation.", "bool")


async def run(invocation: Invocation) -> int:
    """Create each object of ``-f``; one that fails does not stop the others."""
    if not invocation.flags.texts("filename"):
        if invocation.args:
            raise misuse("oc create", f"Unexpected args: [{' '.join(invocation.args)}]")
        raise UsageError("must specify one of -f and -k")
    form = await output_format(invocation)
    errors: list[CommandFailure] = []
    targets = await from_files(invocation, errors)
    if not targets and not errors:
        raise fail("no objects passed to create")
    for target in targets:
        try:
            await _create(invocation, form, target)
        except StatusError as error:
            errors.append(SourcedError(error, f'error when creating "{target.source}"'))
    if errors:
        raise all_of(errors)
    return 0


async def _create(invocation: Invocation, form: Format, target: Target) -> None:
    obj = with_last_applied(target.object) if invocation.flags.flag("save-config") else target.object
    await send(invocation, form, target.resource, obj, target.namespace)


FLAGS = (
    *DRY_RUN,
    Flag("edit", "Edit the object before it is created.", "bool", hidden=True),
    field_manager("create"),
    FILENAME,
    OUTPUT,
    Flag("raw", "Raw URI to POST to the server.", hidden=True),
    *RECORD,
    RECURSIVE,
    SAVE_CONFIG,
    SELECTOR,
    TEMPLATE,
    *VALIDATE,
)

COMMAND = Command(
    path="oc create",
    usage="oc create -f FILENAME [flags]",
    short="Create a resource from a file or from stdin.",
    long="JSON and YAML formats are accepted.",
    examples=(
        "# Create a claim from a file",
        "oc create -f ./pvc.yaml",
        "",
        "# Create what is passed into stdin",
        "cat pvc.yaml | oc create -f -",
    ),
    flags=FLAGS,
    run=run,
    subcommands=SUBCOMMANDS,
)
