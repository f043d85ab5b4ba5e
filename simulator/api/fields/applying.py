"""Server-side apply: an object merged into the live one, as far as nobody else manages what it changes.

Source: structured-merge-diff, merge/update.go; apimachinery, util/managedfields/internal: structuredmerge.go,
conflict.go, lastappliedmanager.go, lastappliedupdater.go, skipnonapplied.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from simulator.api import jsontext
from simulator.api.fields import managers as of
from simulator.api.fields.comparing import Unfit, compare, fields_of
from simulator.api.fields.managers import Managed, Manager, Managers
from simulator.api.fields.merging import faults, merge, remove, with_named_fields
from simulator.api.fields.sets import Fields, Path, contains, difference, intersection, path_text, paths, union
from simulator.api.fields.shapes import Shape
from simulator.api.fields.tracking import (
    Write,
    conflicting,
    stripped,
    update,
    with_entries,
    without_entries,
    yielded,
)
from simulator.errors import BadRequest, Conflict, Object, StatusError

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
_UPGRADING: Final = "kubectl"  # the manager whose apply takes over from kubectl's client-side apply
_MAX_ANNOTATIONS: Final = 256 * 1024


class Claim(NamedTuple):
    """A field that another manager has."""

    manager: Manager
    path: Path


class _Conflicts(Exception):
    def __init__(self, claims: list[Claim]) -> None:
        super().__init__("conflicts")
        self.claims = claims


class _Applied(NamedTuple):
    """The object that an apply leads to, None if that is the live one; and its managers."""

    object: Object | None
    managers: Managers


def apply(shape: Shape, live: Object, config: Object, write: Write, *, force: bool, zero: Object) -> Object:
    """The live object (``zero`` if there is none) with ``config`` applied, and with its new entries.

    BadRequest; Conflict with a cause for each field that others manage; StatusError for what does not fit the kind.
    """
    if (config.get("metadata") or {}).get("managedFields") is not None:
        raise BadRequest("metadata.managedFields must be nil")
    _check(shape, config)
    managers = of.decode((live.get("metadata") or {}).get("managedFields") or [], trusted=True) or {}
    plain = without_entries(live)
    try:
        if not managers:
            first = Write(of.BEFORE_FIRST_APPLY, write.version, write.time, write.subresource)
            managers = update(shape, zero, plain, managers, first)
        applied = _upgrading(shape, plain, config, managers, write, force)
    except _Conflicts as error:
        raise _conflict(error.claims) from None
    except Unfit as error:
        raise StatusError(f"failed to create typed live object ({_named(live)}): {error.path}: {error}") from None
    new = _with_last_applied(plain if applied.object is None else applied.object, config, write)
    return with_entries(new, of.encode(applied.managers))


def _check(shape: Shape, config: Object) -> None:
    found = [f"{fault.path}: {fault}" for fault in faults(shape, config)]
    if found:
        text = found[0] if len(found) == 1 else "errors:\n  " + "\n  ".join(found)
        raise StatusError(f"failed to create typed patch object ({_named(config)}): {text}")


def _named(obj: Object) -> str:
    """``demo/web; apps/v1, Kind=Deployment``"""
    meta, version = obj.get("metadata") or {}, obj.get("apiVersion", "")
    group_version = version if "/" in version else f"/{version}"
    return f"{meta.get('namespace') or ''}/{meta.get('name') or ''}; {group_version}, Kind={obj.get('kind', '')}"


def _apply(shape: Shape, live: Object, config: Object, managers: Managers, write: Write, force: bool) -> _Applied:
    key = of.manager(write.manager, of.APPLY, write.version, write.subresource)
    last = managers.get(key)
    fields = {step: below for step, below in fields_of(shape, config).items() if step not in write.reset}
    managers = {**managers, key: Managed(fields, write.version, last.time if last else "")}
    merged = merge(shape, live, config)
    new = merged if last is None else _pruned(shape, merged, managers, last.fields)
    found = compare(shape, live, new).without(write.reset)
    claims = conflicting(managers, found, key)
    if claims and not force:
        ordered = sorted(claims, key=lambda one: one.identifier)
        raise _Conflicts([Claim(one, path) for one in ordered for path in paths(claims[one].fields)])
    managers = yielded(managers, found, key)
    changed, kept = new != live, stripped(fields)
    managers.pop(key, None)
    if kept:
        time = write.time if changed else last.time if last else ""
        managers[key] = Managed(kept, write.version, time)
    return _Applied(_without_nulls(new) if changed else None, managers)


def _without_nulls(value: Any) -> Any:
    """What stays null is not there: of what was taken apart nothing was left."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _pruned(shape: Shape, merged: Object, managers: Managers, last: Fields) -> Object:
    """``merged`` without what its applier named the last time and does not name now, unless others have it."""
    owned: Fields = {}
    for one in managers.values():
        owned = union(owned, one.fields)
    before, everything = with_named_fields(shape, last), with_named_fields(shape, fields_of(shape, merged))
    left = with_named_fields(shape, fields_of(shape, remove(shape, merged, before)))
    gone = difference(everything, union(left, with_named_fields(shape, owned)))
    left = with_named_fields(shape, fields_of(shape, remove(shape, merged, gone)))
    return remove(shape, merged, intersection(difference(everything, left), before)) or {}


# -- taking over from kubectl's client-side apply


def _upgrading(shape: Shape, live: Object, config: Object, managers: Managers, write: Write, force: bool) -> _Applied:
    """As ``_apply``; what the object's last-applied annotation accounts for is no conflict for ``kubectl``."""
    try:
        return _apply(shape, live, config, managers, write, force)
    except _Conflicts as error:
        allowed = _last_applied_fields(shape, live, write) if write.manager == _UPGRADING else None
        if allowed is None:
            raise
        left = [claim for claim in error.claims if not contains(allowed, claim.path)]
        if left:
            raise _Conflicts(left) from None
    return _apply(shape, live, config, managers, write, True)


def _last_applied_fields(shape: Shape, live: Object, write: Write) -> Fields | None:
    """The fields that were applied the last time and still have the values that they got then."""
    text = ((live.get("metadata") or {}).get("annotations") or {}).get(LAST_APPLIED)
    try:
        applied = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(applied, dict) or applied.get("apiVersion") != write.version or any(faults(shape, applied)):
        return None
    found = compare(shape, applied, live)
    changed = union(union(found.modified, found.added), found.removed)
    return difference(fields_of(shape, applied), changed)


def _with_last_applied(obj: Object, config: Object, write: Write) -> Object:
    """Where there is a last-applied annotation, ``kubectl`` keeps it up to date for older clients."""
    meta = obj.get("metadata") or {}
    annotations: Mapping[str, str] = meta.get("annotations") or {}
    if write.manager != _UPGRADING or not annotations.get(LAST_APPLIED):
        return obj
    own = config.get("metadata") or {}
    named = {key: text for key, text in (own.get("annotations") or {}).items() if key != LAST_APPLIED}
    said: Object = {**config, "metadata": {**own, "annotations": named}}
    if "annotations" not in own:
        del said["metadata"]["annotations"]
    updated = {**annotations, LAST_APPLIED: jsontext.dumps(said) + "\n"}
    if sum(len(key.encode()) + len(text.encode()) for key, text in updated.items()) > _MAX_ANNOTATIONS:
        del updated[LAST_APPLIED]
    return {**obj, "metadata": {**meta, "annotations": updated}}


# -- the refusal


def _conflict(claims: list[Claim]) -> Conflict:
    causes = [
        {"reason": "FieldManagerConflict", "message": f"conflict with {one.manager}", "field": path_text(one.path)}
        for one in claims
    ]
    if len(claims) == 1:
        (only,) = claims
        return Conflict(
            f"Apply failed with 1 conflict: conflict with {only.manager}: {path_text(only.path)}", causes=causes
        )
    lines: dict[Manager, list[str]] = {}
    for one in claims:
        lines.setdefault(one.manager, [f"conflicts with {one.manager}:"]).append(f"- {path_text(one.path)}")
    text = "\n".join(line for of_one in lines.values() for line in of_one)
    return Conflict(f"Apply failed with {len(claims)} conflicts: {text}", causes=causes)


def entries_of(obj: Object) -> Any:
    """The ``managedFields`` of an object; None without any."""
    return (obj.get("metadata") or {}).get("managedFields")
