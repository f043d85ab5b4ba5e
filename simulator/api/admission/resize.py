"""Only some claims can grow. Source: PersistentVolumeClaimResize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import forbidden
from simulator.api.quantity import parse
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_REFUSED = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)


def check_resize(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if operation != "UPDATE" or resource.key != "persistentvolumeclaims" or subresource or old is None:
        return obj
    wanted, had = _size(obj), _size(old)
    if wanted is None or had is None or parse(wanted) <= parse(had):
        return obj
    if (old.get("status") or {}).get("phase") != "Bound":
        raise forbidden(resource, obj, "Only bound persistent volume claims can be expanded")
    storage_class = server.state.get("storageclasses.storage.k8s.io", "", old["spec"].get("storageClassName", ""))
    if storage_class is None or not storage_class.object.get("allowVolumeExpansion"):
        raise forbidden(resource, obj, _REFUSED)
    return obj


def _size(claim: Object) -> Any:
    return ((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage")
