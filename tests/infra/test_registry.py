"""Push and pull on both drivers, and what the storage's troubles look like."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import BUCKETS, CONFIGMAPS, SECRETS, SERVICES, VOLUMES
from simulator.controllers.certificates import certificate
from simulator.controllers.podstate import is_serving
from simulator.infra import images
from simulator.infra.registry import INTERNAL_HOST, RegistryError
from simulator.infra.s3 import S3Error

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


# -- 4.20: credentials in a file, an endpoint of its own, a health check of the storage

ENDPOINT, SERVICE_CA = "https://s3.openshift-storage.svc", certificate("service ca")


def _in_cluster(lab: Any, trusted: str = SERVICE_CA, **env: str) -> Any:
    """A registry on NooBaa, as the operator of 4.20 sets it up."""
    ca = {
        "metadata": {"name": "signing-cabundle", "namespace": "openshift-service-ca"},
        "data": {"ca-bundle.crt": SERVICE_CA},
    }
    lab.client.create(CONFIGMAPS, ca)
    ports = [{"name": "s3-https", "port": 443}]
    service = {"clusterIP": "172.30.1.2", "ports": ports, "selector": {"noobaa-s3": "noobaa"}}
    lab.create(SERVICES, {"metadata": {"name": "s3", "namespace": "openshift-storage"}, "spec": service})
    lab.pod("noobaa-endpoint-1", "openshift-storage", labels={"noobaa-s3": "noobaa"})
    pair = {"accessKeyID": "key", "secretAccessKey": "word"}
    lab.machines.noobaa.add(BUCKET, {"region": "", "credentials": [pair]})
    ini = "[default]\naws_access_key_id = key\naws_secret_access_key = word\n"
    lab.secret("image-registry-private-configuration", REGISTRY, {"credentials": ini})
    certificates = {"name": "image-registry-certificates", "namespace": REGISTRY}
    lab.client.create(CONFIGMAPS, {"metadata": certificates, "data": {"storage-ca-bundle.pem": trusted}})
    settings = {
        "REGISTRY_STORAGE": "s3",
        "REGISTRY_STORAGE_S3_BUCKET": BUCKET,
        "REGISTRY_STORAGE_S3_REGION": "us-east-1",
        "REGISTRY_STORAGE_S3_REGIONENDPOINT": ENDPOINT,
        "REGISTRY_STORAGE_S3_FORCEPATHSTYLE": "true",
        "REGISTRY_STORAGE_S3_CREDENTIALSCONFIGPATH": "/var/run/secrets/cloud/credentials",
        "REGISTRY_HEALTH_STORAGEDRIVER_ENABLED": "true",
    }
    volumes = {
        "/var/run/secrets/cloud": {"secret": {"secretName": "image-registry-private-configuration"}},
        "/etc/pki/ca-trust/source/anchors": {"configMap": {"name": "image-registry-certificates"}},
    }
    lab.registry_pod(volumes=volumes, **{**settings, **env})
    lab.settle()
    return lab


def _is_ready(lab: Any) -> bool:
    return is_serving(lab.get_pod("image-registry-1", REGISTRY))


def test_on_a_store_inside_the_cluster(today: Any) -> None:
    lab = _in_cluster(today)
    assert _is_ready(lab)
    image = images.build(APP)
    lab.machines.registry.push("demo/app", "latest", image)
    assert lab.machines.registry.pull("demo/app", "latest") == image
    assert lab.machines.noobaa.list_objects(BUCKET) != []
    with pytest.raises(S3Error, match="NotFound"):
        lab.machines.s3.head_bucket(BUCKET)


def test_a_certificate_that_nobody_signed(today: Any) -> None:
    lab = _in_cluster(today, trusted="")
    assert not _is_ready(lab)
    assert ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503") in lab.events(
        "image-registry-1", REGISTRY
    )


@pytest.mark.parametrize(
    "env",
    [
        {"REGISTRY_STORAGE_S3_CREDENTIALSCONFIGPATH": "/nowhere"},
        {"REGISTRY_STORAGE_S3_FORCEPATHSTYLE": "false"},
        {"REGISTRY_STORAGE_S3_REGIONENDPOINT": ""},
        {"REGISTRY_STORAGE_S3_BUCKET": "another"},
    ],
)
def test_what_makes_it_unready(today: Any, env: dict[str, str]) -> None:
    assert not _is_ready(_in_cluster(today, **env))


def test_it_is_unready_while_the_store_is_away(today: Any) -> None:
    lab = _in_cluster(today)
    lab.fault("gone", "noobaa", "down")
    lab.settle()
    assert not _is_ready(lab)
    lab.repair("gone")
    assert lab.settle(120)
    assert _is_ready(lab)
    lab.machines.noobaa.purge(BUCKET)
    lab.settle()
    assert not _is_ready(lab)


def test_it_goes_on_with_the_keys_that_it_was_started_with(today: Any) -> None:
    """A switch of the storage empties the Secret while the old pods still serve. A restart would read it anew."""
    lab = _in_cluster(today)
    image = images.build(APP)
    lab.machines.registry.push("demo/app", "latest", image)
    secret = lab.client.get(SECRETS, "image-registry-private-configuration", REGISTRY)
    lab.client.update(SECRETS, {**secret, "data": {}})
    lab.manager.stop()
    lab.start().settle()
    assert _is_ready(lab)
    assert lab.machines.registry.pull("demo/app", "latest") == image
    lab.fault("hangs", "registry", "unhealthy")
    lab.settle(90)
    lab.repair("hangs")
    lab.settle(90)
    assert lab.get_pod("image-registry-1", REGISTRY)["status"]["containerStatuses"][0]["restartCount"] > 0
    assert not _is_ready(lab)


def test_without_a_health_check_it_stays_ready(today: Any) -> None:
    lab = _in_cluster(today, REGISTRY_HEALTH_STORAGEDRIVER_ENABLED="", REGISTRY_STORAGE_S3_CREDENTIALSCONFIGPATH="/no")
    assert _is_ready(lab)
    with pytest.raises(RegistryError) as refused:
        lab.machines.registry.pull("demo/app", "latest")
    assert refused.value.detail.startswith("s3aws: NoCredentialProviders: no valid providers in chain. Deprecated.\n\t")
