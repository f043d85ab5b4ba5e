"""Discovery: /version, /healthz, /api, /apis and each group version's resources, from the resource table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.changes.api import BUILD, EMULATED_VERSIONS, EVICTIONS, SINGULAR_NAMES
from simulator.errors import Object
from simulator.release import Release

_HEALTH = ("healthz", "livez", "readyz")
_SUBRESOURCE_KINDS = {
    "attach": ("Pod", "", ["get", "create"]),
    "binding": ("Binding", "", ["create"]),
    "ephemeralcontainers": ("Pod", "", ["get", "patch", "update"]),
    "eviction": ("Eviction", "", ["create"]),
    "exec": ("Pod", "", ["get", "create"]),
    "finalize": ("Namespace", "", ["update"]),
    "instantiate": ("DeploymentRequest", "", ["create"]),
    "log": ("Pod", "", ["get"]),
    "portforward": ("Pod", "", ["get", "create"]),
    "proxy": ("PodProxyOptions", "", ["create", "delete", "get", "patch", "update"]),
    "rollback": ("DeploymentRollback", "", ["create"]),
    "resize": ("Pod", "", ["get", "patch", "update"]),
    "scale": ("Scale", "autoscaling/v1", ["get", "patch", "update"]),
    "token": ("TokenRequest", "authentication.k8s.io/v1", ["create"]),
}


def answer(
    table: ResourceTable, release: Release, parts: Sequence[str], more: Iterable[ResourceType] = ()
) -> Object | str | None:
    """The discovery document at this path, or None when the path is not one of discovery.

    ``more`` are the rows of the custom resources that were defined on this cluster.
    """
    match list(parts):
        case ["version"]:
            return version(release)
        case [name] if name in _HEALTH:
            return "ok"
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}
        case ["api", "v1"]:
            return _resources("", "v1", table.rows)
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": _groups([*table.rows, *more])}
        case ["apis", group]:
            found = [item for item in _groups([*table.rows, *more]) if item["name"] == group]
            return {"kind": "APIGroup", "apiVersion": "v1", **found[0]} if found else None
        case ["apis", group, name]:
            return _resources(group, name, [*table.rows, *more])
    return None


def version(release: Release) -> Object:
    """``v1.14.6+868bc38`` as /version tells it."""
    major, minor, _ = release.kubernetes.removeprefix("v").split(".", 2)
    emulated: Object = {}
    if EMULATED_VERSIONS.at(release):
        emulated = {"emulationMajor": major, "emulationMinor": minor}
        emulated |= {"minCompatibilityMajor": major, "minCompatibilityMinor": str(int(minor) - 1)}
    plus, go_version, built = BUILD.at(release)
    return {
        "major": major,
        "minor": minor + plus,
        **emulated,
        "gitVersion": release.kubernetes,
        "gitCommit": release.kubernetes.partition("+")[2] or hashlib.sha1(release.kubernetes.encode()).hexdigest(),
        "gitTreeState": "clean",
        "buildDate": built,
        "goVersion": go_version,
        "compiler": "gc",
        "platform": "linux/amd64",
    }


def _groups(rows: Iterable[ResourceType]) -> list[Object]:
    """One entry a group, in the order of the rows; its first version is the preferred one."""
    versions: dict[str, list[Object]] = {}
    for row in rows:
        known = versions.setdefault(row.group, [])
        entry = {"groupVersion": row.api_version, "version": row.version}
        if row.group and entry not in known:
            known.append(entry)
    return [
        {"name": group, "versions": entries, "preferredVersion": entries[0]}
        for group, entries in versions.items()
        if entries
    ]


def _resources(group: str, release: str, rows: Iterable[ResourceType]) -> Object | None:
    resources: list[Object] = []
    for row in rows:
        if (row.group, row.version) == (group, release):
            resources.append(_resource(row))
            resources.extend(_subresource(row, name) for name in row.subresources)
    if not resources:
        return None
    group_version = f"{group}/{release}" if group else release
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}


def _resource(row: ResourceType) -> Object:
    entry: Object = {
        "name": row.plural,
        "singularName": row.singular if row.custom or SINGULAR_NAMES.at(row) else "",
        "namespaced": row.namespaced,
        "kind": row.kind,
        "verbs": list(row.verbs),
    }
    if row.short_names:
        entry["shortNames"] = list(row.short_names)
    if row.categories:
        entry["categories"] = list(row.categories)
    return entry


def _subresource(row: ResourceType, name: str) -> Object:
    kind, group_version, verbs = _SUBRESOURCE_KINDS.get(name, (row.kind, "", ["get", "patch", "update"]))
    if name == "eviction":
        group_version = EVICTIONS.at(row)
    entry: Object = {
        "name": f"{row.plural}/{name}",
        "singularName": "",
        "namespaced": row.namespaced,
        "kind": kind,
        "verbs": verbs,
    }
    if group_version:
        entry["group"], entry["version"] = group_version.split("/")
    return entry
