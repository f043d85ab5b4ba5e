"""What the engine looks at: the resources of the registry, and small readers of them."""

from __future__ import annotations

from typing import Any

from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.errors import Object

CONFIGS = GVR("imageregistry.operator.openshift.io", "v1", "configs")
CLAIMS = GVR("", "v1", "persistentvolumeclaims")
CLASSES = GVR("storage.k8s.io", "v1", "storageclasses")
CEPH_CLUSTERS = GVR("ceph.rook.io", "v1", "cephclusters")
DEPLOYMENTS = GVR("apps", "v1", "deployments")
PROJECTS = GVR("project.openshift.io", "v1", "projects")
PODS = GVR("", "v1", "pods")
QUOTAS = GVR("", "v1", "resourcequotas")
VOLUMES = GVR("", "v1", "persistentvolumes")

NAMESPACE = "openshift-image-registry"
DEPLOYMENT = "image-registry"
STORAGE_NAMESPACE = "openshift-storage"
STORAGE_TYPES = ("emptyDir", "s3", "swift", "gcs", "ibmcos", "pvc", "azure")
OWNERSHIP = "managementState"  # of spec.storage: Managed if the operator may delete the storage


def config(client: Client) -> Object | None:
    return client.get_or_none(CONFIGS, "cluster")


def storage_of(config: Object) -> Object:
    storage: Object = config.get("spec", {}).get("storage") or {}
    return storage


def storage_types(storage: Object) -> list[str]:
    """The storage types that are set, as the operator counts them."""
    return [name for name in STORAGE_TYPES if storage.get(name) is not None]


def condition(obj: Object, kind: str) -> Object:
    """The condition of that type; an empty one when there is none."""
    for found in obj.get("status", {}).get("conditions") or ():
        if found["type"] == kind:
            result: Object = found
            return result
    return {}


def is_ready(config: Object | None) -> bool:
    """The operator has rolled out what the Config asks for, and says so of this very generation."""
    if config is None:
        return False
    wanted, observed = config["metadata"].get("generation"), config.get("status", {}).get("observedGeneration")
    return (
        wanted == observed
        and condition(config, "Available").get("status") == "True"
        and condition(config, "Progressing").get("status") == "False"
        and condition(config, "Degraded").get("status") != "True"
    )


def is_rolled_out(deployment: Object, claim: str) -> bool:
    """The Deployment mounts ``claim``, all of its pods are of that template and available, and no other is left."""
    spec, status = deployment["spec"], deployment.get("status", {})
    volumes = spec["template"]["spec"].get("volumes") or ()
    counts = {status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")}
    return (
        any((volume.get("persistentVolumeClaim") or {}).get("claimName") == claim for volume in volumes)
        and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and counts == {spec.get("replicas", 1)}
    )


def registry_pods(client: Client) -> list[Object]:
    """The registry's pods that are not being deleted."""
    pods = client.list(PODS, NAMESPACE, labels="docker-registry=default")
    return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]


def describe(value: Any) -> str:
    """A short text of a storage block: ``pvc ocs4registry``, ``s3 BUCKET``."""
    for kind in storage_types(value):
        block = value[kind]
        return " ".join(part for part in (kind, block.get("claim") or block.get("bucket") or "") if part)
    return "none"
