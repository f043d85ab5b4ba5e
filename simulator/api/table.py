"""Server-side printing: objects as the rows of a ``Table``.

The columns are data (``columns/*.yaml``, or a CRD's own); a computed cell names a function of ``printers``. A Table
carries every column, also those of ``-o wide``: the client shows what it wants.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulator import documents
from simulator.api.ages import age
from simulator.api.jsonpath import find
from simulator.api.printers import PRINTERS
from simulator.api.resourcetable import ResourceType
from simulator.changes.api import ZERO_DAYS
from simulator.errors import Object
from simulator.release import OLDEST, Dated, Minor, Release, is_part

_FILES = {True: "custom.yaml", False: "openshift.yaml"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column, as in a CRD's additionalPrinterColumns. ``printer`` wins over ``path``; ``default`` fills a gap."""

    name: str
    type: str = "string"
    path: str = ""
    printer: str = ""
    priority: int = 0
    default: Any = None

    def cell(self, obj: Object, now: float, release: Dated = OLDEST) -> Any:
        """The value to show: text, a number, a boolean, or None for an empty cell."""
        try:
            return self._cell(obj, now, release)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            return None  # an object whose kind has no schema may hold anything; what cannot be read shows as nothing

    def _cell(self, obj: Object, now: float, release: Dated) -> Any:
        if self.printer:
            return PRINTERS[self.printer](obj, now)
        found = find(obj, self.path)
        if self.type == "date":
            return age(found[0], now, zero_days=ZERO_DAYS.at(release)) if found else self.default
        return _plain(found[0]) if found else self.default

    def definition(self) -> Object:
        kind, form = ("string", "name") if self.type == "name" else (self.type, "")
        return {"name": self.name, "type": kind, "format": form, "description": "", "priority": self.priority}


NAME = Column("Name", "name", ".metadata.name")
AGE = Column("Age", "date", ".metadata.creationTimestamp", default="<unknown>")
CREATED_AT = Column("Created At", "date-time", ".metadata.creationTimestamp")


def to_table(
    resource: ResourceType,
    objects: Sequence[Object],
    now: float,
    query: Mapping[str, str],
    release: Release = OLDEST,
    version: str = "v1beta1",
) -> Object:
    """``objects`` as a Table of a version. ``includeObject`` of the query says how much of each object its row has."""
    columns, api_version = columns_of(resource, release), f"meta.k8s.io/{version}"
    include = query.get("includeObject") or "Metadata"
    rows = [
        {
            "cells": [column.cell(obj, now, release) for column in columns],
            "object": _part(obj, include, api_version),
        }
        for obj in objects
    ]
    return {
        "kind": "Table",
        "apiVersion": api_version,
        "metadata": {},
        "columnDefinitions": [column.definition() for column in columns],
        "rows": rows,
    }


def columns_of(resource: ResourceType, release: Release = OLDEST) -> tuple[Column, ...]:
    """All columns of a kind, Name first. What has none shows its age; a built-in kind, when it was created."""
    own = resource.extra.get("columns")
    if own is not None:
        return (NAME, *map(_column, own))
    tables = _tables(_file(resource), release.minor)
    raw = tables.get(resource.qualified) or _tables(_file_of_key(resource), release.minor).get(resource.key)
    if raw:
        return raw
    return (NAME, AGE) if resource.custom or resource.group.endswith("openshift.io") else (NAME, CREATED_AT)


@cache
def _tables(name: str, minor: Minor) -> Mapping[str, tuple[Column, ...]]:
    tables = {}
    for key, rows in documents.packaged("simulator.api", f"columns/{name}").items():
        columns = tuple(_column(row) for row in rows if is_part(minor, row))
        tables[key] = columns if rows[0].get("first") else (NAME, *columns)
    return tables


def _file(resource: ResourceType) -> str:
    if not resource.group:
        return "core.yaml"
    if resource.custom or resource.group.endswith("openshift.io"):
        return _FILES[resource.custom]
    return "kubernetes.yaml"


def _file_of_key(resource: ResourceType) -> str:
    return "kubernetes.yaml" if "." in resource.key else "core.yaml"


def _column(raw: Mapping[str, Any]) -> Column:
    path = raw.get("jsonPath") or raw.get("JSONPath", "")
    priority = 1 if raw.get("wide") else raw.get("priority", 0)
    default = raw.get("default")
    if raw["type"] == "date" and path in (".metadata.creationTimestamp", ".lastTimestamp", ".firstTimestamp"):
        default = "<unknown>"
    return Column(raw["name"], raw["type"], path, raw.get("printer", ""), priority, default)


def _plain(value: Any) -> Any:
    """A scalar as it is, anything else as compact JSON."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else value


def _part(obj: Object, include: str, api_version: str) -> Object | None:
    if include == "None":
        return None
    if include == "Object":
        return obj
    return {"kind": "PartialObjectMetadata", "apiVersion": api_version, "metadata": obj["metadata"]}
