"""A request for a certificate tells who asks, whatever it says. Source: registry/certificates, strategy.go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


def name_requester(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if operation != "CREATE":
        return obj
    who: Object = {"username": user.name, "groups": list(user.groups)}
    if user.uid:
        who["uid"] = user.uid
    if user.extra:
        who["extra"] = {key: list(values) for key, values in user.extra}
    return {**obj, "spec": {**(obj.get("spec") or {}), **who}}
