"""Disks of the EBS driver, and what a claim says while it waits."""

from __future__ import annotations

import re
from typing import Any

import pytest

from simulator.api.admission.storageclass import set_default_class
from simulator.api.gvrs import (
    EVENTS,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    STORAGECLASSES,
    VOLUMEATTACHMENTS,
)
from simulator.api.gvrs import VOLUMES as BACKENDS
from simulator.errors import Forbidden
from simulator.release import Release

NODE, DRIVER, DRIVERS = "ip-10-0-150-7.ec2.internal", "ebs.csi.aws.com", "openshift-cluster-csi-drivers"
DEFAULT = "storageclass.kubernetes.io/is-default-class"


def choose(lab: Any, claim: str = "disk", node: str = NODE) -> None:
    """What the scheduler does when a pod that uses the claim finds a node."""
    note = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": node}}}
    lab.client.patch(PERSISTENTVOLUMECLAIMS, claim, note, "demo")


def pod_with(lab: Any, claim: str = "disk", node: str = NODE, name: str = "user") -> None:
    image = "registry.access.redhat.com/ubi8/ubi:8.0"
    container = {"name": "app", "image": image, "command": ["sleep", "infinity"],
                 "volumeMounts": [{"name": "data", "mountPath": "/data"}]}  # fmt: skip
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": claim}}]
    lab.pod(name, node=node, containers=[container], volumes=volumes)
    assert lab.settle(120)


@pytest.fixture
def disk(today: Any) -> Any:
    """A claim with its volume."""
    today.claim("disk", "gp3-csi", modes=("ReadWriteOnce",), size="1500Mi")
    choose(today)
    assert today.settle(60)
    return today.client.get(PERSISTENTVOLUMES, today.get_claim("disk")["spec"]["volumeName"])


def test_the_volume(disk: Any, today: Any) -> None:
    spec = disk["spec"]
    assert re.fullmatch("vol-0[0-9a-f]{16}", spec["csi"]["volumeHandle"])
    assert spec["csi"]["driver"] == DRIVER
    assert spec["csi"]["fsType"] == "ext4"
    assert set(spec["csi"]["volumeAttributes"]) == {"storage.kubernetes.io/csiProvisionerIdentity"}
    assert spec["capacity"] == {"storage": "2Gi"}
    terms = spec["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert terms == [{"matchExpressions": [{"key": "topology.kubernetes.io/zone", "operator": "In",
                                            "values": ["us-east-1b"]}]}]  # fmt: skip
    backend = today.client.get(BACKENDS, spec["csi"]["volumeHandle"])["spec"]
    assert (backend["zone"], backend["type"], backend["encrypted"]) == ("us-east-1b", "gp3", True)
    assert today.get_claim("disk")["status"]["capacity"] == {"storage": "2Gi"}


def test_the_label_of_an_older_driver(new_lab: Any) -> None:
    lab = new_lab(release=Release("4.16.3", "v1.29.5", ())).start()
    lab.claim("disk", "gp3-csi", modes=("ReadWriteOnce",))
    choose(lab)
    assert lab.settle(60)
    volume = lab.client.list(PERSISTENTVOLUMES)[0]
    term = volume["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"][0]["matchExpressions"][0]
    assert term["key"] == "topology.ebs.csi.aws.com/zone"


def test_on_its_node(disk: Any, today: Any) -> None:
    pod_with(today)
    attachment = next(one for one in today.client.list(VOLUMEATTACHMENTS) if one["spec"]["attacher"] == DRIVER)
    assert attachment["status"]["attached"] is True
    assert re.fullmatch("/dev/xvda[a-z]", attachment["status"]["attachmentMetadata"]["devicePath"])
    assert today.sh("user", "mount | grep /data") == "/dev/nvme1n1 on /data type ext4 (rw,relatime,seclabel)\n"
    name = disk["metadata"]["name"]
    assert ("SuccessfulAttachVolume", f'AttachVolume.Attach succeeded for volume "{name}" ') in today.events("user")


def test_for_one_node_at_a_time(disk: Any, today: Any) -> None:
    pod_with(today)
    today.pod("second", volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}])
    today.settle(20)
    name = disk["metadata"]["name"]
    text = f'Multi-Attach error for volume "{name}" Volume is already used by pod(s) user'
    assert ("FailedAttachVolume", text) in today.events("second")


def test_a_shared_disk_is_refused(today: Any) -> None:
    today.claim("disk", "gp3-csi", modes=("ReadWriteMany",))
    choose(today)
    today.settle(10)
    failure = (
        'failed to provision volume with StorageClass "gp3-csi": rpc error: code = InvalidArgument desc = Volume '
        "capabilities MULTI_NODE_MULTI_WRITER not supported. Only AccessModes[ReadWriteOnce] supported."
    )
    assert ("ProvisioningFailed", failure) in today.events("disk")
    assert "volume.kubernetes.io/selected-node" not in today.get_claim("disk")["metadata"]["annotations"]


def test_deletion(disk: Any, today: Any) -> None:
    assert disk["metadata"]["finalizers"][0] == "external-provisioner.volume.kubernetes.io/finalizer"
    today.fault("gone", "ebs", "down")
    today.client.delete(PERSISTENTVOLUMECLAIMS, "disk", "demo")
    today.settle(5)
    assert today.client.list(PERSISTENTVOLUMES)[0]["status"]["phase"] == "Released"
    today.repair("gone")
    assert today.settle(400)
    assert today.client.list(PERSISTENTVOLUMES) == []
    assert [one for one in today.client.list(BACKENDS) if one["spec"]["backend"] == "ebs"] == []


def test_nothing_without_the_driver(today: Any) -> None:
    pod = next(one["metadata"]["name"] for one in today.client.list(PODS, DRIVERS) if "controller" in
               one["metadata"]["name"])  # fmt: skip
    today.client.delete(PODS, pod, DRIVERS, grace_period_s=0)
    today.claim("disk", "gp3-csi", modes=("ReadWriteOnce",))
    choose(today)
    today.settle(40)
    assert {reason for reason, _ in today.events("disk")} == {"ExternalProvisioning"}


# -- what a claim waits for


def waiting(lab: Any, pod: bool = True) -> list[tuple[str, str]]:
    lab.claim("disk", "gp3-csi", modes=("ReadWriteOnce",))
    if pod:
        volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "disk"}}]
        made = {"containers": [{"name": "app", "image": "x"}], "volumes": volumes}
        lab.client.create(PODS, {"metadata": {"name": "web", "namespace": "demo"}, "spec": made})
    lab.settle(20)
    return [(reason, text) for reason, text in lab.events("disk")]


def test_waiting_for_a_consumer(lab: Any, today: Any) -> None:
    first = ("WaitForFirstConsumer", "waiting for first consumer to be created before binding")
    assert waiting(today, pod=False) == [first]
    assert waiting(lab) == [first]


def test_waiting_for_a_node(today: Any) -> None:
    assert waiting(today)[-1] == ("WaitForPodScheduled", "waiting for pod web to be scheduled")


def test_a_default_class_that_comes_later(lab: Any, today: Any) -> None:
    for one in (lab, today):
        one.claim("any", None)
        one.settle(20)
        said = "no persistent volumes available for this claim and no storage class is set"
        assert ("FailedBinding", said) in one.events("any")
        cephfs = "ocs-storagecluster-cephfs"
        one.client.patch(STORAGECLASSES, cephfs, {"metadata": {"annotations": {DEFAULT: "true"}}})
        one.settle(60)
    assert today.get_claim("any")["status"]["phase"] == "Bound"
    assert today.get_claim("any")["spec"]["storageClassName"] == "ocs-storagecluster-cephfs"
    assert lab.get_claim("any")["status"]["phase"] == "Pending"


def test_no_class_stays_no_class(today: Any) -> None:
    today.claim("none", "")
    today.client.patch(STORAGECLASSES, "gp3-csi", {"metadata": {"annotations": {DEFAULT: "true"}}})
    today.settle(20)
    assert today.get_claim("none")["spec"]["storageClassName"] == ""
    assert today.get_claim("none")["status"]["phase"] == "Pending"
    assert {one["type"] for one in today.client.list(EVENTS, "demo")} == {"Normal"}


def test_several_default_classes(lab: Any, today: Any) -> None:
    for one in (lab, today):
        one.server.admission = (set_default_class,)
        for name in ("gp2", "gp3-csi"):
            one.client.patch(STORAGECLASSES, name, {"metadata": {"annotations": {DEFAULT: "true"}}})
        made = {**one.client.get(STORAGECLASSES, "gp2"), "metadata": {"name": "b", "annotations": {DEFAULT: "true"}}}
        one.clock.advance(10)
        one.client.create(STORAGECLASSES, made)
    today.claim("any", None)
    assert today.get_claim("any")["spec"]["storageClassName"] == "b"
    with pytest.raises(Forbidden, match="Internal error occurred: 3 default StorageClasses were found"):
        lab.claim("any", None)
