"""The leases of nodes as they are read: renewed within the last ten seconds, as long as the node's kubelet is alive.

A real kubelet writes each of them every ten seconds; here nobody writes, so that the log holds what somebody did.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.types import Request, Response
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339, rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_NAMESPACE = "kube-node-lease"
_PERIOD_S = 10.0


def read(server: ApiServer, request: Request, target: Target) -> Response | None:
    """None for all but reads of that namespace: then leases are plain objects."""
    if request.method != "GET" or target.namespace != _NAMESPACE or request.query.get("watch") in ("true", "1"):
        return None
    if target.name:
        return server.answer(request, target, _renewed(server, server.stored(target).object))
    leases = server.state.list(target.resource.key, _NAMESPACE)
    return server.answer_list(request, target, [_renewed(server, stored.object) for stored in leases])


def _renewed(server: ApiServer, lease: Object) -> Object:
    spec = lease.get("spec") or {}
    node = server.state.get("nodes", "", lease["metadata"]["name"])
    if node is None or spec.get("holderIdentity") != lease["metadata"]["name"]:
        return lease
    conditions: Any = (node.object.get("status") or {}).get("conditions") or ()
    ready = next((one for one in conditions if one["type"] == "Ready"), None)
    began, now = parse_rfc3339(lease["metadata"]["creationTimestamp"]), server.clock.now()
    if ready is not None and ready["status"] == "Unknown":  # the kubelet is away, for as long as a lease at least
        now = max(began, parse_rfc3339(ready["lastTransitionTime"]) - (spec.get("leaseDurationSeconds") or 0))
    renewed = began + (now - began) // _PERIOD_S * _PERIOD_S
    shown = rfc3339(renewed).replace("Z", ".000000Z")
    return {**lease, "spec": {**spec, "renewTime": shown}}
