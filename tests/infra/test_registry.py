"""Push and pull on both drivers, and what the storage's troubles look like."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import BUCKETS, VOLUMES
from simulator.infra import images
from simulator.infra.registry import INTERNAL_HOST, RegistryError

REGISTRY = "openshift-image-registry"
BUCKET, KEYS = "cluster-image-registry", ("AKIA1", "secret1")
APP = {"repository": "demo/app", "tag": "latest", "layers": [{"text": "base", "size": 75_000_000}, {"text": "app"}]}


@pytest.fixture(params=["s3", "filesystem"])
def registry(lab: Any, request: pytest.FixtureRequest) -> Any:
    return (_on_s3 if request.param == "s3" else _on_ceph)(lab)


def _on_s3(lab: Any, **env: str) -> Any:
    lab.machines.s3.create_bucket(BUCKET, "us-east-1", KEYS)
    settings = {"REGISTRY_STORAGE": "s3", "REGISTRY_STORAGE_S3_BUCKET": BUCKET}
    settings |= {"REGISTRY_STORAGE_S3_ACCESSKEY": KEYS[0], "REGISTRY_STORAGE_S3_SECRETKEY": KEYS[1]}
    lab.registry_pod(**settings, **env)
    assert lab.settle()
    return lab


def _on_ceph(lab: Any, size: str = "100Gi", **env: str) -> Any:
    lab.claim("ocs4registry", "ocs-storagecluster-cephfs", REGISTRY, size=size)
    lab.settle()
    lab.registry_pod(claim="ocs4registry", **env)
    assert lab.settle()
    return lab


def test_round_trip(registry: Any) -> None:
    image = images.build(APP)
    assert registry.machines.registry.push("demo/app", "latest", image) == image.digest
    assert registry.machines.registry.pull("demo/app", "latest") == image
    assert registry.machines.registry.pull("demo/app", image.digest) == image
    assert registry.machines.registry.catalog() == [("demo/app", "latest")]


def test_what_is_not_there(registry: Any) -> None:
    with pytest.raises(RegistryError, match=r"^manifest unknown: manifest unknown$"):
        registry.machines.registry.pull("demo/app", "latest")


def test_digests_are_those_of_the_payload() -> None:
    image = images.build(APP)
    for path, data, _ in images.layout("demo/app", "latest", image):
        if path.endswith("/data"):
            digest = images.digest_of(data)
            assert path == f"docker/registry/v2/blobs/sha256/{digest[7:9]}/{digest[7:]}/data"
    assert images.build(APP).digest == image.digest


def test_blobs_lie_in_the_volume_and_df_counts_them(lab: Any) -> None:
    _on_ceph(lab)
    lab.machines.registry.push("demo/app", "latest", images.build(APP))
    pod = "image-registry-1"
    line = lab.sh(pod, "df -h | grep registry", REGISTRY)
    assert line.split()[1:5] == ["100G", "68M", "100G", "1%"]
    found = lab.sh(pod, "cd /registry/docker/registry/v2/blobs/sha256 && sha256sum */*/data", REGISTRY)
    assert len(found.splitlines()) == 4
    assert all(digest == path.split("/")[1] for digest, path in (row.split() for row in found.splitlines()))
    tags = lab.sh(pod, "ls /registry/docker/registry/v2/repositories/demo/app/_manifests/tags", REGISTRY)
    assert tags == "latest\n"


def test_a_volume_that_is_not_ours(lab: Any) -> None:
    _on_ceph(lab)
    detail = "filesystem: mkdir /registry/docker: permission denied"
    volume = lab.machines.volumes.client.list(VOLUMES)
    name = next(one["metadata"]["name"] for one in volume if one["spec"]["backend"] == "cephfs")
    lab.client.patch(VOLUMES, name, {"spec": {"root": {"mode": "0755"}}})
    with pytest.raises(RegistryError, match="500 Internal Server Error") as refused:
        lab.machines.registry.push("demo/app", "latest", images.build(APP))
    assert refused.value.detail == detail
    log = lab.machines.kubelet.logs(lab.get_pod("image-registry-1", REGISTRY), "registry", {})
    assert f'err.detail="{detail}"' in log.splitlines()[-1]


def test_a_full_volume(lab: Any) -> None:
    _on_ceph(lab, size="64Mi")
    with pytest.raises(RegistryError) as refused:
        lab.machines.registry.push("demo/app", "latest", images.build(APP))
    assert refused.value.detail.endswith("/data: disk quota exceeded")


def test_s3_refuses(lab: Any) -> None:
    _on_s3(lab)
    lab.client.patch(BUCKETS, BUCKET, {"spec": {"credentials": []}})
    with pytest.raises(RegistryError) as refused:
        lab.machines.registry.pull("demo/app", "latest")
    assert refused.value.detail.startswith("s3aws: AccessDenied: Access Denied\n\tstatus code: 403, request id: ")


def test_read_only_refuses_pushes_and_serves_pulls(lab: Any) -> None:
    _on_s3(lab, REGISTRY_STORAGE_MAINTENANCE_READONLY="{enabled: true}")
    image = images.build(APP)
    for path, data, size in images.layout("demo/app", "latest", image):
        lab.machines.s3.put_object(BUCKET, path, data, size=size)
    assert lab.machines.registry.pull("demo/app", "latest") == image
    with pytest.raises(RegistryError, match=r"^unsupported: The operation is unsupported.$"):
        lab.machines.registry.push("demo/app", "v2", image)


def test_nobody_behind_the_service(lab: Any) -> None:
    with pytest.raises(RegistryError, match=r"dial tcp 172.30.1.5:5000: connect: no route to host$"):
        lab.machines.registry.pull("demo/app", "latest")


def test_kubelet_pulls_from_it(lab: Any) -> None:
    _on_ceph(lab)
    image = f"{INTERNAL_HOST}/demo/app:latest"
    lab.pod("early", containers=[{"name": "app", "image": image}])
    lab.settle(20)
    failure = (
        f'Failed to pull image "{image}": rpc error: code = Unknown desc = Error reading manifest latest in '
        f"{INTERNAL_HOST}/demo/app: manifest unknown: manifest unknown"
    )
    assert ("Failed", failure) in lab.events("early")
    assert ("BackOff", f'Back-off pulling image "{image}"') in lab.events("early")
    lab.machines.registry.push("demo/app", "latest", images.build(APP))
    assert lab.settle(400)
    assert lab.get_pod("early")["status"]["phase"] == "Running"


def test_a_learner_with_podman(lab: Any) -> None:
    _on_ceph(lab)
    image = "registry.access.redhat.com/ubi8/ubi:8.0"
    lab.pod("ws", containers=[{"name": "ws", "image": image, "command": ["sleep", "infinity"]}])
    assert lab.settle()
    old = f"{INTERNAL_HOST}/demo/old:latest"
    assert "unauthorized" in lab.sh("ws", f"podman pull {old}", status=125)
    assert lab.sh("ws", f"podman login -u kubeadmin -p token {INTERNAL_HOST}") == "Login Succeeded!\n"
    assert lab.sh("ws", f"podman pull {old}", status=125).endswith(": manifest unknown: manifest unknown\n")
    new = f"{INTERNAL_HOST}/demo/new:v1"
    lab.sh("ws", f"podman pull busybox && podman tag busybox {new} && podman push --tls-verify=false {new}")
    assert ("demo/new", "v1") in lab.machines.registry.catalog()
    assert "docker.io/library/busybox" in lab.sh("ws", "podman images")
