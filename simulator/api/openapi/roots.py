"""The paths that are none of a kind: discovery and the version."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.api.openapi.definitions import META, definition_name
from simulator.api.openapi.operations import ENCODINGS, Operation, PathItem
from simulator.api.resourcetable import ResourceType

_VERSION = "io.k8s.apimachinery.pkg.version.Info"


def root_items(rows: Sequence[ResourceType]) -> Iterator[PathItem]:
    """Those of all group versions of the rows."""
    yield _item("/version/", "version", "getCodeVersion", "the version of the server", _VERSION, ENCODINGS[:1])
    yield _item("/api/", "core", "getCoreAPIVersions", "available API versions", definition_name(META + "APIVersions"))
    yield _item("/apis/", "apis", "getAPIVersions", "available API groups", definition_name(META + "APIGroupList"))
    groups = dict.fromkeys((row.group, row.version) for row in rows)
    for group in dict.fromkeys(group for group, _ in groups if group):
        name = definition_name(META + "APIGroup")
        yield _item(f"/apis/{group}/", group, f"getGroup{_id(group)}", "information of a group", name)
    for group, version in groups:
        root = f"/apis/{group}/{version}/" if group else f"/api/{version}/"
        name = definition_name(META + "APIResourceList")
        called = f"getResources{_id(group or 'core')}{version.capitalize()}"
        yield _item(root, f"{group or 'core'}_{version}", called, "available resources", name)


def _item(path: str, tag: str, name: str, words: str, reply: str, produces: tuple[str, ...] = ENCODINGS) -> PathItem:
    operation = Operation("get", name, "", {}, tag, f"get {words}", (200,), reply, produces=produces)
    return PathItem(path, [], [operation])


def _id(group: str) -> str:
    return "".join(part.capitalize() for part in group.replace("-", ".").split("."))
