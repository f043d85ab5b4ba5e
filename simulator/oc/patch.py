"""``oc patch``: change fields of an object by a patch. Source: kubectl, cmd/patch/patch.go."""

from __future__ import annotations

from typing import Any, Final

from simulator.api.types import JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.changes.client import BAD_PATCH_OF_SERVER, LOCAL_DRY_RUN_OF_PATCH, NO_PATCH, PATCH_TYPE_REFUSED
from simulator.errors import BadRequest, NotFound, Object, UnsupportedMediaType
from simulator.oc import gojson, goyaml
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, UsageError, fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.files import read_text
from simulator.oc.flags import DRY_RUN, FILENAME, LOCAL, OUTPUT, RECORD, RECURSIVE, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import NO_RESOURCES, Target, fetch, from_files

TYPES: Final = {"json": JSON_PATCH, "merge": MERGE_PATCH, "strategic": STRATEGIC_MERGE_PATCH}


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    text = await _patch_text(invocation)
    kind = flags.text("type").lower()
    if kind not in TYPES:
        raise fail(f'--type must be one of [{" ".join(sorted(TYPES))}], not "{flags.text("type")}"')
    patch = _parse(invocation, text)
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
        patched = _patched(invocation, target, kind, patch)
        done = "patched (no change)" if patched == target.object else "patched"
        await print_result(invocation, form, target.title, patched, done)  # a dry run is not told
    found.raise_errors()
    return 0


async def _patch_text(invocation: Invocation) -> str:
    """``--patch``, or the file of ``--patch-file``; one of the two must be there."""
    flags, path = invocation.flags, str(invocation.flags.values.get("patch-file", ""))
    if path and "patch" in flags.given:
        raise fail("cannot specify --patch and --patch-file together")
    if not path and "patch" not in flags.given:
        raise UsageError(NO_PATCH.at(invocation.release))
    return await read_text(invocation.process, path) if path else flags.text("patch")


def _patched(invocation: Invocation, target: Target, kind: str, patch: Any) -> Object:
    """The object as the server has it then; with --dry-run=client, as it would be."""
    resource = target.resource
    if invocation.dry_run == "client" and LOCAL_DRY_RUN_OF_PATCH.at(invocation.release):
        return _patched_locally(invocation, target, kind, patch)
    try:
        return invocation.client.patch(
            resource.gvr,
            target.name,
            patch,
            target.namespace,
            content_type=TYPES[kind],
            subresource=str(invocation.flags.values.get("subresource", "")),
            dry_run=bool(invocation.dry_run),
        )
    except UnsupportedMediaType as error:
        text = PATCH_TYPE_REFUSED.at(invocation.release)
        if not text:
            raise
        about = f"{resource.api_version}, Kind={resource.kind}"
        raise fail(text.format(type=TYPES[kind], kind=about, message=error.message)) from None


def _parse(invocation: Invocation, text: str) -> Any:
    """The patch, written as JSON or YAML."""
    try:
        return goyaml.load(text)
    except ValueError as error:
        if BAD_PATCH_OF_SERVER.at(invocation.release) and text.lstrip().startswith(("{", "[")):
            try:
                return gojson.loads(text)
            except ValueError as problem:
                raise BadRequest(f"error decoding patch: {problem}") from None
        raise fail(f"unable to parse {gojson.dumps(text)}: {error}") from None


def _patched_locally(invocation: Invocation, target: Target, kind: str, patch: Any) -> Object:
    from simulator.api.patch import apply_patch
    from simulator.api.resourcetable import builtin_table

    row = builtin_table(invocation.session.release).find(*target.resource.gvr)
    if row is None:
        raise NotFound("the server could not find the requested resource")
    return apply_patch(row, TYPES[kind], target.object, patch)


FLAGS = (
    *DRY_RUN,
    field_manager("patch"),
    FILENAME,
    LOCAL,
    OUTPUT,
    Flag("patch", "The patch to be applied to the object, as JSON or YAML.", short="p"),
    Flag("patch-file", "A file that holds the patch.", since="4.7"),
    *RECORD,
    RECURSIVE,
    Flag("subresource", "If given, patch this part of the object: status, scale or resize.", since="4.11"),
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
