"""Requests over HTTP, and what is told when no good answer comes."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest
import trustme

from simulator.api.gvrs import PODS
from simulator.api.types import ADMIN, Request, User, WatchEvent
from simulator.client import Client
from simulator.client.kubeconfig import Kubeconfig
from simulator.errors import (
    BadRequest,
    Expired,
    InputError,
    InternalError,
    ServiceUnavailable,
    StatusError,
    Unreachable,
)

JSON = {"Content-Type": "application/json"}
GET = Request("GET", "/api/v1/namespaces/demo/pods/web")


def test_what_is_sent(fake: Any, config: Any) -> None:
    path = config(
        fake.url, {"token": "secret", "as": "ann", "as-groups": ["a", "b"], "as-user-extra": {"scopes": ["s"]}}
    )
    query = {"command": "sh\0-c", "stdin": "true"}
    Kubeconfig(path, agent="oc/4.20").request(Request("POST", "/x/a b", query, {"é": 1}, accept="text/plain"))
    ((method, url, headers, body),) = fake.heard
    assert (method, url, body) == ("POST", "/x/a%20b?command=sh&command=-c&stdin=true", '{"é": 1}'.encode())
    assert headers.get_all("Impersonate-Group") == ["a", "b"]
    wanted = {"Authorization": "Bearer secret", "Impersonate-User": "ann", "Impersonate-Extra-scopes": "s"}
    wanted |= {"User-Agent": "oc/4.20", "Accept": "text/plain", "Content-Type": "application/json"}
    assert {name: headers[name] for name in wanted} == wanted


def test_another_user_is_impersonated(fake: Any, config: Any) -> None:
    client = Client(Kubeconfig(config(fake.url)), ADMIN)
    client.as_user(User("eve", ("g", "system:authenticated"))).request("GET", "/x")
    client.request("GET", "/x")
    first, second = (headers for _, _, headers, _ in fake.heard)
    assert (first["Impersonate-User"], first.get_all("Impersonate-Group")) == ("eve", ["g"])
    assert second["Impersonate-User"] is None


def test_warnings_are_read_from_their_headers(fake: Any, config: Any) -> None:
    fake.answers = [(200, {**JSON, "Warning": '299 - "a \\"b\\"", 299 - "c"\n299 - "d"\n199 - "no"'}, b"{}")]
    assert Kubeconfig(config(fake.url)).request(GET).warnings == ('a "b"', "c", "d")


def test_text_stays_text_and_bytes_are_at_hand(fake: Any, config: Any) -> None:
    fake.answers = [(200, {"Content-Type": "text/plain"}, b"log\n")]
    answer = Kubeconfig(config(fake.url)).request(GET)
    assert (answer.body, answer.data()) == ("log\n", b"log\n")


def test_a_server_that_is_busy_is_asked_again(fake: Any, config: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As client-go does, up to ten times, when the answer says when."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    fake.answers = [(429, {**JSON, "Retry-After": "1"}, b"{}"), (503, {"Retry-After": "2"}, b""), (200, JSON, b"{}")]
    assert Kubeconfig(config(fake.url)).request(GET).code == 200
    assert pauses == [1.0, 2.0]
    fake.answers, fake.heard = [(429, {**JSON, "Retry-After": "1"}, b"{}")], []
    assert Kubeconfig(config(fake.url)).request(GET).code == 429
    assert len(fake.heard) == 11
    fake.answers, fake.heard = [(429, JSON, b"{}")], []
    Kubeconfig(config(fake.url)).request(GET)
    assert len(fake.heard) == 1


@pytest.mark.parametrize(
    ("code", "headers", "body", "error", "message"),
    [
        (502, {}, b"<h1>Bad\n", InternalError, r'an error on the server \("<h1>Bad"\) has prevented the request'),
        (503, {}, b"", ServiceUnavailable, r"currently unable to handle the request \(get pods web\)"),
        (400, JSON, b"{", BadRequest, r"for an unknown reason \(get pods web\)"),
        (
            200,
            {"Content-Type": "text/html"},
            b"<form>",
            StatusError,
            "responded with the status code 200 but did not",
        ),
        (302, {"Location": "/login"}, b"", StatusError, "the status code 302"),
    ],
)
def test_an_answer_that_is_no_status(
    fake: Any, config: Any, code: int, headers: dict[str, str], body: bytes, error: type[Exception], message: str
) -> None:
    """Source: apimachinery, NewGenericServerResponse."""
    fake.answers = [(code, headers, body)]
    client = Client(Kubeconfig(config(fake.url)), ADMIN)
    with pytest.raises(error, match=message):
        client.get(PODS, "web", "demo")


# -- watches


def watch(fake: Any, config: Any, body: bytes, **headers: str) -> Any:
    fake.answers = [(200, {**JSON, **headers}, body)]
    return Kubeconfig(config(fake.url)).stream(Request("GET", "/api/v1/pods", {"watch": "true"}))


def test_events_come_whole_however_they_were_cut(fake: Any, config: Any) -> None:
    event = b'{"type":"ADDED","object":{"metadata":{"name":"\xc3\xa9"}}}\n'
    whole = event * 2 + b"\n" + event.rstrip()
    parts = [whole[at : at + 7] for at in range(0, len(whole), 7)]
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    stream = watch(fake, config, chunks + b"0\r\n\r\n", **{"Transfer-Encoding": "chunked", "Content-Length": "0"})
    seen = []
    while stream.wait(5) or not stream.closed:
        seen.append(stream.poll().object["metadata"]["name"])
    assert seen == ["é"] * 3


def test_a_stream_without_chunks_ends_with_its_connection(fake: Any, config: Any) -> None:
    stream = watch(fake, config, b'{"type":"BOOKMARK","object":{}}\n')
    assert stream.wait(5)
    assert stream.poll() == WatchEvent("BOOKMARK", {})
    assert not stream.wait(5)
    assert stream.closed


def test_what_cannot_be_read_is_an_error_event(fake: Any, config: Any) -> None:
    stream = watch(fake, config, b"nonsense\n")
    assert stream.wait(5)
    event = stream.poll()
    assert event.type == "ERROR"
    assert event.object["message"].startswith("unable to decode an event from the watch stream")


def test_a_watch_that_is_refused_raises_the_status(fake: Any, config: Any) -> None:
    fake.answers = [(410, JSON, b'{"kind":"Status","reason":"Expired","message":"too old"}')]
    with pytest.raises(Expired, match="too old"):
        Kubeconfig(config(fake.url)).stream(GET)


# -- no answer


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_nobody_listens(config: Any) -> None:
    port = closed_port()
    with pytest.raises(Unreachable) as caught:
        Kubeconfig(config(f"https://127.0.0.1:{port}")).request(GET)
    assert caught.value.message == (
        f"The connection to the server 127.0.0.1:{port} was refused - did you specify the right host or port?"
    )


def test_a_name_that_nobody_knows(config: Any) -> None:
    with pytest.raises(Unreachable, match=r"dial tcp: lookup none\.invalid: no such host"):
        Kubeconfig(config("https://none.invalid")).request(GET)


def test_a_server_without_tls(fake: Any, config: Any) -> None:
    with pytest.raises(Unreachable, match="server gave HTTP response to HTTPS client"):
        Kubeconfig(config(fake.url.replace("http:", "https:"))).request(GET)


def test_an_authority_that_is_not_known_and_one_that_is_no_certificate(
    tmp_path: Path, config: Any, tls_server: Any
) -> None:
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(str(other))
    with pytest.raises(Unreachable, match="x509: certificate signed by unknown authority") as caught:
        Kubeconfig(config(tls_server.url, **{"certificate-authority": "other.pem"})).request(GET)
    assert caught.value.untrusted
    other.write_text("nonsense")
    with pytest.raises(InputError, match=r"config: clusters\[c\].certificate-authority: unable to load root"):
        Kubeconfig(config(tls_server.url, **{"certificate-authority": str(other)})).request(GET)


def test_a_certificate_for_another_name(config: Any, tls_server: Any) -> None:
    ca = {"certificate-authority": str(tls_server.certificates.ca)}
    with pytest.raises(Unreachable, match=r"certificate is not valid for other\.example"):
        Kubeconfig(config(tls_server.url, **ca, **{"tls-server-name": "other.example"})).request(GET)
    for details in ({**ca, "tls-server-name": "localhost"}, {"insecure-skip-tls-verify": True}):
        assert Kubeconfig(config(tls_server.url, **details)).request(GET).code == 403  # nobody may see it


@pytest.mark.parametrize(
    ("user", "message"),
    [
        (
            {"client-certificate": "nope.crt", "client-key": "nope.key"},
            r"client-certificate: unable to read .*/nope.crt: no",
        ),
        (
            {"client-certificate-data": "YWJj", "client-key-data": "YWJj"},
            "client-certificate: the certificate and its key cannot be used",
        ),
        ({"client-certificate-data": "!"}, r"client-certificate-data: illegal base64 data"),
        ({"client-certificate-data": "YWJj"}, r"client-key: must be given with a client certificate"),
        ({"auth-provider": {"name": "gcp"}}, r'auth-provider.name: no Auth Provider found for name "gcp"'),
    ],
)
def test_credentials_that_will_not_do_are_told_with_file_and_field(config: Any, user: Any, message: str) -> None:
    with pytest.raises(InputError, match=rf"config: users\[u\].{message}"):
        Kubeconfig(config("https://127.0.0.1:1", user)).request(GET)


# -- time


def test_a_clock_that_is_off_is_put_right_by_the_first_answer(fake: Any, config: Any) -> None:
    fake.answers = [(200, {**JSON, "Date": "Mon, 28 Oct 2019 09:00:00 GMT"}, b"{}")]
    there = Kubeconfig(config(fake.url))
    there.request(GET)
    assert 0 <= there.now() - 1572253200.0 < 60


@pytest.fixture
def tls_server(tmp_path: Path) -> Any:
    from simulator.cluster import Cluster
    from simulator.server.service import Service

    with Service(Cluster.from_profile("ocp-4.2"), tmp_path / "served").running() as service:
        yield service
