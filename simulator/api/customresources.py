"""Kinds that are defined on the cluster itself: a row of the resource table from a CustomResourceDefinition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.log.state import State

_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"


def defined_rows(state: State, table: ResourceTable) -> Iterator[ResourceType]:
    """A row for each served version of each definition that the release's table does not have."""
    for stored in state.list(DEFINITIONS):
        for row in rows_of(stored.object.get("spec") or {}, stored.object["apiVersion"]):
            if table.find(row.group, row.version, row.plural) is None:
                yield row


def find_defined(state: State, group: str, version: str, plural: str) -> ResourceType | None:
    stored = state.get(DEFINITIONS, "", f"{plural}.{group}")
    if stored is None:
        return None
    rows = rows_of(stored.object.get("spec") or {}, stored.object["apiVersion"])
    return next((row for row in rows if row.version == version), None)


def rows_of(spec: Mapping[str, Any], api_version: str) -> Iterator[ResourceType]:
    """The rows of the spec of a definition, one a served version, those that the cluster prefers first.

    One of apiextensions.k8s.io/v1beta1 may say things once for all versions, and keeps unknown fields unless it is told
    not to; one of v1 says all for each version, and prunes.
    """
    first = api_version == "apiextensions.k8s.io/v1beta1"
    names = spec.get("names") or {}
    versions = spec.get("versions") or [{"name": spec.get("version", "v1")}]
    for version in sorted(versions, key=_rank):
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
            extra={
                "prune": not spec.get("preserveUnknownFields", first),
                **{key: value for key, value in (("schema", schema), ("columns", columns)) if value},
            },
        )


def _rank(version: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """v2 before v1 before v1beta2 before v1alpha1, then what is no version. Source: apimachinery, version/helpers.go"""
    found = _VERSION.fullmatch(version["name"])
    if found is None:
        return 1, 0, 0, version["name"]
    major, stage, minor = found.groups()
    return 0, {"": 0, "beta": 1, "alpha": 2}[stage or ""] * 1000 - int(major), -int(minor or 0), ""
