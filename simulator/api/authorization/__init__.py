"""Who may do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.api.authorization.attributes import Attributes, forbidden
from simulator.api.types import Request, User

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

ANONYMOUS: Final = "system:anonymous"
_VERBS: Final = {
    ("GET", True): "get",
    ("GET", False): "list",
    ("POST", True): "create",
    ("POST", False): "create",
    ("PUT", True): "update",
    ("PATCH", True): "patch",
    ("DELETE", True): "delete",
    ("DELETE", False): "deletecollection",
}


def authorize(request: Request, target: Target) -> None:
    """Forbidden unless the user of the request may do this."""
    if request.user.name != ANONYMOUS:
        return
    resource = target.resource
    verb = _VERBS.get((request.method, bool(target.name)), request.method.lower())
    if verb == "list" and request.query.get("watch") in ("true", "1"):
        verb = "watch"
    asked = Attributes(verb, resource.group, resource.plural, target.subresource, target.namespace, target.name)
    raise forbidden(request.user, asked)


def authorize_attributes(server: ApiServer, user: User, asked: Attributes) -> None:
    """Forbidden unless the user may do this."""
    if not {"system:masters", "system:cluster-admins"} & set(user.groups):
        raise forbidden(user, asked)


__all__ = ["ANONYMOUS", "Attributes", "authorize", "authorize_attributes", "forbidden"]
