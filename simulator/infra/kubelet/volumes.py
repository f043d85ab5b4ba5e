"""Volumes of a pod: what they wait for, and what the kubelet mounts.

A mount record tells the kind, and what was found at the moment of mounting:

    {kind: cephfs, volume: csi-vol-..., source: "MON,MON,MON:/volumes/csi/csi-vol-...", options: "rw,..."}
    {kind: rbd | ebs, volume: ..., device: /dev/rbd0, fstype: ext4, options: ...}
    {kind: emptyDir | memory | hostPath, volume: NAME}
    {kind: secret | configMap | projected | downwardAPI}
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.api.gvrs import (
    CONFIGMAPS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    SECRETS,
    VOLUMEATTACHMENTS,
)
from simulator.client.client import Client
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import csi
from simulator.infra.ceph import Ceph
from simulator.infra.volumes import Volumes

EXT4_OPTIONS = {
    "rbd": "rw,relatime,seclabel,stripe=1024,data=ordered",
    "ebs": "rw,relatime,seclabel,data=ordered",
}
_CLAIM_MODES_FOR_OWNERSHIP = ["ReadWriteOnce"]  # the CSI plugin of 1.14 applies fsGroup to no other volumes


@dataclass(frozen=True)
class Problem:
    """A volume that cannot be mounted. Without a message the kubelet waits in silence, up to the timeout's event."""

    volume: str
    message: str = ""


def resolve(
    client: Client, volumes: Volumes, ceph: Ceph, pod: Object, *, checked: bool = True
) -> tuple[dict[str, Any], list[Problem]]:
    """The mount records of a pod's volumes by name, and what is wrong with the rest.

    ``checked`` False is for a pod that runs already: attachments, drivers and servers are not asked about.
    """
    work = _Work(client, volumes, ceph, pod, checked)
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
    client: Client
    volumes: Volumes
    ceph: Ceph
    pod: Object
    checked: bool

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
        if "hostPath" in spec:
            return {"kind": "hostPath", "volume": host_path_name(self.pod, spec["hostPath"]["path"])}
        return Problem(name)

    def _csi(self, name: str, persistent: Object) -> Object | Problem:
        source = persistent["spec"]["csi"]
        problem = self._csi_problem(name, persistent) if self.checked else None
        if problem is not None:
            return problem
        volume = csi.volume_name(source["volumeHandle"])
        if source["driver"] == csi.CEPHFS.driver:
            return self._cephfs(volume, persistent)
        return self._block(volume, persistent, "rbd", self._rbd_device())

    def _csi_problem(self, name: str, persistent: Object) -> Problem | None:
        source, node = persistent["spec"]["csi"], self.pod["spec"]["nodeName"]
        attachment_name = csi.attachment_name(source["volumeHandle"], source["driver"], node)
        attachment = self.client.get_or_none(VOLUMEATTACHMENTS, attachment_name)
        if attachment is None or not attachment.get("status", {}).get("attached"):
            return Problem(name)
        failure = self._staging_failure(persistent)
        title = f'MountVolume.MountDevice failed for volume "{persistent["metadata"]["name"]}" : '
        return Problem(name, title + failure) if failure else None

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
        if not self.ceph.answers(filesystem=driver is csi.CEPHFS):
            return self._mount_failure(persistent, 110, "Connection timed out")
        if self.volumes.get(csi.volume_name(source["volumeHandle"])) is None:
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
        filesystem = source.get("volumeAttributes", {}).get("fsName", "")
        key = int(base64.b16encode(volume[-9:].encode()).decode(), 16) % 10**9
        return (
            f"rpc error: code = Internal desc = an error occurred while running (796) mount "
            f"[-t ceph {self._subvolume_source(volume)} "
            f"/var/lib/kubelet/plugins/kubernetes.io/csi/pv/{name}/globalmount "
            f"-o name={self._ceph_user(source)},secretfile=/tmp/csi/keys/keyfile-{key},mds_namespace={filesystem}]: "
            f"exit status {number}: mount error {number} = {text}\n"
        )

    def _plugin_runs(self, driver: csi.Driver) -> bool:
        """Whether the driver's plugin pod on this node is ready, so that it is registered with the kubelet."""
        plugins = self.client.list(PODS, csi.NAMESPACE, labels=f"app={driver.plugin_app}")
        node = self.pod["spec"]["nodeName"]
        return any(plugin["spec"].get("nodeName") == node and is_serving(plugin) for plugin in plugins)

    def _cephfs(self, volume: str, persistent: Object) -> Object:
        source = persistent["spec"]["csi"]
        filesystem = source.get("volumeAttributes", {}).get("fsName", "")
        options = f"rw,relatime,name={self._ceph_user(source)},secret=<hidden>,acl,mds_namespace={filesystem}"
        return {"kind": "cephfs", "volume": volume, "source": self._subvolume_source(volume), "options": options}

    def _subvolume_source(self, volume: str) -> str:
        return f"{','.join(self.ceph.monitors())}:/volumes/csi/{volume}"

    def _ceph_user(self, source: Mapping[str, Any]) -> str:
        """The name that the node's secret gives, as the mount options show it."""
        reference = source.get("nodeStageSecretRef") or {}
        secret = self.client.get_or_none(SECRETS, reference.get("name", ""), reference.get("namespace", ""))
        encoded = (secret or {}).get("data", {}).get("adminID", "")
        return base64.b64decode(encoded).decode() or "csi-cephfs-node"

    def _rbd_device(self) -> str:
        """/dev/rbdN: as many images as this node has attached before."""
        node = self.pod["spec"]["nodeName"]
        attached = [
            attachment["spec"]["source"].get("persistentVolumeName")
            for attachment in self.client.list(VOLUMEATTACHMENTS)
            if attachment["spec"]["nodeName"] == node and attachment["spec"]["attacher"] == csi.RBD.driver
        ]
        volumes = self.pod["spec"].get("volumes") or ()
        claims = [volume["persistentVolumeClaim"] for volume in volumes if "persistentVolumeClaim" in volume]
        mine = [
            claim["spec"].get("volumeName")
            for source in claims
            if (claim := self.client.get_or_none(PERSISTENTVOLUMECLAIMS, source["claimName"], self.namespace))
        ]
        others = [name for name in attached if name not in mine]
        return f"/dev/rbd{len(others)}"

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
        group = (self.pod["spec"].get("securityContext") or {}).get("fsGroup")
        modes = persistent["spec"].get("accessModes")
        owned = self.checked and modes == _CLAIM_MODES_FOR_OWNERSHIP
        if owned and group is not None and self.volumes.get(volume) is not None:
            self.volumes.set_root(volume, mode=0o2777 if kind == "rbd" else 0o2775, uid=0, gid=group)
        options = EXT4_OPTIONS[kind]
        return {"kind": kind, "volume": volume, "device": device, "fstype": "ext4", "options": options}


def empty_dir_name(pod: Object, volume: str) -> str:
    return f"emptydir-{pod['metadata']['uid']}-{volume}"


def layer_name(pod: Object, container: str) -> str:
    return f"layer-{pod['metadata']['uid']}-{container}"


def host_path_name(pod: Object, path: str) -> str:
    return f"hostpath-{pod['spec'].get('nodeName', '')}{path.rstrip('/').replace('/', '-').replace('_', '-')}"


def _first_absent(source: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    return next(str(item["key"]) for item in source["items"] if item["key"] not in data)
