"""``oc apply``: bring objects to what files say, by a patch from three sides. Source: kubectl, cmd/apply/apply.go."""

from __future__ import annotations

from simulator.api.types import MERGE_PATCH, STRATEGIC_MERGE_PATCH
from simulator.changes.client import NOT_APPLIED
from simulator.errors import Object, StatusError
from simulator.oc import gojson
from simulator.oc.applied import last_applied, with_last_applied
from simulator.oc.command import Command
from simulator.oc.errors import CommandFailure, SourcedError, UsageError, all_of, fail, misuse
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, FILENAME, OUTPUT, RECORD, RECURSIVE, SELECTOR, TEMPLATE, VALIDATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.patches import is_builtin, three_way_merge_patch, three_way_strategic_patch, type_name
from simulator.oc.printers.output import Format, output_format, print_document, print_result
from simulator.oc.serverside import apply_server_side, check_flags
from simulator.oc.targets import Target, fetch, from_files, named
from simulator.release import Release


async def run(invocation: Invocation) -> int:
    if not invocation.flags.texts("filename"):
        if invocation.args:
            raise misuse("oc apply", f"Unexpected args: [{' '.join(invocation.args)}]")
        raise UsageError("must specify one of -f and -k")
    check_flags(invocation)
    form = await output_format(invocation)
    errors: list[CommandFailure] = []
    targets = await from_files(invocation, errors)
    if not targets and not errors:
        raise fail("no objects passed to apply")
    for target in named(targets):
        try:
            if invocation.flags.flag("server-side"):
                await apply_server_side(invocation, form, target)
            else:
                await _apply(invocation, form, target)
        except SourcedError as error:
            errors.append(error)
    if errors:
        raise all_of(errors)
    return 0


async def _apply(invocation: Invocation, form: Format, target: Target) -> None:
    gvr, source = target.resource.gvr, target.source
    suffix, dry_run = invocation.dry_suffix, invocation.dry_run
    modified = with_last_applied(target.object)
    current = invocation.client.get_or_none(gvr, target.name, target.namespace)
    if current is None:
        try:
            created = modified
            if dry_run != "client":
                created = invocation.client.create(gvr, modified, target.namespace, dry_run=bool(dry_run))
        except StatusError as error:
            raise SourcedError(error, f'error when creating "{source}"') from None
        await print_result(invocation, form, target.title, created, f"created{suffix}")
        return
    if last_applied(current) is None:
        name = f"{target.resource.plural}/{target.name}"
        await invocation.error(NOT_APPLIED.at(invocation.release).format(name=name))
    content_type, patch = plan_patch(target, current, modified, invocation.session.release)
    result, done = current, "configured" if dry_run == "client" else "unchanged"  # the client does not look closely
    if patch:
        done = "configured"
        if dry_run != "client":
            result = _send(invocation, target, content_type, patch)
    await print_result(invocation, form, target.title, result, f"{done}{suffix}")


def plan_patch(target: Target, current: Object, modified: Object, release: Release) -> tuple[str, Object]:
    """The content type and the patch that bring ``current`` to ``modified``; an empty patch changes nothing."""
    text = last_applied(current)
    original = gojson.loads(text) if text else {}
    if is_builtin(target.resource):
        patch = three_way_strategic_patch(type_name(target.resource, release), original, modified, current, release)
        return STRATEGIC_MERGE_PATCH, patch
    return MERGE_PATCH, three_way_merge_patch(original, modified, current)


def _send(invocation: Invocation, target: Target, content_type: str, patch: Object) -> Object:
    try:
        return invocation.client.patch(
            target.resource.gvr,
            target.name,
            patch,
            target.namespace,
            content_type=content_type,
            dry_run=bool(invocation.dry_run),
        )
    except StatusError as error:
        version = f"{target.resource.group}/{target.resource.version}"
        where = f'Resource: "{version}, Resource={target.resource.plural}", '
        where += f'GroupVersionKind: "{version}, Kind={target.resource.kind}"'
        about = f'Name: "{target.name}", Namespace: "{target.namespace or ""}"'
        action = f'error when applying patch:\n{gojson.dumps(patch)}\nto:\n{where}\n{about}\nfor: "{target.source}"'
        raise SourcedError(error, action) from None


FLAGS = (
    Flag("all", "Select all resources of the namespace and the types.", "bool", hidden=True),
    *DRY_RUN,
    FILENAME,
    field_manager("apply"),
    Flag("force", "Delete and create again what cannot be patched.", "bool", hidden=True),
    Flag(
        "force-conflicts", "If true, server-side apply will force the changes against conflicts.", "bool", since="4.6"
    ),
    Flag("overwrite", "Resolve conflicts between the modified and the live configuration.", "bool", default=True),
    OUTPUT,
    *RECORD,
    RECURSIVE,
    SELECTOR,
    Flag("server-side", "If true, apply runs in the server instead of the client.", "bool", since="4.6"),
    TEMPLATE,
    *VALIDATE,
    Flag("wait", "If true, wait for resources to be gone before returning.", "bool", hidden=True),
)


async def view_last_applied(invocation: Invocation) -> int:
    """``oc apply view-last-applied``: what the annotation holds."""
    form = invocation.flags.text("output") or "yaml"
    if form not in ("yaml", "json"):
        problem = f"Unexpected -o output mode: {form}, the flag 'output' must be one of yaml|json"
        raise misuse("oc apply view-last-applied", problem)
    for target in (await fetch(invocation, invocation.args)).check():
        text = last_applied(target.object)
        if text is None:
            return 0  # the client loses the error that it makes here
        await print_document(invocation, Format(form), gojson.loads(text))
    return 0


VIEW_LAST_APPLIED = Command(
    path="oc apply view-last-applied",
    usage="oc apply view-last-applied (TYPE [NAME | -l label] | TYPE/NAME | -f FILENAME) [flags]",
    short="View latest last-applied-configuration annotations of a resource/object",
    flags=(FILENAME, OUTPUT, RECURSIVE, SELECTOR, Flag("all", "Select all objects of the given types.", "bool")),
    run=view_last_applied,
)

COMMAND = Command(
    path="oc apply",
    usage="oc apply -f FILENAME [flags]",
    short="Apply a configuration to a resource by filename or stdin",
    long="An object that is not there yet is created. What was applied before is kept in an annotation, so that\n"
    "a field which the file no longer has is removed, and a field that others set stays.",
    examples=(
        "# Apply the configuration in a file",
        "oc apply -f ./deployment.yaml",
        "",
        "# Apply what is passed into stdin",
        "cat pod.json | oc apply -f -",
    ),
    flags=FLAGS,
    run=run,
    subcommands={"view-last-applied": VIEW_LAST_APPLIED},
)
