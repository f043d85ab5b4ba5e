"""``pods/binding``: the scheduler's decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.api.types import Request, Response
from simulator.errors import BadRequest, Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def create_binding(server: ApiServer, request: Request, target: Target) -> Response:
    """Assign a pod to a node. The pod is named by the path, or by the body when the path is ``bindings``."""
    from simulator.api.server import conflict  # the server imports this module

    body = request.body
    if request.method != "POST" or not isinstance(body, Mapping) or not (body.get("target") or {}).get("name"):
        raise BadRequest("a binding names its target node")
    pods = server.table.find("", "v1", "pods")
    assert pods is not None, "pods are part of every table"
    name = target.name or (body.get("metadata") or {}).get("name", "")
    pod = replace(target, resource=pods, name=name, subresource="")
    current, node = server.stored(pod).object, body["target"]["name"]
    assigned = current["spec"].get("nodeName")
    if "deletionTimestamp" in current["metadata"]:
        raise conflict(pods, name, f"pod {name} is being deleted, cannot be assigned to a host", "binding")
    if assigned:
        raise conflict(pods, name, f'pod {name} is already assigned to node "{assigned}"', "binding")
    server.replace(request, replace(pod, subresource="binding"), current, _bound(current, body, node, server))
    return Response(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})


def _bound(current: Object, body: Mapping[str, Object], node: str, server: ApiServer) -> Object:
    now = rfc3339(server.clock.now())
    condition = {"type": "PodScheduled", "status": "True", "lastProbeTime": None, "lastTransitionTime": now}
    status = current.get("status", {})
    kept = [item for item in status.get("conditions") or () if item["type"] != "PodScheduled"]
    meta = dict(current["metadata"])
    annotations = (body.get("metadata") or {}).get("annotations")
    if annotations:
        meta["annotations"] = {**(meta.get("annotations") or {}), **annotations}
    spec = {**current["spec"], "nodeName": node}
    return {**current, "metadata": meta, "spec": spec, "status": {**status, "conditions": [*kept, condition]}}
