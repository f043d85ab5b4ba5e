"""CephFS of ODF 4.20 beside that of OCS 4.2: what the volume says of itself, and how a container has it mounted."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.api.gvrs import (
    CEPHS,
    EVENTS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    SECRETS,
    VOLUMES,
)
from simulator.infra.kernel import kernel
from simulator.release import Release

STORAGE, CLASS, DRIVER = "openshift-storage", "ocs-storagecluster-cephfs", "openshift-storage.cephfs.csi.ceph.com"
FILESYSTEM, FSID = "ocs-storagecluster-cephfilesystem", "8b39ee2d-4c1a-4b0a-9bd6-0a1b2c3d4e5f"
UUID4 = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
MONITORS = "172.30.107.130:3300/172.30.82.116:3300/172.30.125.23:3300"


def bound(lab: Any, name: str = "files", storage_class: str = CLASS, **spec: Any) -> Any:
    lab.claim(name, storage_class, **spec)
    assert lab.settle(40)
    return lab.client.get(PERSISTENTVOLUMES, lab.get_claim(name)["spec"]["volumeName"])


def pod_with(lab: Any, claim: str, path: str = "/registry", name: str = "reader", **spec: Any) -> None:
    image = "registry.access.redhat.com/ubi8/ubi:8.0"
    container = {"name": "app", "image": image, "command": ["sleep", "infinity"],
                 "volumeMounts": [{"name": "data", "mountPath": path}]}  # fmt: skip
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
    lab.pod(name, containers=[container], volumes=volumes, **spec)
    assert lab.settle(120)


def test_the_volume(today: Any) -> None:
    volume = bound(today)
    meta, source = volume["metadata"], volume["spec"]["csi"]
    assert meta["finalizers"] == ["external-provisioner.volume.kubernetes.io/finalizer", "kubernetes.io/pv-protection"]
    assert meta["annotations"] == {
        "pv.kubernetes.io/provisioned-by": DRIVER,
        "volume.kubernetes.io/provisioner-deletion-secret-name": "rook-csi-cephfs-provisioner",
        "volume.kubernetes.io/provisioner-deletion-secret-namespace": STORAGE,
    }
    name = source["volumeAttributes"]["subvolumeName"]
    assert re.fullmatch(f"csi-vol-{UUID4}", name)
    assert re.fullmatch(f"/volumes/csi/{name}/{UUID4}", source["volumeAttributes"]["subvolumePath"])
    assert source["volumeHandle"] == f"0001-0011-openshift-storage-0000000000000001-{name[8:]}"
    assert source["controllerExpandSecretRef"] == {"name": "rook-csi-cephfs-provisioner", "namespace": STORAGE}
    assert "fsType" not in source
    identity = source["volumeAttributes"]["storage.kubernetes.io/csiProvisionerIdentity"]
    assert re.fullmatch(rf"\d{{13}}-\d{{1,4}}-{re.escape(DRIVER)}", identity)
    notes = today.get_claim("files")["metadata"]["annotations"]
    assert notes["volume.beta.kubernetes.io/storage-provisioner"] == DRIVER
    assert notes["volume.kubernetes.io/storage-provisioner"] == DRIVER


def test_its_events(today: Any) -> None:
    bound(today)
    said = dict(today.events("files"))
    assert said["ExternalProvisioning"] == (
        f"Waiting for a volume to be created either by the external provisioner '{DRIVER}' or manually by the system "
        "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly "
        "registered."
    )
    assert said["Provisioning"] == 'External provisioner is provisioning volume for claim "demo/files"'
    sources = {
        one["source"]["component"] for one in today.client.list(EVENTS, "demo") if one["reason"] == "Provisioning"
    }
    assert re.fullmatch(rf"{re.escape(DRIVER)}_{re.escape(DRIVER)}-ctrlplugin-849895689c-5mcvm_{UUID4}", sources.pop())


def test_how_it_is_mounted(today: Any) -> None:
    path = bound(today)["spec"]["csi"]["volumeAttributes"]["subvolumePath"]
    pod_with(today, "files")
    source = f"csi-cephfs-node@{FSID}.{FILESYSTEM}={path}"
    options = ("rw,relatime,seclabel,name=csi-cephfs-node,secret=<hidden>,ms_mode=prefer-crc,acl,"
               f"mon_addr={MONITORS}")  # fmt: skip
    assert today.sh("reader", "mount | grep registry") == f"{source} on /registry type ceph ({options})\n"
    assert today.sh("reader", "df -h | grep registry") == f"{source}  100G     0  100G   0% /registry\n"


def test_the_user_is_the_secret_s(today: Any) -> None:
    bound(today)
    today.client.delete(SECRETS, "rook-csi-cephfs-node", STORAGE)
    today.secret("rook-csi-cephfs-node", STORAGE, {"userID": "csi-cephfs-node-ceph-user-g1-1234", "userKey": "x"})
    pod_with(today, "files")
    line = today.sh("reader", "mount | grep registry")
    assert line.startswith(f"csi-cephfs-node-ceph-user-g1-1234@{FSID}.{FILESYSTEM}=/volumes/csi/csi-vol-")
    assert ",name=csi-cephfs-node-ceph-user-g1-1234,secret=<hidden>," in line


def test_encryption_on_the_wire(today: Any) -> None:
    today.client.patch(CEPHS, "ocs-storagecluster-cephcluster", {"spec": {"encrypted": True}})
    bound(today)
    pod_with(today, "files")
    assert ",ms_mode=secure,acl," in today.sh("reader", "mount | grep registry")


def test_the_kernel_decides_the_syntax(today: Any) -> None:
    path = bound(today)["spec"]["csi"]["volumeAttributes"]["subvolumePath"]
    info = {"kernelVersion": "4.18.0-372.46.1.el8_6.x86_64"}
    for node in today.client.list(NODES):
        today.client.update_status(NODES, {**node, "status": {**node["status"], "nodeInfo": info}})
    pod_with(today, "files")
    line = today.sh("reader", "mount | grep registry")
    assert line.startswith(f"{MONITORS.replace('/', ',')}:{path} on /registry type ceph (rw,relatime,seclabel,")
    assert line.endswith(f",fsid=00000000-0000-0000-0000-000000000000,acl,mds_namespace={FILESYSTEM})\n")


@pytest.mark.parametrize(
    ("version", "seclabel", "fsid", "new"),
    [
        ("4.18.0-80.11.2.el8_0.x86_64", False, False, False),
        ("4.18.0-193.14.3.el8_2.x86_64", True, False, False),
        ("4.18.0-305.el8.x86_64", True, True, False),
        ("5.14.0-284.13.1.el9_2.x86_64", True, False, True),
        ("6.12.0-55.el10_0.x86_64", True, False, True),
        ("3.10.0", False, False, False),
    ],
)
def test_kernels(version: str, seclabel: bool, fsid: bool, new: bool) -> None:
    known = kernel(version)
    assert ("seclabel" in known.cephfs, "fsid=" in known.cephfs, known.new_syntax) == (seclabel, fsid, new)


def test_an_era_between(new_lab: Any) -> None:
    lab = new_lab(release=Release("4.10.3", "v1.23.5", ())).start()
    assert lab.settle()
    volume = bound(lab)
    attributes = volume["spec"]["csi"]["volumeAttributes"]
    assert attributes["subvolumePath"].startswith(f"/volumes/csi/{attributes['subvolumeName']}/")
    assert attributes["subvolumeName"][22] == "1"  # version 1
    assert volume["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]


def test_a_ceph_that_is_down(today: Any) -> None:
    path = bound(today)["spec"]["csi"]["volumeAttributes"]["subvolumePath"]
    today.fault("gone", "ceph", "down")
    today.pod("reader", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "files"}}])
    today.settle(20)
    failure = next(text for reason, text in today.events("reader") if reason == "FailedMount")
    pattern = (
        r'MountVolume.MountDevice failed for volume "pvc-\S+" : rpc error: code = Internal desc = an error '
        rf"\(exit status 110\) occurred while running mount args: \[-t ceph {MONITORS.replace('/', ',')}:{path} "
        rf"/var/lib/kubelet/plugins/kubernetes.io/csi/{re.escape(DRIVER)}/[0-9a-f]{{64}}/globalmount -o "
        r"name=csi-cephfs-node,secretfile=/tmp/csi/keys/keyfile-\d+,mds_namespace=\S+,ms_mode=prefer-crc,_netdev\] "
        r"stderr: mount error 110 = Connection timed out\n"
    )
    assert re.fullmatch(pattern, failure)


def test_the_group_of_a_pod_owns_a_shared_volume(today: Any) -> None:
    volume = bound(today)["spec"]["csi"]["volumeAttributes"]["subvolumeName"]
    pod_with(today, "files", securityContext={"fsGroup": 1000340000})
    assert today.client.get(VOLUMES, volume)["spec"]["root"] == {"mode": "2777", "uid": 0, "gid": 1000340000}


def test_deletion_frees_the_volume(today: Any) -> None:
    bound(today)
    today.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
    assert today.settle(60)
    assert today.client.list(PERSISTENTVOLUMES) == []
    assert [one for one in today.client.list(VOLUMES) if one["spec"]["backend"] == "cephfs"] == []
    today.assert_settled()


def test_an_image(today: Any) -> None:
    volume = bound(today, "disk", "ocs-storagecluster-ceph-rbd", modes=("ReadWriteOnce",), size="5Gi")
    attributes = volume["spec"]["csi"]["volumeAttributes"]
    assert attributes["journalPool"] == attributes["pool"] == "ocs-storagecluster-cephblockpool"
    assert re.fullmatch(f"csi-vol-{UUID4}", attributes["imageName"])
    assert volume["spec"]["csi"]["fsType"] == "ext4"
    pod_with(today, "disk", "/disk")
    assert today.sh("reader", "mount | grep /disk") == (
        "/dev/rbd0 on /disk type ext4 (rw,relatime,seclabel,stripe=16)\n"
    )


def test_a_volume_that_is_deleted_first_takes_its_subvolume_along(today: Any, lab: Any) -> None:
    left = {}
    for one in (today, lab):
        volume = bound(one)["metadata"]["name"]
        one.client.delete(PERSISTENTVOLUMES, volume)
        assert one.settle(60)
        assert "deletionTimestamp" in one.client.get(PERSISTENTVOLUMES, volume)["metadata"]
        one.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
        assert one.settle(60)
        assert one.client.list(PERSISTENTVOLUMES) == []
        left[one] = [backend for backend in one.client.list(VOLUMES) if backend["spec"]["backend"] == "cephfs"]
    assert [len(left[one]) for one in (today, lab)] == [0, 1]


def test_a_retained_volume_is_not_held(today: Any) -> None:
    volume = bound(today)["metadata"]["name"]
    today.client.patch(PERSISTENTVOLUMES, volume, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})
    assert today.settle(20)
    assert today.client.get(PERSISTENTVOLUMES, volume)["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]
    today.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
    assert today.settle(40)
    assert today.client.get(PERSISTENTVOLUMES, volume)["status"]["phase"] == "Released"
