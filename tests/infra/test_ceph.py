"""What keeps Ceph answering: monitors in quorum, a metadata server, no fault."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import CEPHS, PODS, VOLUMEFILES, VOLUMES
from simulator.infra.ceph import CephDown
from simulator.infra.tree import text_file

STORAGE = "openshift-storage"


@pytest.fixture
def ceph(lab: Any) -> Any:
    """Ceph whose daemons run as pods."""
    for name in "abc":
        lab.pod(f"rook-ceph-mon-{name}", STORAGE, labels={"app": "rook-ceph-mon"})
    lab.pod("rook-ceph-mds-a", STORAGE, labels={"app": "rook-ceph-mds"})
    lab.client.patch(CEPHS, "ocs-storagecluster-cephcluster", {"spec": {"namespace": STORAGE}})
    assert lab.settle()
    return lab.machines.ceph


def stop(lab: Any, *names: str) -> None:
    for name in names:
        lab.client.delete(PODS, name, STORAGE)
    lab.settle()


def test_monitors_in_the_order_that_clients_are_given(ceph: Any) -> None:
    assert ceph.monitors() == ["172.30.107.130:6789", "172.30.82.116:6789", "172.30.125.23:6789"]
    assert ceph.health() == "HEALTH_OK"


def test_a_quorum_is_needed(lab: Any, ceph: Any) -> None:
    stop(lab, "rook-ceph-mon-a")
    assert ceph.answers(filesystem=True)
    stop(lab, "rook-ceph-mon-b")
    assert not ceph.answers()
    assert ceph.health() == "HEALTH_ERR"
    with pytest.raises(CephDown):
        ceph.create_image("pvc-1", "u", 1, "pool")
    stop(lab, "rook-ceph-mon-c")
    assert not ceph.answers()  # no monitor at all is no quorum either


def test_files_need_a_metadata_server_and_images_do_not(lab: Any, ceph: Any) -> None:
    lab.client.patch(PODS, "rook-ceph-mds-a", {"status": {"conditions": []}}, STORAGE, subresource="status")
    assert not ceph.answers(filesystem=True)
    assert ceph.answers()
    stop(lab, "rook-ceph-mds-a")
    assert not ceph.answers(filesystem=True)


def test_the_same_request_gets_the_same_volume(lab: Any, ceph: Any) -> None:
    first = ceph.create_subvolume("pvc-1", "u1", 1 << 30, "fs")
    assert ceph.create_subvolume("pvc-1", "u2", 1 << 30, "fs") == first
    assert first["metadata"]["name"] == "csi-vol-u1"
    lab.machines.volumes.tree("csi-vol-u1").put("/a", text_file("a"))
    assert ceph.used() == 4096
    ceph.delete("csi-vol-u1")
    assert lab.client.list(VOLUMES) == []
    assert lab.client.list(VOLUMEFILES) == []


@pytest.mark.parametrize(("effect", "health"), [("down", "HEALTH_ERR"), ("full", "HEALTH_ERR")])
def test_faults(lab: Any, ceph: Any, effect: str, health: str) -> None:
    lab.fault("f", "ceph", effect)
    assert ceph.health() == health
    assert ceph.answers() is (effect == "full")
