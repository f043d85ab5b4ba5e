"""A container from inside: its mounts, its user, its processes."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from simulator.api.gvrs import NAMESPACES, NODES, SERVICES
from simulator.api.quantity import parse
from simulator.changes.node import SIZED_TMPFS
from simulator.errors import Object
from simulator.infra.filesystem import Identity, Mounted, MountedFileSystem
from simulator.infra.kubelet import volumes as podvolumes
from simulator.infra.kubelet.content import content
from simulator.infra.kubelet.record import Record
from simulator.infra.machine import Machine, machine_of
from simulator.infra.mounts import (
    ContainerMounts,
    block_mount,
    ceph_mount,
    disk_mount,
    mount_table,
    tmpfs_mount,
)
from simulator.infra.programs import Behaviour, behaviour_of
from simulator.infra.rootfs import Family, family
from simulator.infra.tree import Node, OverlayTree, StaticTree, Tree
from simulator.infra.volumes import room_of
from simulator.shell.process import System

if TYPE_CHECKING:
    from simulator.infra import Machines

_ROOT_SCCS = ("privileged", "anyuid", "hostaccess", "hostmount-anyuid", "rook-ceph", "rook-ceph-csi", "node-exporter")
_MCS, _UIDS, _GROUPS = (f"openshift.io/sa.scc.{name}" for name in ("mcs", "uid-range", "supplemental-groups"))


@dataclass(frozen=True)
class View:
    """One container of a pod."""

    machines: Machines
    pod: Object
    spec: Object
    record: Record

    def filesystem(self) -> MountedFileSystem:
        """What the container's main process sees."""
        return MountedFileSystem(self.mounts(), self.identity(), self.machines.clock.now)

    def mounts(self) -> list[Mounted]:
        machine = machine_of(self.machines.client, self.pod["spec"]["nodeName"])
        local = self.machines.volumes.used_on_node(machine.name)
        kind, own = self.family(), self.spec.get("securityContext") or {}
        table = mount_table(
            ContainerMounts(
                machine=machine,
                mcs=self._annotation(_MCS) or "s0",
                seed=f"{self.pod['metadata']['uid']}/{self.spec['name']}",
                image=self.spec.get("image", ""),
                root=self._local_tree(kind.tree, podvolumes.layer_name(self.pod, self.spec["name"]), "overlay"),
                volumes=[one for mount in self._volume_mounts() if (one := self._mounted(machine, mount, local))],
                hostname=self.hostname(),
                hosts=self._hosts(),
                resolv_conf=self._resolv_conf(),
                passwd=self._passwd(kind.tree),
                privileged=bool(own.get("privileged")),
                local_used=local,
                release=self.machines.release,
            )
        )
        if not own.get("readOnlyRootFilesystem"):
            return table
        return [_read_only(one) if one.mount.target == "/" else one for one in table]

    def behaviour(self) -> Behaviour:
        return behaviour_of(self.pod, self.spec, self.machines.release)

    def family(self) -> Family:
        return family(self.behaviour().family)

    def kernel(self) -> str:
        """The node's, as ``uname -r`` shows it."""
        node = self.machines.client.get_or_none(NODES, self.pod["spec"]["nodeName"]) or {}
        return str(node.get("status", {}).get("nodeInfo", {}).get("kernelVersion") or System.kernel)

    def hostname(self) -> str:
        if self.pod["spec"].get("hostNetwork"):
            return str(self.pod["spec"]["nodeName"])
        return str(self.pod["spec"].get("hostname") or self.pod["metadata"]["name"])

    def identity(self) -> Identity:
        """uid, gid and groups as the security contexts and the namespace's range make them."""
        own, pods = self.spec.get("securityContext") or {}, self.pod["spec"].get("securityContext") or {}
        uid = own.get("runAsUser", pods.get("runAsUser"))
        uid = self._default_uid(own) if uid is None else uid
        gid = own.get("runAsGroup", pods.get("runAsGroup", 0))
        groups = [*([pods["fsGroup"]] if "fsGroup" in pods else []), *(pods.get("supplementalGroups") or ())]
        if not groups and uid:
            groups = [int(part) for part in self._annotation(_GROUPS).split("/")[:1] if part]
        return Identity(uid, gid, tuple(dict.fromkeys(groups)))

    def user_names(self) -> Mapping[int, str]:
        uid = self.identity().uid
        known = _names(self._passwd(self.family().tree))
        return {uid: str(uid), **known}

    # -- volumes

    def _volume_mounts(self) -> Sequence[Object]:
        mounts: Sequence[Object] = self.spec.get("volumeMounts") or ()
        return mounts

    def _mounted(self, machine: Machine, mount: Object, local: int) -> Mounted | None:
        records = self.record.get("mounts")
        if records is None:
            records, _ = podvolumes.resolve(self.machines, self.machines.client, self.pod, checked=False)
        found = records.get(mount["name"])
        volume = next((one for one in self.pod["spec"].get("volumes") or () if one["name"] == mount["name"]), None)
        if found is None or volume is None or found["kind"] == "device":
            return None
        target = posixpath.normpath(mount["mountPath"])
        if target.startswith("/var/run/"):
            target = target.removeprefix("/var")
        read_only = bool(mount.get("readOnly"))
        above = "/" + mount["subPath"].strip("/") if mount.get("subPath") else "/"
        return self._of_kind(machine, found, volume, target, read_only, above, local)

    def _of_kind(
        self,
        machine: Machine,
        found: Mapping[str, Any],
        volume: Object,
        target: str,
        read_only: bool,
        above: str,
        local: int,
    ) -> Mounted:
        kind = found["kind"]
        if kind in ("secret", "configMap", "projected", "downwardAPI"):
            tree = content(self.machines, self.pod, kind, volume[kind])
            if kind == "configMap":
                return Mounted(disk_mount(machine, target, local, read_only=True), tree, True, above)
            device = f"{self.pod['metadata']['uid']}/{volume['name']}"
            size = self._memory_room(volume)
            return Mounted(tmpfs_mount(machine, target, tree.used(), True, device, size), tree, True, above)
        name = found["volume"]
        if kind in ("emptyDir", "hostPath", "memory"):
            local_tree = self._local_tree(StaticTree({}, root=Node("dir", mode=0o777)), name, kind)
            line = disk_mount(machine, target, local, read_only)
            if kind == "memory":
                line = tmpfs_mount(machine, target, local_tree.used(), read_only, name, self._memory_room(volume))
            return Mounted(line, local_tree, read_only, above)
        volumes = self.machines.volumes
        described = volumes.get(name)
        capacity = 0 if described is None else room_of(described)
        shared = volumes.tree(name)
        if kind == "cephfs":
            source = found["source"] + ("" if above == "/" else above)
            options = "ro" + found["options"][2:] if read_only else found["options"]
            line = ceph_mount(source, target, options, capacity, shared.used())
        else:
            options = "ro" + found["options"][2:] if read_only else found["options"]
            line = block_mount(found["device"], target, found["fstype"], options, capacity, shared.used())
        return Mounted(line, shared, read_only, above)

    def _memory_room(self, volume: Object) -> int:
        """Bytes of a volume in memory: at most the pod's limit, or what the node gives to pods; 0 for half its memory.

        Source: kubelet, volume/emptydir/empty_dir.go, calculateEmptyDirMemorySize.
        """
        if not SIZED_TMPFS.at(self.machines.release):
            return 0
        node = self.machines.client.get_or_none(NODES, self.pod["spec"]["nodeName"]) or {}
        allocatable = ((node.get("status") or {}).get("allocatable") or {}).get("memory")
        resources = [one.get("resources") or {} for one in self.pod["spec"]["containers"]]
        limits: list[str] = [(one.get("limits") or {}).get("memory", "") for one in resources]
        own = (volume.get("emptyDir") or {}).get("sizeLimit")
        bounds = [int(parse(one)) for one in (allocatable, own) if one]
        if all(limits):
            bounds.append(sum(int(parse(limit)) for limit in limits))
        return min(bounds, default=0)

    def _local_tree(self, lower: Tree, name: str, backend: str) -> OverlayTree:
        """Files on the node's disk; their Volume is made at the first write."""
        volumes, meta = self.machines.volumes, self.pod["metadata"]
        details: dict[str, Any] = {"node": self.pod["spec"]["nodeName"]}
        if backend != "hostPath":
            details["pod"] = f"{meta['namespace']}/{meta['name']}"
            details["podUID"] = meta["uid"]

        def make() -> Tree:
            volumes.create(name, backend, **details)
            return volumes.tree(name)

        return OverlayTree(lower, volumes.tree(name) if volumes.get(name) is not None else None, make)

    # -- small files

    def _hosts(self) -> str:
        own = [f"{self.record.get('ip', '')}\t{self.hostname()}"]
        return "\n".join(
            [
                "# Kubernetes-managed hosts file.",
                "127.0.0.1\tlocalhost",
                "::1\tlocalhost ip6-localhost ip6-loopback",
                "fe00::0\tip6-localnet",
                "fe00::0\tip6-mcastprefix",
                "fe00::1\tip6-allnodes",
                "fe00::2\tip6-allrouters",
                *own,
                "",
            ]
        )

    def _resolv_conf(self) -> str:
        namespace = self.pod["metadata"]["namespace"]
        dns = self.machines.client.get_or_none(SERVICES, "dns-default", "openshift-dns")
        address = dns["spec"].get("clusterIP", "172.30.0.10") if dns is not None else "172.30.0.10"
        node = self.machines.client.get_or_none(NODES, self.pod["spec"]["nodeName"])
        domain = self.pod["spec"]["nodeName"].partition(".")[2] if node is not None else ""
        search = f"{namespace}.svc.cluster.local svc.cluster.local cluster.local {domain}".rstrip()
        return f"search {search}\nnameserver {address}\noptions ndots:5\n"

    def _passwd(self, image: Tree) -> str:
        """The image's file with a line for the user, which CRI-O adds when the image does not know it."""
        node = image.get("/etc/passwd")
        text = node.data.decode() if node is not None else ""
        uid, gid = self.identity().uid, self.identity().gid
        if uid in _names(text):
            return text
        return f"{text}{uid}:x:{uid}:{gid}:{uid} user:/:/sbin/nologin\n"

    # -- the namespace

    def _annotation(self, name: str) -> str:
        namespace = self.machines.client.get_or_none(NAMESPACES, self.pod["metadata"]["namespace"])
        annotations = (namespace or {}).get("metadata", {}).get("annotations") or {}
        return str(annotations.get(name, ""))

    def _default_uid(self, own: Mapping[str, Any]) -> int:
        scc = (self.pod["metadata"].get("annotations") or {}).get("openshift.io/scc", "")
        if own.get("privileged") or scc in _ROOT_SCCS or self.pod["spec"].get("hostNetwork"):
            return 0
        first = self._annotation(_UIDS).split("/")[0]
        return int(first) if first else 0


def _read_only(mounted: Mounted) -> Mounted:
    options = re.sub("^rw", "ro", mounted.mount.options)
    return replace(mounted, mount=replace(mounted.mount, options=options), read_only=True)


def _names(passwd: str) -> dict[int, str]:
    rows = (line.split(":") for line in passwd.splitlines() if line.count(":") >= 3)
    return {int(row[2]): row[0] for row in rows}
