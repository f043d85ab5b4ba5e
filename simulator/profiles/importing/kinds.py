"""From what was found to the objects of a cluster: known kinds in the version that is stored, each object once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from simulator.api.customresources import rows_of
from simulator.api.decoding import decode
from simulator.api.resourcetable import ResourceType, builtin_table
from simulator.errors import BadRequest, Object
from simulator.profiles.importing.reading import Found
from simulator.profiles.importing.report import Report
from simulator.release import Release

_TEMPLATE = ("spec.template.spec.containers",)
_SHAPES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": ("spec.containers",),
    "Deployment": ("spec.selector", *_TEMPLATE),
    "ReplicaSet": ("spec.selector", *_TEMPLATE),
    "DaemonSet": ("spec.selector", *_TEMPLATE),
    "StatefulSet": ("spec.selector", *_TEMPLATE),
    "Job": _TEMPLATE,
    "Service": ("spec",),
    "PersistentVolume": ("spec",),
    "PersistentVolumeClaim": ("spec",),
    "CustomResourceDefinition": ("spec.group", "spec.names.plural", "spec.names.kind"),
}
"""What an object cannot be without, so that whoever works on it does not stumble over a torn one."""


@dataclass(frozen=True)
class Item:
    """An object of the profile, with its row of the resource table and where it came from."""

    object: Object
    row: ResourceType
    found: Found | None = None  # None when it was made up

    @property
    def key(self) -> tuple[str, str, str]:
        meta = self.object["metadata"]
        return self.row.key, meta.get("namespace", ""), meta["name"]

    def with_object(self, obj: Object) -> Item:
        return replace(self, object=obj)


Items = dict[tuple[str, str, str], Item]
"""By (resource, namespace, name)."""


def place_of(key: tuple[str, str, str]) -> str:
    """``secrets kube-system/aws-creds``."""
    resource, namespace, name = key
    return f"{resource} {namespace}/{name}" if namespace else f"{resource} {name}"


class Kinds:
    """What the release serves, and what the dump's own CustomResourceDefinitions add."""

    def __init__(self, release: Release, definitions: Iterable[Object] = ()) -> None:
        self._table = builtin_table(release)
        rows = [row for row in self._table.rows if "watch" in row.verbs or row.stored_as]
        self._computed = {row.kind for row in self._table.rows} - {row.kind for row in rows}
        rows += [row for spec in definitions for row in _defined(spec)]
        self._rows = {(row.api_version, row.kind): row for row in reversed(rows)}
        self._by_group = {(row.group, row.kind): row for row in reversed(rows)}

    def row_of(self, api_version: str, kind: str) -> ResourceType | None:
        """The row under which an object is stored: of another version, or another group, if that is its home."""
        group = api_version.rpartition("/")[0]
        row = self._rows.get((api_version, kind)) or self._by_group.get((group, kind))
        if row is None:
            return None
        return self._table.by_key(row.key) or row

    def is_computed(self, kind: str) -> bool:
        """An answer of the server, as an ImageStreamTag, and no object that it stores."""
        return kind in self._computed

    def row_of_key(self, key: str) -> ResourceType | None:
        return self._table.by_key(key) or next((row for row in self._rows.values() if row.key == key), None)


def _defined(definition: Object) -> Iterator[ResourceType]:
    try:
        yield from rows_of(definition.get("spec") or {}, definition.get("apiVersion", ""))
    except (AttributeError, KeyError, TypeError):
        return  # torn; its own place in the report says so


def collect(found: Iterable[Found], release: Release, report: Report) -> tuple[Items, Kinds]:
    """Each object once, of the highest resourceVersion, and the kinds. What has no place is reported."""
    everything = list(found)
    definitions = [one.object for one in everything if one.object["kind"] == "CustomResourceDefinition"]
    kinds, items = Kinds(release, definitions), Items()
    for one in everything:
        item = _item(one, kinds, report)
        if item is not None:
            _put(items, item, report)
    return items, kinds


def _item(found: Found, kinds: Kinds, report: Report) -> Item | None:
    obj = found.object
    row = kinds.row_of(obj["apiVersion"], obj["kind"])
    if row is None and kinds.is_computed(obj["kind"]):
        report.skipped[f"objects of kind {obj['kind']}, which the server computes"] += 1
        return None
    if row is None:
        what = f"unknown kind {obj['kind']} in version {obj['apiVersion']}"
        report.refuse(found.file, found.line, f"{what}, and no CustomResourceDefinition of it is in the dump")
        return None
    missing = next((path for path in _SHAPES.get(obj["kind"], ()) if _at(obj, path) in (None, [], "")), None)
    if missing is not None:
        report.refuse(found.file, found.line, f"{obj['kind']} {obj['metadata']['name']} has no {missing}")
        return None
    if row.namespaced and not obj["metadata"].get("namespace") and not _namespace_of(found):
        report.refuse(found.file, found.line, f"{obj['kind']} {obj['metadata']['name']} has no namespace")
        return None
    item = Item(_stored(found, row), row, found)
    problem = _mismatch(item)
    if problem:
        report.refuse(found.file, found.line, f"{obj['kind']} {obj['metadata']['name']}: {problem}")
        return None
    if obj["apiVersion"] != row.api_version:
        report.converted[f"{obj['kind']}: {obj['apiVersion']} → {row.api_version}"] += 1
    return item


def _mismatch(item: Item) -> str:
    """What the server would say of a value of the wrong type; "" when there is none."""
    if item.row.custom:
        spec, status = item.object.get("spec", {}), item.object.get("status", {})
        return "" if isinstance(spec, dict) and isinstance(status, dict) else "spec and status must be mappings"
    try:
        decode(item.row, item.object)
    except BadRequest as error:
        return error.message
    return ""


def _at(obj: Any, path: str) -> Any:
    for key in path.split("."):
        obj = obj.get(key) if isinstance(obj, dict) else None
    return obj


def _namespace_of(found: Found) -> str:
    """What the folders of an inspect tell: ``namespaces/NAME/...``."""
    parts = found.file.split("/")
    return parts[parts.index("namespaces") + 1] if "namespaces" in parts[:-2] else ""


def _stored(found: Found, row: ResourceType) -> Object:
    obj = found.object if found.object["apiVersion"] != "events.k8s.io/v1" else _core_event(found.object)
    meta = {key: value for key, value in obj["metadata"].items() if key not in ("selfLink", "namespace")}
    if row.namespaced:
        namespace = obj["metadata"].get("namespace") or _namespace_of(found)
        meta = {"name": meta["name"], "namespace": namespace, **meta}
    rest = {key: value for key, value in obj.items() if key not in ("apiVersion", "kind", "metadata")}
    return {"apiVersion": row.api_version, "kind": row.kind, "metadata": meta, **rest}


_EVENT_FIELDS: Final = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedCount": "count",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedSource": "source",
}


def _core_event(event: Object) -> Object:
    """The same event as the core group has it. Source: apis/core/v1 and apis/events/v1, conversion.go."""
    return {_EVENT_FIELDS.get(key, key): value for key, value in event.items()}


def _put(items: Items, item: Item, report: Report) -> None:
    """Keep the newer of two; that they are alike is the rule in a must-gather."""
    before = items.get(item.key)
    if before is None or before.object == item.object:
        report.repeated += before is not None
        items[item.key] = item
        return
    newer, older = sorted((item, before), key=_revision, reverse=True)
    items[item.key] = newer
    if older.found is not None and newer.found is not None:
        where = f"{newer.found.file}:{newer.found.line}"
        text = f"{place_of(item.key)} once more, not the same; the one in {where} is kept"
        report.refuse(older.found.file, older.found.line, text)


def _revision(item: Item) -> int:
    text = str(item.object["metadata"].get("resourceVersion", ""))
    return int(text) if text.isdigit() else 0
