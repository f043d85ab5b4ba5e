"""What is served beside the resources: paths, health, metrics, the keys of tokens."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.types import Request, Response
from simulator.errors import MethodNotAllowed, NotFound


def get(api: Any, path: str, **query: str) -> Response:
    reply = api.server.handle(Request("GET", path, query))
    assert isinstance(reply, Response)
    return reply


def test_all_paths(modern: Any, api: Any) -> None:
    paths = modern.get("/")["paths"]
    assert paths == sorted(paths)
    assert {"/api/v1", "/apis/", "/apis/apps", "/apis/apps/v1", "/readyz/etcd", "/openid/v1/jwks"} <= set(paths)
    assert [get(modern, path).code for path in paths] == [200] * len(paths)
    assert "/openid/v1/jwks" not in api.get("/")["paths"]


@pytest.mark.parametrize("name", ["healthz", "livez", "readyz"])
def test_health(modern: Any, name: str) -> None:
    reply = get(modern, f"/{name}")
    assert (reply.code, reply.data(), reply.content_type) == (200, b"ok", "text/plain; charset=utf-8")
    lines = get(modern, f"/{name}", verbose="").body.splitlines()
    assert lines[0] == "[+]ping ok"
    assert lines[-1] == f"{name} check passed"
    assert get(modern, f"/{name}/etcd").body == "ok"
    with pytest.raises(NotFound):
        modern.get(f"/{name}/nothing")
    with pytest.raises(MethodNotAllowed):
        modern.post(f"/{name}", {})


def test_not_ready_while_it_stops(modern: Any) -> None:
    modern.server.stopping = True
    reply = get(modern, "/readyz")
    assert reply.code == 500
    assert "[-]shutdown failed: reason withheld\nreadyz check failed\n" in reply.body
    assert get(modern, "/readyz", exclude="shutdown").code == 200
    assert get(modern, "/readyz", exclude="shutdown", verbose="").body.count("[+]shutdown excluded: ok\n") == 1
    assert get(modern, "/livez").body == "ok"


def test_requests_are_counted(modern: Any) -> None:
    for _ in range(3):
        modern.get("/api/v1/namespaces/demo/pods")
    with pytest.raises(NotFound):
        modern.get("/api/v1/namespaces/demo/pods/none")
    modern.get("/api/v1/pods", query={"watch": "true"}).close()
    reply = get(modern, "/metrics")
    assert reply.content_type == "text/plain; version=0.0.4; charset=utf-8"
    labels = 'group="",resource="pods",scope="{}",subresource="",verb="{}",version="v1"'
    lines = [line for line in reply.body.splitlines() if 'resource="pods"' in line]
    prefix = 'apiserver_request_total{code="%d",component="apiserver",dry_run="",'
    assert lines == [
        prefix % 200 + labels.format("cluster", "WATCH") + "} 1",
        prefix % 200 + labels.format("namespace", "LIST") + "} 3",
        prefix % 404 + labels.format("resource", "GET") + "} 1",
    ]
    assert 'git_version="v1.33.5"' in reply.body


def test_what_the_process_tells_is_among_the_metrics(modern: Any) -> None:
    modern.server.metrics.gauges = lambda: {"process_resident_memory_bytes": 94371840.0}
    text = get(modern, "/metrics").body
    assert "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 94371840\n" in text


def test_who_issues_tokens(modern: Any, api: Any) -> None:
    told = modern.get("/.well-known/openid-configuration")
    assert told["issuer"] == "https://kubernetes.default.svc"
    assert told["jwks_uri"].endswith("/openid/v1/jwks")
    modern.server.token_keys = ({"kty": "RSA", "kid": "one"},)
    keys = get(modern, "/openid/v1/jwks")
    assert (keys.body, keys.content_type) == ({"keys": [{"kty": "RSA", "kid": "one"}]}, "application/jwk-set+json")
    with pytest.raises(NotFound):
        api.get("/openid/v1/jwks")


def test_a_hash_of_what_is_stored(modern: Any, api: Any) -> None:
    """The values of a real cluster. Source: Kubernetes, api/discovery/api__v1.json"""
    found = {item["name"]: item.get("storageVersionHash") for item in modern.get("/api/v1")["resources"]}
    assert (found["pods"], found["configmaps"]) == ("xPOwRZ+Yhw8=", "qFsyl6wFWjQ=")
    assert found["bindings"] is None
    assert all("storageVersionHash" not in item for item in api.get("/api/v1")["resources"])
