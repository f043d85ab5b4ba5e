"""Mounts that cannot be: two at one path, one of a volume that is not there, a claim that its class cannot give."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.errors import Object
from simulator.profiles.timeline import Placed

_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": ("spec",),
    "Deployment": ("spec", "template", "spec"),
    "DaemonSet": ("spec", "template", "spec"),
    "ReplicaSet": ("spec", "template", "spec"),
    "StatefulSet": ("spec", "template", "spec"),
    "ReplicationController": ("spec", "template", "spec"),
    "DeploymentConfig": ("spec", "template", "spec"),
    "Job": ("spec", "template", "spec"),
    "CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
}
_SHARED: Final = ("ReadWriteMany", "ReadOnlyMany")
_ONE_NODE_ONLY: Final = ("kubernetes.io/aws-ebs", "ebs.csi.aws.com")


def pod_template(obj: Object) -> tuple[str, Object]:
    """Where the spec of the object's pods is, and the spec; ("", {}) for what has none or leaves it to be as it is."""
    path = _TEMPLATES.get(obj["kind"], ())
    found: Any = obj
    for step in path:
        found = (found or {}).get(step)
    return (".".join(path), found) if path and isinstance(found, dict) else ("", {})


def check_mounts(placed: Placed, objects: Mapping[tuple[str, str, str], Object]) -> None:
    """InputError for a claim that cannot be had, or a mount that cannot be made."""
    obj = placed.object
    if obj["kind"] == "PersistentVolumeClaim" and "spec" in obj:
        _check_claim(placed, obj["spec"], "spec", objects)
    templates = obj.get("spec", {}).get("volumeClaimTemplates", ()) if obj["kind"] == "StatefulSet" else ()
    for template in templates:
        _check_claim(placed, template["spec"], "spec.volumeClaimTemplates", objects)
    path, pod = pod_template(obj)
    if pod.get("containers"):
        modes = {template["metadata"]["name"]: template["spec"].get("volumeMode", "") for template in templates}
        namespace = obj["metadata"].get("namespace", "")
        modes |= {volume["name"]: _mode_of(volume, namespace, objects) for volume in pod.get("volumes") or ()}
        for container in [*(pod.get("initContainers") or ()), *pod["containers"]]:
            _check_container(placed, f"{path}.containers.{container['name']}", container, modes)


def _check_claim(placed: Placed, spec: Object, field: str, objects: Mapping[tuple[str, str, str], Object]) -> None:
    storage_class = objects.get(("StorageClass", "", spec.get("storageClassName") or ""))
    if storage_class is None:
        return
    shared = [mode for mode in spec.get("accessModes") or () if mode in _SHARED]
    problem = _problem(str(storage_class["provisioner"]), spec.get("volumeMode") == "Block", shared)
    if problem:
        raise placed.error(f"StorageClass {spec['storageClassName']!r} {problem}", field)


def _problem(provisioner: str, block: bool, shared: list[str]) -> str:
    """Why a provisioner cannot make such a volume; "" when it can."""
    if provisioner in _ONE_NODE_ONLY and shared:
        return f"has volumes for one node only, not {shared[0]}"
    if ".rbd.csi." in provisioner and shared and not block:
        return f"has {shared[0]} for volumes of mode Block only"
    if ".cephfs.csi." in provisioner and block:
        return "has no volumes of mode Block"
    if provisioner.endswith(("/obc", "/bucket")):
        return "is for ObjectBucketClaims"
    return ""


def _mode_of(volume: Object, namespace: str, objects: Mapping[tuple[str, str, str], Object]) -> str:
    """Block or Filesystem for a claim's volume; "" for what is neither known nor a claim."""
    claim = volume.get("persistentVolumeClaim")
    if claim is None:
        return "Filesystem"
    found = objects.get(("PersistentVolumeClaim", namespace, claim["claimName"]), {})
    return str((found.get("spec") or {}).get("volumeMode") or "Filesystem") if found else ""


def _check_container(placed: Placed, field: str, container: Object, modes: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for kind, mount, path in _mounts(container):
        name, where = mount["name"], f"{field}.{kind}"
        if name not in modes:
            raise placed.error(f"there is no volume {name!r}", where)
        if not path.startswith("/"):
            raise placed.error(f"{path!r} is not an absolute path", where)
        if path in seen:
            raise placed.error(f"{seen[path]!r} and {name!r} cannot both be at {path}", where)
        if kind == "volumeMounts" and modes[name] == "Block":
            raise placed.error(f"{name!r} is a block device, which cannot be mounted at {path}", where)
        if kind == "volumeDevices" and modes[name] == "Filesystem":
            raise placed.error(f"{name!r} is a filesystem, no device for {path}", where)
        seen[path] = name


def _mounts(container: Object) -> Iterator[tuple[str, Object, str]]:
    for mount in container.get("volumeMounts") or ():
        yield "volumeMounts", mount, str(mount.get("mountPath", "")).rstrip("/") or "/"
    for device in container.get("volumeDevices") or ():
        yield "volumeDevices", device, str(device.get("devicePath", ""))
