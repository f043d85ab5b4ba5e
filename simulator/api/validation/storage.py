"""Claims, volumes and storage classes. Source: apis/core/validation, apis/storage/validation of 1.14 and 1.33."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.api.quantity import parse
from simulator.api.validation.claimdiff import claim_diff
from simulator.api.validation.fields import Errors, Literal
from simulator.api.validation.names import validate_subdomain
from simulator.changes.api import ACCESS_MODES, CLAIM_IMMUTABLE, CLAIM_SHRINKS
from simulator.changes.storage import DEFAULT_CLASS_LATER
from simulator.errors import Object

_VOLUME_MODES = ("Block", "Filesystem")
_POLICIES = ("Delete", "Recycle", "Retain")
_SOURCES = (
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker",
    "gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume",
    "quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume",
)  # fmt: skip
_SOURCE_IMMUTABLE = "is immutable after creation"


def _claim(obj: Object, errors: Errors) -> None:
    spec = obj.get("spec") or {}
    _access_modes(spec, errors, "at least 1 access mode is required")
    storage = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if storage is None:
        errors.required("spec.resources[storage]")
    elif parse(storage) <= 0:
        errors.invalid("spec.resources[storage]", storage, "must be greater than zero")
    if spec.get("storageClassName"):
        validate_subdomain("spec.storageClassName", spec["storageClassName"], errors)
    _volume_mode(spec, errors)


def _access_modes(spec: Mapping[str, Any], errors: Errors, detail: str) -> None:
    modes = spec.get("accessModes") or []
    if not modes:
        errors.required("spec.accessModes", detail)
    known = ACCESS_MODES.at(errors.release)
    for mode in modes:
        if mode not in known:
            errors.unsupported("spec.accessModes", mode, known)
    if "ReadWriteOncePod" in modes and len(modes) > 1 and "ReadWriteOncePod" in known:
        errors.forbidden("spec.accessModes", "may not use ReadWriteOncePod with other access modes")


def _volume_mode(spec: Mapping[str, Any], errors: Errors) -> None:
    if spec.get("volumeMode", "Filesystem") not in _VOLUME_MODES:
        errors.unsupported("spec.volumeMode", spec["volumeMode"], _VOLUME_MODES)


def _claim_update(obj: Object, current: Object, errors: Errors) -> None:
    """A bound claim may ask for more, one without a class be given one; the binder may name the volume."""
    new, old = dict(obj["spec"]), dict(current["spec"])
    bound = (current.get("status") or {}).get("phase") == "Bound"
    wanted, had = _storage(new), _storage(old)
    if bound and wanted is not None and had is not None and wanted != had:
        if parse(wanted) < parse(had) and not _may_shrink(wanted, current, errors):
            errors.forbidden("spec.resources.requests.storage", CLAIM_SHRINKS.at(errors.release))
        new["resources"] = old.get("resources")
    if "storageClassName" not in old and not bound and DEFAULT_CLASS_LATER.at(errors.release):
        new.pop("storageClassName", None)
    if not old.get("volumeName"):
        new.pop("volumeName", None)
        old.pop("volumeName", None)
    if new != old:
        text = CLAIM_IMMUTABLE.at(errors.release)
        errors.forbidden("spec", text + claim_diff(old, new) if text.endswith("\n") else text)


def _may_shrink(wanted: str, current: Object, errors: Errors) -> bool:
    """A claim that did not get what it asked for may ask for less, but for more than it has."""
    has = ((current.get("status") or {}).get("capacity") or {}).get("storage")
    return (
        CLAIM_SHRINKS.at(errors.release).endswith("status.capacity") and has is not None and parse(wanted) > parse(has)
    )


def _storage(spec: Mapping[str, Any]) -> str | None:
    text: str | None = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    return text


def _volume(obj: Object, errors: Errors) -> None:
    spec = obj.get("spec") or {}
    _access_modes(spec, errors, "")
    if not spec.get("capacity"):
        errors.required("spec.capacity")
    elif set(spec["capacity"]) != {"storage"}:
        errors.unsupported("spec.capacity", Literal(_keys(spec["capacity"])), ["storage"])
    elif parse(spec["capacity"]["storage"]) <= 0:
        errors.invalid("spec.capacity[storage]", spec["capacity"]["storage"], "must be greater than zero")
    if spec.get("persistentVolumeReclaimPolicy") not in _POLICIES:
        errors.unsupported("spec.persistentVolumeReclaimPolicy", spec.get("persistentVolumeReclaimPolicy"), _POLICIES)
    sources = [name for name in _SOURCES if name in spec]
    if not sources:
        errors.required("spec", "must specify a volume type")
    for name in sources[1:]:
        errors.forbidden(f"spec.{name}", "may not specify more than 1 volume type")
    _volume_mode(spec, errors)


def _keys(value: Mapping[str, Any]) -> str:
    return "[" + " ".join(sorted(value)) + "]"


def _volume_update(obj: Object, current: Object, errors: Errors) -> None:
    new, old = obj["spec"], current["spec"]
    if {name: new.get(name) for name in _SOURCES} != {name: old.get(name) for name in _SOURCES}:
        errors.forbidden("spec.persistentvolumesource", _SOURCE_IMMUTABLE)
    if new.get("volumeMode") != old.get("volumeMode"):
        errors.invalid("volumeMode", new.get("volumeMode"), "field is immutable")


def _class(obj: Object, errors: Errors) -> None:
    if not obj.get("provisioner"):
        errors.required("provisioner")
    if obj.get("reclaimPolicy") not in ("Delete", "Retain"):
        errors.unsupported("reclaimPolicy", obj.get("reclaimPolicy"), ("Delete", "Retain"))
    if obj.get("volumeBindingMode") not in ("Immediate", "WaitForFirstConsumer"):
        errors.unsupported("volumeBindingMode", obj.get("volumeBindingMode"), ("Immediate", "WaitForFirstConsumer"))


def _class_update(obj: Object, current: Object, errors: Errors) -> None:
    if (obj.get("parameters") or {}) != (current.get("parameters") or {}):
        errors.forbidden("parameters", "updates to parameters are forbidden.")
    if obj.get("provisioner") != current.get("provisioner"):
        errors.forbidden("provisioner", "updates to provisioner are forbidden.")
    if obj.get("reclaimPolicy") != current.get("reclaimPolicy"):
        errors.forbidden("reclaimPolicy", "updates to reclaimPolicy are forbidden.")
    if obj.get("volumeBindingMode") != current.get("volumeBindingMode"):
        errors.invalid("volumeBindingMode", obj.get("volumeBindingMode"), "field is immutable")


CREATE: Mapping[str, Callable[[Object, Errors], None]] = {
    "persistentvolumeclaims": _claim,
    "persistentvolumes": _volume,
    "storageclasses.storage.k8s.io": _class,
}
UPDATE: Mapping[str, Callable[[Object, Object, Errors], None]] = {
    "persistentvolumeclaims": _claim_update,
    "persistentvolumes": _volume_update,
    "storageclasses.storage.k8s.io": _class_update,
}
