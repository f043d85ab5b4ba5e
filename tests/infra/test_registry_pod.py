"""The registry's pod on CephFS, from inside and from outside."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import PODS

REGISTRY, POD = "openshift-image-registry", "image-registry-1"
MONITORS = "172.30.107.130:6789,172.30.82.116:6789,172.30.125.23:6789"
UUID = "5b88bd0e-fc09-11e9-9939-0a580a820206"

DF = f"""\
Filesystem                                                                                                           Size  Used Avail Use% Mounted on
overlay                                                                                                              120G   12G  109G  10% /
tmpfs                                                                                                                 64M     0   64M   0% /dev
tmpfs                                                                                                                 32G     0   32G   0% /sys/fs/cgroup
shm                                                                                                                   64M     0   64M   0% /dev/shm
tmpfs                                                                                                                 32G  5.4M   32G   1% /etc/passwd
{MONITORS}:/volumes/csi/csi-vol-{UUID}  100G     0  100G   0% /registry
tmpfs                                                                                                                 32G  8.0K   32G   1% /etc/secrets
/dev/mapper/coreos-luks-root-nocrypt                                                                                 120G   12G  109G  10% /etc/hosts
tmpfs                                                                                                                 32G   28K   32G   1% /run/secrets/kubernetes.io/serviceaccount
tmpfs                                                                                                                 32G     0   32G   0% /proc/acpi
tmpfs                                                                                                                 32G     0   32G   0% /proc/scsi
tmpfs                                                                                                                 32G     0   32G   0% /sys/firmware
"""  # noqa: E501 - as df prints it
MOUNT = (
    f"{MONITORS}:/volumes/csi/csi-vol-{UUID} on /registry type ceph (rw,relatime,name=csi-cephfs-node,secret=<hidden>,"
    "acl,mds_namespace=ocs-storagecluster-cephfilesystem)\n"
)


@pytest.fixture
def registry(lab: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The lab with the registry on CephFS, under the lab's own id."""
    given = lab.names.uid
    monkeypatch.setattr(lab.names, "uid", lambda now, node: UUID if node.startswith("0a58") else given(now, node))
    lab.claim("ocs4registry", "ocs-storagecluster-cephfs", REGISTRY)
    lab.settle()
    lab.registry_pod(claim="ocs4registry")
    assert lab.settle(), "the registry does not come to rest"
    return lab


def test_df_prints_what_the_lab_shows(registry: Any) -> None:
    assert registry.sh(POD, "df -h", REGISTRY) == DF


def test_df_and_mount_find_the_registry(registry: Any) -> None:
    assert registry.sh(POD, "df -h | grep registry", REGISTRY) == DF.splitlines(keepends=True)[6]
    assert registry.sh(POD, "mount | grep registry", REGISTRY) == MOUNT


def test_without_a_claim_nothing_is_called_registry(lab: Any) -> None:
    lab.registry_pod()
    lab.settle()
    assert lab.sh(POD, "df -h | grep registry", REGISTRY, status=1) == ""
    assert lab.sh(POD, "mount | grep registry", REGISTRY, status=1) == ""


def test_root_shows_the_namespaces_categories_low_first(registry: Any) -> None:
    root = registry.sh(POD, "mount | head -1", REGISTRY)
    context = 'context="system_u:object_r:container_file_t:s0:c17,c18"'
    assert root.startswith(f"overlay on / type overlay (rw,relatime,{context},lowerdir=/var/lib/")


def test_secrets_are_read_only_and_content_is_the_secrets(registry: Any) -> None:
    lines = registry.sh(POD, "mount | grep secrets", REGISTRY).splitlines()
    assert lines == [
        "tmpfs on /etc/secrets type tmpfs (ro,relatime,seclabel)",
        "tmpfs on /run/secrets/kubernetes.io/serviceaccount type tmpfs (ro,relatime,seclabel)",
    ]
    assert registry.sh(POD, "wc -c < /var/run/secrets/kubernetes.io/serviceaccount/token", REGISTRY) == "1100\n"
    assert "Read-only file system" in registry.sh(POD, "touch /etc/secrets/x", REGISTRY, status=1)


def test_user_is_of_the_namespaces_range(registry: Any) -> None:
    assert registry.sh(POD, "id", REGISTRY) == "uid=1000340000(1000340000) gid=0(root) groups=0(root),1000340000\n"
    assert "Permission denied" in registry.sh(POD, "echo x > /etc/x", REGISTRY, status=1)


def test_processes_of_the_container(registry: Any) -> None:
    rows = registry.sh(POD, "ps -ef", REGISTRY).splitlines()[1:]
    assert [row.split()[1] for row in rows] == ["1", "15"]
    assert rows[0].endswith("/usr/bin/dockerregistry")


def test_files_outlive_the_shell_but_the_layer_not_the_pod(registry: Any) -> None:
    registry.sh(POD, "echo kept > /registry/a; echo gone > /tmp/b; rm -f /tmp/none", REGISTRY)
    assert registry.sh(POD, "cat /registry/a /tmp/b", REGISTRY) == "kept\ngone\n"
    registry.client.delete(PODS, POD, REGISTRY)
    registry.settle()
    registry.registry_pod("image-registry-2", claim="ocs4registry")
    registry.settle()
    assert registry.sh("image-registry-2", "cat /registry/a; ls /tmp", REGISTRY) == "kept\n"


def test_pod_becomes_ready_and_costs_nothing_then(registry: Any) -> None:
    status = registry.get_pod(POD, REGISTRY)["status"]
    assert [(one["type"], one["status"]) for one in status["conditions"]] == [
        ("Initialized", "True"),
        ("Ready", "True"),
        ("ContainersReady", "True"),
        ("PodScheduled", "True"),
    ]
    assert status["containerStatuses"][0]["ready"]
    registry.assert_settled()


def test_log_tells_the_storage_and_the_address(registry: Any) -> None:
    log = registry.machines.kubelet.logs(registry.get_pod(POD, REGISTRY), "registry", {})
    assert "start registry" in log.splitlines()[0]
    assert 'msg="using storage driver filesystem /registry"' in log
    assert 'msg="listening on :5000, tls"' in log.splitlines()[-1]
    tail = registry.machines.kubelet.logs(registry.get_pod(POD, REGISTRY), "registry", {"tailLines": "2"})
    assert tail.splitlines() == log.splitlines()[-2:]


def test_unhealthy_registry_leaves_and_comes_back(registry: Any) -> None:
    registry.fault("sick", "registry", "unhealthy")
    registry.settle(45)
    assert not registry.get_pod(POD, REGISTRY)["status"]["containerStatuses"][0]["ready"]
    said = registry.events(POD, REGISTRY)
    assert ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503") in said
    assert ("Killing", "Container registry failed liveness probe, will be restarted") in said
    registry.repair("sick")
    assert registry.settle(400)
    status = registry.get_pod(POD, REGISTRY)["status"]["containerStatuses"][0]
    assert status["ready"]
    assert status["restartCount"] >= 1


def test_exec_errors(registry: Any) -> None:
    result = registry.client.exec(POD, REGISTRY, ["nosuch"])
    assert result.status != 0
    start = 'oci runtime error: exec failed: container_linux.go:345: starting container process caused "exec: '
    assert result.stderr.startswith(start)
    assert 'executable file not found in $PATH"' in result.stderr
