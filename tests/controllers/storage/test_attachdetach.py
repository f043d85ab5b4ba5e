"""Attachments follow the pods."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import NODES, PERSISTENTVOLUMECLAIMS, PODS, VOLUMEATTACHMENTS
from simulator.controllers.manager import Manager
from simulator.infra.csi import attachment_name

NODE_A, NODE_B = "ip-10-0-131-236.ec2.internal", "ip-10-0-150-7.ec2.internal"
CEPHFS, RBD = "ocs-storagecluster-cephfs", "ocs-storagecluster-ceph-rbd"
VOLUMES = [{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}]


@pytest.fixture
def rbd(lab: Any) -> Any:
    lab.claim("data", RBD, modes=["ReadWriteOnce"], size="5Gi")
    lab.settle(20)
    return lab


def attached(lab: Any) -> list[str]:
    return [one["spec"]["nodeName"] for one in lab.client.list(VOLUMEATTACHMENTS)]


def test_attach_and_detach(rbd: Any) -> None:
    rbd.pod("web", volumes=VOLUMES)
    assert rbd.settle()
    attachment = rbd.client.list(VOLUMEATTACHMENTS)[0]
    assert attachment["status"] == {"attached": True}
    assert attachment["spec"]["attacher"] == "openshift-storage.rbd.csi.ceph.com"
    volume = rbd.get_claim("data")["spec"]["volumeName"]
    assert rbd.events("web")[0] == ("SuccessfulAttachVolume", f'AttachVolume.Attach succeeded for volume "{volume}" ')
    rbd.assert_settled()
    rbd.client.delete(PODS, "web", "demo")
    assert rbd.settle()
    assert attached(rbd) == []


def test_an_attachment_waits_until_its_driver_is_back(rbd: Any) -> None:
    rbd.fault("outage", "provisioner:openshift-storage.rbd.csi.ceph.com", "down")
    rbd.pod("web", volumes=VOLUMES)
    rbd.settle(30)
    assert [one.get("status") for one in rbd.client.list(VOLUMEATTACHMENTS)] == [None]
    rbd.repair("outage")
    assert rbd.settle()
    assert rbd.client.list(VOLUMEATTACHMENTS)[0]["status"] == {"attached": True}
    assert rbd.get_pod("web")["status"]["phase"] == "Running"


def test_name_is_the_hash_of_handle_driver_and_node() -> None:
    name = attachment_name("0001-0011-openshift-storage-0000000000000001-u", "d", "n")
    assert name.startswith("csi-")
    assert len(name) == len("csi-") + 64


def test_one_node_at_a_time(rbd: Any) -> None:
    rbd.pod("first", volumes=VOLUMES)
    rbd.settle()
    rbd.pod("second", node=NODE_B, volumes=VOLUMES)
    rbd.settle(30)
    volume = rbd.get_claim("data")["spec"]["volumeName"]
    text = f'Multi-Attach error for volume "{volume}" Volume is already used by pod(s) first'
    assert rbd.events("second") == [("FailedAttachVolume", text)]
    rbd.client.delete(PODS, "first", "demo")
    assert rbd.settle(200)
    assert attached(rbd) == [NODE_B]
    assert rbd.get_pod("second")["status"]["phase"] == "Running"


def test_attached_elsewhere_without_a_pod_we_may_name(rbd: Any) -> None:
    source = {"persistentVolumeName": rbd.get_claim("data")["spec"]["volumeName"]}
    rbd.manager.stop()
    spec = {"attacher": "openshift-storage.rbd.csi.ceph.com", "nodeName": NODE_B, "source": source}
    rbd.client.create(VOLUMEATTACHMENTS, {"metadata": {"name": "csi-by-hand"}, "spec": spec})
    rbd.pod("web", volumes=VOLUMES)
    pods = next(one for one in rbd.machines.controllers() if one.name == "attachdetach-pods")
    Manager(rbd.transport, rbd.clock, rbd.names, [pods], rbd.machines).start()
    rbd.settle()
    text = "Volume is already exclusively attached to one node and can't be attached to another"
    assert rbd.events("web")[0][1].endswith(text)


def test_a_disk_whose_pod_went_while_nobody_looked_is_detached(lab: Any) -> None:
    """Also by a new process, which never saw the pod."""
    lab.claim("disk", "gp2", modes=["ReadWriteOnce"], size="5Gi")
    lab.settle(20)
    note = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": NODE_A}}}
    lab.client.patch(PERSISTENTVOLUMECLAIMS, "disk", note, "demo")
    lab.settle()
    lab.pod("web", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "disk"}}])
    lab.settle()
    assert len(lab.client.get(NODES, NODE_A)["status"]["volumesAttached"]) == 1
    lab.manager.stop()
    lab.client.delete(PODS, "web", "demo", grace_period_s=0)
    lab.settle()
    lab.start()
    lab.settle()
    assert lab.client.get(NODES, NODE_A)["status"]["volumesAttached"] == []


def test_files_may_be_attached_to_many(lab: Any) -> None:
    lab.claim("data", CEPHFS)
    lab.settle(20)
    lab.pod("first", volumes=VOLUMES)
    lab.pod("second", node=NODE_B, volumes=VOLUMES)
    assert lab.settle()
    assert sorted(attached(lab)) == [NODE_A, NODE_B]
