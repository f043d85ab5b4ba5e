"""What the CSI drivers agree on with the rest: names, handles, who must run. Source: ceph-csi, aws-ebs-csi-driver."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from simulator.changes.storage import CONTROLLER_APP, PLUGIN_APP, STAGING_FOLDERS
from simulator.release import Release

NAMESPACE = "openshift-storage"
CLUSTER_ID = "openshift-storage"
EBS_PROVISIONER = "kubernetes.io/aws-ebs"
PLUGINS = "/var/lib/kubelet/plugins/kubernetes.io/csi"


@dataclass(frozen=True, slots=True)
class Driver:
    """A driver, and where its pods run. ``backend``: of its volumes."""

    driver: str
    backend: str
    namespace: str = NAMESPACE
    node_app: str = ""  # the app labels of its pods; "" for those of Ceph, which changed
    provisioner_app: str = ""

    def plugin(self, release: Release) -> str:
        """The ``app`` label of its pods on the nodes."""
        return self.node_app or PLUGIN_APP.at(release).format(kind=self.backend, driver=self.driver)

    def controller(self, release: Release) -> str:
        """The ``app`` label of the pods that provision, attach and resize."""
        return self.provisioner_app or CONTROLLER_APP.at(release).format(kind=self.backend, driver=self.driver)


CEPHFS = Driver("openshift-storage.cephfs.csi.ceph.com", "cephfs")
RBD = Driver("openshift-storage.rbd.csi.ceph.com", "rbd")
EBS = Driver(
    "ebs.csi.aws.com",
    "ebs",
    "openshift-cluster-csi-drivers",
    "aws-ebs-csi-driver-node",
    "aws-ebs-csi-driver-controller",
)
DRIVERS = {driver.driver: driver for driver in (CEPHFS, RBD, EBS)}


def attachment_name(handle: str, driver: str, node: str) -> str:
    """``csi-`` and a sha256. Source: kubelet, volume/csi/csi_attacher.go, getAttachmentName."""
    return "csi-" + hashlib.sha256(f"{handle}{driver}{node}".encode()).hexdigest()


def volume_handle(location: int, uuid: str) -> str:
    """``0001-0011-openshift-storage-0000000000000001-UUID``; ``location``: the id of the pool or filesystem."""
    return f"0001-{len(CLUSTER_ID):04x}-{CLUSTER_ID}-{location:016x}-{uuid}"


def volume_name(handle: str) -> str:
    """The subvolume or image of Ceph's handle: ``csi-vol-`` and the uuid at its end. Others name the volume itself."""
    return "csi-vol-" + handle[-36:] if handle.startswith("0001-") else handle


def staging_folder(release: Release, driver: str, handle: str, volume: str) -> str:
    """Where a volume is mounted once for all pods of a node."""
    digest = hashlib.sha256(handle.encode()).hexdigest()
    folder = STAGING_FOLDERS.at(release).format(volume=volume, driver=driver, digest=digest)
    return f"{PLUGINS}/{folder}/globalmount"


def ebs_unique_name(identity: str) -> str:
    """How a node's status names an EBS volume; ``identity`` as in the PV: ``aws://us-east-1a/vol-0...``."""
    return f"{EBS_PROVISIONER}/{identity}"
