"""``oc label``. Source: kubectl, cmd/label/label.go."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.changes.client import REFUSES_THE_SAME_LABEL, UNLABELED
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.marks import (
    MARK_FLAGS,
    check_label_values,
    check_resources,
    marked_targets,
    patch_marks,
    split_arguments,
)
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.targets import Target


async def run(invocation: Invocation) -> int:
    resources, changes = split_arguments(invocation.args, "label")
    listing = invocation.flags.flag("list")
    check_resources(invocation, resources)
    if not changes and not listing:
        raise fail("at least one label update is required")
    check_label_values(changes)
    form = await output_format(invocation)
    for target in await marked_targets(invocation, resources):
        if listing and not changes:
            labels = target.object["metadata"].get("labels") or {}
            await invocation.out("".join(f"{key}={labels[key]}\n" for key in sorted(labels)))
            continue
        await _tell_absent(invocation, target, changes)
        if not invocation.flags.flag("overwrite"):
            _check_overwrite(target, changes, strict=REFUSES_THE_SAME_LABEL.at(invocation.release))
        effective = _effective(target, changes)
        result = patch_marks(invocation, target, "labels", changes) if effective else target.object
        done = _done(invocation, changes) if effective else "not labeled"
        await print_result(invocation, form, target.title, result, f"{done}{invocation.dry_suffix}")
    return 0


def _done(invocation: Invocation, changes: Mapping[str, str | None]) -> str:
    """What was done, in one word; mere removals have one of their own in later releases."""
    removed = UNLABELED.at(invocation.release) and not any(value is not None for value in changes.values())
    return "unlabeled" if removed else "labeled"


async def _tell_absent(invocation: Invocation, target: Target, changes: Mapping[str, str | None]) -> None:
    labels = target.object["metadata"].get("labels") or {}
    for key, value in changes.items():
        if value is None and key not in labels:
            await invocation.line(f'label "{key}" not found.')


def _check_overwrite(target: Target, changes: Mapping[str, str | None], *, strict: bool) -> None:
    """CommandError for a label that has another value, or (``strict``) any."""
    labels = target.object["metadata"].get("labels") or {}
    for key, value in changes.items():
        if value is not None and key in labels and (strict or labels[key] != value):
            raise fail(f"'{key}' already has a value ({labels[key]}), and --overwrite is false")


def _effective(target: Target, changes: Mapping[str, str | None]) -> bool:
    labels = target.object["metadata"].get("labels") or {}
    return any(labels.get(key) != value for key, value in changes.items())


COMMAND = Command(
    path="oc label",
    usage="oc label [--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N "
    "[--resource-version=version] [flags]",
    short="Update the labels on a resource",
    long="A label is set by KEY=VALUE and removed by KEY-. A label that has a value is changed only with --overwrite.",
    examples=(
        "# Set a label of a pod",
        "oc label pods web-1 tier=front",
        "",
        "# Remove it",
        "oc label pods web-1 tier-",
    ),
    flags=(*MARK_FLAGS, field_manager("label"), Flag("list", "If true, display the labels.", "bool")),
    run=run,
)
