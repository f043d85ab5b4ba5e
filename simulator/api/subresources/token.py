"""``serviceaccounts/token``: a token that is bound to a time, an audience and perhaps an object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.boundtokens import ISSUER, Bound, bound_token
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response
from simulator.api.validation.fields import Errors, invalid
from simulator.errors import BadRequest, Object, not_found
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_HOUR_S, _LEAST_S = 3600, 600
_BOUND = {"Pod": "pod", "Secret": "secret", "Node": "node"}


def request_token(server: ApiServer, request: Request, target: Target) -> Response:
    account = server.stored(target).object  # NotFound when there is no such account
    body = mapping(request.body, "TokenRequest")
    asked = mapping(body.get("spec"), "TokenRequest")
    spec = {"audiences": [ISSUER], "expirationSeconds": _HOUR_S, "boundObjectRef": None, **asked}
    spec["audiences"] = spec["audiences"] or [ISSUER]
    if type(spec["expirationSeconds"]) is not int or not isinstance(spec["audiences"], list):
        raise BadRequest("the object provided is unrecognized (must be of type TokenRequest)")
    if spec["expirationSeconds"] < _LEAST_S:
        errors = Errors(server.release)
        detail = "may not specify a duration less than 10 minutes"
        errors.invalid("spec.expirationSeconds", spec["expirationSeconds"], detail)
        raise invalid("authentication.k8s.io", "TokenRequest", "", errors)
    now, reference = server.clock.now(), mapping(spec["boundObjectRef"], "TokenRequest")
    token = bound_token(
        target.namespace,
        target.name,
        account["metadata"]["uid"],
        _bound(server, target, reference),
        issued=now,
        lifetime_s=spec["expirationSeconds"],
        audience=[str(one) for one in spec["audiences"]],
    )
    status = {"token": token, "expirationTimestamp": rfc3339(now + spec["expirationSeconds"])}
    meta = {"name": target.name, "namespace": target.namespace, "creationTimestamp": rfc3339(now)}
    kind = {"kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": meta}
    return Response(201, {**kind, "spec": spec, "status": status})


def _bound(server: ApiServer, target: Target, reference: Object) -> list[Bound]:
    """The object that the token dies with; NotFound when there is none such."""
    kind = _BOUND.get(str(reference.get("kind", "")))
    if kind is None:
        return []
    name, namespace = str(reference.get("name", "")), "" if kind == "node" else target.namespace
    stored = server.state.get(f"{kind}s", namespace, name)
    if stored is None:
        raise not_found(f"{kind}s", name)
    return [Bound(kind, name, stored.object["metadata"]["uid"])]
