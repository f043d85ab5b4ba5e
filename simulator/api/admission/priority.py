"""The priority of a pod, from the name of its class. Source: the Priority plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.admission.refusal import forbidden, is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.api import PREEMPTION_POLICY
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
        name, chosen = _default(server)
        named: Object = {"priorityClassName": name} if name else {}
        return {**obj, "spec": {**spec, **named, **_given(server, chosen)}}
    stored = server.state.get(_CLASSES, "", name)
    if stored is None and name not in _SYSTEM:
        raise forbidden(resource, obj, f"no PriorityClass with name {name} was found")
    chosen = stored.object if stored is not None else {"value": _SYSTEM[name]}
    return {**obj, "spec": {**spec, **_given(server, chosen)}}


def _given(server: ApiServer, chosen: Object) -> Object:
    if not PREEMPTION_POLICY.at(server.release):
        return {"priority": chosen["value"]}
    return {"priority": chosen["value"], "preemptionPolicy": chosen.get("preemptionPolicy", "PreemptLowerPriority")}


def _default(server: ApiServer) -> tuple[str, Object]:
    for stored in server.state.list(_CLASSES):
        if stored.object.get("globalDefault"):
            return stored.object["metadata"]["name"], stored.object
    return "", {"value": 0}
