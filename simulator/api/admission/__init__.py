"""Admission: small functions, in order; each sees one request and returns the object, changed or not, or refuses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

Admission = Callable[["ApiServer", str, User, ResourceType, Object, Object | None, str], Object]
"""(server, operation CREATE|UPDATE|DELETE, user, resource, object, old object, subresource) -> object."""

CHAIN: tuple[Admission, ...] = ()


def admit(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str = "",
) -> Object:
    """Run the chain; the server's own list wins over the default one."""
    for step in CHAIN if server.admission is None else server.admission:
        obj = step(server, operation, user, resource, obj, old, subresource)
    return obj
