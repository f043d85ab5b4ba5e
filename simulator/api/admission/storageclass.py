"""A claim that names no class gets the default one. Source: DefaultStorageClass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import forbidden
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.storage import NEWEST_DEFAULT_CLASS
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"


def set_default_class(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if operation != "CREATE" or resource.key != "persistentvolumeclaims":
        return obj
    if "storageClassName" in obj["spec"] or _BETA_CLASS in (obj["metadata"].get("annotations") or {}):
        return obj
    classes = [stored.object for stored in server.state.list("storageclasses.storage.k8s.io")]
    defaults = sorted(filter(_is_default, classes), key=lambda item: str(item["metadata"]["name"]))
    if len(defaults) > 1 and not NEWEST_DEFAULT_CLASS.at(server.release):
        raise forbidden(resource, obj, f"Internal error occurred: {len(defaults)} default StorageClasses were found")
    newest = max(defaults, key=lambda item: str(item["metadata"]["creationTimestamp"]), default=None)
    return {**obj, "spec": {**obj["spec"], "storageClassName": newest["metadata"]["name"]}} if newest else obj


def _is_default(storage_class: Object) -> bool:
    annotations: Any = storage_class["metadata"].get("annotations") or {}
    return any(annotations.get(key) == "true" for key in _DEFAULT)
