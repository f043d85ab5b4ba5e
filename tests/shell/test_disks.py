"""df and mount print what the lab shows, byte for byte."""

from __future__ import annotations

import pytest

from simulator.shell import MemoryFileSystem, run_script
from simulator.shell.filesystem import Mount
from simulator.shell.programs.support import human_size

GI = 1024**3
MONITORS = "172.30.107.130:6789,172.30.82.116:6789,172.30.125.23:6789"
SUBVOLUME = f"{MONITORS}:/volumes/csi/csi-vol-5b88bd0e-fc09-11e9-9939-0a580a820206"
CEPH_OPTIONS = "rw,relatime,name=csi-cephfs-node,secret=<hidden>,acl,mds_namespace=ocs-storagecluster-cephfilesystem"
DISK = {"total": 125277164 * 1024, "used": 12 * 1024**3 - 5000, "available": 109 * GI}
LUKS = "/dev/mapper/coreos-luks-root-nocrypt"

MOUNTS = [
    Mount("overlay", "/", "overlay", "rw,relatime", **DISK),
    Mount("proc", "/proc", "proc", "rw,nosuid"),
    Mount("tmpfs", "/dev", "tmpfs", "rw,nosuid", total=64 * 1024**2, available=64 * 1024**2, device="0:1"),
    Mount("tmpfs", "/etc/passwd", "tmpfs", "rw", total=32 * GI, used=5_600_000, available=31 * GI, device="0:2"),
    Mount(SUBVOLUME, "/registry", "ceph", CEPH_OPTIONS, total=100 * GI, used=0, available=100 * GI),
    Mount(LUKS, "/dev/termination-log", "xfs", "rw,relatime", **DISK),
    Mount(LUKS, "/etc/hosts", "xfs", "rw,relatime", **DISK),
]


def pod() -> MemoryFileSystem:
    return MemoryFileSystem({"/registry/docker/": "", "/etc/hosts": "", "/proc/": ""}, mounts=MOUNTS)


def test_the_line_of_the_lab() -> None:
    assert run_script("df -h | grep registry", fs=pod()).stdout == f"{SUBVOLUME}  100G     0  100G   0% /registry\n"
    assert (
        run_script("mount | grep registry", fs=pod()).stdout == f"{SUBVOLUME} on /registry type ceph ({CEPH_OPTIONS})\n"
    )


def test_df_lists_a_device_once_and_no_pseudo_filesystems() -> None:
    lines = run_script("df -h", fs=pod()).stdout.splitlines()
    width = len(SUBVOLUME)
    assert lines == [
        "Filesystem".ljust(width) + "  Size  Used Avail Use% Mounted on",
        "overlay".ljust(width) + "  120G   12G  109G  10% /",
        "tmpfs".ljust(width) + "   64M     0   64M   0% /dev",
        "tmpfs".ljust(width) + "   32G  5.4M   31G   1% /etc/passwd",
        SUBVOLUME + "  100G     0  100G   0% /registry",
        LUKS.ljust(width) + "  120G   12G  109G  10% /etc/hosts",
    ]


def test_df_in_kibibytes_with_types_and_paths() -> None:
    assert run_script("df /etc/hosts", fs=pod()).stdout == (
        "Filesystem                           1K-blocks     Used Available Use% Mounted on\n"
        f"{LUKS} 125277164 12582908 114294784  10% /etc/hosts\n"
    )
    assert run_script("df -hT /dev /registry/docker", fs=pod()).stdout.splitlines()[1].split() == [
        "tmpfs", "tmpfs", "64M", "0", "64M", "0%", "/dev",
    ]  # fmt: skip
    assert run_script("df -P /dev", fs=pod()).stdout.startswith("Filesystem     1024-blocks  Used Available Capacity")
    assert run_script("df -a | wc -l", fs=pod()).stdout == "8\n"
    assert run_script("df /proc | tail -1", fs=pod()).stdout.split() == ["proc", "0", "0", "0", "-", "/proc"]
    assert run_script("df -t ceph -h | wc -l", fs=pod()).stdout == "2\n"


def test_df_of_nothing() -> None:
    result = run_script("df /nope", fs=pod())
    assert (result.stdout, result.stderr, result.status) == ("", "df: /nope: No such file or directory\n", 1)
    result = run_script("df -h | grep registry")
    assert (result.stdout, result.status) == ("", 1)


def test_mount_filters_by_type() -> None:
    assert run_script("mount -t proc", fs=pod()).stdout == "proc on /proc type proc (rw,nosuid)\n"
    assert run_script("mount /dev/x /mnt", fs=pod()).status != 0


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"), (1, "1"), (1023, "1023"), (1024, "1.0K"), (1025, "1.1K"), (5_600_000, "5.4M"), (10 * 1024, "10K"),
        (10 * 1024 + 1, "11K"), (9 * 1024 + 1000, "10K"), (1024**2 - 1, "1.0M"), (100 * GI, "100G"),
    ],
)  # fmt: skip
def test_human_sizes_are_rounded_up(value: int, shown: str) -> None:
    assert human_size(value) == shown
