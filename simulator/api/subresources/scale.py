"""``scale``: the replicas of anything that has them, as one small object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from simulator.api.bodies import no_object
from simulator.api.patch import apply_patch
from simulator.api.printers.text import NONE, pairs, selector
from simulator.api.types import Request, Response
from simulator.changes.api import SELF_LINKS
from simulator.errors import BadRequest, Invalid, MethodNotAllowed, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale(server: ApiServer, request: Request, target: Target) -> Response:
    """GET, PUT or PATCH of a Scale (autoscaling/v1)."""
    current = server.stored(target).object
    shown = _scale(server, target, current)
    if request.method == "GET":
        return Response(200, shown)
    wanted = _wanted(request, target, shown)
    spec = wanted.get("spec") or {}
    if not isinstance(spec, Mapping) or not isinstance(wanted.get("metadata") or {}, Mapping):
        raise BadRequest("the object provided is unrecognized (must be of type Scale)")
    server.check_preconditions(target, wanted.get("metadata") or {}, current)
    replicas = spec.get("replicas", 0)
    _check(target, replicas)
    changed = _with(current, _path(target, "specReplicasPath"), replicas)
    stored = server.replace(request, replace(target, subresource=""), current, changed, via="scale")
    return Response(200, _scale(server, target, stored))


def _wanted(request: Request, target: Target, shown: Object) -> Object:
    if request.method == "PATCH":
        return apply_patch(target.resource, request.content_type, shown, request.body)
    if request.method != "PUT":
        raise MethodNotAllowed("the server does not allow this method on the requested resource")
    if not isinstance(request.body, Mapping):
        raise no_object("Scale", request.body)
    return dict(request.body)


def _scale(server: ApiServer, target: Target, obj: Object) -> Object:
    meta = {key: obj["metadata"][key] for key in _META if key in obj["metadata"]}
    if SELF_LINKS.at(server.release):
        meta["selfLink"] = target.resource.gvr.path(target.namespace, target.name, "scale")
    replicas, told = _at(obj, _path(target, "specReplicasPath")), _at(obj, _path(target, "statusReplicasPath"))
    if target.resource.custom:
        text = _at(obj, _path(target, "labelSelectorPath")) or ""
    else:
        text = _selector_text((obj.get("spec") or {}).get("selector"))
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": meta,
        "spec": {"replicas": replicas} if replicas else {},
        "status": {"replicas": told or 0, **({"selector": text} if text or not target.resource.custom else {})},
    }


def _path(target: Target, key: str) -> Sequence[str]:
    """Where a definition says that it stands. Source: apiextensions-apiserver, pkg/registry/customresource/etcd.go."""
    defaults = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    said = (target.resource.extra.get("scale") or {}).get(key) or defaults.get(key, "")
    return [part for part in said.split(".") if part]


def _at(obj: Any, path: Sequence[str]) -> Any:
    for part in path:
        obj = obj.get(part) if isinstance(obj, Mapping) else None
    return obj if path else None


def _with(obj: Object, path: Sequence[str], value: Any) -> Object:
    first, *rest = path
    inside = obj.get(first)
    return {**obj, first: _with(inside if isinstance(inside, dict) else {}, rest, value) if rest else value}


def _selector_text(value: Any) -> str:
    if not value:
        return ""
    structured = "matchLabels" in value or "matchExpressions" in value
    return (selector(value) if structured else pairs(value)).replace(NONE, "")


def _check(target: Target, replicas: Any) -> None:
    if type(replicas) is not int:
        raise BadRequest(
            'Scale in version "v1" cannot be handled as a Scale: v1.Scale.Spec: v1.ScaleSpec.Replicas: '
            "readUint32: unexpected character: \ufffd"
        )
    if replicas < 0:
        text = f"Invalid value: {replicas}: must be greater than or equal to 0"
        cause = {"reason": "FieldValueInvalid", "message": text, "field": "spec.replicas"}
        message = f'Scale.autoscaling "{target.name}" is invalid: spec.replicas: {text}'
        raise Invalid(message, group="autoscaling", kind="Scale", name=target.name, causes=[cause])
