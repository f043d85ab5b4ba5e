"""What ``oc label`` and ``oc annotate`` share: ``KEY=VALUE`` sets, ``KEY-`` removes. Source: kubectl."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.flags import (
    ALL_NAMESPACES,
    DRY_RUN,
    FIELD_SELECTOR,
    FILENAME,
    LOCAL,
    OUTPUT,
    RECORD,
    RECURSIVE,
    SELECTOR,
    TEMPLATE,
    Flag,
)
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target, fetch, from_files
from simulator.oc.templates import NO_TARGETS

_LABEL_RULE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_LABEL_VALUE: Final = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?")


def split_arguments(args: Sequence[str], word: str) -> tuple[list[str], dict[str, str | None]]:
    """Resources first, then changes (None removes). CommandError when a key comes twice, or no change is there."""
    resources: list[str] = []
    changes: dict[str, str | None] = {}
    for arg in args:
        is_change = "=" in arg or arg.endswith("-")
        if not is_change:
            if changes:
                raise fail("all resources must be specified before " + f"{word} changes: {arg}")
            resources.append(arg)
            continue
        key, equals, value = arg.partition("=")
        key = key if equals else arg[:-1]
        if not key:
            raise fail(f"invalid {word} spec: {arg}")
        if key in changes:
            what = "a label" if word == "label" else "an annotation"
            raise fail(f"can not both modify and remove {what} in the same command")
        changes[key] = value if equals else None
    return resources, changes


def check_resources(invocation: Invocation, resources: Sequence[str]) -> None:
    if not resources and not invocation.flags.texts("filename"):
        raise fail(NO_TARGETS)


def check_label_values(changes: Mapping[str, str | None]) -> None:
    for key, value in changes.items():
        if value is not None and (not _LABEL_VALUE.fullmatch(value) or len(value) > 63):
            problem = "must be no more than 63 characters" if len(value) > 63 else _LABEL_RULE
            raise fail(f'invalid label value: "{key}={value}": {problem}')


async def marked_targets(invocation: Invocation, resources: Sequence[str]) -> list[Target]:
    """The objects to mark: those of the server, or with --local those of the files."""
    if invocation.flags.flag("local"):
        return await from_files(invocation)
    return (await fetch(invocation, resources, default_all=False)).check()


def merged(current: Mapping[str, str], changes: Mapping[str, str | None]) -> dict[str, str]:
    """The labels or annotations after the changes."""
    result = {key: value for key, value in current.items() if changes.get(key, "") is not None}
    return result | {key: value for key, value in changes.items() if value is not None}


def patch_marks(invocation: Invocation, target: Target, field: str, changes: Mapping[str, str | None]) -> Object:
    """Send the changes of ``metadata.FIELD`` (with --dry-run and --local only show them) and return the object."""
    flags = invocation.flags
    if invocation.dry_run == "client" or flags.flag("local"):
        metadata = target.object["metadata"]
        return {**target.object, "metadata": {**metadata, field: merged(metadata.get(field) or {}, changes)}}
    patch: Object = {"metadata": {field: dict(changes)}}
    if flags.text("resource-version"):
        patch["metadata"]["resourceVersion"] = flags.text("resource-version")
    dry_run = bool(invocation.dry_run)
    return invocation.client.patch(target.resource.gvr, target.name, patch, target.namespace, dry_run=dry_run)


MARK_FLAGS: Final = (
    Flag("all", "Select all objects of the given types in the project.", "bool"),
    ALL_NAMESPACES,
    *DRY_RUN,
    FIELD_SELECTOR,
    FILENAME,
    LOCAL,
    OUTPUT,
    Flag("overwrite", "If true, allow values to be overwritten, otherwise refuse that.", "bool"),
    *RECORD,
    RECURSIVE,
    Flag("resource-version", "Only change the object if this is its current resourceVersion."),
    SELECTOR,
    TEMPLATE,
)
