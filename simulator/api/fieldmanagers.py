"""Who manages the fields of the objects that requests write. Requests from within name nobody: what they create is not
tracked, which is cheap; what somebody's request created stays tracked whoever changes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.api.fields.shapes import shape_of, zero_object
from simulator.api.fields.tracking import Write, same_but_times, tracked_update, with_entries, without_entries
from simulator.api.types import Request
from simulator.api.writeoptions import manager_of, named_manager
from simulator.changes.api import MANAGED_FIELDS, SUBRESOURCE_MANAGERS
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer, Target

_OWN_PARTS = ("f:apiVersion", "f:kind", "f:metadata", "f:spec", "f:data")


def write_of(server: ApiServer, request: Request, target: Target, subresource: str) -> Write:
    """The write that a request is. ``subresource`` is the way it takes, "" for the object itself."""
    named = subresource if SUBRESOURCE_MANAGERS.at(server.release) else ""
    now = rfc3339(server.clock.now())
    return Write(manager_of(request), target.resource.api_version, now, named, _reset(target, subresource))


def _reset(target: Target, subresource: str) -> Sequence[str]:
    """What this way of writing leaves alone. Source: the registries' GetResetFields."""
    if subresource == "status":
        return _OWN_PARTS
    return ("f:status",) if "status" in target.resource.subresources else ()


def created(server: ApiServer, request: Request, target: Target, obj: Object) -> Object:
    """The new object with its first entries, if its writer has a name."""
    given = obj["metadata"].get("managedFields")
    how = MANAGED_FIELDS.at(server.release)
    if how != "all" or not (given or named_manager(request)):
        return without_entries(obj) if given is not None else obj
    write = write_of(server, request, target, target.subresource)
    return tracked_update(shape_of(target.resource), {}, obj, write, zero_object(target.resource))


def updated(
    server: ApiServer, request: Request, target: Target, obj: Object, current: Object, subresource: str
) -> Object:
    """The changed object with the entries that follow from the change."""
    if "managedFields" not in obj["metadata"] and "managedFields" not in current["metadata"]:
        return obj
    if not MANAGED_FIELDS.at(server.release):
        return without_entries(obj)
    write = write_of(server, request, target, subresource)
    return tracked_update(shape_of(target.resource), current, obj, write)


def settled(obj: Object, current: Object) -> Object:
    """``current`` where ``obj`` differs from it in nothing but the times of its entries."""
    entries, others = obj["metadata"].get("managedFields"), current["metadata"].get("managedFields")
    if entries is others or entries == others or not same_but_times(entries, others):
        return obj
    return current if with_entries(obj, others) == current else obj
