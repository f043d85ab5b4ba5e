"""``pods/eviction``: a deletion that disruption budgets may refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.api.selectors import matches_labels
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.errors import BadRequest, TooManyRequests

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


def evict(server: ApiServer, request: Request, target: Target) -> Response:
    if request.method != "POST" or not isinstance(request.body, Mapping):
        raise BadRequest("an eviction is created")
    pod = server.stored(target).object
    for stored in server.state.list("poddisruptionbudgets.policy", target.namespace):
        budget: Mapping[str, Any] = stored.object
        covers = matches_labels(budget["spec"].get("selector") or {}, pod["metadata"].get("labels") or {})
        if covers and budget.get("status", {}).get("disruptionsAllowed", 0) < 1:
            raise _refusal(budget)
    options = mapping(request.body.get("deleteOptions"), "Eviction")
    server.delete(replace(request, body=options), replace(target, subresource=""))
    return Response(201, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})


def _refusal(budget: Mapping[str, Any]) -> TooManyRequests:
    status = budget.get("status") or {}
    text = (
        f"The disruption budget {budget['metadata']['name']} needs {status.get('desiredHealthy', 0)} healthy pods and "
        f"has {status.get('currentHealthy', 0)} currently"
    )
    return TooManyRequests(_REFUSED, causes=[{"reason": "DisruptionBudget", "message": text}])
