"""What no client should do: a clean answer or a closed connection, and nothing left behind."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import random
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.server import protocol
from simulator.server.service import Service

MAPS = "/api/v1/namespaces/default/configmaps"


@contextlib.contextmanager
def connected(service: Service, *, certificate: bool = True) -> Iterator[ssl.SSLSocket]:
    context = ssl.create_default_context(cafile=str(service.certificates.ca))
    if certificate:
        context.load_cert_chain(service.certificates.admin)
    with (
        socket.create_connection(("127.0.0.1", service.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as secure,
    ):
        yield secure


def answer(connection: ssl.SSLSocket) -> bytes:
    """All that comes until the server is silent or gone."""
    data = b""
    connection.settimeout(0.5)
    with contextlib.suppress(OSError):
        while part := connection.recv(65536):
            data += part
    return data


def ask(service: Service, raw: bytes, *, certificate: bool = True) -> bytes:
    with connected(service, certificate=certificate) as connection:
        connection.sendall(raw)
        return answer(connection)


def request(method: str, path: str, body: bytes = b"", *headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status_of(raw: bytes) -> dict[str, object]:
    head, _, body = raw.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 "), raw
    return {**json.loads(body), "http": int(head[9:12])}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ((), 403),
        (("Authorization: Bearer wrong",), 401),
        (("Authorization: Bearer ",), 403),
        (("Authorization: Basic eDp5",), 403),
        (("Authorization: Bearer " + "x" * 5000,), 401),
        (("Authorization: Bearer eyJhbGciOiJub25lIn0.e30.",), 401),
    ],
)
def test_who_is_not_known(service: Service, headers: tuple[str, ...], code: int) -> None:
    """Nothing at all is anonymous, and forbidden; something wrong is unauthorized."""
    status = status_of(ask(service, request("GET", MAPS, b"", *headers), certificate=False))
    assert (status["http"], status["kind"], status["code"]) == (code, "Status", code)


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/../../etc/passwd",
        "/api/v1/namespaces/%2e%2e/configmaps",
        "/api/v1/namespaces/default/configmaps/%00",
        "/api/v1//namespaces///default/configmaps/..%2f..%2f",
        "/" + "a/" * 3000,
        "/api/v1/namespaces/default/configmaps?labelSelector=%ff%fe&limit=-1",
        "/api/v1/namespaces/default/configmaps?continue=%00%01&limit=1e9",
        "//api",
        "/apis/%D8%00/v1/x",
        "*",
    ],
)
def test_tricks_with_paths(service: Service, path: str) -> None:
    raw = ask(service, request("GET", path))
    assert raw.startswith(b"HTTP/1.1 "), raw
    assert 200 <= int(raw[9:12]) < 500, raw


@pytest.mark.parametrize(
    "raw",
    [
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01 no request \x00\xff\r\n\r\n",
        b"GET /api HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /api HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /api HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        b"GET /api HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET /a b HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http(service: Service, raw: bytes) -> None:
    assert ask(service, raw)[:12] in (b"", b"HTTP/1.1 400", b"HTTP/1.1 404", b"HTTP/1.1 405")


def test_headers_without_end(service: Service) -> None:
    filler = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 60_000) for number in range(20))
    assert ask(service, b"GET /api HTTP/1.1\r\n" + filler).startswith(b"HTTP/1.1 431 ")
    assert status_of(ask(service, request("GET", "/api/v1/nodes/none")))["http"] == 404


def test_a_request_that_is_never_finished_is_dropped(service: Service) -> None:
    later = time.monotonic() + protocol.REQUEST_S + 5
    with connected(service) as silent, connected(service) as slow, connected(service) as half:
        slow.sendall(b"GET /api HTT")
        half.sendall(f"POST {MAPS} HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{{".encode())
        while service.call(lambda: sum(one.unfinished_since is not None for one in service.connections)) < 3:  # type: ignore[attr-defined]
            pass  # the server hears of them in its own time
        service.call(lambda: protocol.sweep(service.connections, later))
        for connection in (silent, slow, half):
            assert answer(connection) == b""
            assert connection.recv(1) == b""


def test_nothing_is_left_behind(service: Service) -> None:
    """Ten thousand bad requests: not a file descriptor, not a connection, no memory to speak of."""
    source = random.Random(4)

    def batch(count: int) -> None:
        for _ in range(count // 250):
            with connected(service) as connection:
                for _ in range(250):
                    raw = _bad_request(source)
                    connection.sendall(raw)
                    _one_answer(connection, has_body=not raw.startswith(b"HEAD"))

    batch(1000)
    before = _resident_mib(), _open_files()
    batch(10_000)
    for _ in range(20):
        with connected(service) as watching:
            watching.sendall(f"GET {MAPS}?watch=1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            watching.recv(100)
    service.call(lambda: gc.collect())
    deadline = time.monotonic() + 5
    while _open_files() > before[1] and time.monotonic() < deadline:
        service.call(lambda: None)
    assert _open_files() <= before[1]
    assert _resident_mib() - before[0] < 20
    assert service.call(lambda: len(service.cluster.state._subscriptions.get("configmaps", ()))) < 20


def _bad_request(source: random.Random) -> bytes:
    method = source.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"])
    path = "/" + "/".join(
        source.choice(["api", "apis", "v1", "namespaces", "default", "configmaps", "x", "%2e", "pods"])
        for _ in range(source.randrange(7))
    )
    body = (
        bytes(source.randrange(256) for _ in range(source.randrange(40))) if method in ("POST", "PUT", "PATCH") else b""
    )
    kind = source.choice(["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/x",
                          "application/merge-patch+json", "application/json-patch+json"])  # fmt: skip
    head = (
        f"{method} {path}?{source.choice(['', 'watch=x', 'limit=z', 'fieldSelector=a', 'resourceVersion=q'])} HTTP/1.1"
    )
    token = source.choice(["", "Authorization: Bearer nobody\r\n"])
    return f"{head}\r\nHost: x\r\n{token}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _one_answer(connection: ssl.SSLSocket, *, has_body: bool) -> None:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        assert part, "the connection was closed"
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    assert head[9:10] != b"5", data
    found = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    size = int(found[0].partition(b":")[2]) if found and has_body else 0
    while len(body) < size:
        part = connection.recv(65536)
        assert part, "the connection was closed"
        body += part


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _open_files() -> int:
    return len(os.listdir("/proc/self/fd"))
