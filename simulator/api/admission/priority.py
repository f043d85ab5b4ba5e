"""The priority of a pod, from the name of its class. Source: the Priority plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.admission.refusal import forbidden, is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_SYSTEM = {"system-cluster-critical": 2_000_000_000, "system-node-critical": 2_000_001_000}
_CLASSES = "priorityclasses.scheduling.k8s.io"


def resolve_priority(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if not is_new_pod(operation, resource, subresource):
        return obj
    spec, name = obj["spec"], obj["spec"].get("priorityClassName")
    if not name:
        name, value = _default(server)
        named: Object = {"priorityClassName": name} if name else {}
        return {**obj, "spec": {**spec, **named, "priority": value}}
    stored = server.state.get(_CLASSES, "", name)
    if stored is None and name not in _SYSTEM:
        raise forbidden(resource, obj, f"no PriorityClass with name {name} was found")
    value = stored.object["value"] if stored is not None else _SYSTEM[name]
    return {**obj, "spec": {**spec, "priority": value}}


def _default(server: ApiServer) -> tuple[str, int]:
    for stored in server.state.list(_CLASSES):
        if stored.object.get("globalDefault"):
            return stored.object["metadata"]["name"], stored.object["value"]
    return "", 0
