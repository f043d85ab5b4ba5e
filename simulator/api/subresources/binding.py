"""``pods/binding``: the scheduler's decision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.errors import BadRequest, Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def create_binding(server: ApiServer, request: Request, target: Target) -> Response:
    """Assign a pod to a node. The pod is named by the path, or by the body when the path is ``bindings``."""
    from simulator.api.server import conflict  # the server imports this module

    body = mapping(request.body, "Binding")
    node = mapping(body.get("target"), "Binding").get("name")
    meta = mapping(body.get("metadata"), "Binding")
    if request.method != "POST" or not isinstance(node, str) or not node:
        raise BadRequest("a binding names its target node")
    pods = server.table.find("", "v1", "pods")
    assert pods is not None, "pods are part of every table"
    name = target.name or str(meta.get("name", ""))
    pod = replace(target, resource=pods, name=name, subresource="")
    current = server.stored(pod).object
    assigned = current["spec"].get("nodeName")
    if "deletionTimestamp" in current["metadata"]:
        raise conflict(pods, name, f"pod {name} is being deleted, cannot be assigned to a host", "binding")
    if assigned:
        raise conflict(pods, name, f'pod {name} is already assigned to node "{assigned}"', "binding")
    server.replace(request, replace(pod, subresource="binding"), current, _bound(current, meta, node, server))
    return Response(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})


def _bound(current: Object, binding: Object, node: str, server: ApiServer) -> Object:
    now = rfc3339(server.clock.now())
    condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    status = current.get("status", {})
    kept = [item for item in status.get("conditions") or () if item["type"] != "PodScheduled"]
    meta = dict(current["metadata"])
    annotations = mapping(binding.get("annotations"), "Binding")
    if annotations:
        meta["annotations"] = {**(meta.get("annotations") or {}), **annotations}
    spec = {**current["spec"], "nodeName": node}
    return {**current, "metadata": meta, "spec": spec, "status": {**status, "conditions": [*kept, condition]}}
