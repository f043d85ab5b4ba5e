"""A person logs in over the wire, and is refused what is not the person's."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import ssl
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.server.service import Service

AUTHORIZE = "/oauth/authorize?client_id=openshift-challenging-client&response_type=token"
PODS = "/api/v1/namespaces/petclinic/pods"


class Stranger:
    """A client without a certificate."""

    def __init__(self, service: Service) -> None:
        context = ssl.create_default_context(cafile=str(service.certificates.ca))
        self.connection = http.client.HTTPSConnection("127.0.0.1", service.port, context=context, timeout=10)

    def ask(self, method: str, path: str, **headers: str) -> tuple[int, Any, bytes]:
        self.connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
        response = self.connection.getresponse()
        return response.status, response.headers, response.read()

    def log_in(self, name: str, password: str) -> str:
        basic = base64.b64encode(f"{name}:{password}".encode()).decode()
        code, headers, _ = self.ask("GET", AUTHORIZE, Authorization=f"Basic {basic}", X_CSRF_Token="1")
        assert code == 302
        return str(headers["Location"]).partition("access_token=")[2].partition("&")[0]


@pytest.fixture
def stranger(service: Service) -> Iterator[Stranger]:
    found = Stranger(service)
    with contextlib.closing(found.connection):
        yield found


def test_without_a_token_one_is_nobody(stranger: Stranger) -> None:
    code, _, body = stranger.ask("GET", PODS)
    assert code == 403
    assert json.loads(body)["message"].startswith('pods is forbidden: User "system:anonymous" cannot list')
    assert stranger.ask("GET", "/readyz")[2] == b"ok"


def test_a_wrong_token_is_401(stranger: Stranger) -> None:
    code, _, body = stranger.ask("GET", PODS, Authorization="Bearer sha256~wrong")
    assert (code, json.loads(body)["reason"]) == (401, "Unauthorized")


def test_a_challenge(stranger: Stranger) -> None:
    code, headers, _ = stranger.ask("GET", AUTHORIZE, X_CSRF_Token="1")
    assert (code, headers["WWW-Authenticate"]) == (401, 'Basic realm="openshift"')


def test_a_developer_has_what_is_the_developers(stranger: Stranger) -> None:
    bearer = {"Authorization": f"Bearer {stranger.log_in('developer', 'developer')}"}
    assert stranger.ask("GET", PODS, **bearer)[0] == 200
    code, _, body = stranger.ask("GET", "/api/v1/nodes", **bearer)
    assert code == 403
    assert json.loads(body)["message"] == (
        'nodes is forbidden: User "developer" cannot list resource "nodes" in API group "" at the cluster scope'
    )
    code, _, body = stranger.ask("GET", PODS, Impersonate_User="kube:admin", **bearer)
    assert (code, json.loads(body)["details"]["kind"]) == (403, "users")


def test_tokens_of_two_logins_are_not_the_same(stranger: Stranger) -> None:
    assert stranger.log_in("developer", "developer") != stranger.log_in("developer", "developer")
