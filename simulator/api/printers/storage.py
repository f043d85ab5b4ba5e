"""Cells of claims, volumes and storage classes."""

from __future__ import annotations

from simulator.api.printers.text import NONE, access_modes
from simulator.errors import Object

__all__ = [
    "claim_capacity",
    "claim_class",
    "claim_modes",
    "claim_status",
    "class_name",
    "csinode_drivers",
    "driver_modes",
    "driver_tokens",
    "volume_claim",
    "volume_class",
    "volume_modes",
    "volume_status",
]
_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
_DEFAULT_CLASS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def _phase(obj: Object) -> str:
    if "deletionTimestamp" in obj["metadata"]:
        return "Terminating"
    return str(obj.get("status", {}).get("phase", ""))


def _class(obj: Object) -> str:
    annotations = obj["metadata"].get("annotations") or {}
    return str(annotations.get(_CLASS_ANNOTATION) or obj["spec"].get("storageClassName", ""))


def claim_status(obj: Object, now: float) -> str:
    return _phase(obj)


def claim_capacity(obj: Object, now: float) -> str:
    bound = obj["spec"].get("volumeName")
    return str((obj.get("status", {}).get("capacity") or {}).get("storage", "")) if bound else ""


def claim_modes(obj: Object, now: float) -> str:
    return access_modes(obj.get("status", {}).get("accessModes")) if obj["spec"].get("volumeName") else ""


def claim_class(obj: Object, now: float) -> str:
    return _class(obj)


def volume_status(obj: Object, now: float) -> str:
    return _phase(obj)


def volume_modes(obj: Object, now: float) -> str:
    return access_modes(obj["spec"].get("accessModes"))


def volume_claim(obj: Object, now: float) -> str:
    claim = obj["spec"].get("claimRef")
    return f"{claim.get('namespace', '')}/{claim.get('name', '')}" if claim else ""


def volume_class(obj: Object, now: float) -> str:
    return _class(obj)


def class_name(obj: Object, now: float) -> str:
    annotations = obj["metadata"].get("annotations") or {}
    default = any(annotations.get(key) == "true" for key in _DEFAULT_CLASS)
    return str(obj["metadata"]["name"]) + (" (default)" if default else "")


def driver_tokens(obj: Object, now: float) -> str:
    asked = (obj.get("spec") or {}).get("tokenRequests") or ()
    return ",".join(request.get("audience", "") for request in asked) if asked else "<unset>"


def driver_modes(obj: Object, now: float) -> str:
    return ",".join((obj.get("spec") or {}).get("volumeLifecycleModes") or ()) or NONE


def csinode_drivers(obj: Object, now: float) -> int:
    return len((obj.get("spec") or {}).get("drivers") or ())
