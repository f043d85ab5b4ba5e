"""``oc annotate``. Source: kubectl, cmd/annotate/annotate.go."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.marks import MARK_FLAGS, check_resources, marked_targets, patch_marks, split_arguments
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import Target


async def run(invocation: Invocation) -> int:
    resources, changes = split_arguments(invocation.args, "annotation")
    check_resources(invocation, resources)
    if not changes and not invocation.flags.flag("list"):
        raise fail("at least one annotation update is required")
    form = await output_format(invocation)
    for target in await marked_targets(invocation, resources):
        if not changes:
            annotations = target.object["metadata"].get("annotations") or {}
            await invocation.out("".join(f"{key}={annotations[key]}\n" for key in sorted(annotations)))
            continue
        if not invocation.flags.flag("overwrite"):
            _check_overwrite(target, changes)
        result = patch_marks(invocation, target, "annotations", changes)
        await print_result(invocation, form, target.title, result, f"annotated{invocation.dry_suffix}")
    return 0


def _check_overwrite(target: Target, changes: Mapping[str, str | None]) -> None:
    annotations = target.object["metadata"].get("annotations") or {}
    clashes = [
        f"'{key}' already has a value ({annotations[key]})"
        for key, value in changes.items()
        if value is not None and annotations.get(key, value) != value
    ]
    if clashes:
        raise fail(f"--overwrite is false but found the following declared annotation(s): {'; '.join(clashes)}")


COMMAND = Command(
    path="oc annotate",
    usage="oc annotate [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N "
    "[--resource-version=version] [flags]",
    short="Update the annotations on a resource",
    long="An annotation is set by KEY=VALUE and removed by KEY-. One with a value is changed only with --overwrite.",
    examples=(
        "# Describe a project",
        "oc annotate namespace demo openshift.io/description='where we try things'",
    ),
    flags=(*MARK_FLAGS, field_manager("annotate"), Flag("list", "If true, display the annotations.", "bool")),
    run=run,
)
