"""``users/~``: who am I?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.types import Request, Response
from simulator.changes.api import SELF_LINKS
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target


def current(server: ApiServer, request: Request, target: Target) -> Response | None:
    """The user of the request; None for any other name, which is a plain object."""
    if target.name != "~" or request.method != "GET":
        return None
    user = request.user
    stored = server.state.get("users.user.openshift.io", "", user.name)
    if stored is not None:
        return server.answer(request, target, stored.object)
    meta: Object = {"name": user.name, "creationTimestamp": None}
    if SELF_LINKS.at(server.release):
        meta["selfLink"] = target.resource.gvr.path(None, user.name)
    kind: Object = {"kind": "User", "apiVersion": "user.openshift.io/v1", "metadata": meta}
    return server.answer(request, target, {**kind, "identities": None, "groups": sorted(user.groups)})
