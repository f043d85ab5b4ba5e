"""The mount table of a container on RHCOS 9, and the sizes that df makes of it."""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import CONFIGMAPS, NODES

REGISTRY, NODE = "openshift-image-registry", "ip-10-0-131-236.ec2.internal"
IMAGE = "registry.access.redhat.com/ubi8/ubi:8.0"
CONTEXT = 'context="system_u:object_r:container_file_t:s0:c17,c18"'


def container(lab: Any, resources: Any = None, **volumes: Any) -> None:
    """A pod ``one`` that has each volume mounted on /NAME."""
    node = lab.client.get(NODES, NODE)
    lab.client.update_status(NODES, {**node, "status": {**node["status"], "allocatable": {"memory": "14941936Ki"}}})
    mounts = [{"name": name, "mountPath": f"/{name}"} for name in volumes]
    spec = {"name": "app", "image": IMAGE, "command": ["sleep", "infinity"], "volumeMounts": mounts,
            "resources": resources or {}}  # fmt: skip
    lab.pod("one", containers=[spec], volumes=[{"name": name, **source} for name, source in volumes.items()])
    assert lab.settle(60)


def table(lab: Any) -> dict[str, str]:
    """target -> ``SOURCE TYPE (OPTIONS)``."""
    rows = [line.split(" ") for line in lab.sh("one", "mount").splitlines()]
    return {row[2]: f"{row[0]} {row[4]} {row[5]}" for row in rows}


def test_the_fixed_part(today: Any) -> None:
    container(today)
    mounted = table(today)
    assert mounted["/"].startswith(f"overlay overlay (rw,relatime,{CONTEXT},lowerdir=/var/lib/containers/storage/")
    assert mounted["/"].endswith("/work,metacopy=on,volatile)")
    assert mounted["/dev"] == f"tmpfs tmpfs (rw,nosuid,{CONTEXT},size=65536k,mode=755,inode64)"
    assert mounted["/dev/shm"] == f"shm tmpfs (rw,nosuid,nodev,noexec,relatime,{CONTEXT},size=65536k,inode64)"
    assert mounted["/sys/fs/cgroup"] == "cgroup cgroup2 (ro,nosuid,nodev,noexec,relatime,seclabel)"
    assert not [target for target in mounted if target.startswith("/sys/fs/cgroup/")]
    assert mounted["/proc/sys"] == "proc proc (ro,nosuid,nodev,noexec,relatime)"
    assert mounted["/proc/acpi"] == f"tmpfs tmpfs (ro,relatime,{CONTEXT},size=0k,inode64)"
    assert "/proc/sched_debug" not in mounted
    run = "rw,nosuid,nodev,seclabel,size=13421772k,nr_inodes=819200,mode=755,inode64"
    assert mounted["/run/secrets"] == mounted["/etc/hostname"] == f"tmpfs tmpfs ({run})"
    disk = "rw,relatime,seclabel,attr2,inode64,logbufs=8,logbsize=32k,prjquota"
    assert mounted["/etc/hosts"] == f"/dev/nvme0n1p4 xfs ({disk})"


def test_df(today: Any) -> None:
    today.secret("keys", "demo", {"tls.key": "x" * 1700})
    container(today, secret={"secret": {"secretName": "keys"}})
    lines = [line.split() for line in today.sh("one", "df -h").splitlines()[1:]]
    assert [(row[0], row[1], row[5]) for row in lines] == [
        ("overlay", "120G", "/"),
        ("tmpfs", "64M", "/dev"),
        ("shm", "64M", "/dev/shm"),
        ("tmpfs", "13G", "/etc/passwd"),
        ("tmpfs", "15G", "/secret"),
        ("/dev/nvme0n1p4", "120G", "/etc/hosts"),
    ]


def test_memory_is_as_large_as_the_pod_may_be(today: Any) -> None:
    today.secret("keys", "demo", {"tls.key": "x"})
    limit = {"limits": {"memory": "512Mi"}}
    container(today, limit, secret={"secret": {"secretName": "keys"}}, scratch={"emptyDir": {"medium": "Memory"}},
              small={"emptyDir": {"medium": "Memory", "sizeLimit": "64Mi"}})  # fmt: skip
    mounted = table(today)
    assert mounted["/secret"] == "tmpfs tmpfs (ro,relatime,seclabel,size=524288k,inode64)"
    assert mounted["/scratch"] == "tmpfs tmpfs (rw,relatime,seclabel,size=524288k,inode64)"
    assert mounted["/small"] == "tmpfs tmpfs (rw,relatime,seclabel,size=65536k,inode64)"


def test_the_kernel_tells_its_version(today: Any) -> None:
    container(today)
    assert today.sh("one", "cat /proc/version") == "Linux version 5.14.0-570.49.1.el9_6.x86_64\n"


def test_projected_sources_and_what_may_be_missing(today: Any) -> None:
    today.client.create(CONFIGMAPS, {"metadata": {"name": "ca", "namespace": "demo"}, "data": {"ca.crt": "PEM"}})
    sources = [
        {"serviceAccountToken": {"path": "token", "expirationSeconds": 3607}},
        {"configMap": {"name": "ca", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"configMap": {"name": "nothing", "optional": True}},
        {"downwardAPI": {"items": [{"path": "namespace", "fieldRef": {"fieldPath": "metadata.namespace"}}]}},
    ]
    container(today, all={"projected": {"sources": sources}}, none={"secret": {"secretName": "no", "optional": True}})
    assert today.sh("one", "ls /all /none") == "/all:\nca.crt\nnamespace\ntoken\n\n/none:\n"
    assert today.sh("one", "cat /all/ca.crt /all/namespace") == "PEMdemo"


def test_a_folder_of_a_shared_volume_read_only(today: Any) -> None:
    today.claim("files", "ocs-storagecluster-cephfs")
    assert today.settle(40)
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "files"}}]
    writer = {"name": "app", "image": IMAGE, "command": ["sleep", "infinity"],
              "volumeMounts": [{"name": "data", "mountPath": "/data"}]}  # fmt: skip
    today.pod("writer", containers=[writer], volumes=volumes)
    assert today.settle(60)
    today.sh("writer", "mkdir /data/sub && echo hello > /data/sub/file")
    mount = {"name": "data", "mountPath": "/data", "subPath": "sub", "readOnly": True}
    today.pod("reader", containers=[{**writer, "volumeMounts": [mount]}], volumes=volumes)
    assert today.settle(60)
    assert today.sh("reader", "cat /data/file") == "hello\n"
    assert "/sub on /data type ceph (ro,relatime,seclabel," in today.sh("reader", "mount | grep ' /data '")
    assert "Read-only file system" in today.sh("reader", "touch /data/other", status=1)
