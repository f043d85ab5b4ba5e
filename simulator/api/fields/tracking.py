"""How a write changes who manages what: an update takes over the fields that it changes, an apply may not.

Source: structured-merge-diff, merge/update.go; apimachinery, util/managedfields/internal: fieldmanager.go,
managedfieldsupdater.go, stripmeta.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from simulator.api.fields import managers as of
from simulator.api.fields.comparing import Comparison, Unfit, compare
from simulator.api.fields.managers import Managed, Manager, Managers
from simulator.api.fields.sets import SELF, Fields, difference, field_step, intersection, union
from simulator.api.fields.shapes import Shape
from simulator.errors import Object

_STRIPPED: Final[Fields] = {
    "f:apiVersion": {},
    "f:kind": {},
    "f:metadata": {
        SELF: {},
        **{
            field_step(name): {}
            for name in ("name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation",
                         "managedFields", "resourceVersion")
        },
    },
}  # fmt: skip
"""What nobody manages."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write of one manager. ``reset`` are steps of fields that this way of writing leaves as they are."""

    manager: str
    version: str
    time: str
    subresource: str = ""
    reset: Sequence[str] = ()


def stripped(fields: Fields) -> Fields:
    """A set without what nobody manages."""
    return difference(fields, _STRIPPED)


def update(shape: Shape, live: Object, new: Object, managers: Managers, write: Write) -> Managers:
    """The managers after an update of ``live`` to ``new``. Unfit."""
    found = compare(shape, live, new).without(write.reset)
    managers = yielded(managers, found, None)
    fields = stripped(union(found.modified, found.added))
    if not fields:
        return of.capped(managers)
    key = of.manager(write.manager, of.UPDATE, write.version, write.subresource)
    before = managers.get(key)
    both = fields if before is None else union(fields, before.fields)
    return of.capped({**managers, key: Managed(both, write.version, write.time)})


def conflicting(managers: Managers, found: Comparison, applier: Manager | None) -> Managers:
    """Of each other manager the fields that a write changes or adds, if any."""
    changed = union(found.modified, found.added)
    taken = {key: intersection(one.fields, changed) for key, one in managers.items() if key != applier}
    return {key: managers[key].having(fields) for key, fields in taken.items() if fields}


def yielded(managers: Managers, found: Comparison, applier: Manager | None) -> Managers:
    """What others keep after a write: neither what it changed nor what is gone. Who keeps nothing is gone, too."""
    lost = conflicting(managers, found, applier)
    kept: Managers = {}
    for key, one in managers.items():
        fields = one.fields
        if key != applier:
            fields = difference(fields, lost[key].fields) if key in lost else fields
            fields = difference(fields, found.removed) if found.removed else fields
        if fields:
            kept[key] = one.having(fields)
    return kept


def tracked_update(shape: Shape, live: Object, new: Object, write: Write, zero: Object | None = None) -> Object:
    """``new`` with the entries that it has after this update.

    ``zero`` is what an object has before it is created (see ``shapes.zero_object``); None for one that exists, which
    is tracked only if it was until now. ``new`` may bring entries of its own; an empty list ends the tracking.
    """
    wanted, current = _entries(new), _entries(live)
    if zero is None and not current and not wanted:
        return new
    managers = _before(wanted, current, write)
    if not managers and zero is None:
        return with_entries(new, None)
    try:
        managers = update(shape, live if zero is None else zero, without_entries(new), managers, write)
    except Unfit:
        return with_entries(new, None)
    return with_entries(new, of.encode(managers))


def _before(wanted: Any, current: Any, write: Write) -> Managers:
    """The managers that a write starts from: those of the object as it is, unless it brings others that make sense."""
    stored = of.decode(current or [], trusted=True) or {}
    if write.subresource or wanted is None or wanted is current or wanted == current:
        return stored
    if wanted in ([], [{}]):
        return {}
    return of.decode(wanted) or stored


def with_entries(obj: Object, entries: list[Object] | None) -> Object:
    """The object with these ``managedFields``; without any if there are none."""
    meta = {key: value for key, value in (obj.get("metadata") or {}).items() if key != "managedFields"}
    if entries:
        meta["managedFields"] = entries
    return {**obj, "metadata": meta}


def without_entries(obj: Object) -> Object:
    return with_entries(obj, None) if "managedFields" in (obj.get("metadata") or {}) else obj


def same_but_times(entries: Any, others: Any) -> bool:
    """Whether entries differ in nothing but the times. Source: apiserver, handlers/fieldmanager/equality.go."""
    return bool(entries and others) and [_timeless(one) for one in entries] == [_timeless(one) for one in others]


def _timeless(entry: Mapping[str, Any]) -> Object:
    return {key: value for key, value in entry.items() if key != "time"}


def _entries(obj: Object) -> Any:
    return (obj.get("metadata") or {}).get("managedFields")
