"""An operator written with kopf that runs against a served cluster: a claim for every Home."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.client.kubeconfig import Kubeconfig
from simulator.errors import Object
from simulator.server.service import Service

pytest.importorskip("kopf")

HOMES = GVR("example.com", "v1", "homes")
CLAIMS = GVR("", "v1", "persistentvolumeclaims")
OPERATOR = """\
    import kopf, kubernetes

    @kopf.on.startup()
    def configure(settings, **_):
        settings.posting.enabled = True
        settings.persistence.finalizer = "example.com/home"

    @kopf.on.create("example.com", "v1", "homes", backoff=1)
    def create(body, name, namespace, spec, **_):
        claim = {
            "apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name},
            "spec": {"accessModes": ["ReadWriteMany"], "resources": {"requests": {"storage": spec["size"]}},
                     "storageClassName": "ocs-storagecluster-cephfs"},
        }
        kopf.adopt(claim)
        kubernetes.client.CoreV1Api().create_namespaced_persistent_volume_claim(namespace, claim)
        kopf.info(body, reason="Claimed", message="made the claim " + name)
        return {"claim": name}

    @kopf.on.update("example.com", "v1", "homes", field="spec.size", backoff=1)
    def grow(name, namespace, new, **_):
        patch = {"spec": {"resources": {"requests": {"storage": new}}}}
        kubernetes.client.CoreV1Api().patch_namespaced_persistent_volume_claim(name, namespace, patch)

    @kopf.on.delete("example.com", "v1", "homes", backoff=1)
    def delete(name, **_):
        pass
"""
DEFINITION: Object = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "homes.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"plural": "homes", "singular": "home", "kind": "Home"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {"type": "object", "properties": {"size": {"type": "string"}}},
                            "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                        },
                    }
                },
            }
        ],
    },
}


@pytest.fixture
def operator(service: Service, client: Client, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    definitions = GVR("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    client.create(definitions, DEFINITION)
    file = tmp_path / "operator.py"
    file.write_text(textwrap.dedent(OPERATOR))
    environment = {**os.environ, "KUBECONFIG": str(service.folder / "kubeconfig"), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "kopf", "run", "--namespace=default", "--standalone", str(file)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    yield process
    process.terminate()
    process.communicate(timeout=20)


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    with contextlib.closing(Kubeconfig(str(service.folder / "kubeconfig"))) as transport:
        yield Client(transport, transport.user)


def test_an_operator(client: Client, operator: subprocess.Popen[bytes]) -> None:
    def until(resource: GVR, holds: Callable[[Object | None], bool]) -> Object:
        found = client.wait(resource, "ann", holds, "default", timeout_s=120)
        return found or {}

    home: Object = {"apiVersion": "example.com/v1", "kind": "Home", "metadata": {"name": "ann"}}
    client.create(HOMES, {**home, "spec": {"size": "1Gi"}}, "default")
    done = until(HOMES, lambda found: "create" in (found or {}).get("status", {}))
    assert done["status"]["create"] == {"claim": "ann"}
    assert done["metadata"]["finalizers"] == ["example.com/home"]
    claim = until(CLAIMS, lambda found: (found or {}).get("status", {}).get("phase") == "Bound")
    assert claim["metadata"]["ownerReferences"][0]["kind"] == "Home"
    client.patch(HOMES, "ann", {"spec": {"size": "2Gi"}}, "default")
    until(CLAIMS, lambda found: (found or {})["spec"]["resources"]["requests"]["storage"] == "2Gi")
    client.delete(HOMES, "ann", "default")
    until(HOMES, lambda found: found is None)
    until(CLAIMS, lambda found: found is None)
    events = client.list(GVR("", "v1", "events"), "default", fields="reason=Claimed")
    assert [event["message"] for event in events] == ["made the claim ann"]
