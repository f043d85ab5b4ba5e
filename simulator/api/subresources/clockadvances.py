"""``clockadvances.infra.ocsim.dev``: let virtual time pass. A question in the shape of an object, for trainers only.

{"spec": {"seconds": 600}}  ->  {..., "status": {"time": "2026-11-28T11:25:38Z"}}
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from simulator.api.admission.infrastructure import protect_infrastructure
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.errors import BadRequest, Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

LIMIT_S = 366 * 86400.0


def advance(server: ApiServer, request: Request, target: Target) -> Response:
    body = mapping(request.body, target.resource.kind)
    spec = mapping(body.get("spec"), target.resource.kind)
    seconds = spec.get("seconds", 0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LIMIT_S:
        raise BadRequest(f"spec.seconds: must be a number from 0 to {LIMIT_S:.0f}")
    advanced: Object = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    protect_infrastructure(server, "CREATE", request.user, target.resource, {"metadata": {}}, None, "")
    if not request.query.get("dryRun"):
        server.clock.advance(math.floor(seconds * 1000) / 1000)
    status = {"time": rfc3339(server.clock.now())}
    return Response(201, {**advanced, "metadata": {"creationTimestamp": None}, "spec": spec, "status": status})
