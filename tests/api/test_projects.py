"""Projects are the namespaces that one may get."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import User
from simulator.api.watch import Watch

from .conftest import CORE, RBAC, Api

PROJECTS = "/apis/project.openshift.io/v1/projects"
DEV = User("dev", ("system:authenticated",))


@pytest.fixture
def shared(modern: Api) -> Api:
    for name in ("other", "third"):
        modern.post(f"{CORE}/namespaces", {"metadata": {"name": name}})
    modern.allow(DEV, "list,watch", "projects", "project.openshift.io")
    return modern


def seen(api: Api, user: User) -> list[str]:
    return [item["metadata"]["name"] for item in api.get(PROJECTS, user=user)["items"]]


def events(watch: Watch) -> list[tuple[str, str]]:
    found = []
    while (event := watch.next()) is not None:
        found.append((event.type, event.object["metadata"]["name"]))
    return found


def test_one_sees_ones_own(shared: Api) -> None:
    assert seen(shared, DEV) == []
    shared.allow(DEV, "get", "namespaces", namespace="other")
    assert seen(shared, DEV) == ["other"]
    shared.allow(DEV, "get", "namespaces")
    assert seen(shared, DEV) == ["demo", "other", "third"]


def test_a_watch_tells_when_a_right_begins_and_ends(shared: Api) -> None:
    watch: Any = shared.get(PROJECTS, query={"watch": "true"}, user=DEV)
    assert events(watch) == []
    shared.allow(DEV, "get", "namespaces", namespace="other")
    assert events(watch) == [("ADDED", "other")]
    shared.patch(f"{CORE}/namespaces/other", {"metadata": {"labels": {"a": "b"}}})
    shared.patch(f"{CORE}/namespaces/third", {"metadata": {"labels": {"a": "b"}}})
    assert events(watch) == [("MODIFIED", "other")]
    shared.delete(f"{RBAC}/namespaces/other/rolebindings", user=User("root", ("system:masters",)))
    assert events(watch) == [("DELETED", "other")]
    watch.close()
    shared.allow(DEV, "get", "namespaces")
    assert events(watch) == []


def test_an_administrator_sees_all(shared: Api) -> None:
    watch: Any = shared.get(PROJECTS, query={"watch": "true"})
    assert [name for _, name in events(watch)] == ["demo", "other", "third"]
