"""A container's mount table, in the kernel's order with its option strings, and what statfs answers for each line.

The order is CRI-O's: the fixed mounts, then the pod's volumes by the number of parts in their path (stable), then the
masks over /proc and /sys. What ``df`` lists once is told by ``device``: bind mounts of one filesystem share it.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from simulator.changes.node import CGROUPS, EMPTY_MASKS, READ_ONLY_PROC, RUN_SECRETS
from simulator.infra.filesystem import Mounted
from simulator.infra.kernel import Kernel
from simulator.infra.machine import Machine
from simulator.infra.tree import LiveTree, Node, OverlayTree, StaticTree, Tree, text_file
from simulator.release import OLDEST, Release
from simulator.shell.filesystem import Mount

_MI = 1 << 20
_CGROUPS = ("systemd", "hugetlb", "cpuset", "memory", "perf_event", "blkio", "freezer", "pids", "devices",
            "cpu,cpuacct", "net_cls,net_prio")  # fmt: skip
_READ_ONLY_PROC = ("/proc/asound", "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger")
_HIDDEN_FILES = ("/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug")
_HIDDEN_DIRECTORIES = ("/proc/acpi", "/proc/scsi", "/sys/firmware")
_BASE32 = string.ascii_uppercase + "234567"
_EXT4_BASE_USED = 20 * _MI  # what mkfs leaves behind
_CEPH_BLOCK = 4 << 20


@dataclass(frozen=True)
class ContainerMounts:
    """What the table is made of. ``volumes`` are the container's own mounts, in the order of its spec."""

    machine: Machine
    mcs: str  # as the namespace's annotation has it: s0:c18,c17
    seed: str  # tells the layers of one container from those of another
    image: str
    root: OverlayTree
    volumes: Sequence[Mounted]
    hostname: str
    hosts: str
    resolv_conf: str
    passwd: str
    privileged: bool = False
    local_used: int = 0  # bytes of volumes on the node's disk
    release: Release = OLDEST


def mount_table(container: ContainerMounts) -> list[Mounted]:
    """All mounts, first to last."""
    fixed = [*_base(container), *_run_files(container)]
    own = sorted([*container.volumes, *_disk_files(container)], key=lambda mounted: mounted.mount.target.count("/"))
    table = [*fixed, *own, *([] if container.privileged else _masks(container))]
    return [_with_proc(mounted, table, container.machine.kernel.version) for mounted in table]


def disk_mount(machine: Machine, target: str, local_used: int, read_only: bool = False) -> Mount:
    """A bind mount of a directory or file on the node's disk: emptyDir, hostPath, config map, /etc/hosts."""
    used = min(machine.disk_used + local_used, machine.disk_total)
    options = "ro" + machine.kernel.xfs[2:] if read_only else machine.kernel.xfs
    free = machine.disk_total - used
    return Mount(machine.disk_device, target, "xfs", options, machine.disk_total, used, free, "disk")


def tmpfs_mount(machine: Machine, target: str, used: int, read_only: bool, device: str, size: int = 0) -> Mount:
    """A tmpfs as the kubelet makes for secrets: of half the machine's memory if it is given no ``size`` in bytes."""
    total = size or machine.memory // 2
    sized = f",size={size // 1024}k" if size else ""
    options = ("ro" if read_only else "rw") + f",relatime,seclabel{sized}{machine.kernel.tmpfs}"
    return Mount("tmpfs", target, "tmpfs", options, total, used, total - used, device)


def ceph_mount(source: str, target: str, options: str, quota: int, used: int) -> Mount:
    """A CephFS subvolume: its quota is the size, counted in units of 4 MiB. Source: kernel, fs/ceph/quota.c."""
    total, taken = quota // _CEPH_BLOCK * _CEPH_BLOCK, used // _CEPH_BLOCK * _CEPH_BLOCK
    return Mount(source, target, "ceph", options, total, taken, max(total - taken, 0), source)


def block_mount(device: str, target: str, fstype: str, options: str, capacity: int, used: int) -> Mount:
    """A filesystem on a block device: ext4 keeps inode tables and a journal of the capacity for itself."""
    total = capacity - ext4_overhead(capacity) if fstype == "ext4" else capacity
    taken = min(used + _EXT4_BASE_USED, total)
    return Mount(device, target, fstype, options, total, taken, total - taken, device)


def ext4_overhead(capacity: int) -> int:
    """Bytes: inodes of 256 bytes for every 16 KiB, and what statfs leaves out of the journal."""
    return capacity // 64 + min(32 * _MI, capacity // 128)


def file_tree(content: str, mode: int = 0o644) -> Tree:
    """A tree that is one file: what a bind mount of a file shows."""
    return StaticTree({}, root=text_file(content, mode))


def context_option(mcs: str) -> str:
    """``context="system_u:object_r:container_file_t:s0:c17,c18"``: the kernel prints the lower category first."""
    level, _, categories = mcs.partition(":")
    ordered = sorted(categories.split(","), key=lambda name: int(name[1:] or 0)) if categories else []
    return f'context="system_u:object_r:container_file_t:{":".join(filter(None, (level, ",".join(ordered))))}"'


# -- the fixed part


def _base(container: ContainerMounts) -> list[Mounted]:
    context, kernel = context_option(container.mcs), container.machine.kernel
    proc = Mount("proc", "/proc", "proc", "rw,nosuid,nodev,noexec,relatime")
    dev = _of_dev("/dev", context, kernel)
    pts_options = f"rw,nosuid,noexec,relatime,{context},gid=5,mode=620,ptmxmode=666"
    pts = Mount("devpts", "/dev/pts", "devpts", pts_options)
    mqueue = Mount("mqueue", "/dev/mqueue", "mqueue", "rw,nosuid,nodev,noexec,relatime,seclabel")
    sysfs = Mount("sysfs", "/sys", "sysfs", "ro,nosuid,nodev,noexec,relatime,seclabel")
    shm_options = f"rw,nosuid,nodev,noexec,relatime,{context},size=65536k{kernel.tmpfs}"
    shm = Mount("shm", "/dev/shm", "tmpfs", shm_options, 64 * _MI, 0, 64 * _MI, "shm")
    devices = LiveTree({f"/{name}": str for name in ("null", "zero", "tty", "random", "urandom", "full")})
    return [
        Mounted(_overlay(container), container.root),
        Mounted(proc),
        Mounted(dev, _DeviceTree(devices)),
        Mounted(pts),
        Mounted(mqueue),
        Mounted(sysfs),
        *map(Mounted, _control_groups(container)),
        Mounted(shm),
    ]


def _of_dev(target: str, context: str, kernel: Kernel) -> Mount:
    """The container's own /dev, or one of its files over another."""
    options = f"rw,nosuid,{context},size=65536k,mode=755{kernel.tmpfs}"
    return Mount("tmpfs", target, "tmpfs", options, 64 * _MI, 0, 64 * _MI, "dev")


class _DeviceTree:
    """/dev: a few character devices. What is written to them is gone."""

    read_only = False

    def __init__(self, names: LiveTree) -> None:
        self._names = names

    def get(self, path: str) -> Node | None:
        node = self._names.get(path)
        return replace(node, kind="char", mode=0o666) if node is not None and node.kind == "file" else node

    def children(self, path: str) -> list[str]:
        return self._names.children(path)

    def put(self, path: str, node: Node) -> None:
        self._names.put(path, node)

    def delete(self, path: str) -> None:
        self._names.delete(path)

    def used(self) -> int:
        return 0


def _overlay(container: ContainerMounts) -> Mount:
    machine, root = container.machine, "/var/lib/containers/storage/overlay"
    layers = [f"{root}/l/{_link_id(f'{container.image}/{layer}')}" for layer in range(5)]
    own = hashlib.sha256(container.seed.encode()).hexdigest()
    where = f"lowerdir={':'.join(layers)},upperdir={root}/{own}/diff,workdir={root}/{own}/work"
    options = f"rw,relatime,{context_option(container.mcs)},{where}{machine.kernel.overlay}"
    used = min(machine.disk_used + container.local_used, machine.disk_total)
    return Mount("overlay", "/", "overlay", options, machine.disk_total, used, machine.disk_total - used, "overlay")


def _link_id(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "".join(_BASE32[byte % 32] for byte in digest[:26])


def _control_groups(container: ContainerMounts) -> list[Mount]:
    """One tree for all controllers, or a tmpfs with a tree for each."""
    target = "/sys/fs/cgroup"
    if CGROUPS.at(container.release) == 2:
        return [Mount("cgroup", target, "cgroup2", "ro,nosuid,nodev,noexec,relatime,seclabel")]
    half = container.machine.memory // 2
    options = f"rw,nosuid,nodev,noexec,relatime,{context_option(container.mcs)},mode=755"
    return [Mount("tmpfs", target, "tmpfs", options, half, 0, half, "cgroup"), *map(_cgroup, _CGROUPS)]


def _cgroup(name: str) -> Mount:
    options = "ro,nosuid,nodev,noexec,relatime,seclabel,"
    special = "xattr,release_agent=/usr/lib/systemd/systemd-cgroups-agent,name=systemd"
    return Mount("cgroup", f"/sys/fs/cgroup/{name}", "cgroup", options + (special if name == "systemd" else name))


def _run_files(container: ContainerMounts) -> list[Mounted]:
    """Files that the runtime keeps in /run of the node, bound into the container."""
    kernel, used = container.machine.kernel, container.machine.run_used
    total = container.machine.memory // kernel.run_share
    options = kernel.run.format(size=total // 1024) + kernel.tmpfs
    secrets = StaticTree({}) if RUN_SECRETS.at(container.release) else None
    files: Mapping[str, Tree] = {
        "/etc/resolv.conf": file_tree(container.resolv_conf),
        "/etc/hostname": file_tree(container.hostname + "\n"),
        "/etc/passwd": file_tree(container.passwd),
        **({"/run/secrets": secrets} if secrets else {}),
    }
    return [
        Mounted(Mount("tmpfs", path, "tmpfs", options, total, used, total - used, "run"), tree)
        for path, tree in files.items()
    ]


def _disk_files(container: ContainerMounts) -> list[Mounted]:
    """Files that the kubelet keeps on the node's disk for each container."""
    files: Mapping[str, str] = {"/etc/hosts": container.hosts, "/dev/termination-log": ""}
    return [
        Mounted(disk_mount(container.machine, path, container.local_used), file_tree(content, 0o666))
        for path, content in files.items()
    ]


def _masks(container: ContainerMounts) -> list[Mounted]:
    context, kernel = context_option(container.mcs), container.machine.kernel
    proc = [Mount("proc", path, "proc", READ_ONLY_PROC.at(container.release)) for path in _READ_ONLY_PROC]
    hidden = [_of_dev(path, context, kernel) for path in _HIDDEN_FILES if path not in kernel.missing]
    no_room = EMPTY_MASKS.at(container.release)
    size, room = (",size=0k", 0) if no_room else ("", container.machine.memory // 2)
    options = f"ro,relatime,{context}{size}{kernel.tmpfs}"
    empty = [Mount("tmpfs", path, "tmpfs", options, room, 0, room, f"mask:{path}") for path in _HIDDEN_DIRECTORIES]
    return [Mounted(mount) for mount in (*proc, empty[0], *hidden, *empty[1:])]


def _with_proc(mounted: Mounted, table: Sequence[Mounted], kernel: str) -> Mounted:
    if mounted.mount.target != "/proc":
        return mounted

    def lines() -> str:
        mounts = [entry.mount for entry in table]
        return "".join(f"{mount.source} {mount.target} {mount.fstype} {mount.options} 0 0\n" for mount in mounts)

    live: Mapping[str, Callable[[], str]] = {
        "/mounts": lines,
        "/self/mounts": lines,
        "/version": lambda: f"Linux version {kernel}\n",
    }
    return replace(mounted, tree=LiveTree(live))
