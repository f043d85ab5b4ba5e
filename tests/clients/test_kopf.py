"""An operator written with kopf that runs against a served cluster: a claim for every Home."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from simulator.api.types import GVR
from simulator.client.client import Client
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

    @kopf.on.create("example.com", "v1", "homes")
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

    @kopf.on.update("example.com", "v1", "homes", field="spec.size")
    def grow(name, namespace, new, **_):
        patch = {"spec": {"resources": {"requests": {"storage": new}}}}
        kubernetes.client.CoreV1Api().patch_namespaced_persistent_volume_claim(name, namespace, patch)

    @kopf.on.delete("example.com", "v1", "homes")
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
def operator(service: Service, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    definitions = GVR("apiextensions.k8s.io", "v1", "customresourcedefinitions")
    on(service, lambda client: client.create(definitions, DEFINITION))
    file = tmp_path / "operator.py"
    file.write_text(textwrap.dedent(OPERATOR))
    environment = {**os.environ, "KUBECONFIG": str(service.folder / "kubeconfig"), "HOME": str(tmp_path)}
    command = [sys.executable, "-m", "kopf", "run", "--namespace=default", "--standalone", str(file)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    yield process
    process.terminate()
    process.communicate(timeout=20)


def on(service: Service, work: Callable[[Client], Any]) -> Any:
    return service.call(lambda: work(service.cluster.client()))


def until(service: Service, work: Callable[[Client], Any], holds: Callable[[Any], bool]) -> Any:
    deadline = time.monotonic() + 40
    while not holds(found := on(service, work)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def test_an_operator(service: Service, operator: subprocess.Popen[bytes]) -> None:
    home: Object = {"apiVersion": "example.com/v1", "kind": "Home", "metadata": {"name": "ann"}}
    on(service, lambda client: client.create(HOMES, {**home, "spec": {"size": "1Gi"}}, "default"))
    done = until(
        service,
        lambda client: client.get(HOMES, "ann", "default"),
        lambda found: "create" in (found.get("status") or {}),
    )
    assert done["status"]["create"] == {"claim": "ann"}
    assert done["metadata"]["finalizers"] == ["example.com/home"]
    claim = until(
        service,
        lambda client: client.get(CLAIMS, "ann", "default"),
        lambda found: found.get("status", {}).get("phase") == "Bound",
    )
    assert claim["metadata"]["ownerReferences"][0]["kind"] == "Home"
    on(service, lambda client: client.patch(HOMES, "ann", {"spec": {"size": "2Gi"}}, "default"))
    until(
        service,
        lambda client: client.get(CLAIMS, "ann", "default"),
        lambda found: found["spec"]["resources"]["requests"]["storage"] == "2Gi",
    )
    on(service, lambda client: client.delete(HOMES, "ann", "default"))
    until(service, lambda client: client.get_or_none(HOMES, "ann", "default"), lambda found: found is None)
    until(service, lambda client: client.get_or_none(CLAIMS, "ann", "default"), lambda found: found is None)
    events = on(service, lambda client: client.list(GVR("", "v1", "events"), "default", fields="reason=Claimed"))
    assert [event["message"] for event in events] == ["made the claim ann"]
