"""What a client is answered in: JSON, YAML, or protobuf for who takes nothing else."""

from __future__ import annotations

import struct
from typing import Any

import pytest
import yaml

from simulator.api.negotiation import encoding
from simulator.api.protobuf import decode_object, encode_object, is_encodable
from simulator.api.protobuf.wire import fields
from simulator.api.types import Request, Response
from simulator.api.watch import Watch
from simulator.cluster import Cluster
from simulator.errors import NotAcceptable

PODS = "/api/v1/namespaces/demo/pods"
PROTOBUF = "application/vnd.kubernetes.protobuf"
BUILT_IN = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
CUSTOM = "application/json, application/yaml"
CONFIGS = "/apis/imageregistry.operator.openshift.io/v1/configs"


def ask(api: Any, path: str, accept: str, **query: str) -> Response:
    reply = api.server.handle(Request("GET", path, query, accept=accept))
    assert isinstance(reply, Response)
    return reply


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("application/json", "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html, application/*;q=0.8", "application/json"),
        ("application/yaml", "application/yaml"),
        ("application/json;q=0.5,application/yaml", "application/yaml"),
        ("application/json;as=Table;v=v1;g=meta.k8s.io,application/json", "application/json"),
        (PROTOBUF, PROTOBUF),
        (f"{PROTOBUF}, */*", "application/json"),  # as client-go asks
        (f"{PROTOBUF},application/json", "application/json"),  # as controllers ask
    ],
)
def test_the_encoding(accept: str, chosen: str) -> None:
    assert encoding(accept) == chosen


@pytest.mark.parametrize("accept", ["text/html", "image/png;q=1", "application/json;as=Poem", "application/json;q=0"])
def test_nothing_that_the_server_has(modern: Any, accept: str) -> None:
    with pytest.raises(NotAcceptable, match=f"^only the following media types are accepted: {BUILT_IN}$"):
        modern.get(PODS, accept=accept)


def test_custom_resources_are_not_in_protobuf(modern: Any) -> None:
    with pytest.raises(NotAcceptable, match=f"accepted: {CUSTOM}$"):
        modern.get(CONFIGS, accept=PROTOBUF)


def test_what_is_refused_is_not_done(modern: Any, pod: Any) -> None:
    with pytest.raises(NotAcceptable):
        modern.post(PODS, pod, accept="text/html")
    assert modern.get(PODS)["items"] == []


def test_yaml(modern: Any, pod: Any) -> None:
    made = modern.post(PODS, pod)
    reply = ask(modern, f"{PODS}/web", "application/yaml")
    assert (reply.content_type, yaml.safe_load(reply.data())) == ("application/yaml", made)
    assert reply.data().startswith(b"apiVersion: v1\nkind: Pod\n")


def test_protobuf(modern: Any, pod: Any) -> None:
    made = modern.post(PODS, pod)
    reply = ask(modern, f"{PODS}/web", PROTOBUF)
    assert reply.content_type == PROTOBUF
    assert essence(decode_object(reply.data())) == essence(made)
    whole = ask(modern, PODS, PROTOBUF)
    found = decode_object(whole.data())
    assert (found["kind"], [item["metadata"]["name"] for item in found["items"]]) == ("PodList", ["web"])


def test_a_watch_in_protobuf(modern: Any, pod: Any) -> None:
    watch = modern.server.handle(Request("GET", PODS, {"watch": "1"}, accept=PROTOBUF))
    assert isinstance(watch, Watch)
    assert watch.content_type == f"{PROTOBUF};stream=watch"
    made = modern.post(PODS, pod)
    event = watch.next()
    assert event is not None
    frame = watch.frame(event)
    (size,) = struct.unpack(">I", frame[:4])
    assert size == len(frame) - 4
    told = dict(fields(frame[4:]))
    assert told[1] == b"ADDED"
    raw = dict(fields(told[2]))[1]
    assert essence(decode_object(raw)) == essence(made)
    watch.close()


def test_all_objects_of_a_cluster_come_back_from_protobuf() -> None:
    cluster = Cluster.from_profile("ocp-4.20")
    count = 0
    for row in cluster.api.table.rows:
        if row.custom or row.stored_as or not is_encodable(row.api_version, row.kind):
            continue
        for stored in cluster.state.list(row.key)[:40]:
            assert essence(decode_object(encode_object(stored.object))) == essence(stored.object)
            count += 1
    assert count > 500


def essence(value: Any) -> Any:
    """Without what is the same as nothing in Go: zeros, empty texts, lists and maps."""
    if isinstance(value, dict):
        kept = {key: essence(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", 0, {}, [])}
    if isinstance(value, list):
        return [essence(item) for item in value]
    return value


@pytest.mark.parametrize("path", ["/api", "/apis", "/apis/apps", "/apis/apps/v1", "/api/v1"])
def test_discovery_in_yaml(modern: Any, path: str) -> None:
    assert yaml.safe_load(ask(modern, path, "application/yaml").data()) == modern.get(path)
    with pytest.raises(NotAcceptable):
        modern.get(path, accept="text/html")
