"""Breaking a cluster: JSON Patch on a document of its objects, carried out through the API.

The document has the shape RESOURCE -> [NAMESPACE ->] NAME -> object, as in
``/storageclasses.storage.k8s.io/ocs-storagecluster-cephfs`` or
``/persistentvolumeclaims/openshift-image-registry/ocs4registry/spec/accessModes``.
"""

from __future__ import annotations

from collections.abc import Sequence

import jsonpatch

from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.errors import InputError, Object


def apply(client: Client, operations: Sequence[Object], resources: dict[str, tuple[GVR, bool]], file: str) -> None:
    """Carry out the operations in order. ``resources``: qualified name -> (GVR, whether it is namespaced)."""
    for index, operation in enumerate(operations):
        try:
            _apply_one(client, operation, resources)
        except (KeyError, ValueError, jsonpatch.JsonPatchException, jsonpatch.JsonPointerException) as error:
            raise InputError(f"cannot be applied: {error}", file=file, field=f"break[{index}]") from error


def _apply_one(client: Client, operation: Object, resources: dict[str, tuple[GVR, bool]]) -> None:
    resource_name, *rest = [_unescape(part) for part in operation["path"].split("/")[1:]]
    if resource_name not in resources:
        raise ValueError(f"unknown resource {resource_name}; write it as in storageclasses.storage.k8s.io")
    resource, namespaced = resources[resource_name]
    namespace = rest.pop(0) if namespaced else None
    if not rest:
        raise ValueError("the path names no object")
    name, *field = rest
    current = client.get_or_none(resource, name, namespace)
    if field:
        if current is None:
            raise ValueError(f"there is no {resource_name} {name}")
        inner = {**operation, "path": "/" + "/".join(_escape(part) for part in field)}
        client.update(resource, jsonpatch.apply_patch(current, [inner]))
    elif operation["op"] == "remove":
        client.delete(resource, name, namespace)
    elif operation["op"] == "add" and current is None:
        client.create(resource, operation["value"], namespace)
    else:
        raise ValueError(f"{operation['op']} of a whole object is not possible; remove it and add it")


def _unescape(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")


def _escape(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
