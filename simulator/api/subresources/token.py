"""``serviceaccounts/token``: a token that is bound to a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.errors import BadRequest
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_HOUR_S = 3600


def request_token(server: ApiServer, request: Request, target: Target) -> Response:
    server.stored(target)  # NotFound when there is no such account
    body = mapping(request.body, "TokenRequest")
    asked = mapping(body.get("spec"), "TokenRequest")
    spec = {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": _HOUR_S, **asked}
    if type(spec["expirationSeconds"]) is not int:
        raise BadRequest("the object provided is unrecognized (must be of type TokenRequest)")
    status = {
        "token": "sha256~" + server.names.letters(43, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"),
        "expirationTimestamp": rfc3339(server.clock.now() + spec["expirationSeconds"]),
    }
    meta = {"name": target.name, "namespace": target.namespace}
    kind = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": meta}
    return Response(201, {**kind, "spec": spec, "status": status})
