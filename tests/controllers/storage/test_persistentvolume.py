"""Binding by rule, phases, and what holds claims and volumes back from going."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS
from simulator.controllers.persistentvolume import find_volume, volume_phase


def volume(name: str, size: str = "10Gi", modes: tuple[str, ...] = ("ReadWriteMany",), **spec: Any) -> dict[str, Any]:
    more = {"labels": spec.pop("labels")} if "labels" in spec else {}
    return {
        "metadata": {"name": name, **more},
        "spec": {
            "accessModes": list(modes),
            "capacity": {"storage": size},
            "hostPath": {"path": f"/srv/{name}"},
            "persistentVolumeReclaimPolicy": "Retain",
            **spec,
        },
    }


def claim(size: str = "5Gi", modes: tuple[str, ...] = ("ReadWriteMany",), **spec: Any) -> dict[str, Any]:
    wanted = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **spec}
    return {"metadata": {"name": "files", "namespace": "demo", "uid": "u1"}, "spec": wanted}


def available(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "status": {"phase": "Available"}}


@pytest.mark.parametrize(
    ("wanted", "offered", "found"),
    [
        (claim(), [volume("big", "20Gi"), volume("small", "5Gi"), volume("tiny", "1Gi")], "small"),
        (claim(), [volume("one", modes=("ReadWriteOnce",))], None),
        (claim(modes=("ReadWriteOnce",)), [volume("all", modes=("ReadWriteOnce", "ReadWriteMany"))], "all"),
        (claim(storageClassName="fast"), [volume("plain"), volume("fast", storageClassName="fast")], "fast"),
        (claim(), [volume("fast", storageClassName="fast")], None),
        (claim(volumeMode="Block"), [volume("files"), volume("raw", volumeMode="Block")], "raw"),
        (claim(selector={"matchLabels": {"tier": "gold"}}), [volume("a"), volume("b", labels={"tier": "gold"})], "b"),
        (claim(), [volume("kept", claimRef={"namespace": "demo", "name": "files"}), volume("small", "5Gi")], "kept"),
        (claim(), [volume("taken", claimRef={"namespace": "demo", "name": "other", "uid": "u2"})], None),
        (claim(), [volume("old", claimRef={"namespace": "demo", "name": "files", "uid": "u0"})], None),
    ],
)
def test_matching(wanted: dict[str, Any], offered: list[dict[str, Any]], found: str | None) -> None:
    chosen = find_volume(wanted, [available(one) for one in offered])
    assert (chosen and chosen["metadata"]["name"]) == found


def test_phases() -> None:
    bound = {**claim(), "spec": {**claim()["spec"], "volumeName": "v"}}
    mine = volume("v", claimRef={"namespace": "demo", "name": "files", "uid": "u1"})
    assert volume_phase(volume("v"), None) == "Available"
    assert volume_phase(mine, bound) == "Bound"
    assert volume_phase(mine, None) == "Released"
    assert volume_phase(mine, {**bound, "metadata": {**bound["metadata"], "uid": "u9"}}) == "Released"


def test_binding_writes_both_sides(lab: Any) -> None:
    lab.client.create(PERSISTENTVOLUMES, volume("disk"))
    lab.settle()
    assert lab.client.get(PERSISTENTVOLUMES, "disk")["status"]["phase"] == "Available"
    lab.claim("files", "", size="5Gi")
    assert lab.settle()
    bound = lab.get_claim("files")
    assert (bound["spec"]["volumeName"], bound["status"]["phase"]) == ("disk", "Bound")
    assert bound["status"]["capacity"] == {"storage": "10Gi"}
    side = lab.client.get(PERSISTENTVOLUMES, "disk")
    assert side["status"]["phase"] == "Bound"
    assert side["spec"]["claimRef"]["uid"] == bound["metadata"]["uid"]
    assert side["metadata"]["annotations"] == {"pv.kubernetes.io/bound-by-controller": "yes"}
    lab.assert_settled()


def test_a_later_volume_ends_the_waiting(lab: Any) -> None:
    lab.claim("files", "", size="5Gi")
    lab.settle(20)
    lab.client.create(PERSISTENTVOLUMES, volume("disk"))
    assert lab.settle()
    assert lab.get_claim("files")["status"]["phase"] == "Bound"


def test_lost_volume(lab: Any) -> None:
    lab.client.create(PERSISTENTVOLUMES, volume("disk"))
    lab.claim("files", "", size="5Gi")
    lab.settle()
    free = lab.client.get(PERSISTENTVOLUMES, "disk")
    lab.client.delete(PERSISTENTVOLUMES, "disk")
    lab.settle(1)
    assert lab.client.get(PERSISTENTVOLUMES, "disk")["metadata"]["deletionTimestamp"], "pv-protection holds it"
    assert free["metadata"]["finalizers"] == ["kubernetes.io/pv-protection"]
    marked = lab.client.get(PERSISTENTVOLUMES, "disk")
    metadata = {key: value for key, value in marked["metadata"].items() if key != "finalizers"}
    lab.client.update(PERSISTENTVOLUMES, {**marked, "metadata": metadata})
    assert lab.settle()
    assert lab.get_claim("files")["status"]["phase"] == "Lost"
    text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
    assert lab.events("files")[-1] == ("ClaimLost", text)
    lab.assert_settled()


def test_a_claim_in_use_stays(lab: Any) -> None:
    lab.claim("files", "ocs-storagecluster-cephfs")
    lab.settle(20)
    volumes = [{"name": "v", "persistentVolumeClaim": {"claimName": "files"}}]
    lab.pod("web", volumes=volumes)
    lab.settle()
    lab.client.delete(PERSISTENTVOLUMECLAIMS, "files", "demo")
    assert lab.settle()
    assert "deletionTimestamp" in lab.get_claim("files")["metadata"]
    lab.client.delete(PODS, "web", "demo")
    assert lab.settle()
    assert lab.client.list(PERSISTENTVOLUMECLAIMS) == []
    assert lab.client.list(PERSISTENTVOLUMES) == []
