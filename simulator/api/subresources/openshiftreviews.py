"""OpenShift's own reviews, older than those of Kubernetes: who may do this (``oc policy who-can``), what may one do.

Source: openshift-apiserver, pkg/authorization/apiserver/registry; kubernetes, authorizer/rbac/subject_locator.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simulator.api.authorization import MASTERS, Attributes, decide
from simulator.api.authorization.policy import Grant
from simulator.api.authorization.scopes import SCOPES
from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response, User
from simulator.errors import BadRequest, Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_VERSION = "authorization.openshift.io/v1"


def who_can(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a ResourceAccessReview, of the cluster or of one namespace."""
    body = _body(request)
    asked = _attributes(body, target.namespace)
    subjects = sorted(_subjects(server, asked))
    kind = {"kind": "ResourceAccessReviewResponse", "apiVersion": _VERSION, "metadata": {}}
    users = [name for what, name in subjects if what == "User"]
    groups = [name for what, name in subjects if what == "Group"]
    return Response(201, {**kind, "namespace": asked.namespace, "users": users, "groups": groups, "evalutionError": ""})


def access(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SubjectAccessReview: of somebody, or of who asks when nobody is named."""
    body = _body(request)
    asked = _attributes(body, target.namespace)
    user = request.user
    if body.get("user") or body.get("groups"):
        user = User(str(body.get("user") or ""), tuple(map(str, body.get("groups") or ())), extra=_scopes(body))
    decision = decide(server, user, asked)
    kind = {"kind": "SubjectAccessReviewResponse", "apiVersion": _VERSION, "metadata": {}}
    answer = {"namespace": asked.namespace, "allowed": decision.allowed}
    return Response(201, {**kind, **answer, **({"reason": decision.reason} if decision.reason else {})})


def rules(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectRulesReview or SubjectRulesReview: the rules of somebody in this namespace."""
    body = _body(request)
    spec = mapping(body.get("spec"), target.resource.kind)
    user = request.user
    if target.resource.kind == "SubjectRulesReview":
        user = User(str(spec.get("user") or ""), tuple(map(str, spec.get("groups") or ())))
    found = server.policy.grants(user, target.namespace)
    status: Object = {"rules": [_rule(grant) for grant in found.grants]}
    if found.errors:
        status["evaluationError"] = "; ".join(found.errors)
    head = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return Response(201, {**head, "spec": dict(spec), "status": status})


def _body(request: Request) -> Mapping[str, Any]:
    if request.method != "POST" or not isinstance(request.body, Mapping):
        raise BadRequest("a review is created")
    return request.body


def _attributes(body: Mapping[str, Any], namespace: str) -> Attributes:
    """``resource`` may name a subresource after a slash."""
    verb, where = str(body.get("verb") or ""), namespace or str(body.get("namespace") or "")
    if body.get("isNonResourceURL"):
        return Attributes(verb.lower(), path=str(body.get("path") or ""))
    resource, _, subresource = str(body.get("resource") or "").partition("/")
    group = str(body.get("resourceAPIGroup") or "")
    return Attributes(verb, group, resource, subresource, where, str(body.get("resourceName") or ""))


def _scopes(body: Mapping[str, Any]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    scopes = tuple(map(str, body.get("scopes") or ()))
    return ((SCOPES, scopes),) if scopes else ()


def _subjects(server: ApiServer, asked: Attributes) -> set[tuple[str, str]]:
    """("User" or "Group", name) of each that may; masters may anything."""
    found = {("Group", MASTERS)}
    for home in {"", asked.namespace}:
        for key, bindings in server.policy.index(home).items():
            kind, _, name = key.partition(":")
            if any(server.policy.role_allows(one.role_kind, one.role, home, asked) for one in bindings):
                found.add(("User", _account(name)) if kind == "ServiceAccount" else (kind, name))
    return found


def _account(name: str) -> str:
    account, _, namespace = name.partition("/")
    return f"system:serviceaccount:{namespace}:{account}"


def _rule(grant: Grant) -> Object:
    rule = grant.rule
    shown: Object = {"verbs": sorted(rule.verbs), "attributeRestrictions": None}
    for key, values in _parts(grant):
        shown[key] = values
    return shown if rule.resources else {**shown, "apiGroups": None, "resources": []}


def _parts(grant: Grant) -> Iterator[tuple[str, list[str]]]:
    rule = grant.rule
    parts = (("apiGroups", rule.groups), ("resources", rule.resources), ("resourceNames", rule.names))
    yield from ((key, sorted(values)) for key, values in parts if values)
    if rule.urls:
        yield "nonResourceURLs", list(rule.urls)
