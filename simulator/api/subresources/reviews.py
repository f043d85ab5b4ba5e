"""Access reviews: may this user do that? The simulated cluster has two kinds of people, administrators and the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from simulator.api.subresources.body import mapping
from simulator.api.types import Request, Response, User
from simulator.errors import BadRequest
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_ADMIN_GROUPS = ("system:cluster-admins", "system:masters")
_READING = ("get", "list", "watch")
_ADMIN_REASON = (
    'RBAC: allowed by ClusterRoleBinding "cluster-admins" of ClusterRole "cluster-admin" '
    'to Group "system:cluster-admins"'
)


def is_admin(user: User) -> bool:
    """Cluster administrators, and the cluster's own components."""
    return any(group in _ADMIN_GROUPS for group in user.groups) or user.name.startswith("system:")


def access(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectAccessReview, SubjectAccessReview or LocalSubjectAccessReview."""
    body = _body(request)
    spec = mapping(body.get("spec"), target.resource.kind)
    groups = spec.get("groups") or []
    named = isinstance(spec.get("user"), str) and isinstance(groups, list)
    asked = User(spec["user"], tuple(map(str, groups))) if named else request.user
    allowed, reason = _decision(server, asked, spec)
    status: dict[str, Any] = {"allowed": allowed}
    if reason:
        status["reason"] = reason
    return Response(201, {**body, "metadata": {"creationTimestamp": None}, "status": status})


def rules(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectRulesReview."""
    verbs = ["*"] if is_admin(request.user) else list(_READING)
    resource = {"verbs": verbs, "apiGroups": ["*"], "resources": ["*"]}
    status = {"resourceRules": [resource], "nonResourceRules": [], "incomplete": False}
    return Response(201, {**_body(request), "metadata": {"creationTimestamp": None}, "status": status})


def identity(server: ApiServer, request: Request, target: Target) -> Response:
    """Answer a SelfSubjectReview: who asks."""
    user = {"username": request.user.name, "groups": list(request.user.groups)}
    meta = {"creationTimestamp": rfc3339(server.clock.now())}
    kind = {"kind": target.resource.kind, "apiVersion": target.resource.api_version}
    return Response(201, {**_body(request), **kind, "metadata": meta, "status": {"userInfo": user}})


def _body(request: Request) -> Mapping[str, Any]:
    if request.method != "POST" or not isinstance(request.body, Mapping):
        raise BadRequest("a review is created")
    return request.body


def _decision(server: ApiServer, user: User, spec: Mapping[str, Any]) -> tuple[bool, str]:
    if is_admin(user):
        return True, _ADMIN_REASON
    attributes = mapping(spec.get("resourceAttributes"), "SubjectAccessReview")
    namespace = server.state.get("namespaces", "", str(attributes.get("namespace", "")))
    annotations = namespace.object["metadata"].get("annotations") or {} if namespace is not None else {}
    if annotations.get("openshift.io/requester") == user.name:
        binding = f"admin/{attributes['namespace']}"
        return True, f'RBAC: allowed by RoleBinding "{binding}" of ClusterRole "admin" to User "{user.name}"'
    return False, ""
