"""Access reviews: may this user do that, what may it do at all, who am I? Answered as requests are decided.

Source: kubernetes, pkg/registry/authorization and authentication; authorizer/rbac/rbac.go (RulesFor).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.api.authentication import user_of_token
from simulator.api.authorization import Attributes, decide
from simulator.api.authorization.policy import Grant
from simulator.api.boundtokens import ISSUER
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response, User
from simulator.api.validation.fields import Errors, invalid
from simulator.errors import BadRequest, Object, Unauthorized
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_ONE_OF = "exactly one of nonResourceAttributes or resourceAttributes must be specified"


def access(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectAccessReview, SubjectAccessReview or LocalSubjectAccessReview."""
    body, kind = _body(request), target.resource.kind
    spec = mapping(body.get("spec"), kind)
    _check(server, target, spec)
    user = request.user if kind == "SelfSubjectAccessReview" else _user(spec, kind)
    decision = decide(server, user, _attributes(spec, kind))
    status: Object = {"allowed": decision.allowed}
    if decision.reason:
        status["reason"] = decision.reason
    return _answered(target, body, status)


def rules(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectRulesReview."""
    body = _body(request)
    namespace = str(mapping(body.get("spec"), target.resource.kind).get("namespace") or "")
    if not namespace:
        raise BadRequest("no namespace on request")
    grants = server.policy.grants(request.user, namespace).grants
    status = {
        "resourceRules": [_resource_rule(grant) for grant in grants if grant.rule.resources],
        "nonResourceRules": [_path_rule(grant) for grant in grants if grant.rule.urls],
        "incomplete": False,
    }
    return _answered(target, body, status)


def identity(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectReview: who asks."""
    meta = {"creationTimestamp": rfc3339(server.clock.now())}
    return _answered(target, _body(request), {"userInfo": user_info(request.user)}, meta)


def token(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a TokenReview: whose token is this, and is it good?"""
    body = _body(request)
    spec = mapping(body.get("spec"), target.resource.kind)
    audiences = tuple(map(str, spec.get("audiences") or ()))
    try:
        user = user_of_token(server, str(spec.get("token") or ""), audiences)
    except Unauthorized:
        return _answered(target, body, {"user": {}, "error": "invalid bearer token"})
    good_for = [ISSUER] if not audiences else list(audiences)
    return _answered(target, body, {"authenticated": True, "user": user_info(user), "audiences": good_for})


def user_info(user: User) -> Object:
    """The user as reviews tell it."""
    info: Object = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra}
    return info


def _body(request: Request) -> Mapping[str, Any]:
    if request.method != "POST" or not isinstance(request.body, Mapping):
        raise BadRequest("a review is created")
    return request.body


def _answered(target: Target, body: Mapping[str, Any], status: Object, meta: Object | None = None) -> Response:
    head = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return Response(201, {**body, **head, "metadata": meta or {"creationTimestamp": None}, "status": status})


def _check(server: ApiServer, target: Target, spec: Mapping[str, Any]) -> None:
    errors, kind = Errors(server.release), target.resource.kind
    named = [key for key in ("resourceAttributes", "nonResourceAttributes") if spec.get(key)]
    if len(named) != 1:
        errors.invalid("spec.resourceAttributes", spec.get("nonResourceAttributes"), _ONE_OF)
    if kind != "SelfSubjectAccessReview" and not spec.get("user") and not spec.get("groups"):
        errors.invalid("spec.user", spec.get("user") or "", "at least one of user or group must be specified")
    asked = mapping(spec.get("resourceAttributes"), kind).get("namespace", "")
    if kind == "LocalSubjectAccessReview" and asked != target.namespace:
        errors.invalid("spec.resourceAttributes.namespace", asked, "must match metadata.namespace")
    if errors.items:
        raise invalid("authorization.k8s.io", kind, "", errors)


def _user(spec: Mapping[str, Any], kind: str) -> User:
    groups, extra = spec.get("groups") or [], mapping(spec.get("extra"), kind)
    if not isinstance(groups, list) or not all(isinstance(values, list) for values in extra.values()):
        raise BadRequest(f"the object provided is unrecognized (must be of type {kind})")
    pairs = tuple((key, tuple(map(str, values))) for key, values in extra.items())
    return User(str(spec.get("user") or ""), tuple(map(str, groups)), str(spec.get("uid") or ""), pairs)


def _attributes(spec: Mapping[str, Any], kind: str) -> Attributes:
    if asked := mapping(spec.get("nonResourceAttributes"), kind):
        return Attributes(str(asked.get("verb", "")), path=str(asked.get("path", "")))
    asked = mapping(spec.get("resourceAttributes"), kind)
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    return Attributes(*(str(asked.get(name) or "") for name in names))


def _resource_rule(grant: Grant) -> Object:
    rule = grant.rule
    shown = {"verbs": rule.verbs, "apiGroups": rule.groups, "resources": rule.resources, "resourceNames": rule.names}
    return {key: sorted(values) for key, values in shown.items() if values}


def _path_rule(grant: Grant) -> Object:
    return {"verbs": sorted(grant.rule.verbs), "nonResourceURLs": list(grant.rule.urls)}
