"""What leads to a pass of one of the operator's loops."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from simulator.api.types import GVR
from simulator.controllers.context import Context, Key, Watches
from simulator.errors import Object
from simulator.release import Change


def anything(_obj: Object) -> bool:
    return True


def within(*namespaces: str) -> Callable[[Object], bool]:
    """Whether an object is in one of the namespaces."""

    def relevant(obj: Object) -> bool:
        return obj["metadata"].get("namespace") in namespaces

    return relevant


def watches(
    resource: GVR,
    key: Key,
    relevant: Callable[[Object], bool] = anything,
    *,
    since: Change[Any] | None = None,
    until: Change[Any] | None = None,
) -> Watches:
    """A change of a relevant object leads to the one key of a loop, in the releases that have it so.

    The release is the cluster's here: what a process watches was settled when it started.
    """

    def keys(context: Context, obj: Object) -> Iterable[Key]:
        began = since is None or since.at(context.release)
        ended = until is not None and until.at(context.release)
        return (key,) if began and not ended and relevant(obj) else ()

    return Watches(resource, keys)
