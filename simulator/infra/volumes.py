"""Volumes and the files in them, as ``Volume`` and ``VolumeFile`` in the log.

A Volume is a CephFS subvolume, an RBD image, an EBS volume, an emptyDir, a hostPath directory, or a container's layer:

    spec: {backend: cephfs, capacity: 107374182400, root: {mode: "0777", uid: 0, gid: 0}, request: pvc-..., node: ""}

``formatted`` is what the filesystem on a disk has of its capacity, while that is less.

A VolumeFile is one file in it: spec {volume, path, kind, size, mode, uid, gid, mtime, data | binaryData}. ``size`` is
what counts against the capacity; the payload may be shorter, so that a layer of 70 MB costs a few bytes here.
"""

from __future__ import annotations

import errno
import hashlib
import posixpath
from dataclasses import dataclass, field
from typing import Any

from simulator.api.gvrs import VOLUMEFILES, VOLUMES
from simulator.client.client import Client
from simulator.client.transport import EventStream
from simulator.errors import Object
from simulator.infra import faults
from simulator.infra.payload import decode_payload, encode_payload
from simulator.infra.tree import PAGE, Node, directory
from simulator.runtime.clock import parse_rfc3339, rfc3339
from simulator.shell.errors import os_error

QUOTA_BACKENDS = ("cephfs",)  # a quota, not a device: what is over it fails with EDQUOT
_MODE_DIGITS = 4


@dataclass
class _Shelf:
    """The files of one volume, by path and by directory."""

    nodes: dict[str, Node] = field(default_factory=dict)
    children: dict[str, set[str]] = field(default_factory=dict)
    used: int = 0

    def put(self, path: str, node: Node) -> None:
        self.remove(path)
        self.nodes[path] = node
        self.used += _weight(node)
        above, name = posixpath.split(path)
        self.children.setdefault(above, set()).add(name)

    def remove(self, path: str) -> None:
        node = self.nodes.pop(path, None)
        if node is not None:
            self.used -= _weight(node)
            above, name = posixpath.split(path)
            self.children[above].discard(name)


class Volumes:
    """All volumes. The index of their files is only a cache: it follows the log by a watch."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._stream: EventStream | None = None
        self._shelves: dict[str, _Shelf] = {}

    def get(self, name: str) -> Object | None:
        return self.client.get_or_none(VOLUMES, name)

    def find(self, backend: str, request: str) -> Object | None:
        """The volume that was made for a request (the name of a persistent volume): makes creation idempotent."""
        for volume in self.client.list(VOLUMES):
            if volume["spec"]["backend"] == backend and volume["spec"].get("request") == request:
                return volume
        return None

    def create(self, name: str, backend: str, *, capacity: int = 0, mode: int = 0o777, **details: Any) -> Object:
        """Make an empty volume; ``capacity`` in bytes, 0 for no limit. An existing one is returned as it is."""
        existing = self.get(name)
        if existing is not None:
            return existing
        root = {"mode": octal(mode), "uid": details.pop("uid", 0), "gid": details.pop("gid", 0)}
        spec = {"backend": backend, "capacity": capacity, "root": root, **details}
        volume = {"apiVersion": "infra.ocsim.dev/v1", "kind": "Volume", "metadata": {"name": name}, "spec": spec}
        return self.client.create(VOLUMES, volume)

    def delete(self, name: str) -> None:
        """Delete a volume and its files; nothing happens if it is not there."""
        for path in list(self.shelf(name).nodes):
            self.client.delete(VOLUMEFILES, file_name(name, path))
        if self.get(name) is not None:
            self.client.delete(VOLUMES, name)

    def grow(self, name: str, size: int) -> None:
        """More capacity. The filesystem on a disk keeps its size until a node makes it larger."""
        volume = self.client.get(VOLUMES, name)
        if volume["spec"].get("capacity", 0) < size:
            spec = {**volume["spec"], "capacity": size}
            if spec["backend"] not in QUOTA_BACKENDS:
                spec.setdefault("formatted", volume["spec"]["capacity"])
            self.client.update(VOLUMES, {**volume, "spec": spec})

    def grow_filesystem(self, name: str) -> None:
        """Let the filesystem on a disk have all of its capacity."""
        volume = self.client.get(VOLUMES, name)
        if "formatted" in volume["spec"]:
            spec = {key: value for key, value in volume["spec"].items() if key != "formatted"}
            self.client.update(VOLUMES, {**volume, "spec": spec})

    def set_root(self, name: str, *, mode: int, uid: int, gid: int) -> None:
        """Owner and mode of the volume's root directory."""
        root = {"mode": octal(mode), "uid": uid, "gid": gid}
        volume = self.client.get(VOLUMES, name)
        if volume["spec"].get("root") != root:
            self.client.patch(VOLUMES, name, {"spec": {"root": root}})

    def tree(self, name: str) -> VolumeTree:
        return VolumeTree(self, name)

    def used(self, name: str) -> int:
        """Bytes of all files of a volume."""
        return self.shelf(name).used

    def used_on_node(self, node: str) -> int:
        """Bytes in all volumes that lie on a node's own disk."""
        local = [volume for volume in self.client.list(VOLUMES) if volume["spec"].get("node") == node]
        return sum(self.used(volume["metadata"]["name"]) for volume in local)

    def shelf(self, name: str) -> _Shelf:
        if self._stream is None or self._stream.closed:
            self._shelves = {}
            self._stream = self.client.watch(VOLUMEFILES)
        while (event := self._stream.poll()) is not None:
            spec = event.object["spec"]
            shelf = self._shelves.setdefault(spec["volume"], _Shelf())
            if event.type == "DELETED":
                shelf.remove(spec["path"])
            else:
                shelf.put(spec["path"], _node(spec))
        return self._shelves.get(name) or _Shelf()


class VolumeTree:
    """A volume as a tree of files."""

    def __init__(self, volumes: Volumes, name: str) -> None:
        self._volumes, self.name = volumes, name
        volume = volumes.get(name)
        self.read_only = volume is not None and bool(volume["spec"].get("readOnly"))

    def get(self, path: str) -> Node | None:
        if path == "/":
            return self._root()
        return self._volumes.shelf(self.name).nodes.get(path)

    def children(self, path: str) -> list[str]:
        return sorted(self._volumes.shelf(self.name).children.get(path, ()))

    def put(self, path: str, node: Node) -> None:
        volume, effects = self._writable(path)
        if path == "/":
            self._volumes.set_root(self.name, mode=node.mode, uid=node.uid, gid=node.gid)
            return
        self._check_room(path, node, volume, effects)
        obj = volume_file(self.name, path, node)
        existing = self._volumes.client.get_or_none(VOLUMEFILES, obj["metadata"]["name"])
        if existing is None:
            self._volumes.client.create(VOLUMEFILES, obj)
        elif existing["spec"] != obj["spec"]:
            self._volumes.client.update(VOLUMEFILES, {**existing, "spec": obj["spec"]})

    def delete(self, path: str) -> None:
        self._writable(path)
        self._volumes.client.delete(VOLUMEFILES, file_name(self.name, path))

    def used(self) -> int:
        return self._volumes.used(self.name)

    def _root(self) -> Node:
        volume = self._volumes.get(self.name)
        root = {} if volume is None else volume["spec"].get("root") or {}
        made = "" if volume is None else volume["metadata"].get("creationTimestamp", "")
        mode = int(root.get("mode", "0777"), 8)
        return directory(mode, root.get("uid", 0), root.get("gid", 0), parse_rfc3339(made) if made else 0.0)

    def _writable(self, path: str) -> tuple[Object, set[str]]:
        """The Volume and the effects of the faults on it; OSError when one of them refuses every change."""
        volume = self._volumes.client.get(VOLUMES, self.name)
        effects = _effects(self._volumes.client, volume)
        if "read-only" in effects:
            raise os_error(errno.EROFS, path)
        if "permission-denied" in effects:
            raise os_error(errno.EACCES, path)
        if "down" in effects:
            raise os_error(errno.EIO, path)
        return volume, effects

    def _check_room(self, path: str, node: Node, volume: Object, effects: set[str]) -> None:
        before = self.get(path)
        grows = _weight(node) - (0 if before is None else _weight(before))
        capacity = room_of(volume)
        if grows > 0 and "full" in effects:
            raise os_error(errno.ENOSPC, path)
        if grows > 0 and capacity and self.used() + grows > capacity:
            raise os_error(errno.EDQUOT if volume["spec"]["backend"] in QUOTA_BACKENDS else errno.ENOSPC, path)


def room_of(volume: Object) -> int:
    """The bytes that files can take; 0 for no limit."""
    room: int = volume["spec"].get("formatted") or volume["spec"].get("capacity", 0)
    return room


def file_name(volume: str, path: str) -> str:
    """The name of the VolumeFile of a path."""
    return f"{volume}.{hashlib.sha256(path.encode()).hexdigest()[:20]}"


def volume_file(volume: str, path: str, node: Node) -> Object:
    """A VolumeFile, also for a profile that fills a volume."""
    spec: Object = {"volume": volume, "path": path, "kind": node.kind, "size": node.size, "mode": octal(node.mode)}
    spec |= {"uid": node.uid, "gid": node.gid, "mtime": rfc3339(node.mtime), **encode_payload(node.data)}
    if node.target:
        spec["target"] = node.target
    metadata = {"name": file_name(volume, path)}
    return {"apiVersion": "infra.ocsim.dev/v1", "kind": "VolumeFile", "metadata": metadata, "spec": spec}


def octal(mode: int) -> str:
    return f"{mode:0{_MODE_DIGITS}o}"


def _node(spec: Object) -> Node:
    return Node(
        kind=spec.get("kind", "file"),
        data=decode_payload(spec),
        size=spec["size"],
        mode=int(spec.get("mode", "0644"), 8),
        uid=spec.get("uid", 0),
        gid=spec.get("gid", 0),
        mtime=parse_rfc3339(spec["mtime"]) if spec.get("mtime") else 0.0,
        target=spec.get("target", ""),
    )


def _weight(node: Node) -> int:
    """What a file takes of the capacity: whole pages; directories take none, as on CephFS."""
    return -(-node.size // PAGE) * PAGE if node.kind == "file" else 0


def _effects(client: Client, volume: Object) -> set[str]:
    """The effects of the faults on a volume, or on what it lies on."""
    below = {"cephfs": "ceph", "rbd": "ceph", "ebs": "ebs"}.get(volume["spec"]["backend"], "")
    targets = (f"volume:{volume['metadata']['name']}", below)
    return {fault["spec"]["effect"] for fault in faults.active(client) if fault["spec"]["target"] in targets}
