"""Who makes a role or a binding must have what it grants, or the right to ``escalate`` or ``bind``.

Source: kubernetes, pkg/registry/rbac/{role,rolebinding,clusterrole,clusterrolebinding}/policybased/storage.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.api.admission.refusal import forbidden
from simulator.api.authorization import MASTERS, Attributes, decide
from simulator.api.authorization.escalation import refusal
from simulator.api.authorization.policy import CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, ROLES
from simulator.api.authorization.rules import Rule, compiled
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object, not_found

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

GUARDED: Final = (CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, ROLES)
_GROUP: Final = "rbac.authorization.k8s.io"


def prevent_escalation(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if operation == "DELETE" or resource.key not in GUARDED or MASTERS in user.groups:
        return obj
    namespace = obj["metadata"].get("namespace", "")
    rules = _of_role if resource.key in (ROLES, CLUSTERROLES) else _of_binding
    granted = rules(server, user, resource, obj, namespace)
    if granted and (why := refusal(server.policy, user, granted, namespace)):
        raise forbidden(resource, obj, why)
    return obj


def _of_role(server: ApiServer, user: User, resource: ResourceType, role: Object, namespace: str) -> tuple[Rule, ...]:
    """Its rules; nothing for who may escalate."""
    name = role["metadata"].get("name", "")
    if decide(server, user, Attributes("escalate", _GROUP, resource.plural, "", namespace, name)).allowed:
        return ()
    return tuple(map(compiled, role.get("rules") or ()))


def _of_binding(
    server: ApiServer, user: User, _resource: ResourceType, binding: Object, namespace: str
) -> tuple[Rule, ...]:
    """The rules of its role; nothing for who may bind that. NotFound without a role."""
    reference = binding.get("roleRef") or {}
    kind, name = str(reference.get("kind") or ""), str(reference.get("name") or "")
    plural = "roles" if kind == "Role" else "clusterroles"
    if decide(server, user, Attributes("bind", _GROUP, plural, "", namespace, name)).allowed:
        return ()
    rules = server.policy.rules_of_role(kind, name, namespace)
    if rules is None:
        raise not_found(plural, name, _GROUP)
    return rules
