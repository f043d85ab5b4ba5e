"""A namespaced object needs a namespace that is there and stays. Source: NamespaceLifecycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.admission.refusal import forbidden
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_IMMORTAL = ("default", "kube-public", "kube-system")


def check_namespace(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if operation == "DELETE" and resource.key == "namespaces" and obj["metadata"]["name"] in _IMMORTAL:
        raise forbidden(resource, obj, "this namespace may not be deleted")
    if operation != "CREATE" or not resource.namespaced:
        return obj
    name = obj["metadata"]["namespace"]
    namespace = server.state.get("namespaces", "", name)
    if namespace is None:
        raise not_found("namespaces", name)
    if "deletionTimestamp" in namespace.object["metadata"]:
        raise forbidden(
            resource, obj, f"unable to create new content in namespace {name} because it is being terminated"
        )
    return obj
