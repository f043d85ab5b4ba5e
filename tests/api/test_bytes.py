"""Bytes on their way out: encoded once, then shared by every reader and watcher."""

import json
from typing import Any

import pytest

from simulator.api.types import MERGE_PATCH, Request, Response, WatchEvent
from simulator.api.watch import Watch

CONFIGMAPS = "/api/v1/namespaces/demo/configmaps"


@pytest.fixture
def api(api: Any) -> Any:
    for name in ("a", "b"):
        api.post(CONFIGMAPS, {"metadata": {"name": name}, "data": {"text": "ü\ud800"}})
    return api


def answer(api: Any, method: str, path: str, body: Any = None) -> Response:
    reply = api.server.handle(Request(method, path, body=body, content_type=MERGE_PATCH))
    assert isinstance(reply, Response)
    return reply


def watch(api: Any) -> Watch:
    found: Watch = api.get(CONFIGMAPS, query={"watch": "true", "resourceVersion": str(api.server.state.revision)})
    return found


def next_of(watch: Watch) -> WatchEvent:
    event = watch.next()
    assert event is not None
    return event


@pytest.mark.parametrize("path", [f"{CONFIGMAPS}/a", CONFIGMAPS, "/apis/project.openshift.io/v1/projects", "/api/v2"])
def test_the_bytes_of_an_answer_are_its_body_and_a_newline(api: Any, path: str) -> None:
    reply = answer(api, "GET", path)
    text = reply.data().decode()
    assert text.endswith("}\n")
    assert json.loads(text) == json.loads(json.dumps(reply.body).replace("\\ud800", "?"))


def test_an_object_is_encoded_once_for_all_who_read_it(api: Any) -> None:
    watches = [watch(api), watch(api)]
    changed = answer(api, "PATCH", f"{CONFIGMAPS}/a", {"data": {"x": "1"}})
    stored = api.server.state.get("configmaps", "demo", "a")
    assert stored is not None
    assert changed.data() == stored.data() + b"\n"
    for event in map(next_of, watches):
        assert event.encode is not None
        assert event.encode() is stored.data()


def test_an_event_is_a_line(api: Any) -> None:
    events = watch(api)
    answer(api, "DELETE", f"{CONFIGMAPS}/a")
    line = next_of(events).data()
    assert line.endswith(b"}\n")
    assert line.startswith(b'{"type":"DELETED","object":{')
    assert json.loads(line)["object"]["metadata"]["name"] == "a"


def test_an_event_tells_the_object_as_it_was_then(api: Any) -> None:
    events = watch(api)
    for value in ("1", "2"):
        answer(api, "PATCH", f"{CONFIGMAPS}/a", {"data": {"x": value}})
    assert [json.loads(next_of(events).data())["object"]["data"]["x"] for _ in range(2)] == ["1", "2"]
