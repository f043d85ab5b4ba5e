"""What ``pods/ephemeralcontainers`` and ``pods/resize`` may change.

Source: kubernetes, apis/core/validation/validation.go, ValidatePodEphemeralContainersUpdate and ValidatePodResize.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.api.quantity import parse
from simulator.api.validation.fields import Errors
from simulator.errors import Object

_FORBIDDEN = ("ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resources")


def _ephemeral(obj: Object, current: Object, errors: Errors) -> None:
    """Ephemeral containers come and stay."""
    path = "spec.ephemeralContainers"
    new = {one.get("name"): one for one in obj["spec"].get("ephemeralContainers") or ()}
    old = {one["name"]: one for one in current["spec"].get("ephemeralContainers") or ()}
    for name in sorted(old):
        if name not in new:
            errors.forbidden(path, f'existing ephemeral containers "{name}" may not be removed\n')
        elif new[name] != old[name]:
            errors.forbidden(path, f'existing ephemeral containers "{name}" may not be changed\n')
    others = {one["name"] for kind in ("containers", "initContainers") for one in obj["spec"].get(kind) or ()}
    for index, one in enumerate(obj["spec"].get("ephemeralContainers") or ()):
        _check_new(one, f"{path}[{index}]", others, errors)


def _check_new(container: Mapping[str, Any], path: str, others: set[str], errors: Errors) -> None:
    if not container.get("name"):
        errors.required(f"{path}.name")
    elif container["name"] in others:
        errors.duplicate(f"{path}.name", container["name"])
    if not container.get("image"):
        errors.required(f"{path}.image")
    target = container.get("targetContainerName")
    if target and target not in others:
        errors.missing(f"{path}.targetContainerName", target)
    for key in _FORBIDDEN:
        if container.get(key):
            errors.forbidden(f"{path}.{key}", "cannot be set for an Ephemeral Container")


def _resize(obj: Object, current: Object, errors: Errors) -> None:
    for index, (new, old) in enumerate(zip(obj["spec"]["containers"], current["spec"]["containers"], strict=True)):
        path = f"spec.containers[{index}].resources"
        sizes, before = new.get("resources") or {}, old.get("resources") or {}
        for kind in ("limits", "requests"):
            gone = sorted(set(before.get(kind) or {}) - set(sizes.get(kind) or {}))
            if gone:
                errors.forbidden(f"{path}.{kind}", f"resource {kind} cannot be removed")
            for name, size in sorted((sizes.get(kind) or {}).items()):
                if name not in ("cpu", "memory") and size != (before.get(kind) or {}).get(name):
                    errors.forbidden(f"{path}.{kind}", "only cpu and memory resources are mutable")
        limits = sizes.get("limits") or {}
        for name, size in sorted((sizes.get("requests") or {}).items()):
            if name in limits and parse(size) > parse(limits[name]):
                errors.invalid(
                    f"{path}.requests", size, f"must be less than or equal to {name} limit of {limits[name]}"
                )


SUBRESOURCES: Mapping[str, Callable[[Object, Object, Errors], None]] = {
    "ephemeralcontainers": _ephemeral,
    "resize": _resize,
}
