"""``metadata.managedFields`` as managers and their fields, and back.

Source: apimachinery, util/managedfields/internal: managedfields.go, capmanagers.go, buildmanagerinfo.go.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from simulator.api.fields.sets import Fields, ordered, union
from simulator.errors import Object

APPLY, UPDATE = "Apply", "Update"
MAX_UPDATERS: Final = 10
ANCIENT: Final = "ancient-changes"
BEFORE_FIRST_APPLY: Final = "before-first-apply"


class Manager(NamedTuple):
    """Who manages fields. The version counts only for updates: an applier is the same in all versions."""

    name: str
    operation: str
    version: str
    subresource: str = ""

    @property
    def identifier(self) -> str:
        """The text that the real server sorts by."""
        parts = {"manager": self.name, "operation": self.operation, "apiVersion": self.version}
        shown = {key: value for key, value in {**parts, "subresource": self.subresource}.items() if value}
        return json.dumps(shown, separators=(",", ":"))

    def __str__(self) -> str:
        """As conflicts name it: ``"kubectl-edit" using apps/v1``."""
        text = json.dumps(self.name, ensure_ascii=False)
        if self.subresource:
            text += f' with subresource "{self.subresource}"'
        return f"{text} using {self.version}" if self.operation == UPDATE else text


@dataclass(frozen=True, slots=True)
class Managed:
    """The fields of one manager, in the words of ``version``; ``time`` is that of its last change.

    ``entry`` is what the object has of it, as long as nothing changed.
    """

    fields: Fields
    version: str
    time: str = ""
    entry: Object | None = None

    def having(self, fields: Fields) -> Managed:
        """The same manager with other fields."""
        return self if fields is self.fields else Managed(fields, self.version, self.time)

    def renamed(self) -> Managed:
        """The same fields for another manager."""
        return Managed(self.fields, self.version, self.time)


Managers = dict[Manager, Managed]


def manager(name: str, operation: str, version: str, subresource: str) -> Manager:
    return Manager(name or "unknown", operation, version if operation == UPDATE else "", subresource)


def decode(entries: Any, *, trusted: bool = False) -> Managers | None:
    """The managers of an object's entries, none of which is changed; None if they cannot be understood.

    Those that stand in a stored object are ``trusted``: somebody looked at them when they came.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        return None
    managers: Managers = {}
    for entry in entries:
        if not trusted and (not isinstance(entry, dict) or not _is_whole(entry)):
            return None
        version = entry["apiVersion"]
        key = manager(entry.get("manager", ""), entry["operation"], version, entry.get("subresource", ""))
        managers[key] = Managed(entry.get("fieldsV1") or {}, version, entry.get("time", ""), entry)
    return managers


def _is_whole(entry: Mapping[str, Any]) -> bool:
    known = entry.get("operation") in (APPLY, UPDATE) and entry.get("fieldsType") == "FieldsV1"
    texts = all(isinstance(entry.get(key, ""), str) for key in ("manager", "apiVersion", "subresource", "time"))
    return known and texts and bool(entry.get("apiVersion")) and is_set(entry.get("fieldsV1") or {})


def is_set(fields: Any, depth: int = 0) -> bool:
    """Whether a value is a set of fields."""
    if not isinstance(fields, dict) or depth > 100:
        return False
    return all(_is_step(step) and is_set(below, depth + 1) for step, below in fields.items())


def _is_step(step: Any) -> bool:
    kind, colon, text = str(step).partition(":")
    if step == "." or kind == "f":
        return step == "." or bool(colon)
    if kind not in ("k", "v", "i") or not colon:
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return kind == "v" or isinstance(value, dict if kind == "k" else int)


def encode(managers: Managers) -> list[Object]:
    """The entries, in their order: appliers first, then by time. Entries that stay as they were are taken over."""
    rows = sorted(managers.items(), key=lambda row: (row[0].operation, row[1].time, row[0].name, row[1].version,
                                                     row[0].subresource))  # fmt: skip
    return [_entry(key, managed) for key, managed in rows]


def _entry(key: Manager, managed: Managed) -> Object:
    if managed.entry is not None:
        return managed.entry
    entry: Object = {
        "manager": key.name,
        "operation": key.operation,
        "apiVersion": managed.version,
        "time": managed.time,
        "fieldsType": "FieldsV1",
        "fieldsV1": ordered(managed.fields),
        "subresource": key.subresource,
    }
    return {name: value for name, value in entry.items() if value != ""}


def capped(managers: Managers) -> Managers:
    """At most ten updaters: the oldest of each version are made one, ``ancient-changes``."""
    updaters = [key for key in managers if key.operation == UPDATE]
    if len(updaters) <= MAX_UPDATERS:
        return managers
    updaters.sort(key=lambda key: (managers[key].time, key.identifier))
    managers, count, first = dict(managers), len(updaters), dict[str, Manager]()
    for key in updaters:
        if count <= MAX_UPDATERS:
            break
        version, bucket = managers[key].version, manager(ANCIENT, UPDATE, managers[key].version, "")
        if version not in first:
            first[version] = key
            continue
        if bucket not in managers:
            managers[bucket] = managers.pop(first[version]).renamed()
        taken = managers.pop(key) if key != bucket else managers[key]
        both = union(taken.fields, managers[bucket].fields)
        managers[bucket] = Managed(both, version, taken.time)
        count -= 1
    return managers
