"""Who has not logged in may not read, and is told so in the words of the real server."""

from __future__ import annotations

from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import Request, Response, User
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

NOBODY = User("system:anonymous", ("system:unauthenticated",))


def message(method: str, path: str, query: dict[str, str] | None = None) -> str:
    server = ApiServer(State(MemoryLog()), Clock(0.0), Names(1), builtin_table())
    reply = server.handle(Request(method, path, query or {}, user=NOBODY))
    assert isinstance(reply, Response)
    assert reply.code in (200, 403)
    return str(reply.body.get("message", ""))


def test_the_refusals() -> None:
    head = 'User "system:anonymous" cannot'
    assert message("GET", "/api/v1/namespaces/ns/pods") == (
        f'pods is forbidden: {head} list resource "pods" in API group "" in the namespace "ns"'
    )
    watch = message("GET", "/api/v1/namespaces/ns/pods", {"watch": "true"})
    assert watch.startswith(f"pods is forbidden: {head} watch")
    assert message("DELETE", "/apis/apps/v1/namespaces/ns/deployments/web") == (
        f'deployments.apps "web" is forbidden: {head} delete resource "deployments" in API group "apps" '
        'in the namespace "ns"'
    )
    assert message("GET", "/api/v1/namespaces/ns/pods/zz/log").endswith(
        'cannot get resource "pods/log" in API group "" in the namespace "ns"'
    )
    assert message("GET", "/apis/user.openshift.io/v1/users/~") == (
        f'users.user.openshift.io "~" is forbidden: {head} get resource "users" in API group "user.openshift.io" '
        "at the cluster scope"
    )


def test_discovery_is_open() -> None:
    assert message("GET", "/api/v1") == ""
    assert message("GET", "/apis") == ""
