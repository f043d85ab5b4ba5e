"""An API server on virtual time, and short ways to ask it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import ADMIN, MERGE_PATCH, TABLE_V1BETA1, Request, Response, User
from simulator.errors import Object, from_status
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock, parse_rfc3339
from simulator.runtime.names import Names

MODERN = Release("4.20.1", "v1.33.5", ())
START = parse_rfc3339("2019-10-28T09:00:00Z")
CORE, APPS, RBAC = "/api/v1", "/apis/apps/v1", "/apis/rbac.authorization.k8s.io/v1"


class Api:
    """A server with one project, ``demo``, and its default service account."""

    def __init__(self, release: Release = OLDEST) -> None:
        self.clock = Clock(START)
        self.server = ApiServer(State(MemoryLog()), self.clock, Names(1), builtin_table(release), release)
        self.post(f"{CORE}/namespaces", {"metadata": {"name": "demo"}})
        self.post(f"{CORE}/namespaces/demo/serviceaccounts", {"metadata": {"name": "default"}})

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        accept: str = "application/json",
        user: User = ADMIN,
    ) -> Any:
        reply = self.server.handle(Request(method, path, query or {}, body, content_type, accept, user))
        if isinstance(reply, Response) and reply.code >= 400:
            raise from_status(reply.body)
        return reply.body if isinstance(reply, Response) else reply

    def get(self, path: str, **details: Any) -> Any:
        return self.ask("GET", path, **details)

    def post(self, path: str, body: Any, **details: Any) -> Any:
        return self.ask("POST", path, body, **details)

    def put(self, path: str, body: Any, **details: Any) -> Any:
        return self.ask("PUT", path, body, **details)

    def patch(self, path: str, body: Any, content_type: str = MERGE_PATCH, **details: Any) -> Any:
        return self.ask("PATCH", path, body, content_type=content_type, **details)

    def delete(self, path: str, body: Any = None, **details: Any) -> Any:
        return self.ask("DELETE", path, body, **details)

    def allow(self, user: User, verbs: str, resources: str, groups: str = "", namespace: str = "") -> None:
        """Give the user a role; words of ``verbs`` and so on are parted by commas."""
        rule = {"verbs": verbs.split(","), "resources": resources.split(","), "apiGroups": groups.split(",")}
        name = f"{user.name}-{len(self.server.state.list('clusterroles.rbac.authorization.k8s.io'))}".replace(":", "-")
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
        binding = {"metadata": {"name": name}, "roleRef": reference, "subjects": [{"kind": "User", "name": user.name}]}
        self.post(f"{RBAC}/clusterroles", {"metadata": {"name": name}, "rules": [rule]})
        where = f"{RBAC}/namespaces/{namespace}/rolebindings" if namespace else f"{RBAC}/clusterrolebindings"
        self.post(where, binding)

    def table(self, path: str, *, wide: bool = False, **query: str) -> tuple[list[str], list[list[Any]]]:
        """The headers and rows that ``oc get`` would show; ``wide`` with the columns of ``-o wide``."""
        body = self.get(path, accept=TABLE_V1BETA1, query=query)
        columns = body["columnDefinitions"]
        shown = [index for index, column in enumerate(columns) if wide or not column["priority"]]
        headers = [columns[index]["name"].upper() for index in shown]
        return headers, [[row["cells"][index] for index in shown] for row in body["rows"]]


@pytest.fixture
def api() -> Api:
    return Api()


@pytest.fixture
def modern() -> Api:
    """The same of OpenShift 4.20."""
    return Api(MODERN)


@pytest.fixture
def pod() -> Object:
    return {"metadata": {"name": "web"}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}


@pytest.fixture
def deployment() -> Object:
    template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "web", "image": "web:1"}]}}
    return {"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": template}}


@pytest.fixture
def claim() -> Object:
    size = {"requests": {"storage": "100Gi"}}
    spec = {"accessModes": ["ReadWriteMany"], "resources": size, "storageClassName": "cephfs"}
    return {"metadata": {"name": "data"}, "spec": spec}
