"""Discovery: /version, /api, /apis and each group version's resources, from the resource table.

A client that asks for it gets all groups with all their resources in one document (aggregated discovery), with an
entity tag. Source: apiserver, pkg/endpoints/discovery; apiextensions-apiserver, customresource_discovery_controller.go.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from simulator.api.customresources import defined_rows
from simulator.api.negotiation import JSON, as_yaml, clauses, document_encoding
from simulator.api.resourcetable import ResourceType, Rows
from simulator.api.types import Request, Response
from simulator.changes.api import (
    AGGREGATED_DISCOVERY,
    BUILD,
    EMULATED_VERSIONS,
    EVICTIONS,
    SINGULAR_NAMES,
    STORAGE_HASH,
)
from simulator.errors import Object
from simulator.release import Release

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

OWN_GROUP: Final = "infra.ocsim.dev"
_FIRST: Final = ("config.openshift.io", "operator.openshift.io")  # custom resources that outrank the others
_CUSTOM_VERBS: Final = ("delete", "deletecollection", "get", "list", "patch", "create", "update", "watch")
_PLAIN: Final = ("get", "patch", "update")


class _Below(NamedTuple):
    """What a subresource takes and gives. An empty ``kind`` is that of its resource."""

    kind: str
    group_version: str
    verbs: Sequence[str]


_SUBRESOURCES: Final[Mapping[str, _Below]] = {
    "approval": _Below("", "", _PLAIN),
    "attach": _Below("PodAttachOptions", "", ("create", "get")),
    "binding": _Below("Binding", "", ("create",)),
    "clone": _Below("BuildRequest", "", ("create",)),
    "details": _Below("", "", ("update",)),
    "ephemeralcontainers": _Below("", "", _PLAIN),
    "eviction": _Below("Eviction", "policy/v1", ("create",)),
    "exec": _Below("PodExecOptions", "", ("create", "get")),
    "finalize": _Below("", "", ("update",)),
    "layers": _Below("ImageStreamLayers", "", ("get",)),
    "portforward": _Below("PodPortForwardOptions", "", ("create", "get")),
    "scale": _Below("Scale", "autoscaling/v1", _PLAIN),
    "secrets": _Below("SecretList", "", ("get",)),
    "token": _Below("TokenRequest", "authentication.k8s.io/v1", ("create",)),
    "webhooks": _Below("Build", "", ("create",)),
}
_OF_KINDS: Final[Mapping[tuple[str, str], _Below]] = {
    ("buildconfigs.build.openshift.io", "instantiate"): _Below("BuildRequest", "", ("create",)),
    ("builds.build.openshift.io", "log"): _Below("BuildLog", "", ("get",)),
    ("deploymentconfigs.apps.openshift.io", "instantiate"): _Below("DeploymentRequest", "", ("create",)),
    ("deploymentconfigs.apps.openshift.io", "log"): _Below("DeploymentLog", "", ("get",)),
    ("deploymentconfigs.apps.openshift.io", "rollback"): _Below("DeploymentConfigRollback", "", ("create",)),
    ("deploymentconfigs.apps.openshift.io", "scale"): _Below("Scale", "extensions/v1beta1", _PLAIN),
    ("deployments.extensions", "rollback"): _Below("DeploymentRollback", "", ("create",)),
    ("deployments.extensions", "scale"): _Below("Scale", "", _PLAIN),
    ("pods", "log"): _Below("", "", ("get",)),
    ("replicasets.extensions", "scale"): _Below("Scale", "", _PLAIN),
}


def below(row: ResourceType, name: str) -> _Below:
    """The kind, group version and verbs of a subresource; both are empty where they are those of the resource."""
    if name == "proxy":
        return _Below(f"{row.kind}ProxyOptions", "", ("create", "delete", "get", "patch", "update"))
    found = _OF_KINDS.get((row.qualified, name)) or _SUBRESOURCES.get(name) or _Below("", "", _PLAIN)
    if name == "eviction":
        found = found._replace(group_version=EVICTIONS.at(row))
    return found._replace(kind=found.kind or row.kind)


def rows_of(server: ApiServer) -> tuple[ResourceType, ...]:
    """The rows of the release with those of the custom resources that were defined on this cluster.

    The groups of custom resources have one priority and are in the order of their names, before the simulator's own.
    """
    defined = list(defined_rows(server.state, server.table))
    return (*sorted((*server.table.rows, *defined), key=_rank),) if defined else server.table.rows


def _rank(row: ResourceType) -> tuple[int, str]:
    if not row.custom or row.group in _FIRST:
        return 0, ""
    return (2, "") if row.group == OWN_GROUP else (1, row.group)


def answer(server: ApiServer, request: Request, parts: Sequence[str]) -> Response | None:
    """The discovery document at this path, or None when the path is not one of discovery."""
    if parts in (["api"], ["apis"]):
        version = _wants_all(request.accept, server.release)
        if version:
            return _tagged(request, _aggregated(Rows.of(rows_of(server)), parts[0], version), version)
    found = _document(server, parts)
    if found is None or parts == ["version"]:
        return None if found is None else Response(200, found)
    reply = Response(200, found, headers=_VARY if len(parts) == 1 else ())
    form = document_encoding(request.accept)
    return reply if form == JSON else as_yaml(reply)


def _document(server: ApiServer, parts: Sequence[str]) -> Object | None:
    rows, release = rows_of(server), server.release
    match list(parts):
        case ["version"]:
            return version(release)
        case ["api"]:
            addresses = [{"clientCIDR": "0.0.0.0/0", "serverAddress": server.url.rpartition("/")[2]}]
            return {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": addresses}
        case ["api", "v1"]:
            return _resources("", "v1", rows, release)
        case ["apis"]:
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups(rows)}
        case ["apis", group]:
            found = [item for item in groups(rows) if item["name"] == group]
            return {"kind": "APIGroup", "apiVersion": "v1", **found[0]} if found else None
        case ["apis", group, name]:
            return _resources(group, name, rows, release)
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


# -- group by group

_VARY: Final = (("Vary", "Accept"),)


def groups(rows: Iterable[ResourceType]) -> list[Object]:
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


def _resources(group: str, name: str, rows: Iterable[ResourceType], release: Release) -> Object | None:
    resources: list[Object] = []
    for row in rows:
        if (row.group, row.version) == (group, name):
            resources.append(_resource(row, release))
            resources.extend(_subresource(row, below) for below in row.subresources)
    if not resources:
        return None
    group_version = f"{group}/{name}" if group else name
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources}


def _resource(row: ResourceType, release: Release) -> Object:
    entry: Object = {
        "name": row.plural,
        "singularName": row.singular if row.custom or SINGULAR_NAMES.at(row) else "",
        "namespaced": row.namespaced,
        "kind": row.kind,
        "verbs": _verbs(row),
    }
    if row.short_names:
        entry["shortNames"] = list(row.short_names)
    if row.categories:
        entry["categories"] = list(row.categories)
    if STORAGE_HASH.at(release) and "watch" in row.verbs:
        entry["storageVersionHash"] = _storage_hash(row)
    return entry


def _subresource(row: ResourceType, name: str) -> Object:
    kind, group_version, verbs = below(row, name)
    entry: Object = {
        "name": f"{row.plural}/{name}",
        "singularName": "",
        "namespaced": row.namespaced,
        "kind": kind,
        "verbs": list(verbs),
    }
    if group_version:
        entry["group"], entry["version"] = group_version.split("/")
    return entry


def _verbs(row: ResourceType) -> list[str]:
    """In alphabetical order; those of custom resources in the order that their server gives."""
    return [verb for verb in _CUSTOM_VERBS if verb in row.verbs] if row.custom else sorted(row.verbs)


def _storage_hash(row: ResourceType) -> str:
    """Eight bytes of SHA-256 of ``GROUP/VERSION/KIND`` of what is stored: xPOwRZ+Yhw8= of a Pod, ``/v1/Pod``."""
    group = row.key.partition(".")[2]
    text = f"{group}/{row.version}/{row.kind}"
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()


# -- all in one

_AGGREGATED: Final = "application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList"


def _wants_all(accept: str, release: Release) -> str:
    """The version of APIGroupDiscoveryList that a client likes best; "" when it likes the legacy documents better."""
    if "APIGroupDiscoveryList" not in accept:
        return ""
    known = AGGREGATED_DISCOVERY.at(release)
    for media_type, parameters in clauses(accept):
        if media_type not in ("application/json", "application/*", "*/*"):
            continue
        if "as" not in parameters:
            return ""
        wanted = (parameters["as"], parameters.get("g"))
        if wanted == ("APIGroupDiscoveryList", "apidiscovery.k8s.io") and parameters.get("v") in known:
            return parameters["v"]
    return ""


class _Aggregated(NamedTuple):
    body: Object
    data: bytes
    tag: str


@lru_cache(maxsize=8)
def _aggregated(rows: Rows, root: str, version: str) -> _Aggregated:
    chosen = [row for row in rows.rows if bool(row.group) == (root == "apis")]
    items = [_group(name, chosen) for name in dict.fromkeys(row.group for row in chosen)]
    kind = {"kind": "APIGroupDiscoveryList", "apiVersion": f"apidiscovery.k8s.io/{version}", "metadata": {}}
    body = {**kind, "items": items}
    data = json.dumps(body, separators=(",", ":")).encode()
    return _Aggregated(body, data, f'"{hashlib.sha512(data).hexdigest().upper()}"')


def _group(name: str, rows: Sequence[ResourceType]) -> Object:
    mine = [row for row in rows if row.group == name]
    versions = [
        {
            "version": version,
            "resources": [_discovered(row) for row in mine if row.version == version],
            "freshness": "Current",
        }
        for version in dict.fromkeys(row.version for row in mine)
    ]
    return {"metadata": {"name": name, "creationTimestamp": None} if name else _NAMELESS, "versions": versions}


_NAMELESS: Final[Object] = {"creationTimestamp": None}


def _discovered(row: ResourceType) -> Object:
    entry: Object = {
        "resource": row.plural,
        "responseKind": _response_kind(row, row.kind, ""),
        "scope": "Namespaced" if row.namespaced else "Cluster",
        "singularResource": row.singular,
        "verbs": _verbs(row),
    }
    if row.short_names:
        entry["shortNames"] = list(row.short_names)
    if row.categories:
        entry["categories"] = list(row.categories)
    if row.subresources:
        entry["subresources"] = [_discovered_below(row, name) for name in row.subresources]
    return entry


def _discovered_below(row: ResourceType, name: str) -> Object:
    kind, group_version, verbs = below(row, name)
    return {"subresource": name, "responseKind": _response_kind(row, kind, group_version), "verbs": list(verbs)}


def _response_kind(row: ResourceType, kind: str, group_version: str) -> Object:
    """Built-in kinds leave out what is that of their resource; custom resources tell it."""
    group, _, version = group_version.rpartition("/")
    if row.custom and not group_version:
        group, version = row.group, row.version
    return {"group": group, "version": version, "kind": kind}


def _tagged(request: Request, document: _Aggregated, version: str) -> Response:
    headers = (("ETag", document.tag), *_VARY)
    if request.if_none_match == document.tag:
        return Response(304, None, encode=bytes, headers=headers)
    content_type = _AGGREGATED.format(version=version)
    return Response(200, document.body, (), lambda: document.data, content_type, headers)
