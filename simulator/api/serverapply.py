"""``PATCH`` with ``application/apply-patch+yaml``: create the object, or merge into it what its manager wants of it.

Source: apiserver, handlers/patch.go, applyPatcher.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from simulator.api.authorization import authorize
from simulator.api.bodies import JSON, Unreadable, word
from simulator.api.fieldmanagers import write_of
from simulator.api.fields.applying import apply
from simulator.api.fields.shapes import shape_of, zero_object
from simulator.api.types import Request, Response
from simulator.api.unknownfields import IGNORE, STRICT, directive
from simulator.api.writeoptions import is_forced
from simulator.errors import BadRequest, Conflict, Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def server_side_apply(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer an apply, whose parameters have been looked at."""
    config, resource = _config(request), target.resource
    stored = server.state.get(resource.key, target.namespace, target.name)
    if stored is None and target.subresource:
        raise not_found(resource.plural, target.name, resource.group)
    live = {} if stored is None else server.present(resource, stored.object)
    _check_kind(target, config)
    zero = {"apiVersion": resource.api_version, "kind": resource.kind, **zero_object(resource)}
    write = write_of(server, request, target, target.subresource)
    new = apply(shape_of(resource), live or zero, config, write, force=is_forced(request), zero=zero)
    warnings = _repetitions(server, request)
    _check_name(target, new)
    if stored is None:
        if uid := new["metadata"].get("uid"):
            text = f"uid mismatch: the provided object specified uid {uid}, and no existing object was found"
            message = f'Operation cannot be fulfilled on {resource.qualified} "{target.name}": {text}'
            raise Conflict(message, group=resource.group, kind=resource.plural, name=target.name)
        authorize(server, replace(request, method="POST"), replace(target, name=""))
        reply = server.create(replace(request, body=new, content_type=JSON, duplicates=()), target, applied=True)
        assert isinstance(reply, Response)
    else:
        reply = server.replace_applied(request, target, stored.object, new)
    return replace(reply, warnings=(*reply.warnings, *warnings))


def _config(request: Request) -> Object:
    body = request.body
    if isinstance(body, Unreadable):
        raise BadRequest(f"error decoding patch: error converting YAML to JSON: {body.text}")
    if body is None:
        return {}
    if not isinstance(body, Mapping):
        text = f"json: cannot unmarshal {word(body)} into Go value of type map[string]interface {{}}"
        raise BadRequest(f"error decoding patch: error unmarshaling JSON: while decoding JSON: {text}")
    return dict(body)


def _check_kind(target: Target, config: Object) -> None:
    version, kind = str(config.get("apiVersion") or ""), str(config.get("kind") or "")
    if (version, kind) != (target.resource.api_version, target.resource.kind):
        shown = version if "/" in version else f"/{version}"
        raise BadRequest(f"invalid object type: {shown}, Kind={kind}")


def _check_name(target: Target, new: Object) -> None:
    """Source: apiserver, handlers/rest.go, checkName."""
    meta = new.get("metadata") or {}
    name, namespace = meta.get("name"), meta.get("namespace")
    if not name:
        text = f"the name of the object ({target.name} based on URL) was undeterminable: name must be provided"
        raise BadRequest(text)
    if name != target.name:
        raise BadRequest(f"the name of the object ({name}) does not match the name on the URL ({target.name})")
    if target.namespace and namespace and namespace != target.namespace:
        raise BadRequest("the namespace of the provided object does not match the namespace sent on the request")


def _repetitions(server: ApiServer, request: Request) -> tuple[str, ...]:
    """What the body says twice, as warnings; BadRequest for who wants to be strict."""
    wanted = directive(request, server.release)
    if not request.duplicates or wanted == IGNORE:
        return ()
    texts = tuple(f"error converting YAML to JSON: {text}" for text in request.duplicates)
    if wanted == STRICT:
        raise BadRequest(f"error strict decoding patch: {', '.join(texts)}")
    return texts
