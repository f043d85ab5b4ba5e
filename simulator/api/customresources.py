"""Kinds that are defined on the cluster itself: a row of the resource table from a CustomResourceDefinition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.log.state import State

DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


def defined_rows(state: State, table: ResourceTable) -> Iterator[ResourceType]:
    """A row for each served version of each definition that the release's table does not have."""
    for stored in state.list(DEFINITIONS):
        for row in rows_of(stored.object.get("spec") or {}):
            if table.find(row.group, row.version, row.plural) is None:
                yield row


def find_defined(state: State, group: str, version: str, plural: str) -> ResourceType | None:
    stored = state.get(DEFINITIONS, "", f"{plural}.{group}")
    if stored is None:
        return None
    return next((row for row in rows_of(stored.object.get("spec") or {}) if row.version == version), None)


def rows_of(spec: Mapping[str, Any]) -> Iterator[ResourceType]:
    """The rows of the spec of a definition (apiextensions.k8s.io/v1beta1), one a served version."""
    names = spec.get("names") or {}
    versions = spec.get("versions") or [{"name": spec.get("version", "v1")}]
    for version in versions:
        if not version.get("served", True):
            continue
        subresources = version.get("subresources") or spec.get("subresources") or {}
        schema = (version.get("schema") or spec.get("validation") or {}).get("openAPIV3Schema")
        columns = version.get("additionalPrinterColumns") or spec.get("additionalPrinterColumns")
        yield ResourceType(
            group=spec["group"],
            version=version["name"],
            plural=names["plural"],
            kind=names["kind"],
            singular=names.get("singular") or names["kind"].lower(),
            short_names=tuple(names.get("shortNames") or ()),
            categories=tuple(names.get("categories") or ()),
            namespaced=spec.get("scope", "Namespaced") == "Namespaced",
            subresources=tuple(sorted(subresources)),
            generation=True,
            strategic=False,
            custom=True,
            extra={key: value for key, value in (("schema", schema), ("columns", columns)) if value},
        )
