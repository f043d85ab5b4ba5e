"""Who may do what. One rule so far: who has not logged in may only ask what there is (discovery).

Source: kube-apiserver, endpoints/handlers/responsewriters/errors.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.api.types import Request
from simulator.errors import Forbidden

if TYPE_CHECKING:
    from simulator.api.server import Target

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
    subject = f'{resource.qualified} "{target.name}"' if target.name else resource.qualified
    what = f"{resource.plural}/{target.subresource}" if target.subresource else resource.plural
    where = f'in the namespace "{target.namespace}"' if target.namespace else "at the cluster scope"
    raise Forbidden(
        f'{subject} is forbidden: User "{ANONYMOUS}" cannot {verb} resource "{what}" in API group '
        f'"{resource.group}" {where}',
        group=resource.group,
        kind=resource.plural,
        name=target.name,
    )
