"""Rules that hold for any history: lists, pages, watches and bookmarks tell one and the same story. And: any request is
answered, none is a failure of the server.
"""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import MERGE_PATCH, Request, Response
from simulator.api.watch import Watch
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

MODERN = Release("4.20.1", "v1.33.5", ())
EVERYWHERE = "/api/v1/configmaps"
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "patch", "delete", "other"]),
        st.sampled_from(["one", "two"]),
        st.sampled_from("abcd"),
        st.sampled_from(["x", "y"]),
    ),
    max_size=14,
)
Key = tuple[str, str]


class World:
    """A server with two namespaces, and what may happen in them."""

    def __init__(self) -> None:
        self.server = ApiServer(State(MemoryLog()), Clock(0.0), Names(1), builtin_table(MODERN), MODERN)
        for name in ("one", "two"):
            self.ask("POST", "/api/v1/namespaces", {"metadata": {"name": name}})

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        reply = self.server.handle(Request(method, path, query, body, MERGE_PATCH))
        return reply.body if isinstance(reply, Response) else reply

    def do(self, verb: str, namespace: str, name: str, label: str) -> None:
        path = f"/api/v1/namespaces/{namespace}/configmaps"
        obj = {"metadata": {"name": name, "labels": {"l": label}}}
        if verb == "put":
            self.ask("POST", path, obj)
            self.ask("PUT", f"{path}/{name}", obj)
        elif verb == "patch":
            self.ask("PATCH", f"{path}/{name}", {"metadata": {"labels": {"l": label}}})
        elif verb == "delete":
            self.ask("DELETE", f"{path}/{name}")
        else:
            self.ask("POST", f"/api/v1/namespaces/{namespace}/secrets", {"metadata": {"generateName": "s"}})

    @property
    def revision(self) -> int:
        return self.server.state.revision

    def watch(self, **query: str) -> Watch:
        watch: Watch = self.ask("GET", EVERYWHERE, watch="true", **query)
        return watch


def key(obj: Any) -> Key:
    return obj["metadata"]["namespace"], obj["metadata"]["name"]


def listed(answer: Any) -> dict[Key, str]:
    """What a list tells, in its order: each object and its revision."""
    return {key(obj): obj["metadata"]["resourceVersion"] for obj in answer["items"]}


def drain(watch: Watch) -> list[tuple[str, Any]]:
    found = []
    while (event := watch.next()) is not None:
        found.append((event.type, event.object))
    return found


def fold(known: dict[Key, str], events: list[tuple[str, Any]]) -> dict[Key, str]:
    """What a client knows after the events; each must fit to what it knew."""
    for kind, obj in events:
        assert (key(obj) in known) is (kind != "ADDED"), kind
        if kind == "DELETED":
            del known[key(obj)]
        else:
            known[key(obj)] = obj["metadata"]["resourceVersion"]
    return known


@settings(max_examples=25)
@given(STEPS, st.sampled_from(["", "l=x", "l!=x", "!l"]))
def test_a_list_of_any_revision_and_the_watch_from_there_lead_to_the_present(steps: Any, labels: str) -> None:
    world = World()
    began = world.revision
    for step in steps:
        world.do(*step)
    now = listed(world.ask("GET", EVERYWHERE, labelSelector=labels))
    for revision in range(max(began, 1), world.revision + 1):  # 0 means any
        past = world.ask(
            "GET", EVERYWHERE, labelSelector=labels, resourceVersion=str(revision), resourceVersionMatch="Exact"
        )
        events = drain(world.watch(resourceVersion=str(revision), labelSelector=labels))
        revisions = [int(obj["metadata"]["resourceVersion"]) for _, obj in events]
        assert revisions == sorted(set(revisions))
        assert all(number > revision for number in revisions)
        assert fold(listed(past), events) == now


@settings(max_examples=25)
@given(STEPS)
def test_a_watch_tells_what_the_log_has(steps: Any) -> None:
    world = World()
    began = world.revision
    live = world.watch(resourceVersion=str(began))
    for step in steps:
        world.do(*step)
    entries = [entry for entry in world.server.state.history(began) if entry.resource == "configmaps"]
    kinds = ["DELETED" if one.verb == "delete" else "ADDED" if one.created else "MODIFIED" for one in entries]
    expected = list(zip(kinds, (entry.object for entry in entries), strict=True))
    assert drain(live) == expected
    assert drain(world.watch(resourceVersion=str(began))) == expected


@settings(max_examples=25)
@given(STEPS, STEPS, st.integers(1, 3), st.sampled_from(["", "l=x"]))
def test_pages_are_of_one_state_whatever_happens_between_them(
    before: Any, between: Any, limit: int, labels: str
) -> None:
    world = World()
    for step in before:
        world.do(*step)
    whole, pages = listed(world.ask("GET", EVERYWHERE, labelSelector=labels)), {}
    answer = world.ask("GET", EVERYWHERE, limit=str(limit), labelSelector=labels)
    rest = list(between)
    while True:
        assert len(answer["items"]) <= limit
        pages |= listed(answer)
        remaining = answer["metadata"].get("remainingItemCount")
        assert remaining in (None, len(whole) - len(pages))
        if "continue" not in answer["metadata"]:
            break
        if rest:
            world.do(*rest.pop())
        token = answer["metadata"]["continue"]
        answer = world.ask("GET", EVERYWHERE, limit=str(limit), labelSelector=labels, **{"continue": token})
    assert list(pages.items()) == list(whole.items())


@settings(max_examples=25)
@given(STEPS, st.sampled_from(["", "l=x"]))
def test_no_event_comes_after_a_bookmark_that_is_newer(steps: Any, labels: str) -> None:
    world = World()
    watch = world.watch(resourceVersion=str(world.revision), labelSelector=labels, allowWatchBookmarks="true")
    for step in steps:
        world.do(*step)
        watch.bookmark()
    told = [(kind, int(obj["metadata"]["resourceVersion"])) for kind, obj in drain(watch)]
    revisions = [revision for _, revision in told]
    assert revisions == sorted(set(revisions))
    assert not told or told[-1][1] == world.revision or told[-1][0] != "BOOKMARK"


# -- any request

PARTS = st.sampled_from(
    [
        "api",
        "apis",
        "v1",
        "apps",
        "batch",
        "watch",
        "namespaces",
        "one",
        "configmaps",
        "pods",
        "deployments",
        "a",
        "status",
        "scale",
        "log",
        "exec",
        "~",
        "..",
        "",
        "%2e",
        "*",
        "\x00",
        "projects",
        "project.openshift.io",
        "componentstatuses",
        "customresourcedefinitions",
        "apiextensions.k8s.io",
        "events",
        "selfsubjectaccessreviews",
        "ü",
    ]
)
VALUES = st.sampled_from(
    [
        "",
        "0",
        "1",
        "-1",
        "true",
        "false",
        "x",
        "a=b",
        "metadata.name=a",
        "status.phase=x",
        "!",
        "in (",
        "Exact",
        "NotOlderThan",
        "99999999999999999999",
        "All",
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0",
        "Table",
        "None",
        "\x00",
        "ü",
    ]
)
NAMES = st.sampled_from(
    [
        "watch",
        "limit",
        "continue",
        "resourceVersion",
        "resourceVersionMatch",
        "sendInitialEvents",
        "allowWatchBookmarks",
        "timeoutSeconds",
        "labelSelector",
        "fieldSelector",
        "pretty",
        "includeObject",
        "dryRun",
        "fieldManager",
        "force",
        "gracePeriodSeconds",
        "propagationPolicy",
        "container",
        "follow",
        "tailLines",
        "as",
    ]
)
CLAUSES = st.sampled_from(
    [
        "*/*",
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
        "text/html",
        "",
        ";",
        "a/b;q=x",
        "application/json;as=Table;v=v1;g=meta.k8s.io",
        "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
        "application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io",
        "application/json;stream=watch",
    ]
)
PLACES = st.sampled_from(
    ["/api/v1/namespaces/one/configmaps", "/api/v1/namespaces/one/configmaps/a", EVERYWHERE, "/api/v1/pods"]
)
PATHS = PLACES | st.lists(PARTS, max_size=7).map(lambda parts: "/" + "/".join(parts))
LATER = 504  # a resourceVersion that is still to come


@settings(max_examples=150)
@given(
    st.sampled_from([MODERN, OLDEST]),
    st.sampled_from(["GET", "GET", "GET", "DELETE", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "BREW"]),
    PATHS,
    st.dictionaries(NAMES, VALUES, max_size=4),
    st.lists(CLAUSES, max_size=3).map(",".join),
)
def test_any_request_is_answered(release: Release, method: str, path: str, query: Any, accept: str) -> None:
    server = ApiServer(State(MemoryLog()), Clock(0.0), Names(1), builtin_table(release), release)
    server.handle(Request("POST", "/api/v1/namespaces", body={"metadata": {"name": "one"}}))
    server.handle(Request("POST", "/api/v1/namespaces/one/configmaps", body={"metadata": {"name": "a"}}))
    reply = server.handle(Request(method, path, query, accept=accept))
    if isinstance(reply, Watch):
        while (event := reply.next()) is not None:
            assert reply.frame(event)
    elif isinstance(reply, Response):
        assert reply.code < 500 or reply.code == LATER, reply.body
        assert reply.data() is not None
