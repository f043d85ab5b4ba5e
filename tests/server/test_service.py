"""The wire: what a plain HTTPS client sees."""

from __future__ import annotations

import contextlib
import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server.service import Service

Answer = tuple[int, dict[str, str], Any]


class Wire:
    """A connection with the installer's certificate that is kept alive."""

    def __init__(self, service: Service) -> None:
        context = ssl.create_default_context(cafile=str(service.certificates.ca))
        context.load_cert_chain(service.certificates.admin)
        self.connection = http.client.HTTPSConnection("127.0.0.1", service.port, context=context, timeout=10)

    def close(self) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        kind = {"Content-Type": "application/json"} if data else {}
        self.connection.request(method, path, data, {**kind, **{k.replace("_", "-"): v for k, v in headers.items()}})
        response = self.connection.getresponse()
        text = response.read()
        content = json.loads(text) if text and response.headers.get_content_type() == "application/json" else text
        return response.status, dict(response.headers.items()), content


@pytest.fixture
def wire(service: Service) -> Iterator[Wire]:
    with contextlib.closing(Wire(service)) as wire:
        yield wire


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def test_a_connection_is_kept_alive(wire: Wire) -> None:
    assert wire.ask("GET", "/version")[0] == 200
    first = wire.connection.sock
    assert wire.ask("GET", "/readyz")[2] == b"ok"
    assert wire.connection.sock is first


def test_an_object_is_made_and_read(wire: Wire) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    code, _, made = wire.ask("POST", path, config_map("one", text="é"))
    assert code == 201
    assert wire.ask("GET", f"{path}/one")[2] == made
    assert made in wire.ask("GET", path)[2]["items"]


def test_a_body_over_three_mebibytes_is_refused(wire: Wire) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    code, _, status = wire.ask("POST", path, b"x" * (3 * 1024 * 1024 + 1))
    assert (code, status["reason"]) == (413, "RequestEntityTooLarge")
    assert status["message"] == "Request entity too large: limit is 3145728"


def test_a_watch_tells_in_chunks_and_ends_with_its_time(service: Service, wire: Wire) -> None:
    path = "/api/v1/namespaces/default/configmaps"
    version = wire.ask("GET", path)[2]["metadata"]["resourceVersion"]
    with contextlib.closing(Wire(service)) as listener:
        listener.connection.request("GET", f"{path}?watch=true&resourceVersion={version}&timeoutSeconds=1")
        response = listener.connection.getresponse()
        assert response.headers["Transfer-Encoding"] == "chunked"
        wire.ask("POST", path, config_map("told"))
        event = json.loads(response.readline())
        assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "told")
        assert response.read() == b""


def test_who_has_a_document_already_is_not_sent_it_again(wire: Wire) -> None:
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    code, headers, _ = wire.ask("GET", "/apis", Accept=accept)
    assert code == 200
    code, again, body = wire.ask("GET", "/apis", Accept=accept, If_None_Match=headers["etag"])
    assert (code, body) == (304, b"")
    assert not {"content-type", "content-length"} & set(again)  # a client's cache would put them over its own


def test_a_pod_that_comes_right_after_its_namespace_waits_for_its_account(wire: Wire) -> None:
    """oc debug node/NAME does this. Without the wait: error looking up service account new/default."""
    assert wire.ask("POST", "/api/v1/namespaces", {"metadata": {"name": "new"}})[0] == 201
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "ubi9"}]}}
    assert wire.ask("POST", "/api/v1/namespaces/new/pods", pod)[0] == 201
    status = wire.ask(
        "POST", "/api/v1/namespaces/new/pods", {**pod, "spec": {**pod["spec"], "serviceAccountName": "x"}}
    )
    assert (status[0], status[2]["reason"]) == (403, "Forbidden")
