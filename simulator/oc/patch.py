"""``oc patch``: change fields of an object by a patch. Source: kubectl, cmd/patch/patch.go."""

from __future__ import annotations

from typing import Any, Final

from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.errors import NotFound
from simulator.oc import gojson, goyaml
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, UsageError, fail
from simulator.oc.flags import DRY_RUN, FILENAME, LOCAL, OUTPUT, RECORD, RECURSIVE, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import NO_RESOURCES, Target, fetch, from_files

TYPES: Final = {"json": JSON_PATCH, "merge": MERGE_PATCH, "strategic": STRATEGIC_MERGE_PATCH}


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    if "patch" not in flags.given:
        raise UsageError('required flag(s) "patch" not set')
    kind = flags.text("type").lower()
    if kind not in TYPES:
        raise fail(f'--type must be one of [{" ".join(sorted(TYPES))}], not "{flags.text("type")}"')
    patch = _parse(flags.text("patch"))
    form = await output_format(invocation)
    if not invocation.args and not flags.texts("filename"):
        raise CommandError(NO_RESOURCES)
    if flags.flag("local"):
        for target in await from_files(invocation):
            await print_result(
                invocation, form, target.title, _patched_locally(invocation, target, kind, patch), "patched"
            )
        return 0
    found = await fetch(invocation, invocation.args)
    for target in found.targets:
        patched = invocation.client.patch(
            target.resource.gvr, target.name, patch, target.namespace,
            content_type=TYPES[kind], dry_run=flags.flag("dry-run"),
        )  # fmt: skip
        done = "patched (no change)" if patched == target.object else "patched"
        await print_result(invocation, form, target.title, patched, done)
    found.raise_errors()
    return 0


def _parse(text: str) -> Any:
    """The patch, written as JSON or YAML."""
    try:
        return goyaml.load(text)
    except ValueError as error:
        raise fail(f"unable to parse {gojson.dumps(text)}: {error}") from None


def _patched_locally(invocation: Invocation, target: Target, kind: str, patch: Any) -> Any:
    from simulator.api.patch import apply_patch
    from simulator.api.resourcetable import builtin_table

    row = builtin_table(invocation.session.release).find(*target.resource.gvr)
    if row is None:
        raise NotFound("the server could not find the requested resource")
    return apply_patch(row, TYPES[kind], target.object, patch)


FLAGS = (
    DRY_RUN,
    FILENAME,
    LOCAL,
    OUTPUT,
    Flag("patch", "The patch to be applied to the object, as JSON or YAML.", short="p"),
    RECORD,
    RECURSIVE,
    TEMPLATE,
    Flag("type", "The type of patch: one of [json merge strategic]", default="strategic"),
)

COMMAND = Command(
    path="oc patch",
    usage="oc patch (-f FILENAME | TYPE NAME) -p PATCH [flags]",
    short="Update field(s) of a resource using strategic merge patch",
    long="JSON and YAML formats are accepted. Custom resources take only the types json and merge.",
    examples=(
        "# Move the image registry to a claim, and drop the bucket",
        "oc patch configs.imageregistry.operator.openshift.io/cluster --type merge \\",
        '  -p \'{"spec":{"storage":{"pvc":{"claim":"ocs4registry"},"s3":null}}}\'',
        "",
        "# Mark a node as unschedulable",
        'oc patch node worker-1 -p \'{"spec":{"unschedulable":true}}\'',
    ),
    flags=FLAGS,
    run=run,
)
