"""What listens in pods: HTTP as Go's servers speak it, the registry's interface, programs known by their probes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import SERVICEACCOUNTS
from simulator.api.types import Upgrade
from simulator.infra import images
from simulator.infra.http import HttpAnswer, HttpRequest, serve
from simulator.infra.listeners import ForwardError
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler
from simulator.shell.streams import Buffer

REGISTRY = "openshift-image-registry"


def talk(sent: bytes, answer: Any = lambda request: HttpAnswer(200, request.body)) -> str:
    output = Buffer()
    Scheduler(Clock()).run(serve(Buffer(sent), output, answer, lambda: 0.0))
    return output.text()


def test_requests_one_after_the_other() -> None:
    sent = b"GET /a%20b?q=1 HTTP/1.1\r\nHost: x\r\n\r\nHEAD / HTTP/1.1\r\n\r\n"
    sent += b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi"
    seen: list[HttpRequest] = []

    def answer(request: HttpRequest) -> HttpAnswer:
        seen.append(request)
        return HttpAnswer(200, b"body")

    said = talk(sent, answer)
    assert [(one.method, one.path, one.query, one.body) for one in seen] == [
        ("GET", "/a b", "q=1", b""), ("HEAD", "/", "", b""), ("POST", "/", "", b"hi"),
    ]  # fmt: skip
    assert said.count("Content-Length: 4") == 3
    assert said.count("body") == 2
    assert said.endswith("Connection: close\r\n\r\nbody")
    assert "Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n" in said


def test_a_body_in_chunks() -> None:
    sent = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: z\r\n\r\n"
    assert talk(sent).endswith("\r\n\r\nabcde")


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        (b"nonsense\r\n\r\n", "400 Bad Request"),
        (b"GET /\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nno colon\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nHost: x", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", "400 Bad Request"),
        (b"GET / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "413 Request Entity Too Large"),
        (b"GET / HTTP/1.1\r\nA: " + b"b" * 70_000 + b"\r\n\r\n", "431 Request Header Fields Too Large"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400 Bad Request"),
    ],
)
def test_bad_requests(sent: bytes, line: str) -> None:
    assert (
        talk(sent) == f"HTTP/1.1 {line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n{line}"
    )


@given(st.binary(max_size=120))
@settings(max_examples=60)
def test_noise_ends(noise: bytes) -> None:
    assert talk(noise)[:9] in ("", "HTTP/1.1 ")


def ask(lab: Any, pod: str, namespace: str, port: int, request: str, header: str = "X: y") -> str:
    target = Upgrade(namespace, pod, "", (), kind="portforward")
    listener, output = lab.machines.kubelet.listener(target, port), Buffer()
    Scheduler(lab.clock).run(listener.serve(Buffer(f"{request} HTTP/1.1\r\nHost: r\r\n{header}\r\n\r\n"), output))
    return output.text()


def test_a_program_answers_on_its_ports_what_its_probes_ask(lab: Any) -> None:
    probe = {"httpGet": {"path": "/ready", "port": "web"}}
    ports = [{"name": "web", "containerPort": 8081}, {"name": "sql", "containerPort": 5432}]
    lab.pod(
        "web", containers=[{"name": "app", "image": "quay.io/openshift/app:1", "ports": ports, "readinessProbe": probe}]
    )
    assert lab.settle()
    assert ask(lab, "web", "demo", 8081, "GET /ready").endswith("\r\n\r\nok")
    assert ask(lab, "web", "demo", 8081, "GET /other").startswith("HTTP/1.1 404 Not Found\r\n")
    assert ask(lab, "web", "demo", 5432, "GET /") == ""  # it speaks something that we do not
    with pytest.raises(ForwardError, match=r"^error forwarding port 80 to pod [0-9a-f]{64}, uid : exit status 1: 20"):
        ask(lab, "web", "demo", 80, "GET /")


def test_the_registry_over_http(today: Any) -> None:
    env = {"REGISTRY_STORAGE": "filesystem", "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/registry"}
    today.registry_pod(volumes={"/registry": {"emptyDir": {}}}, **env)
    today.settle(60)
    today.create(SERVICEACCOUNTS, {"metadata": {"name": "reader", "namespace": "demo"}})
    asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
    path = "/api/v1/namespaces/demo/serviceaccounts/reader/token"
    token = today.client.request("POST", path, body=asked).body["status"]["token"]
    bearer = f"Authorization: Bearer {token}"
    basic = f"Authorization: Basic {base64.b64encode(f'any:{token}'.encode()).decode()}"

    def said(request: str, header: str = "X: y") -> str:
        return ask(today, "image-registry-1", REGISTRY, 5000, request, header)

    assert said("GET /healthz").startswith("HTTP/1.1 200 OK\r\n")
    assert said("GET /nope").startswith("HTTP/1.1 404 Not Found\r\n")
    for header in ("X: y", "Authorization: Bearer wrong", "Authorization: Basic ????", "Authorization: Basic YQ=="):
        answer = said("GET /v2/_catalog", header)
        assert 'Www-Authenticate: Bearer realm="https://r/openshift/token"' in answer
        assert json.loads(answer.rpartition("\r\n")[2])["errors"][0]["code"] == "UNAUTHORIZED"
    assert 'Www-Authenticate: Basic realm="openshift"' in said("GET /openshift/token")
    assert json.loads(said("GET /openshift/token", basic).rpartition("\r\n\r\n")[2])["token"] == token
    assert said("GET /v2/", bearer).endswith("\r\n\r\n{}\n")
    image = today.machines.registry.push("demo/app", "one", images.build({"layers": [{"text": "base"}]}))
    assert '{"repositories":["demo/app"]}' in said("GET /v2/_catalog", bearer)
    assert '{"name":"demo/app","tags":["one"]}' in said("GET /v2/demo/app/tags/list", basic)
    assert f"Docker-Content-Digest: {image}\r\n" in said("HEAD /v2/demo/app/manifests/one", bearer)
    layer = json.loads(said(f"GET /v2/demo/app/manifests/{image}", bearer).partition("\r\n\r\n")[2])["layers"][0]
    assert said(f"GET /v2/demo/app/blobs/{layer['digest']}", bearer).endswith("\r\n\r\nbase")
    for path, code in (("manifests/two", "MANIFEST_UNKNOWN"), ("blobs/sha256:0", "BLOB_UNKNOWN")):
        assert f'"code":"{code}"' in said(f"GET /v2/demo/app/{path}", bearer)
    assert '"code":"NAME_UNKNOWN"' in said("GET /v2/demo/nope/tags/list", bearer)
    assert '"code":"UNSUPPORTED"' in said("POST /v2/demo/app/blobs/uploads/", bearer)
