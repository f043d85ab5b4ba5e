"""What a reconcile function is given, and what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from simulator.api.types import GVR
from simulator.client.client import Client
from simulator.controllers.memo import Memo
from simulator.errors import Object
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names


class Key(NamedTuple):
    """The object to reconcile. ``namespace`` is "" for cluster scope."""

    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Result:
    """``requeue_after``: look again in that many virtual seconds; None: only when something changes."""

    requeue_after: float | None = None


DONE = Result()


@dataclass(frozen=True)
class Context:
    """One controller's hands: a client that speaks as its user, the clock, names, and the machines below."""

    client: Client
    clock: Clock
    names: Names
    component: str  # the source of its events, as "replicaset-controller"
    machines: Any = None  # infra.Machines, for those that stand for a node, a cloud or a storage driver
    release: Release = OLDEST  # of the cluster
    memo: Memo = field(default_factory=Memo, compare=False)  # of this process: nothing is lost with it

    @property
    def now(self) -> float:
        return self.clock.now()


@dataclass(frozen=True)
class Watches:
    """A resource whose changes lead to keys. ``keys`` maps a changed object (new state) to the keys to look at.

    ``namespaces``: only changes there lead to any; () stands for everywhere.
    """

    resource: GVR
    keys: Callable[[Context, Object], Iterable[Key]]
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True)
class Controller:
    """One reconcile loop. ``reconcile`` looks at state, never at the event; a StatusError means retry with back-off.

    The first of ``watches`` is what it cannot do without: where a release does not serve that, it does not run.
    """

    name: str
    user: str  # recorded as the cause of its writes
    watches: tuple[Watches, ...]
    reconcile: Callable[[Context, Key], Result]
    component: str = ""  # the source of its events; "" means the name
    defined: Callable[[GVR], Watches] | None = None  # how it watches a kind that people define, if it wants all kinds
    falls_due: bool = False  # its objects want a look at some time, though the cluster was frozen at rest


def key_of(obj: Object) -> Key:
    """The key of an object."""
    return Key(obj["metadata"].get("namespace", ""), obj["metadata"]["name"])


def own_key(_context: Context, obj: Object) -> Iterable[Key]:
    """The changed object itself."""
    return (key_of(obj),)


def owner_key(kind: str) -> Callable[[Context, Object], Iterable[Key]]:
    """The controlling owner of the changed object, if it is a ``kind``."""

    def keys(_context: Context, obj: Object) -> Iterable[Key]:
        owner = controller_of(obj)
        if owner is not None and owner["kind"] == kind:
            return (Key(obj["metadata"].get("namespace", ""), owner["name"]),)
        return ()

    return keys


def controller_of(obj: Object) -> Object | None:
    """The owner reference with ``controller: true``, or None."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            found: Object = reference
            return found
    return None


def owner_reference(owner: Object) -> Object:
    """A controller reference to ``owner``. Source: apimachinery, metav1.NewControllerRef."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }
