"""Claims that ask for more, on a quota and on disks, with and without a pod, today and in 4.2."""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import EVENTS, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, VOLUMES

CEPHFS, RBD, GP3, GP2 = "ocs-storagecluster-cephfs", "ocs-storagecluster-ceph-rbd", "gp3-csi", "gp2"
NODE = "ip-10-0-131-236.ec2.internal"


def bound(lab: Any, storage_class: str, size: str = "10Gi", name: str = "data", **spec: Any) -> None:
    modes = ("ReadWriteMany",) if storage_class == CEPHFS else ("ReadWriteOnce",)
    lab.claim(name, storage_class, modes=modes, size=size, **spec)
    if storage_class in (GP2, GP3):
        note = {"metadata": {"annotations": {"volume.kubernetes.io/selected-node": NODE}}}
        lab.client.patch(PERSISTENTVOLUMECLAIMS, name, note, "demo")
    assert lab.settle(60)
    assert lab.get_claim(name)["status"]["phase"] == "Bound"


def pod_with(lab: Any, claim: str = "data", name: str = "user") -> None:
    image = "registry.access.redhat.com/ubi8/ubi:8.0"
    container = {"name": "app", "image": image, "command": ["sleep", "infinity"],
                 "volumeMounts": [{"name": "data", "mountPath": "/data"}]}  # fmt: skip
    lab.pod(name, containers=[container], volumes=[{"name": "data", "persistentVolumeClaim": {"claimName": claim}}])
    assert lab.settle(120)


def ask(lab: Any, size: str, name: str = "data") -> None:
    change = {"spec": {"resources": {"requests": {"storage": size}}}}
    lab.client.patch(PERSISTENTVOLUMECLAIMS, name, change, "demo")


def sizes(lab: Any, name: str = "data") -> tuple[str, str]:
    """(of the claim, of its volume)."""
    claim = lab.get_claim(name)
    volume = lab.client.get(PERSISTENTVOLUMES, claim["spec"]["volumeName"])
    return claim["status"]["capacity"]["storage"], volume["spec"]["capacity"]["storage"]


def said(lab: Any, name: str = "data") -> list[tuple[str, str, str, str]]:
    """(type, reason, source, message) of what was said of an expansion."""
    reasons = ("Expanding", "Resiz", "Resize")
    found = [one for one in lab.client.list(EVENTS, "demo") if one["involvedObject"]["name"] == name]
    return [(one["type"], one["reason"], one["source"]["component"], one["message"])
            for one in sorted(found, key=lambda one: int(one["metadata"]["resourceVersion"]))
            if any(part in one["reason"] for part in reasons)]  # fmt: skip


def test_a_quota_is_larger_at_once(today: Any) -> None:
    bound(today, CEPHFS, "100Gi")
    pod_with(today)
    ask(today, "200Gi")
    assert today.settle(60)
    volume = today.get_claim("data")["spec"]["volumeName"]
    resizer = "external-resizer openshift-storage.cephfs.csi.ceph.com"
    assert said(today) == [
        ("Normal", "ExternalExpanding", "volume_expand", "waiting for an external controller to expand this PVC"),
        ("Normal", "Resizing", resizer, f"External resizer is resizing volume {volume}"),
        ("Normal", "VolumeResizeSuccessful", resizer, "Resize volume succeeded"),
    ]
    assert sizes(today) == ("200Gi", "200Gi")
    status = today.get_claim("data")["status"]
    assert "conditions" not in status
    assert status["allocatedResources"] == {"storage": "200Gi"}
    assert today.sh("user", "df -h /data | tail -1").split()[1] == "200G"
    today.assert_settled()


def test_a_second_expansion_is_told_again(today: Any) -> None:
    bound(today, CEPHFS)
    for size in ("20Gi", "30Gi"):
        ask(today, size)
        assert today.settle(60)
        assert sizes(today) == (size, size)
    assert today.count("data", "Resizing") == 2


def test_a_disk_waits_for_a_pod(today: Any) -> None:
    bound(today, RBD)
    ask(today, "20Gi")
    assert today.settle(60)
    assert sizes(today) == ("10Gi", "20Gi")
    condition = today.get_claim("data")["status"]["conditions"]
    assert [(one["type"], one["status"], one["message"]) for one in condition] == [
        ("FileSystemResizePending", "True",
         "Waiting for user to (re-)start a pod to finish file system resize of volume on node.")]  # fmt: skip
    assert today.get_claim("data")["status"]["allocatedResourceStatuses"] == {"storage": "NodeResizePending"}
    today.assert_settled()
    pod_with(today)
    assert sizes(today) == ("20Gi", "20Gi")
    volume = today.get_claim("data")["spec"]["volumeName"]
    expected = f'MountVolume.NodeExpandVolume succeeded for volume "{volume}" {NODE}'
    for name in ("data", "user"):
        assert ("FileSystemResizeSuccessful", expected) in today.events(name)
    assert "allocatedResourceStatuses" not in today.get_claim("data")["status"]


def test_a_disk_in_use_grows_online(today: Any) -> None:
    for storage_class, name in ((RBD, "data"), (GP3, "disk")):
        bound(today, storage_class, name=name)
        pod_with(today, name, f"user-of-{name}")
        before = today.sh(f"user-of-{name}", "df -h /data | tail -1").split()[1]
        ask(today, "20Gi", name)
        assert today.settle(60)
        assert sizes(today, name) == ("20Gi", "20Gi")
        assert (before, today.sh(f"user-of-{name}", "df -h /data | tail -1").split()[1]) == ("9.9G", "20G")
        assert today.count(name, "FileSystemResizeRequired") == 1


def test_a_raw_disk_needs_no_node(today: Any) -> None:
    bound(today, RBD, volumeMode="Block")
    ask(today, "20Gi")
    assert today.settle(60)
    assert sizes(today) == ("20Gi", "20Gi")
    assert today.count("data", "VolumeResizeSuccessful") == 1


def test_a_ceph_that_does_not_answer(today: Any) -> None:
    bound(today, CEPHFS)
    volume = today.get_claim("data")["spec"]["volumeName"]
    today.fault("gone", "ceph", "down")
    ask(today, "20Gi")
    today.settle(20)
    assert sizes(today) == ("10Gi", "10Gi")
    assert today.get_claim("data")["status"]["conditions"][0]["type"] == "Resizing"
    failure = (
        f'resize volume "{volume}" by resizer "openshift-storage.cephfs.csi.ceph.com" failed: rpc error: code = '
        "DeadlineExceeded desc = context deadline exceeded"
    )
    assert ("VolumeResizeFailed", failure) in today.events("data")
    today.repair("gone")
    assert today.settle(400)
    assert sizes(today) == ("20Gi", "20Gi")


def test_nothing_moves_without_the_driver_s_pods(today: Any) -> None:
    bound(today, CEPHFS)
    pod = next(one["metadata"]["name"] for one in today.client.list(PODS, "openshift-storage")
               if "cephfs.csi.ceph.com-ctrlplugin" in one["metadata"]["name"])  # fmt: skip
    today.client.delete(PODS, pod, "openshift-storage", grace_period_s=0)
    ask(today, "20Gi")
    assert today.settle(60)
    assert [reason for _, reason, _, _ in said(today)] == ["ExternalExpanding"]
    assert sizes(today) == ("10Gi", "10Gi")


def test_drivers_of_4_2_cannot(lab: Any) -> None:
    bound(lab, CEPHFS)
    ask(lab, "20Gi")
    assert lab.settle(60)
    assert said(lab) == [("Warning", "ExternalExpanding", "volume_expand",
                          "Ignoring the PVC: didn't find a plugin capable of expanding the volume; waiting for an "
                          "external controller to process this PVC.")]  # fmt: skip
    assert sizes(lab) == ("10Gi", "10Gi")


def test_gp2_of_4_2_needs_a_new_pod(lab: Any) -> None:
    bound(lab, GP2)
    pod_with(lab)
    ask(lab, "20Gi")
    assert lab.settle(60)
    assert sizes(lab) == ("10Gi", "20Gi")
    assert lab.sh("user", "df -h /data | tail -1").split()[1] == "9.9G"
    lab.client.delete(PODS, "user", "demo", grace_period_s=0)
    lab.clock.advance(5)
    pod_with(lab, name="second")
    assert sizes(lab) == ("20Gi", "20Gi")
    assert lab.sh("second", "df -h /data | tail -1").split()[1] == "20G"
    volume = lab.client.get(VOLUMES, next(one["metadata"]["name"] for one in lab.client.list(VOLUMES)
                                          if one["spec"]["backend"] == "ebs"))  # fmt: skip
    assert volume["spec"]["capacity"] == 20 << 30
