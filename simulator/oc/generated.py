"""What commands that make objects from flags have in common: labels, overrides, and sending. Source: kubectl."""

from __future__ import annotations

import json
from typing import Any

from simulator.api.patch import merge_patch
from simulator.errors import Object
from simulator.oc.applied import with_last_applied
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, print_result
from simulator.oc.resources import resource_of

OVERRIDES = (
    Flag("override-type", "How the overrides are merged: json, merge, or strategic.", default="merge", since="4.9"),
    Flag("overrides", "A JSON object that is merged into the generated one."),
)


def parse_labels(text: str) -> dict[str, str]:
    """``a=b,c=d``; CommandError in kubectl's words."""
    if not text:
        raise fail("no label spec passed")
    labels = {}
    for spec in text.split(","):
        key, *values = spec.split("=")
        if len(values) != 1:
            raise fail(f"unexpected label spec: {spec}")
        if not key:
            raise fail("unexpected empty label key")
        labels[key] = values[0]
    return labels


def overridden(invocation: Invocation, obj: Object) -> Object:
    """The object with --overrides merged into it."""
    text = invocation.flags.text("overrides")
    if not text:
        return obj
    try:
        patch: Any = json.loads(text)
    except ValueError:
        raise fail("Invalid JSON Patch") from None
    merged: Object = merge_patch(obj, patch)
    return merged


def create(invocation: Invocation, obj: Object) -> Object:
    """Create the object in the current project, or with --dry-run=client return what would be sent."""
    resource = resource_of(invocation.session, obj)
    if resource is None:
        raise fail(f'no matches for kind "{obj["kind"]}" in version "{obj["apiVersion"]}"')
    if invocation.dry_run == "client":
        if "namespace" not in invocation.flags.given:
            return obj
        return {**obj, "metadata": {**obj["metadata"], "namespace": invocation.namespace}}
    if invocation.flags.flag("save-config"):
        obj = with_last_applied(obj)
    dry = bool(invocation.dry_run)
    return invocation.client.create(resource.gvr, obj, invocation.namespace, dry_run=dry)


async def show(invocation: Invocation, form: Format, obj: Object, done: str) -> None:
    """What ``done`` was to the object, or the object itself in the format that was asked for."""
    resource = resource_of(invocation.session, obj)
    assert resource is not None  # it was created
    title = resource.named(obj["metadata"]["name"])
    await print_result(invocation, form, title, obj, f"{done}{invocation.dry_suffix}")
