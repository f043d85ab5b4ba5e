"""Sizes, quotas and permissions of volumes."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import VOLUMES
from simulator.infra.filesystem import Identity, Mounted, MountedFileSystem
from simulator.infra.machine import Machine
from simulator.infra.mounts import block_mount, ceph_mount, context_option, disk_mount
from simulator.infra.tree import Node, OverlayTree, StaticTree, directory, text_file
from simulator.shell.filesystem import Mount

MI, GI = 1 << 20, 1 << 30


def mounted(lab: Any, uid: int = 0, gid: int = 0, groups: tuple[int, ...] = (), **volume: Any) -> MountedFileSystem:
    """A filesystem with one volume at /data."""
    lab.machines.volumes.create("vol", volume.pop("backend", "cephfs"), **volume)
    root = Mounted(Mount("overlay", "/", "overlay", "rw"), StaticTree({}, root=directory()))
    data = Mounted(Mount("ceph", "/data", "ceph", "rw"), lab.machines.volumes.tree("vol"))
    return MountedFileSystem([root, data], Identity(uid, gid, groups), lab.clock.now)


@given(quota=st.integers(1, 4 << 40), used=st.integers(0, 4 << 40))
def test_cephfs_size_is_quota_in_units(quota: int, used: int) -> None:
    mount = ceph_mount("src", "/r", "rw", quota, used)
    assert mount.total == quota // (4 * MI) * (4 * MI)
    assert mount.available == max(mount.total - mount.used, 0)
    assert mount.used % (4 * MI) == mount.total % (4 * MI) == 0
    assert 0 <= used - mount.used < 4 * MI


@given(capacity=st.integers(64 * MI, 16 << 40), used=st.integers(0, 16 << 40))
def test_block_used_and_available_make_the_total(capacity: int, used: int) -> None:
    mount = block_mount("/dev/rbd0", "/d", "ext4", "rw", capacity, used)
    assert mount.used + mount.available == mount.total < capacity
    assert mount.used >= min(used, mount.total)


@given(total=st.integers(GI, 1 << 42), used=st.integers(0, 1 << 40), local=st.integers(0, 1 << 42))
def test_a_disk_is_never_fuller_than_full(total: int, used: int, local: int) -> None:
    machine = Machine("n", True, GI, "/dev/x", total, min(used, total), 0, frozenset())
    mount = disk_mount(machine, "/etc/hosts", local)
    assert mount.used + mount.available == mount.total
    assert mount.available >= 0


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kib=st.integers(0, 100 * 1024 * 1024))
def test_df_rounds_up(registry: Any, kib: int) -> None:
    """The line of df -h of a volume that holds ``kib`` KiB: every number is the least that is not too small."""
    pod = "image-registry-1"
    tree = registry.machines.volumes.tree(registry.volume)
    tree.put("/file", Node(size=kib * 1024))
    size, used, avail, percent = registry.sh(pod, "df -h /registry | tail -1", "openshift-image-registry").split()[1:5]
    taken = kib * 1024 // (4 * MI) * (4 * MI)
    assert size == "100G"
    assert _least(used, taken)
    assert _least(avail, 100 * GI - taken)
    assert int(percent[:-1]) == -(-taken * 100 // (100 * GI))


@pytest.fixture
def registry(lab: Any) -> Any:
    lab.claim("ocs4registry", "ocs-storagecluster-cephfs", "openshift-image-registry")
    lab.settle(20)
    lab.registry_pod(claim="ocs4registry")
    lab.settle()
    lab.volume = next(one["metadata"]["name"] for one in lab.client.list(VOLUMES) if one["spec"]["backend"] == "cephfs")
    return lab


def _least(text: str, value: int) -> bool:
    """Whether ``text`` (5.4M, 12G) is ``value`` rounded up as coreutils does."""
    unit = {"K": 1024, "M": MI, "G": GI}.get(text[-1], 1)
    number = float(text.rstrip("KMG"))
    step = 0.1 if number < 10 and unit > 1 else 1.0
    return value == number == 0 or (number * unit >= value - 1e-6 * unit and (number - step) * unit < value)


def test_quota_and_device_fail_differently(lab: Any) -> None:
    fs = mounted(lab, capacity=8192)
    fs.write("/data/a", b"x" * 5000)
    with pytest.raises(OSError) as over:
        fs.write("/data/b", b"x")
    assert over.value.errno == errno.EDQUOT
    fs.remove("/data/a")
    fs.write("/data/b", b"x")
    lab.machines.volumes.delete("vol")
    fs = mounted(lab, backend="rbd", capacity=4096)
    with pytest.raises(OSError) as full:
        fs.write("/data/a", b"x" * 5000)
    assert full.value.errno == errno.ENOSPC


def test_recorded_size_counts(lab: Any) -> None:
    fs = mounted(lab, capacity=100 * MI)
    fs.store("/data/layer", b"payload", size=70 * MI)
    assert fs.stat("/data/layer").size == 70 * MI
    assert fs.read("/data/layer") == b"payload"
    with pytest.raises(OSError):
        fs.store("/data/other", b"payload", size=70 * MI)


def test_permissions(lab: Any) -> None:
    fs = mounted(lab, uid=1000, gid=0, mode=0o755)
    with pytest.raises(PermissionError):
        fs.make_dir("/data/docker")
    lab.machines.volumes.set_root("vol", mode=0o2775, uid=0, gid=55)
    ours = mounted(lab, uid=1000, gid=0, groups=(55,))
    ours.make_dir("/data/docker")
    assert (ours.stat("/data/docker").uid, ours.stat("/data/docker").gid) == (1000, 55)
    theirs = mounted(lab, uid=2000, gid=0)
    with pytest.raises(PermissionError):
        theirs.write("/data/docker/x", b"")
    with pytest.raises(PermissionError):
        theirs.set_mode("/data/docker", 0o777)


@pytest.mark.parametrize(
    ("effect", "number"),
    [("read-only", errno.EROFS), ("full", errno.ENOSPC), ("permission-denied", errno.EACCES)],
)
def test_faults(lab: Any, effect: str, number: int) -> None:
    fs = mounted(lab)
    lab.fault("f", "volume:vol", effect)
    with pytest.raises(OSError) as failed:
        fs.write("/data/a", b"x")
    assert failed.value.errno == number


@pytest.mark.parametrize(("effect", "number"), [("read-only", errno.EROFS), ("permission-denied", errno.EACCES)])
def test_a_fault_refuses_removal_and_chmod_as_well(lab: Any, effect: str, number: int) -> None:
    fs = mounted(lab)
    fs.write("/data/a", b"x")
    lab.fault("f", "volume:vol", effect)
    with pytest.raises(OSError) as removal:
        fs.remove("/data/a")
    with pytest.raises(OSError) as change:
        fs.set_mode("/data", 0o700)
    assert (removal.value.errno, change.value.errno) == (number, number)
    assert fs.read("/data/a") == b"x"


def test_a_full_volume_can_be_emptied(lab: Any) -> None:
    fs = mounted(lab)
    fs.write("/data/a", b"x")
    lab.fault("f", "volume:vol", "full")
    fs.remove("/data/a")
    assert fs.list("/data") == []


def test_links_moves_and_other_trees(lab: Any) -> None:
    fs = mounted(lab)
    fs.make_dir("/data/a")
    fs.write("/data/a/x", b"1")
    fs.rename("/data/a", "/data/b")
    assert fs.list("/data") == ["b"]
    assert fs.read("/data/b/x") == b"1"
    with pytest.raises(OSError) as crossed:
        fs.rename("/data/b/x", "/x")
    assert crossed.value.errno == errno.EXDEV
    links = {"/l": Node("link", target="etc"), "/loop": Node("link", target="loop")}
    lower = StaticTree({"/etc/a": text_file("a"), **links})
    upper: list[Any] = []

    def make() -> Any:
        lab.machines.volumes.create("layer", "overlay")
        upper.append(lab.machines.volumes.tree("layer"))
        return upper[0]

    line = Mount("overlay", "/", "overlay", "rw")
    layered = MountedFileSystem([Mounted(line, OverlayTree(lower, None, make))], Identity(), lab.clock.now)
    assert layered.read("/l/a") == b"a"
    with pytest.raises(OSError) as looped:
        layered.stat("/loop")
    assert looped.value.errno == errno.ELOOP
    layered.remove("/etc/a")
    layered.write("/etc/b", b"b")
    assert layered.list("/etc") == ["b"]
    assert lower.get("/etc/a") is not None


def test_mcs_labels() -> None:
    assert context_option("s0:c18,c17") == 'context="system_u:object_r:container_file_t:s0:c17,c18"'
    assert context_option("s0") == 'context="system_u:object_r:container_file_t:s0"'
