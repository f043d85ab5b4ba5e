"""``oc apply --server-side``: the server merges; what was applied by the client before is handed over to it.

Source: kubectl, cmd/apply/apply.go; client-go, util/csaupgrade/upgrade.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from simulator.api.fields.sets import contains, union
from simulator.api.types import JSON_PATCH
from simulator.errors import Conflict, Object, StatusError
from simulator.oc.applied import LAST_APPLIED
from simulator.oc.errors import fail
from simulator.oc.fieldmanagers import LAST_APPLIED as ANNOTATION_MANAGER
from simulator.oc.fieldmanagers import SERVER_SIDE
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, print_result
from simulator.oc.targets import Target

_ANNOTATION: Final = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")
_ADVICE: Final = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""
_NOT_KEPT = "Warning: failed to migrate kubectl.kubernetes.io/last-applied-configuration for Server-Side Apply"
_NOT_MIGRATED = "Warning: server rejected managed fields migration to Server-Side Apply"
_LATER = "This is non-fatal and will be retried next time you apply."


def check_flags(invocation: Invocation) -> None:
    """A failure for flags that do not go together."""
    if invocation.flags.flag("force-conflicts") and not invocation.flags.flag("server-side"):
        raise fail("--force-conflicts only works with --server-side")
    if not invocation.flags.flag("server-side"):
        return
    if invocation.dry_run == "client":
        raise fail("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)")
    if invocation.flags.flag("force"):
        raise fail("--force cannot be used with --server-side")


async def apply_server_side(invocation: Invocation, form: Format, target: Target) -> None:
    """Apply one object and print what became of it."""
    try:
        result = _send(invocation, target, target.object)
    except Conflict as error:
        raise fail(error.message + _ADVICE) from None
    result = await _handed_over(invocation, target, result)
    await print_result(invocation, form, target.title, result, f"serverside-applied{invocation.dry_suffix}")


def _send(invocation: Invocation, target: Target, obj: Object, *, manager: str = "") -> Object:
    return invocation.client.apply(
        target.resource.gvr,
        obj,
        target.namespace,
        manager=manager or _manager(invocation),
        force=invocation.flags.flag("force-conflicts") if not manager else None,
        dry_run=bool(invocation.dry_run),
    )


def _manager(invocation: Invocation) -> str:
    given = "field-manager" in invocation.flags.given
    return invocation.flags.text("field-manager") if given else SERVER_SIDE


async def _handed_over(invocation: Invocation, target: Target, result: Object) -> Object:
    """The object after who applied it by the client has become who applies it by the server."""
    try:
        result = _annotation_kept(invocation, target, result)
    except StatusError as error:
        await invocation.error(f"{_NOT_KEPT}. {_LATER} Error: {error.message}")
        return result
    entries = entries_of(result)
    names = sorted({entry["manager"] for entry in owners(entries, "Update")})
    upgraded = entries
    for name in names:
        upgraded = migrated(upgraded, name, _manager(invocation))
    if upgraded == entries:
        return result
    patch = [
        {"op": "replace", "path": "/metadata/managedFields", "value": upgraded},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": result["metadata"]["resourceVersion"]},
    ]
    try:
        invocation.client.patch(
            target.resource.gvr,
            target.name,
            patch,
            target.namespace,
            content_type=JSON_PATCH,
            dry_run=bool(invocation.dry_run),
        )
    except StatusError as error:
        await invocation.error(f"{_NOT_MIGRATED}. {_LATER} Error: {error.message}")
        return result
    return _send(invocation, target, target.object)


def _annotation_kept(invocation: Invocation, target: Target, result: Object) -> Object:
    """Let a manager of its own have the last-applied annotation, which older clients go by."""
    text = (result["metadata"].get("annotations") or {}).get(LAST_APPLIED)
    if _manager(invocation) != SERVER_SIDE or text is None or any(owners(entries_of(result), "Apply")):
        return result
    meta = {key: result["metadata"][key] for key in ("name", "namespace") if key in result["metadata"]}
    only: Object = {
        "apiVersion": target.resource.gvr.group_version,
        "kind": target.resource.kind,
        "metadata": {**meta, "annotations": {LAST_APPLIED: text}},
    }
    return _send(invocation, target, only, manager=ANNOTATION_MANAGER)


def entries_of(obj: Object) -> list[Object]:
    found: list[Object] = obj["metadata"].get("managedFields") or []
    return found


def owners(entries: Sequence[Object], operation: str) -> Iterator[Object]:
    """The entries of who manages the last-applied annotation by an ``operation``."""
    for entry in entries:
        if entry["operation"] == operation and contains(entry.get("fieldsV1") or {}, _ANNOTATION):
            yield entry


def migrated(entries: Sequence[Object], updater: str, applier: str) -> list[Object]:
    """The entries with what ``updater`` manages by updates given to ``applier``."""
    into = _first(entries, applier, "Apply")
    if into is None:
        into = _first(entries, updater, "Update")
    if into is None:
        return list(entries)
    target = {**entries[into], "manager": applier, "operation": "Apply"}
    candidates: list[Any] = [
        entry for entry in entries if _is(entry, updater, "Update") and entry["apiVersion"] == target["apiVersion"]
    ]
    if candidates:
        target["fieldsV1"] = union(target.get("fieldsV1") or {}, candidates[0].get("fieldsV1") or {})
    changed = [target if place == into else entry for place, entry in enumerate(entries)]
    return [entry for entry in changed if not _is(entry, updater, "Update")]


def _first(entries: Sequence[Object], name: str, operation: str) -> int | None:
    return next((place for place, entry in enumerate(entries) if _is(entry, name, operation)), None)


def _is(entry: Object, name: str, operation: str) -> bool:
    return (entry["manager"], entry["operation"], entry.get("subresource", "")) == (name, operation, "")
