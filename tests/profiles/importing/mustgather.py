"""Writes a simulated cluster as a must-gather of it, through its own API, and folders of single files."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from simulator.api.resourcetable import builtin_table
from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.log.state import thaw
from simulator.oc import goyaml
from simulator.profiles.importing import Imported, import_files
from simulator.profiles.importing.files import File, files_of
from simulator.profiles.importing.secrets import Mode

LAB = ("openshift-image-registry", "openshift-storage", "petclinic")
IMAGE = "quay-io-openshift-release-dev-ocp-v4-0-art-dev-sha256-0f1e2d3c4b5a"


def must_gather(cluster: Cluster, folder: Path, *, secrets: bool = True, apart: Iterable[str] = ()) -> Path:
    """``oc adm must-gather`` as it lays out its files: an object a file in cluster scope, Lists in namespaces."""
    base = folder / "must-gather.local.5421342344627712289" / IMAGE
    left_out = {*apart, *(() if secrets else ("secrets",))}
    for plural, group, objects in _resources(cluster):
        if plural in left_out:
            continue
        for namespace in {obj["metadata"].get("namespace", "") for obj in objects}:
            mine = [obj for obj in objects if obj["metadata"].get("namespace", "") == namespace]
            _write(base, namespace, group, plural, mine)
    logs = base / "namespaces" / "petclinic" / "pods" / "db" / "postgresql" / "postgresql" / "logs"
    logs.mkdir(parents=True)
    (logs / "current.log").write_text("2019-10-28T11:18:00Z LOG: database system is ready\n")
    (folder / "must-gather.local.5421342344627712289" / "timestamp").write_text("2019-10-28 12:23\n")
    return folder


def _resources(cluster: Cluster) -> Iterator[tuple[str, str, list[Object]]]:
    client = cluster.client()
    for row in builtin_table(cluster.profile.release).rows:
        if "watch" in row.verbs and not row.stored_as and row.group != "infra.ocsim.dev":
            yield row.plural, row.group or "core", list(client.list(row.gvr))


def _write(base: Path, namespace: str, group: str, plural: str, objects: list[Object]) -> None:
    if not namespace:
        folder = base / "cluster-scoped-resources" / group / plural
        folder.mkdir(parents=True, exist_ok=True)
        for obj in objects:
            (folder / f"{obj['metadata']['name'].replace(':', '%3A')}.yaml").write_text("---\n" + goyaml.dump(obj))
        return
    folder = base / "namespaces" / namespace / group
    folder.mkdir(parents=True, exist_ok=True)
    kind = f"{objects[0]['kind']}List"
    listed = {"apiVersion": objects[0]["apiVersion"], "items": objects, "kind": kind, "metadata": {}}
    (folder / f"{plural}.yaml").write_text("---\n" + goyaml.dump(listed))


def got(
    cluster: Cluster,
    *,
    apart: Iterable[str] = (),
    namespaces: Iterable[str] = LAB,
    change: Callable[[Object], Object | None] = lambda obj: obj,
) -> list[File]:
    """What ``oc get -o json`` gives of some namespaces and of cluster scope: a file a resource, each object changed."""
    made = []
    for plural, group, objects in _resources(cluster):
        mine = [obj for obj in objects if obj["metadata"].get("namespace") in (None, *namespaces)]
        changed = [thaw(obj) for obj in mine] if plural not in apart else []
        items = [one for obj in changed if (one := change(obj)) is not None]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items})
        made.append(File(f"{plural}.{group}.json", lambda text=text: text.encode()))  # type: ignore[misc]
    return made


def imported(folder: Path, mode: Mode = "replace", name: str = "mine") -> Imported:
    return import_files(list(files_of(folder)), name, folder.name, mode)


def of_texts(**texts: str) -> list[File]:
    """Files by their names, with ``__`` for a slash and ``_yaml`` for the suffix."""
    paths = {name.replace("__", "/").replace("_yaml", ".yaml"): text for name, text in texts.items()}
    return [File(path, lambda text=text: text.encode()) for path, text in paths.items()]  # type: ignore[misc]


def secret_values(cluster: Cluster) -> set[str]:
    """All values of Secrets that nobody would take for a name, decoded and in base64."""
    found: set[str] = set()
    names = {stored.object["metadata"]["name"] for stored in cluster.state.list("namespaces")}
    for stored in cluster.state.list("secrets"):
        for key, encoded in (stored.object.get("data") or {}).items():
            value = base64.b64decode(encoded).decode()
            if (
                key not in ("namespace", "adminID", "userID")
                and len(value) > 8
                and "CERT" not in value
                and value not in names
            ):
                found |= {encoded, value}
    return found
