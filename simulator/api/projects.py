"""Projects are those namespaces that one may get: who asks for them sees no others.

Source: openshift-apiserver, pkg/project/auth (cache.go, watch.go), registry/project/proxy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.api.authorization import Attributes, decide
from simulator.api.authorization.policy import CLUSTERROLEBINDINGS, CLUSTERROLES, ROLEBINDINGS, ROLES
from simulator.api.selectors import Selectors
from simulator.api.types import User
from simulator.api.watch import Watch
from simulator.errors import Object
from simulator.log.entry import Entry
from simulator.log.state import State, Stored

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


def _visible_to_all(_name: str) -> bool:
    return True


@dataclass(frozen=True)
class Limited(Selectors):
    """Selectors that leave out what the user may not see."""

    visible: Callable[[str], bool] = _visible_to_all

    def __bool__(self) -> bool:
        return True

    def match(self, obj: Object) -> bool:
        return self.visible(obj["metadata"]["name"]) and Selectors.match(self, obj)

    def chosen(self, objects: Iterable[Stored]) -> list[Stored]:
        return [stored for stored in objects if self.match(stored.object)]


def limited(server: ApiServer, user: User, selectors: Selectors) -> Selectors:
    """The selectors for this user: the same for who may get any namespace."""
    if decide(server, user, Attributes("get", "", "namespaces")).allowed:
        return selectors
    return Limited(selectors.labels, selectors.fields, selectors.name, lambda name: may_see(server, user, name))


def may_see(server: ApiServer, user: User, name: str) -> bool:
    """Whether the namespace is one of the user's projects."""
    return decide(server, user, Attributes("get", "", "namespaces", "", name, name)).allowed


def follow_rights(state: State, watch: Watch) -> None:
    """Let a watch tell of projects that begin or end to be the user's because a right does."""

    def on_namespaced(entry: Entry) -> None:
        if not watch.closed:
            watch.look_again(entry.namespace)

    def on_cluster(_entry: Entry) -> None:
        if not watch.closed:
            watch.look_again()

    endings = [state.subscribe(on_namespaced, resource) for resource in (ROLEBINDINGS, ROLES)]
    endings += [state.subscribe(on_cluster, resource) for resource in (CLUSTERROLEBINDINGS, CLUSTERROLES)]
    watch.at_end += endings
