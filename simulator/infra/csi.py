"""What the Ceph CSI drivers agree on with the rest: names, handles, who must run. Source: ceph-csi 1.2."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

NAMESPACE = "openshift-storage"
CLUSTER_ID = "openshift-storage"
EBS_PROVISIONER = "kubernetes.io/aws-ebs"


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver with the ``app`` labels of its pods."""

    driver: str
    plugin_app: str
    provisioner_app: str
    backend: str


CEPHFS = Driver("openshift-storage.cephfs.csi.ceph.com", "csi-cephfsplugin", "csi-cephfsplugin-provisioner", "cephfs")
RBD = Driver("openshift-storage.rbd.csi.ceph.com", "csi-rbdplugin", "csi-rbdplugin-provisioner", "rbd")
DRIVERS = {driver.driver: driver for driver in (CEPHFS, RBD)}


def attachment_name(handle: str, driver: str, node: str) -> str:
    """``csi-`` and a sha256. Source: kubelet, volume/csi/csi_attacher.go, getAttachmentName."""
    return "csi-" + hashlib.sha256(f"{handle}{driver}{node}".encode()).hexdigest()


def volume_handle(location: int, uuid: str) -> str:
    """``0001-0011-openshift-storage-0000000000000001-UUID``; ``location``: the id of the pool or filesystem."""
    return f"0001-{len(CLUSTER_ID):04x}-{CLUSTER_ID}-{location:016x}-{uuid}"


def volume_name(handle: str) -> str:
    """The subvolume or image of a handle: ``csi-vol-`` and the uuid at its end."""
    return "csi-vol-" + handle[-36:]


def ebs_unique_name(identity: str) -> str:
    """How a node's status names an EBS volume; ``identity`` as in the PV: ``aws://us-east-1a/vol-0...``."""
    return f"{EBS_PROVISIONER}/{identity}"
