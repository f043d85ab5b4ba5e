"""The resource table: the kinds that the API serves, from ``resources/*.yaml``. Adding a plain kind is adding a row.

``resources.json`` is generated from that folder (``make update``) and is what a process reads: YAML takes five times
as long. A test tells when it is out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from simulator import documents
from simulator.api.types import GVR
from simulator.release import OLDEST, Minor, Release, is_part

ALL_VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")
GENERATED = "resources.json"


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One row. ``stored_as`` names the qualified resource whose objects this one shows (projects show namespaces)."""

    group: str
    version: str
    plural: str
    kind: str
    singular: str = ""
    short_names: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    namespaced: bool = True
    verbs: tuple[str, ...] = ALL_VERBS
    subresources: tuple[str, ...] = ()
    generation: bool = False  # metadata.generation counts changes of everything but metadata and status
    strategic: bool = True  # strategic merge patch is supported; custom resources refuse it
    custom: bool = False  # a custom resource: validated by its schema, printed by its CRD's columns
    stored_as: str = ""
    minor: Minor = OLDEST.minor  # the release whose types its objects have
    extra: Mapping[str, Any] = field(default_factory=dict)
    # What follows from these, worked out once: every request asks for it.
    gvr: GVR = field(init=False)
    api_version: str = field(init=False)
    qualified: str = field(init=False)
    key: str = field(init=False)  # the resource under which its objects stand in the log

    def __post_init__(self) -> None:
        gvr = GVR(self.group, self.version, self.plural)
        object.__setattr__(self, "gvr", gvr)
        object.__setattr__(self, "api_version", gvr.group_version)
        object.__setattr__(self, "qualified", gvr.qualified)
        object.__setattr__(self, "key", self.stored_as or gvr.qualified)


class ResourceTable:
    """All rows, found by GVR or by kind."""

    def __init__(self, rows: Iterable[ResourceType]) -> None:
        self.rows = tuple(rows)
        self._by_gvr = {row.gvr: row for row in self.rows}
        self._by_kind = {(row.api_version, row.kind): row for row in self.rows}
        self._by_key: dict[str, ResourceType] = {}
        self._preferred: dict[str, GVR] = {}
        for row in self.rows:
            self._preferred.setdefault(row.qualified, row.gvr)
            if not row.stored_as:
                self._by_key.setdefault(row.qualified, row)

    def find(self, group: str, version: str, plural: str) -> ResourceType | None:
        return self._by_gvr.get(GVR(group, version, plural))

    def served(self, resource: GVR) -> GVR | None:
        """The resource in a version that this release serves: the asked one, else the preferred; None without any.

        Code names a resource once, in the version of some release: CRONJOBS is batch/v1beta1 in 4.2, batch/v1 today.
        """
        return resource if resource in self._by_gvr else self._preferred.get(resource.qualified)

    def by_kind(self, api_version: str, kind: str) -> ResourceType | None:
        return self._by_kind.get((api_version, kind))

    def by_key(self, key: str) -> ResourceType | None:
        """The row whose objects stand in the log as ``key`` (``deployments.apps``)."""
        return self._by_key.get(key)


@dataclass(frozen=True)
class Rows:
    """Rows as the key of a cache. Those of a release are the same objects every time; defined ones are compared."""

    names: tuple[GVR, ...]
    rows: tuple[ResourceType, ...] = field(hash=False)

    @classmethod
    def of(cls, rows: tuple[ResourceType, ...]) -> Rows:
        return cls(tuple(row.gvr for row in rows), rows)


def _row(minor: Minor, group: str, version: str, raw: Mapping[str, Any]) -> ResourceType:
    known = {"since", "until", "plural", "kind", "singular", "short", "categories", "namespaced", "verbs",
             "subresources", "generation", "strategic", "custom", "stored_as"}  # fmt: skip
    return ResourceType(
        group=group,
        version=version,
        plural=raw["plural"],
        kind=raw["kind"],
        singular=raw.get("singular", raw["kind"].lower()),
        short_names=tuple(raw.get("short", ())),
        categories=tuple(raw.get("categories", ())),
        namespaced=raw.get("namespaced", True),
        verbs=tuple(raw.get("verbs", ALL_VERBS)),
        subresources=tuple(raw.get("subresources", ())),
        generation=raw.get("generation", raw.get("custom", False)),
        strategic=raw.get("strategic", not raw.get("custom", False)),
        custom=raw.get("custom", False),
        stored_as=raw.get("stored_as", ""),
        minor=minor,
        extra={key: value for key, value in raw.items() if key not in known},
    )


def builtin_table(release: Release = OLDEST) -> ResourceTable:
    """The table of ``resources/*.yaml``, in file and row order (which is the order of discovery)."""
    return _table(release.minor)


@cache
def _table(minor: Minor) -> ResourceTable:
    rows: list[ResourceType] = []
    for block in json.loads((files("simulator.api") / GENERATED).read_text(encoding="utf-8")):
        if is_part(minor, block):
            group, _, version = block["groupVersion"].rpartition("/")
            rows.extend(_row(minor, group, version, raw) for raw in block["resources"] if is_part(minor, raw))
    return ResourceTable(rows)


def generated() -> str:
    """The text of ``resources.json``: a line for each group version."""
    blocks = (json.dumps(block, separators=(",", ":")) for block in _blocks())
    return "[\n" + ",\n".join(blocks) + "\n]\n"


def _blocks() -> Iterator[Mapping[str, Any]]:
    folder = files("simulator.api") / "resources"
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if entry.name.endswith(".yaml"):
            yield from documents.load(entry.read_text(encoding="utf-8"))


if __name__ == "__main__":
    (Path(__file__).parent / GENERATED).write_text(generated(), encoding="utf-8")
