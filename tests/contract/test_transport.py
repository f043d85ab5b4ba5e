"""What any Transport does, be the cluster simulated or real: the client and all above it rely on no more than this."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest

from simulator.api.gvrs import CONFIGMAPS, PODS
from simulator.api.types import GVR, JSON_PATCH, MERGE_PATCH, STRATEGIC_MERGE_PATCH, Request, Response, WatchEvent
from simulator.client.transport import EventStream, exec_query
from simulator.errors import AlreadyExists, Conflict, Expired, NotFound, Object, StatusError, Timeout
from simulator.runtime.tasks import Task, checkpoint, sleep, spawn
from simulator.shell.streams import Buffer

PATIENCE_S = 5.0  # for what should happen at once
A_MOMENT_S = 0.2  # for what should not happen


class Maps:
    """Config maps in the namespace of the test."""

    def __init__(self, subject: Any) -> None:
        self.client, self.namespace = subject.client, subject.namespace
        self.path = CONFIGMAPS.path(self.namespace)

    def create(self, name: str, **labels: str) -> Object:
        meta = {"name": name, "namespace": self.namespace, "labels": labels}
        created: Object = self.client.create(CONFIGMAPS, {"metadata": meta, "data": {"text": "first"}})
        return created

    def patch(self, name: str, patch: Any, **details: Any) -> Object:
        patched: Object = self.client.patch(CONFIGMAPS, name, patch, self.namespace, **details)
        return patched

    def delete(self, name: str) -> None:
        self.client.delete(CONFIGMAPS, name, self.namespace)

    def get(self, name: str) -> Object:
        found: Object = self.client.get(CONFIGMAPS, name, self.namespace)
        return found

    def watch(self, since: str = "", **selectors: str) -> EventStream:
        stream: EventStream = self.client.watch(CONFIGMAPS, self.namespace, resource_version=since, **selectors)
        return stream

    def version(self) -> str:
        """The resourceVersion of a list: where a watch goes on."""
        body = self.client.request("GET", self.path).body
        return str(body["metadata"]["resourceVersion"])


@pytest.fixture
def maps(subject: Any) -> Maps:
    return Maps(subject)


def next_event(stream: EventStream) -> WatchEvent:
    """The next event, waited for if need be."""
    while (event := stream.poll()) is None:
        assert stream.wait(PATIENCE_S), "no event came"
    return event


def told(stream: EventStream, count: int) -> list[tuple[str, str]]:
    events = [next_event(stream) for _ in range(count)]
    return [(event.type, event.object["metadata"]["name"]) for event in events]


# -- requests


def test_an_object_lives_through_its_verbs(maps: Maps) -> None:
    created = maps.create("one")
    assert created["metadata"]["uid"]
    assert (created["apiVersion"], created["kind"]) == ("v1", "ConfigMap")
    changed = maps.client.update(CONFIGMAPS, {**created, "data": {"text": "second"}})
    assert changed["metadata"]["resourceVersion"] != created["metadata"]["resourceVersion"]
    assert maps.get("one") == changed
    assert "one" in [item["metadata"]["name"] for item in maps.client.list(CONFIGMAPS, maps.namespace)]
    maps.delete("one")
    with pytest.raises(NotFound, match='configmaps "one" not found'):
        maps.get("one")


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        (JSON_PATCH, [{"op": "replace", "path": "/data/text", "value": "second"}]),
        (MERGE_PATCH, {"data": {"text": "second"}}),
        (STRATEGIC_MERGE_PATCH, {"data": {"text": "second"}}),
    ],
)
def test_each_kind_of_patch(maps: Maps, kind: str, patch: Any) -> None:
    maps.create("one")
    assert maps.patch("one", patch, content_type=kind)["data"] == {"text": "second"}


def test_refusals_are_answers_not_exceptions(subject: Any) -> None:
    """``request`` returns the Status; it is the client that raises it."""
    answer: Response = subject.transport.request(Request("GET", CONFIGMAPS.path(subject.namespace, "none")))
    assert answer.code == 404
    assert {key: answer.body[key] for key in ("kind", "status", "reason", "code")} == {
        "kind": "Status",
        "status": "Failure",
        "reason": "NotFound",
        "code": 404,
    }
    assert answer.body["details"]["name"] == "none"


def test_an_unknown_path_is_not_found(subject: Any) -> None:
    assert subject.transport.request(Request("GET", "/apis/nobody.example/v1/things")).code == 404


def test_errors_keep_their_reason(maps: Maps) -> None:
    old = maps.create("one")
    with pytest.raises(AlreadyExists):
        maps.create("one")
    maps.patch("one", {"data": {"text": "second"}})
    with pytest.raises(Conflict, match="the object has been modified"):
        maps.client.update(CONFIGMAPS, old)
    with pytest.raises(Conflict):
        maps.client.delete(CONFIGMAPS, "one", maps.namespace, uid="another")


def test_a_dry_run_leaves_no_trace(maps: Maps) -> None:
    meta = {"name": "one", "namespace": maps.namespace}
    assert maps.client.create(CONFIGMAPS, {"metadata": meta}, dry_run=True)["metadata"]["name"] == "one"
    assert maps.client.get_or_none(CONFIGMAPS, "one", maps.namespace) is None


def test_selectors(maps: Maps) -> None:
    maps.create("one", tier="front")
    maps.create("two", tier="back")
    by_label = maps.client.list(CONFIGMAPS, maps.namespace, labels="tier=back")
    by_field = maps.client.list(CONFIGMAPS, maps.namespace, fields="metadata.name=one")
    assert [one["metadata"]["name"] for one in (*by_label, *by_field)] == ["two", "one"]


def test_lists_come_in_pages(maps: Maps) -> None:
    names = [f"page-{letter}" for letter in "abc"]
    for name in names:
        maps.create(name)
    query, found = {"limit": "2", "labelSelector": ""}, []
    while True:
        body = maps.client.request("GET", maps.path, query=query).body
        assert len(body["items"]) <= 2
        found += [item["metadata"]["name"] for item in body["items"]]
        if not (token := body["metadata"].get("continue")):
            break
        query = {**query, "continue": token}
    assert [name for name in found if name in names] == names


def test_a_table_is_given_to_who_asks_for_it(maps: Maps) -> None:
    maps.create("one")
    accept = ",".join(f"application/json;as=Table;v={version};g=meta.k8s.io" for version in ("v1", "v1beta1"))
    table = maps.client.request("GET", maps.path, accept=accept).body
    assert table["kind"] == "Table"
    assert table["columnDefinitions"][0]["name"] == "Name"
    assert "one" in [row["cells"][0] for row in table["rows"]]


def test_discovery_names_what_there_is(subject: Any) -> None:
    resources = subject.client.request("GET", "/api/v1").body["resources"]
    (row,) = [one for one in resources if one["name"] == "configmaps"]
    assert (row["kind"], row["namespaced"], row["shortNames"]) == ("ConfigMap", True, ["cm"])
    assert {"get", "list", "watch", "create"} <= set(row["verbs"])


# -- watches


def test_a_watch_goes_on_where_a_list_ended(maps: Maps) -> None:
    maps.create("before")
    stream = maps.watch(maps.version())
    maps.create("one")
    maps.patch("one", {"data": {"text": "second"}})
    maps.delete("one")
    assert told(stream, 3) == [("ADDED", "one"), ("MODIFIED", "one"), ("DELETED", "one")]
    stream.close()


def test_a_watch_without_a_version_begins_with_what_is_there(maps: Maps) -> None:
    maps.create("one")
    stream = maps.watch(fields="metadata.name=one")
    assert told(stream, 1) == [("ADDED", "one")]
    stream.close()


def test_a_watch_tells_what_comes_to_match_and_what_ceases_to(maps: Maps) -> None:
    maps.create("one", tier="front")
    stream = maps.watch(maps.version(), labels="tier=back")
    maps.patch("one", {"metadata": {"labels": {"tier": "back"}}})
    maps.patch("one", {"metadata": {"labels": {"tier": "front"}}})
    assert told(stream, 2) == [("ADDED", "one"), ("DELETED", "one")]
    stream.close()


def test_versions_of_a_watch_are_those_of_the_objects(maps: Maps) -> None:
    stream = maps.watch(maps.version())
    created = maps.create("one")
    assert next_event(stream).object == created
    stream.close()


def test_polling_never_waits(subject: Any, maps: Maps) -> None:
    stream = maps.watch(maps.version())
    assert stream.poll() is None
    stream.close()


def test_waiting_ends_with_its_time(subject: Any, maps: Maps) -> None:
    stream = maps.watch(maps.version())
    begun = subject.transport.now()
    assert not stream.wait(A_MOMENT_S)
    assert subject.transport.now() >= begun + A_MOMENT_S
    stream.close()


def test_a_closed_watch_tells_no_more(maps: Maps) -> None:
    stream = maps.watch(maps.version())
    assert not stream.closed
    stream.close()
    stream.close()
    maps.create("one")
    assert stream.closed
    assert not stream.wait(A_MOMENT_S)
    assert stream.poll() is None


def test_a_watch_that_is_refused_raises(subject: Any) -> None:
    with pytest.raises(StatusError) as refused:
        subject.client.watch(GVR("nobody.example", "v1", "things"))
    assert isinstance(refused.value, NotFound | Expired)


def test_a_task_is_woken_by_an_event_and_by_the_end(subject: Any, maps: Maps) -> None:
    stream = maps.watch(maps.version())
    seen: list[str] = []

    async def follow() -> None:
        while not stream.closed:
            await stream.changed()
            while (event := stream.poll()) is not None:
                seen.append(event.object["metadata"]["name"])

    async def act() -> None:
        follower: Task[None] = await spawn(follow())
        await checkpoint()  # the follower waits by now
        maps.create("one")
        while seen != ["one"]:
            await sleep(0.01)
        stream.close()
        await follower.join()

    subject.scheduler().run(act())
    assert seen == ["one"]


# -- the client's wait, which is made of both


def test_waiting_for_a_condition(maps: Maps) -> None:
    maps.create("one")

    def exists(found: Object | None) -> bool:
        return found is not None

    found = maps.client.wait(CONFIGMAPS, "one", exists, maps.namespace, timeout_s=PATIENCE_S)
    assert found is not None
    assert found["metadata"]["name"] == "one"
    with pytest.raises(Timeout, match="timed out waiting for the condition on configmaps/two"):
        maps.client.wait(CONFIGMAPS, "two", exists, maps.namespace, timeout_s=A_MOMENT_S)


# -- commands in containers


def test_a_command_tells_its_output_and_its_status(subject: Any) -> None:
    namespace, pod = subject.pod
    script = "echo out; echo err >&2; exit 3"
    result = subject.client.exec(pod, namespace, ["sh", "-c", script])
    assert (result.stdout, result.stderr, result.status) == ("out\n", "err\n", 3)


def test_a_command_reads_what_it_is_given(subject: Any) -> None:
    namespace, pod = subject.pod
    assert subject.client.exec(pod, namespace, ["cat"], stdin=b"told\n").stdout == "told\n"


def test_words_stay_words(subject: Any) -> None:
    namespace, pod = subject.pod
    assert subject.client.exec(pod, namespace, ["printf", "%s|", "a b", "", "c'd"]).stdout == "a b||c'd|"


def test_a_command_on_streams(subject: Any) -> None:
    namespace, pod = subject.pod
    query = exec_query(["sh", "-c", "cat; exit 4"], "", True, False)
    request = Request("POST", PODS.path(namespace, pod, "exec"), query)
    stdout, stderr = Buffer(), Buffer()
    status = subject.scheduler().run(subject.transport.exec(request, Buffer(b"told\n"), stdout, stderr))
    assert (stdout.text(), stderr.text(), status) == ("told\n", "", 4)


def test_no_command_in_a_pod_that_is_not_there(subject: Any) -> None:
    with pytest.raises(NotFound, match='pods "nobody" not found'):
        subject.client.exec("nobody", subject.namespace, ["true"])


# -- where and when


def test_time_passes(subject: Any) -> None:
    begun = subject.transport.now()
    subject.transport.sleep(A_MOMENT_S)
    assert subject.transport.now() >= begun + A_MOMENT_S


def test_the_server_is_a_url(subject: Any) -> None:
    url = urlsplit(subject.transport.server())
    assert url.scheme == "https"
    assert url.hostname
