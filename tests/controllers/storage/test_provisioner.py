"""Claims of the drivers: the volumes made of them, every event text, and what a crash leaves."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import (
    EVENTS,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    SECRETS,
    VOLUMES,
)

CEPHFS, RBD = "ocs-storagecluster-cephfs", "ocs-storagecluster-ceph-rbd"
DRIVER = "openshift-storage.cephfs.csi.ceph.com"
PROVISIONER_POD = "csi-cephfsplugin-provisioner-849895689c-5mcvm"
WAITING = (
    "ExternalProvisioning",
    f'waiting for a volume to be created, either by external provisioner "{DRIVER}" or manually created by system '
    "administrator",
)
PREFIX = f'failed to provision volume with StorageClass "{CEPHFS}": '


def test_a_cephfs_claim_is_bound_within_seconds(lab: Any) -> None:
    lab.claim("files", CEPHFS)
    began = lab.clock.now()
    while lab.get_claim("files").get("status", {}).get("phase") != "Bound":
        assert lab.clock.run_next()
    assert 1.0 <= lab.clock.now() - began <= 6.0
    assert lab.settle(20)
    claim = lab.get_claim("files")
    name = f"pvc-{claim['metadata']['uid']}"
    assert lab.events("files") == [
        WAITING,
        ("Provisioning", 'External provisioner is provisioning volume for claim "demo/files"'),
        ("ProvisioningSucceeded", f"Successfully provisioned volume {name}"),
    ]
    assert claim["metadata"]["annotations"] == {
        "volume.beta.kubernetes.io/storage-provisioner": DRIVER,
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
    }
    assert claim["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
    assert claim["status"] == {"phase": "Bound", "accessModes": ["ReadWriteMany"], "capacity": {"storage": "100Gi"}}
    lab.assert_settled()


def test_the_volume_is_as_the_driver_makes_it(lab: Any) -> None:
    lab.claim("files", CEPHFS)
    lab.settle(20)
    volume = lab.client.get(PERSISTENTVOLUMES, lab.get_claim("files")["spec"]["volumeName"])
    assert volume["metadata"]["annotations"] == {"pv.kubernetes.io/provisioned-by": DRIVER}
    assert volume["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]
    spec = volume["spec"]
    source = spec["csi"]
    uuid = source["volumeHandle"][-36:]
    assert source["volumeHandle"] == f"0001-0011-openshift-storage-0000000000000001-{uuid}"
    address = lab.get_pod(PROVISIONER_POD, "openshift-storage")["status"]["podIP"]
    assert uuid.endswith("-0a58" + "".join(f"{int(part):02x}" for part in address.split(".")))
    attributes = dict(source["volumeAttributes"])
    identity = attributes.pop("storage.kubernetes.io/csiProvisionerIdentity")
    assert identity.endswith(f"-8081-{DRIVER}")
    assert attributes == {"clusterID": "openshift-storage", "fsName": "ocs-storagecluster-cephfilesystem"}
    assert source["nodeStageSecretRef"] == {"name": "rook-csi-cephfs-node", "namespace": "openshift-storage"}
    assert source["fsType"] == "ext4"
    assert (spec["persistentVolumeReclaimPolicy"], spec["storageClassName"]) == ("Delete", CEPHFS)
    assert lab.client.get(VOLUMES, f"csi-vol-{uuid}")["spec"]["capacity"] == 100 << 30


def test_class_that_does_not_exist(lab: Any) -> None:
    lab.claim("files", "nope")
    lab.settle(40)
    assert lab.events("files") == [("ProvisioningFailed", 'storageclass.storage.k8s.io "nope" not found')]
    assert lab.count("files", "ProvisioningFailed") == 3  # at once, then every 15 s
    assert lab.get_claim("files")["status"]["phase"] == "Pending"


def test_no_class_at_all(lab: Any) -> None:
    lab.claim("files", None)
    lab.settle(5)
    text = "no persistent volumes available for this claim and no storage class is set"
    assert lab.events("files") == [("FailedBinding", text)]


def test_without_a_provisioner_the_claim_only_waits(lab: Any) -> None:
    lab.client.delete(PODS, PROVISIONER_POD, "openshift-storage")
    lab.settle()
    lab.claim("files", CEPHFS)
    lab.settle(50)
    assert lab.events("files") == [WAITING]
    assert lab.count("files", "ExternalProvisioning") == 4
    lab.pod(PROVISIONER_POD, "openshift-storage", labels={"app": "csi-cephfsplugin-provisioner"})
    assert lab.settle(40)
    assert lab.get_claim("files")["status"]["phase"] == "Bound"


def test_ceph_is_down(lab: Any) -> None:
    lab.fault("outage", "ceph", "down")
    claim = lab.claim("files", CEPHFS)
    lab.settle(60)
    failures = [text for reason, text in lab.events("files") if reason == "ProvisioningFailed"]
    aborted = f"an operation with the given Volume ID pvc-{claim['metadata']['uid']} already exists"
    assert failures == [
        PREFIX + "rpc error: code = DeadlineExceeded desc = context deadline exceeded",
        PREFIX + f"rpc error: code = Aborted desc = {aborted}",
    ]
    lab.repair("outage")
    assert lab.settle(300)
    assert lab.get_claim("files")["status"]["phase"] == "Bound"


def test_secret_is_missing(lab: Any) -> None:
    lab.client.delete(SECRETS, "rook-csi-cephfs-provisioner", "openshift-storage")
    lab.claim("files", CEPHFS)
    lab.settle(5)
    text = (
        "error getting secret rook-csi-cephfs-provisioner in namespace openshift-storage: "
        'secrets "rook-csi-cephfs-provisioner" not found'
    )
    assert ("ProvisioningFailed", PREFIX + text) in lab.events("files")


def test_rbd_is_not_for_many(lab: Any) -> None:
    lab.claim("files", RBD)
    lab.settle(5)
    text = (
        f'failed to provision volume with StorageClass "{RBD}": rpc error: code = InvalidArgument desc = multi node '
        "access modes are only supported on rbd `block` type volumes"
    )
    assert ("ProvisioningFailed", text) in lab.events("files")
    lab.claim("raw", RBD, volumeMode="Block")
    lab.settle(20)
    assert lab.get_claim("raw")["status"]["phase"] == "Bound"


def test_fault_with_a_text_of_its_own(lab: Any) -> None:
    lab.fault("broken", f"provisioner:{DRIVER}", "error", "rpc error: code = Internal desc = no luck")
    lab.claim("files", CEPHFS)
    lab.settle(5)
    assert ("ProvisioningFailed", PREFIX + "rpc error: code = Internal desc = no luck") in lab.events("files")


def test_ebs_waits_for_a_consumer_and_takes_its_zone(lab: Any) -> None:
    lab.claim("disk", "gp2", modes=["ReadWriteOnce"], size="1500Mi")
    lab.settle(5)
    assert lab.events("disk") == [("WaitForFirstConsumer", "waiting for first consumer to be created before binding")]
    note = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": "ip-10-0-150-7.ec2.internal"}}}
    lab.client.patch(PERSISTENTVOLUMECLAIMS, "disk", note, "demo")
    assert lab.settle(30)
    name = lab.get_claim("disk")["spec"]["volumeName"]
    text = f"Successfully provisioned volume {name} using kubernetes.io/aws-ebs"
    assert ("ProvisioningSucceeded", text) in lab.events("disk")
    volume = lab.client.get(PERSISTENTVOLUMES, name)
    assert volume["spec"]["awsElasticBlockStore"]["volumeID"].startswith("aws://us-east-1b/vol-0")
    assert volume["spec"]["capacity"] == {"storage": "2Gi"}
    assert volume["metadata"]["labels"]["failure-domain.beta.kubernetes.io/zone"] == "us-east-1b"


def test_ebs_is_not_for_many(lab: Any) -> None:
    lab.claim("disk", "gp2")
    note = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": "ip-10-0-150-7.ec2.internal"}}}
    lab.client.patch(PERSISTENTVOLUMECLAIMS, "disk", note, "demo")
    lab.settle(5)
    text = (
        'Failed to provision volume with StorageClass "gp2": invalid AccessModes [ReadWriteMany]: only AccessModes '
        "[ReadWriteOnce] are supported"
    )
    assert ("ProvisioningFailed", text) in lab.events("disk")
    assert "volume.kubernetes.io/selected-node" not in lab.get_claim("disk")["metadata"]["annotations"]


def test_the_provisioner_that_has_been_ready_longest_acts(lab: Any) -> None:
    """A second pod does not take over, whatever its name: the lease is held."""
    lab.clock.advance(60)
    young = "csi-cephfsplugin-provisioner-0"
    lab.pod(young, "openshift-storage", labels={"app": "csi-cephfsplugin-provisioner"})
    assert lab.settle(30)
    lab.claim("files", CEPHFS)
    assert lab.settle(30)
    sources = {one["source"]["component"] for one in lab.client.list(EVENTS, "demo")}
    assert not any(young in source for source in sources)
    assert any("csi-cephfsplugin-provisioner-849895689c-5mcvm" in source for source in sources)


@pytest.mark.parametrize("storage_class", [CEPHFS, RBD])
def test_a_deleted_claim_takes_its_volume_along(lab: Any, storage_class: str) -> None:
    lab.claim("files", storage_class, modes=["ReadWriteOnce"])
    lab.settle(20)
    assert len(lab.client.list(VOLUMES)) == 1
    lab.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
    assert lab.settle()
    assert lab.client.list(PERSISTENTVOLUMES) == []
    assert lab.client.list(VOLUMES) == []


def test_retain_keeps_the_volume(lab: Any) -> None:
    lab.claim("files", CEPHFS)
    lab.settle(20)
    name = lab.get_claim("files")["spec"]["volumeName"]
    lab.client.patch(PERSISTENTVOLUMES, name, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})
    lab.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
    assert lab.settle()
    assert lab.client.get(PERSISTENTVOLUMES, name)["status"]["phase"] == "Released"
    assert len(lab.client.list(VOLUMES)) == 1


def test_volume_cannot_be_deleted_while_ceph_is_down(lab: Any) -> None:
    lab.claim("files", CEPHFS)
    lab.settle(20)
    name = lab.get_claim("files")["spec"]["volumeName"]
    lab.fault("outage", "ceph", "down")
    lab.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
    lab.settle(30)
    text = "rpc error: code = DeadlineExceeded desc = context deadline exceeded"
    assert ("VolumeFailedDelete", text) in lab.events(name, "default")
    lab.repair("outage")
    assert lab.settle(300)
    assert lab.client.list(PERSISTENTVOLUMES) == []


@pytest.fixture(scope="module")
def history(new_lab: Any) -> tuple[Any, int]:
    """All entries of one provisioning, and the revision at which the claim was made."""
    lab = new_lab().start()
    assert lab.settle()
    lab.claim("files", CEPHFS)
    made = lab.state.revision
    assert lab.settle(20)
    return lab.state.history(0), made


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=200))
def test_killed_at_any_revision_it_converges(new_lab: Any, history: tuple[Any, int], cut: int) -> None:
    entries, made = history
    end = made + cut % (len(entries) - made + 1)
    lab = new_lab(entries[:end]).start()
    assert lab.settle(60)
    claim = lab.get_claim("files")
    assert claim["status"]["phase"] == "Bound"
    assert len(lab.client.list(PERSISTENTVOLUMES)) == 1
    assert [one["spec"]["backend"] for one in lab.client.list(VOLUMES)] == ["cephfs"]
    lab.assert_settled()
