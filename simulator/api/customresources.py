"""Kinds that are defined on the cluster itself: a row of the resource table from a CustomResourceDefinition."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.log.state import State, Stored
from simulator.release import OLDEST, Minor

_VERSION = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
DEFINITIONS = "customresourcedefinitions.apiextensions.k8s.io"
CLEANUP: Final = "customresourcecleanup.apiextensions.k8s.io"
"""The finalizer of a definition whose resources are to go before it."""


def defined_rows(state: State, table: ResourceTable) -> Iterator[ResourceType]:
    """A row for each served version of each definition that the release's table does not have."""
    for stored in state.list(DEFINITIONS):
        for row in _rows(stored, OLDEST.minor):
            if table.find(row.group, row.version, row.plural) is None:
                yield row


def find_defined(
    state: State, group: str, version: str, plural: str, minor: Minor = OLDEST.minor
) -> ResourceType | None:
    """The row of a kind that is served: its definition has had its names accepted. ``minor``: of the cluster."""
    stored = state.get(DEFINITIONS, "", f"{plural}.{group}")
    if stored is None:
        return None
    return next((row for row in _rows(stored, minor) if row.version == version), None)


def _rows(stored: Stored, minor: Minor) -> Sequence[ResourceType]:
    """Those of a definition, worked out once for each state of it."""
    if stored.memo is None:
        stored.memo = {}
    known: dict[Minor, Sequence[ResourceType]] = stored.memo
    rows = known.get(minor)
    if rows is None:
        definition = stored.object
        served = is_established(definition)
        rows = tuple(rows_of(definition.get("spec") or {}, definition["apiVersion"], minor)) if served else ()
        known[minor] = rows
    return rows


def is_established(definition: Mapping[str, Any]) -> bool:
    """Whether its resources are served. One that tells nothing of itself, as in a profile, is taken as it is."""
    conditions = (definition.get("status") or {}).get("conditions") or ()
    return all(one.get("status") == "True" for one in conditions if one.get("type") == "Established")


def rows_of(spec: Mapping[str, Any], api_version: str, minor: Minor = OLDEST.minor) -> Iterator[ResourceType]:
    """The rows of the spec of a definition, one a served version, those that the cluster prefers first.

    One of apiextensions.k8s.io/v1beta1 may say things once for all versions, and keeps unknown fields unless it is told
    not to; one of v1 says all for each version, and prunes.
    """
    first = api_version == "apiextensions.k8s.io/v1beta1"
    names = spec.get("names") or {}
    versions = spec.get("versions") or [{"name": spec.get("version", "v1"), "storage": True}]
    storage = next((version["name"] for version in versions if version.get("storage")), versions[0]["name"])
    for version in sorted(versions, key=_rank):
        if not version.get("served", True):
            continue
        subresources = version.get("subresources") or spec.get("subresources") or {}
        schema = (version.get("schema") or spec.get("validation") or {}).get("openAPIV3Schema")
        more = {
            "schema": schema,
            "columns": version.get("additionalPrinterColumns") or spec.get("additionalPrinterColumns"),
            "selectable": version.get("selectableFields"),
            "scale": subresources.get("scale"),
            "listKind": names.get("listKind"),
            "storage": f"{spec['group']}/{storage}" if len(versions) > 1 else None,
            "warning": _deprecation(spec, version),
        }
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
            minor=minor,
            extra={
                "prune": not spec.get("preserveUnknownFields", first),
                **{key: value for key, value in more.items() if value},
            },
        )


def is_converted(resource: ResourceType, obj: Mapping[str, Any]) -> bool:
    """Whether an object is stored in another version than that of the row: the version's name is all that changes."""
    return "storage" in resource.extra and obj.get("apiVersion") != resource.api_version


def _deprecation(spec: Mapping[str, Any], version: Mapping[str, Any]) -> str:
    """Source: apiextensions-apiserver, pkg/apiserver/customresource_handler.go."""
    if not version.get("deprecated"):
        return ""
    title = f"{spec['group']}/{version['name']} {spec['names']['kind']}"
    return str(version.get("deprecationWarning") or f"{title} is deprecated")


def _rank(version: Mapping[str, Any]) -> tuple[int, int, int, str]:
    """v2 before v1 before v1beta2 before v1alpha1, then what is no version. Source: apimachinery, version/helpers.go"""
    found = _VERSION.fullmatch(version["name"])
    if found is None:
        return 1, 0, 0, version["name"]
    major, stage, minor = found.groups()
    return 0, {"": 0, "beta": 1, "alpha": 2}[stage or ""] * 1000 - int(major), -int(minor or 0), ""
