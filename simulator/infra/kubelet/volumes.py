"""Volumes of a pod: what they wait for, and what the kubelet mounts.

A mount record tells the kind, and what was found at the moment of mounting:

    {kind: cephfs, volume: csi-vol-..., source: "MON,MON,MON:/volumes/csi/csi-vol-...", options: "rw,..."}
    (or "USER@FSID.FILESYSTEM=/volumes/csi/csi-vol-.../...", where kernel and mount.ceph are new enough)
    {kind: rbd | ebs, volume: ..., device: /dev/rbd0, fstype: ext4, options: ...}
    {kind: emptyDir | memory | hostPath, volume: NAME}
    {kind: secret | configMap | projected | downwardAPI}
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from simulator.api.gvrs import (
    CONFIGMAPS,
    CSIDRIVERS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    SECRETS,
    VOLUMEATTACHMENTS,
)
from simulator.changes.storage import FS_GROUP_POLICIES, MOUNT_FAILED, MSGR2, NEW_MOUNT_SYNTAX
from simulator.client.client import Client
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import csi
from simulator.infra.ceph import subvolume_path
from simulator.infra.kernel import Kernel, kernel_of

if TYPE_CHECKING:
    from simulator.infra import Machines

_GROUP_BITS = 0o2770  # what a directory gets beside what it has
_ONE_NODE = ({"ReadWriteOnce"}, {"ReadWriteOncePod"})
FS_GROUP_DEFAULT = "ReadWriteOnceWithFSType"
_MSGR1_PORT, _MSGR2_PORT = "6789", "3300"


@dataclass(frozen=True)
class Problem:
    """A volume that cannot be mounted. Without a message the kubelet waits in silence, up to the timeout's event."""

    volume: str
    message: str = ""


def resolve(
    machines: Machines, client: Client, pod: Object, *, checked: bool = True
) -> tuple[dict[str, Any], list[Problem]]:
    """The mount records of a pod's volumes by name, and what is wrong with the rest.

    ``checked`` False is for a pod that runs already: attachments, drivers and servers are not asked about.
    """
    work = _Work(machines, client, pod, checked)
    mounts: dict[str, Any] = {}
    problems: list[Problem] = []
    for volume in pod["spec"].get("volumes") or ():
        found = work.mount(volume)
        if isinstance(found, Problem):
            problems.append(found)
        else:
            mounts[volume["name"]] = found
    return mounts, problems


@dataclass(frozen=True)
class _Work:
    machines: Machines
    client: Client
    pod: Object
    checked: bool

    @cached_property
    def kernel(self) -> Kernel:
        return kernel_of(self.client, self.node)

    @property
    def node(self) -> str:
        node: str = self.pod["spec"]["nodeName"]
        return node

    @property
    def namespace(self) -> str:
        namespace: str = self.pod["metadata"]["namespace"]
        return namespace

    def mount(self, volume: Object) -> Object | Problem:
        name = volume["name"]
        if "persistentVolumeClaim" in volume:
            return self._claim(name, volume["persistentVolumeClaim"])
        if "emptyDir" in volume:
            memory = (volume["emptyDir"] or {}).get("medium") == "Memory"
            return {"kind": "memory" if memory else "emptyDir", "volume": empty_dir_name(self.pod, name)}
        if "hostPath" in volume:
            return {"kind": "hostPath", "volume": host_path_name(self.pod, volume["hostPath"]["path"])}
        for kind in ("secret", "configMap", "projected", "downwardAPI"):
            if kind in volume:
                missing = self._missing(kind, volume[kind]) if self.checked else ""
                text = f'MountVolume.SetUp failed for volume "{name}" : {missing}'
                return Problem(name, text) if missing else {"kind": kind}
        return {"kind": "emptyDir", "volume": empty_dir_name(self.pod, name)}

    # -- secrets and config maps

    def _missing(self, kind: str, source: Mapping[str, Any]) -> str:
        """What is missing for a volume of API content, "" when nothing is. Source: kubelet, volume/secret/secret.go."""
        if kind == "secret":
            return self._missing_object("secret", source.get("secretName", ""), source)
        if kind == "configMap":
            return self._missing_object("configmap", source.get("name", ""), source)
        if kind == "projected":
            parts = [part for entry in source.get("sources") or () for part in entry.items()]
            found = (self._missing_object(kind.lower(), body.get("name", ""), body) for kind, body in parts
                     if kind in ("secret", "configMap"))  # fmt: skip
            return next(filter(None, found), "")
        return ""

    def _missing_object(self, kind: str, name: str, source: Mapping[str, Any]) -> str:
        resource = SECRETS if kind == "secret" else CONFIGMAPS
        obj = self.client.get_or_none(resource, name, self.namespace)
        if source.get("optional"):
            return ""
        if obj is None:
            return f'{kind} "{name}" not found'
        data = {**(obj.get("data") or {}), **(obj.get("binaryData") or {})}
        absent = any(item["key"] not in data for item in source.get("items") or ())
        return f"references non-existent {kind} key: {_first_absent(source, data)}" if absent else ""

    # -- claims

    def _claim(self, name: str, source: Mapping[str, Any]) -> Object | Problem:
        claim = self.client.get_or_none(PERSISTENTVOLUMECLAIMS, source["claimName"], self.namespace)
        if claim is None or claim.get("status", {}).get("phase") != "Bound":
            return Problem(name)
        persistent = self.client.get_or_none(PERSISTENTVOLUMES, claim["spec"].get("volumeName", ""))
        if persistent is None:
            return Problem(name)
        spec = persistent["spec"]
        if "csi" in spec:
            return self._csi(name, persistent)
        if "awsElasticBlockStore" in spec:
            return self._ebs(name, persistent)
        for kind in ("hostPath", "local"):
            if kind in spec:
                return {"kind": "hostPath", "volume": host_path_name(self.pod, spec[kind]["path"])}
        return Problem(name)

    def _csi(self, name: str, persistent: Object) -> Object | Problem:
        source = persistent["spec"]["csi"]
        problem = self._csi_problem(name, persistent) if self.checked else None
        if problem is not None:
            return problem
        volume = csi.volume_name(source["volumeHandle"])
        if source["driver"] == csi.CEPHFS.driver:
            return self._cephfs(volume, persistent)
        if source["driver"] == csi.EBS.driver:
            return self._block(volume, persistent, "ebs", f"/dev/nvme{self._attached_before(csi.EBS) + 1}n1")
        return self._block(volume, persistent, "rbd", f"/dev/rbd{self._attached_before(csi.RBD)}")

    def _csi_problem(self, name: str, persistent: Object) -> Problem | None:
        source = persistent["spec"]["csi"]
        if self._needs_attachment(source["driver"]):
            attachment_name = csi.attachment_name(source["volumeHandle"], source["driver"], self.node)
            attachment = self.client.get_or_none(VOLUMEATTACHMENTS, attachment_name)
            if attachment is None or not attachment.get("status", {}).get("attached"):
                return Problem(name)
        failure = self._staging_failure(persistent)
        title = f'MountVolume.MountDevice failed for volume "{persistent["metadata"]["name"]}" : '
        return Problem(name, title + failure) if failure else None

    def _needs_attachment(self, driver: str) -> bool:
        """What the CSIDriver says; without one volumes are attached."""
        return bool(self._driver_spec(driver).get("attachRequired", True))

    def _driver_spec(self, driver: str) -> Mapping[str, Any]:
        found = self.client.get_or_none(CSIDRIVERS, driver) or {}
        spec: Mapping[str, Any] = found.get("spec") or {}
        return spec

    def _staging_failure(self, persistent: Object) -> str:
        source = persistent["spec"]["csi"]
        driver = csi.DRIVERS.get(source["driver"])
        if driver is None or not self._plugin_runs(driver):
            return f"driver name {source['driver']} not found in the list of registered CSI drivers"
        reference = source.get("nodeStageSecretRef")
        if reference and self.client.get_or_none(SECRETS, reference["name"], reference["namespace"]) is None:
            where = f"{reference['namespace']}/{reference['name']}"
            return (
                f"fetching NodeStageSecretRef {where} failed: kubernetes.io/csi: failed to find the secret "
                f"{reference['name']} in the namespace {reference['namespace']} with error: "
                f'secrets "{reference["name"]}" not found'
            )
        if driver is csi.EBS:
            return ""
        if not self.machines.ceph.answers(filesystem=driver is csi.CEPHFS):
            return self._mount_failure(persistent, 110, "Connection timed out")
        if self.machines.volumes.get(csi.volume_name(source["volumeHandle"])) is None:
            return self._mount_failure(persistent, 2, "No such file or directory")
        return ""

    def _mount_failure(self, persistent: Object, number: int, text: str) -> str:
        source, name = persistent["spec"]["csi"], persistent["metadata"]["name"]
        volume = csi.volume_name(source["volumeHandle"])
        if source["driver"] != csi.CEPHFS.driver:
            pool = source.get("volumeAttributes", {}).get("pool", "")
            return (
                f"rpc error: code = Internal desc = rbd: map failed exit status {number}, rbd output: "
                f"rbd: error opening image {volume} in pool {pool}: ({number}) {text}"
            )
        release, filesystem = self.machines.release, source.get("volumeAttributes", {}).get("fsName", "")
        key = int(base64.b16encode(volume[-9:].encode()).decode(), 16) % 10**9
        mode, first = self._mode(), MOUNT_FAILED.at(release) == MOUNT_FAILED.first
        options = [f"name={self._ceph_user(source)}", f"secretfile=/tmp/csi/keys/keyfile-{key}",
                   f"mds_namespace={filesystem}", *([f"ms_mode={mode}"] if mode else []),
                   *([] if first else ["_netdev"])]  # fmt: skip
        path = self._subvolume_path(volume, persistent)
        folder = csi.staging_folder(release, source["driver"], source["volumeHandle"], name)
        arguments = f"-t ceph {','.join(self._monitors())}:{path} {folder} -o {','.join(options)}"
        output = f"mount error {number} = {text}\n"
        failure = MOUNT_FAILED.at(release).format(arguments=arguments, number=number, output=output)
        return f"rpc error: code = Internal desc = {failure}"

    def _plugin_runs(self, driver: csi.Driver) -> bool:
        """Whether the driver's plugin pod on this node is ready, so that it is registered with the kubelet."""
        plugins = self.client.list(PODS, driver.namespace, labels=f"app={driver.plugin(self.machines.release)}")
        return any(plugin["spec"].get("nodeName") == self.node and is_serving(plugin) for plugin in plugins)

    def _attached_before(self, driver: csi.Driver) -> int:
        """How many other volumes of a driver this node has."""
        attached = [
            attachment["spec"]["source"].get("persistentVolumeName")
            for attachment in self.client.list(VOLUMEATTACHMENTS)
            if attachment["spec"]["nodeName"] == self.node and attachment["spec"]["attacher"] == driver.driver
        ]
        volumes = self.pod["spec"].get("volumes") or ()
        claims = [volume["persistentVolumeClaim"] for volume in volumes if "persistentVolumeClaim" in volume]
        mine = [
            claim["spec"].get("volumeName")
            for source in claims
            if (claim := self.client.get_or_none(PERSISTENTVOLUMECLAIMS, source["claimName"], self.namespace))
        ]
        return len([name for name in attached if name not in mine])

    # -- CephFS

    def _cephfs(self, volume: str, persistent: Object) -> Object:
        source = persistent["spec"]["csi"]
        filesystem, user = source.get("volumeAttributes", {}).get("fsName", ""), self._ceph_user(source)
        path, monitors = self._subvolume_path(volume, persistent), self._monitors()
        mode = f",ms_mode={self._mode()}" if self._mode() else ""
        fields = {"user": user, "filesystem": filesystem, "mode": mode, "monitors": "/".join(monitors)}
        where = f"{','.join(monitors)}:{path}"
        if self.kernel.new_syntax and NEW_MOUNT_SYNTAX.at(self.machines.release):
            where = f"{user}@{self.machines.ceph.fsid()}.{filesystem}={path}"
        self._apply_group(volume, persistent)
        options = self.kernel.cephfs.format(**fields)
        return {"kind": "cephfs", "volume": volume, "source": where, "options": options}

    def _monitors(self) -> list[str]:
        monitors = self.machines.ceph.monitors()
        if not self._mode():
            return monitors
        return [monitor.removesuffix(_MSGR1_PORT) + _MSGR2_PORT if monitor.endswith(f":{_MSGR1_PORT}") else monitor
                for monitor in monitors]  # fmt: skip

    def _mode(self) -> str:
        """How the messenger's second version sends; "" where the first one is spoken."""
        mode = MSGR2.at(self.machines.release)
        return "secure" if mode and self.machines.ceph.is_encrypted() else mode

    def _subvolume_path(self, volume: str, persistent: Object) -> str:
        made = self.machines.volumes.get(volume)
        told: str = persistent["spec"]["csi"].get("volumeAttributes", {}).get("subvolumePath", "")
        return subvolume_path(made or {"metadata": {"name": volume}, "spec": {"path": told}})

    def _ceph_user(self, source: Mapping[str, Any]) -> str:
        """The name that the node's secret gives, as the mount options show it."""
        reference = source.get("nodeStageSecretRef") or {}
        secret = self.client.get_or_none(SECRETS, reference.get("name", ""), reference.get("namespace", "")) or {}
        data = secret.get("data") or {}
        return base64.b64decode(data.get("userID") or data.get("adminID") or "").decode() or "csi-cephfs-node"

    # -- disks

    def _ebs(self, name: str, persistent: Object) -> Object | Problem:
        identity = persistent["spec"]["awsElasticBlockStore"]["volumeID"]
        node = self.client.get_or_none(NODES, self.pod["spec"]["nodeName"]) or {}
        for attached in node.get("status", {}).get("volumesAttached") or ():
            if attached["name"] == csi.ebs_unique_name(identity):
                return self._block(identity.rpartition("/")[2], persistent, "ebs", attached["devicePath"])
        return Problem(name)

    def _block(self, volume: str, persistent: Object, kind: str, device: str) -> Object:
        if persistent["spec"].get("volumeMode") == "Block":
            return {"kind": "device", "volume": volume, "device": device}
        self._apply_group(volume, persistent)
        options = self.kernel.ext4[kind]
        return {"kind": kind, "volume": volume, "device": device, "fstype": "ext4", "options": options}

    def _apply_group(self, volume: str, persistent: Object) -> None:
        """Give the volume's root to the pod's fsGroup, if the driver's policy and the volume's modes let the kubelet.

        Source: kubelet, volume/csi/csi_mounter.go, supportsFSGroup; volume/volume_linux.go, SetVolumeOwnership.
        """
        group = (self.pod["spec"].get("securityContext") or {}).get("fsGroup")
        made = self.machines.volumes.get(volume)
        if not self.checked or group is None or made is None or not self._takes_group(persistent):
            return
        root = made["spec"].get("root") or {}
        mode = int(root.get("mode", "0777"), 8) | _GROUP_BITS
        self.machines.volumes.set_root(volume, mode=mode, uid=root.get("uid", 0), gid=group)

    def _takes_group(self, persistent: Object) -> bool:
        spec = persistent["spec"]
        policy = FS_GROUP_DEFAULT
        if "csi" in spec and FS_GROUP_POLICIES.at(self.machines.release):
            policy = self._driver_spec(spec["csi"]["driver"]).get("fsGroupPolicy", FS_GROUP_DEFAULT)
        if policy != FS_GROUP_DEFAULT:
            return bool(policy == "File")
        has_type = "csi" not in spec or bool(spec["csi"].get("fsType"))
        return has_type and set(spec.get("accessModes") or ()) in _ONE_NODE


def empty_dir_name(pod: Object, volume: str) -> str:
    return f"emptydir-{pod['metadata']['uid']}-{volume}"


def layer_name(pod: Object, container: str) -> str:
    return f"layer-{pod['metadata']['uid']}-{container}"


def host_path_name(pod: Object, path: str) -> str:
    return f"hostpath-{pod['spec'].get('nodeName', '')}{path.rstrip('/').replace('/', '-').replace('_', '-')}"


def _first_absent(source: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    return next(str(item["key"]) for item in source["items"] if item["key"] not in data)
