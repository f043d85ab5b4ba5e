"""What the cluster stands on may be changed by trainers and by the machines themselves, whatever others may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.api.admission.refusal import forbidden
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_GROUP = "infra.ocsim.dev"
_TRAINERS = ("ocsim:trainers", "system:masters")


def protect_infrastructure(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if resource.group != _GROUP or any(group in _TRAINERS for group in user.groups):
        return obj
    raise forbidden(
        resource,
        obj,
        f'User "{user.name}" cannot {operation.lower()} resource "{resource.plural}" in API group "{_GROUP}" '
        "at the cluster scope",
    )
