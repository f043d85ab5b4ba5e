"""Claims and volumes in use outlive their deletion. Source: StorageObjectInUseProtection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_FINALIZERS = {
    "persistentvolumeclaims": "kubernetes.io/pvc-protection",
    "persistentvolumes": "kubernetes.io/pv-protection",
}


def add_protection_finalizer(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    finalizer = _FINALIZERS.get(resource.key)
    present = obj["metadata"].get("finalizers") or []
    if operation != "CREATE" or finalizer is None or finalizer in present:
        return obj
    return {**obj, "metadata": {**obj["metadata"], "finalizers": [*present, finalizer]}}
