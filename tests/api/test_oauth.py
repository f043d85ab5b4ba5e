"""Logging in: a password for a token, in the flows that oc and browsers take."""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import pytest

from simulator.api import oauth
from simulator.api.authentication import authenticate, credentials_of
from simulator.api.oauth import OAuthRequest
from simulator.api.oauth.providers import kubeadmin_hash
from simulator.api.passwords import generated_hash, generated_of
from simulator.api.types import Response, User
from simulator.errors import Unauthorized

from .conftest import CORE, Api

BASE = "https://127.0.0.1:6443"
CHALLENGE = {"client_id": "openshift-challenging-client", "response_type": "token"}
SHA = "{SHA}Pay85TLM1I8n+mLpkwZ7PDXwlPc="  # of "developer"
KUBEADMIN = generated_hash("test")
USERS = "/apis/user.openshift.io/v1"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def people(modern: Api) -> Api:
    """A server with an htpasswd provider and a kubeadmin."""
    for namespace, name, key, text in (
        ("openshift-config", "htpass-secret", "htpasswd", f"developer:{SHA}\n"),
        ("kube-system", "kubeadmin", "kubeadmin", KUBEADMIN),
    ):
        modern.post(f"{CORE}/namespaces", {"metadata": {"name": namespace}})
        modern.post(
            f"{CORE}/namespaces/{namespace}/secrets", {"metadata": {"name": name}, "data": {key: encoded(text)}}
        )
    provider = {"name": "lab", "type": "HTPasswd", "htpasswd": {"fileData": {"name": "htpass-secret"}}}
    config = {"metadata": {"name": "cluster"}, "spec": {"identityProviders": [provider]}}
    modern.post("/apis/config.openshift.io/v1/oauths", config)
    return modern


def ask(api: Api, path: str, query: dict[str, str] | None = None, method: str = "GET", **headers: str) -> Response:
    named = {name.replace("_", "-"): text for name, text in headers.items() if name != "body"}
    body = headers.get("body", "").encode()
    return oauth.answer(api.server, OAuthRequest(method, path, BASE, urlencode(query or {}), named, body))


def header(reply: Response, name: str) -> str:
    return dict(reply.headers).get(name, "")


def login(api: Api, name: str, password: str, **more: str) -> Response:
    basic = f"Basic {encoded(f'{name}:{password}')}"
    return ask(api, "/oauth/authorize", {**CHALLENGE, **more}, authorization=basic, x_csrf_token="1")


def token_in(reply: Response) -> str:
    return parse_qs(urlsplit(header(reply, "Location")).fragment)["access_token"][0]


def bearer(api: Api, token: str) -> User:
    return authenticate(api.server, credentials_of([("authorization", f"Bearer {token}")]))


def test_where_the_endpoints_are(modern: Api) -> None:
    found = ask(modern, "/.well-known/oauth-authorization-server").body
    assert found["issuer"] == BASE
    assert found["authorization_endpoint"] == f"{BASE}/oauth/authorize"
    assert found["code_challenge_methods_supported"] == ["plain", "S256"]


def test_a_program_is_challenged(people: Api) -> None:
    reply = ask(people, "/oauth/authorize", CHALLENGE, x_csrf_token="1")
    assert (reply.code, header(reply, "WWW-Authenticate")) == (401, 'Basic realm="openshift"')


def test_who_may_have_been_led_there_is_not(people: Api) -> None:
    text = "A non-empty X-CSRF-Token header is required to receive basic-auth challenges"
    reply = ask(people, "/oauth/authorize", CHALLENGE)
    assert (reply.code, header(reply, "WWW-Authenticate")) == (401, "")
    assert header(reply, "Warning") == f'199 Origin "{text}"'
    assert reply.body == f"{text}\n"


def test_a_password_gives_a_token(people: Api) -> None:
    reply = login(people, "developer", "developer")
    place, _, fragment = header(reply, "Location").partition("#")
    token = token_in(reply)
    assert (reply.code, place) == (302, f"{BASE}/oauth/token/implicit")
    assert fragment == f"access_token={token}&expires_in=86400&scope=user%3Afull&token_type=Bearer"
    user = bearer(people, token)
    assert (user.name, user.groups) == ("developer", ("system:authenticated:oauth", "system:authenticated"))


def test_who_logs_in_first_becomes_a_user(people: Api) -> None:
    login(people, "developer", "developer")
    user = people.get(f"{USERS}/users/developer")
    identity = people.get(f"{USERS}/identities/lab:developer")
    assert user["identities"] == ["lab:developer"]
    assert identity["user"] == {"name": "developer", "uid": user["metadata"]["uid"]}
    assert token_in(login(people, "developer", "developer"))
    assert len(people.get(f"{USERS}/users")["items"]) == 1


@pytest.mark.parametrize(
    ("name", "password"),
    [("developer", "wrong"), ("nobody", "developer"), ("", ""), ("kubeadmin", "wrong"), ("a:b", "c")],
)
def test_a_wrong_password_is_challenged_again(people: Api, name: str, password: str) -> None:
    reply = login(people, name, password)
    assert (reply.code, header(reply, "WWW-Authenticate")) == (401, 'Basic realm="openshift"')
    assert people.get(f"{USERS}/users")["items"] == []


def test_kubeadmin_is_an_administrator_as_long_as_its_secret_is_there(people: Api) -> None:
    token = token_in(login(people, "kubeadmin", generated_of(kubeadmin_hash(people.server))))
    user = bearer(people, token)
    assert (user.name, user.groups) == ("kube:admin", ("system:cluster-admins", "system:authenticated"))
    people.delete(f"{CORE}/namespaces/kube-system/secrets/kubeadmin")
    with pytest.raises(Unauthorized):
        bearer(people, token)


def test_a_trainer_adds_people_to_the_file(people: Api) -> None:
    text = f"developer:{SHA}\nalice:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW\n"
    people.patch(f"{CORE}/namespaces/openshift-config/secrets/htpass-secret", {"data": {"htpasswd": encoded(text)}})
    assert bearer(people, token_in(login(people, "alice", "U*U"))).name == "alice"


def test_somebody_elses_name_is_not_taken(people: Api) -> None:
    people.post(f"{USERS}/users", {"metadata": {"name": "developer"}, "identities": ["other:developer"]})
    assert login(people, "developer", "developer").code == 401


def test_no_two_tokens_are_the_same_and_the_secret_counts(people: Api) -> None:
    tokens = {token_in(login(people, "developer", "developer")) for _ in range(3)}
    assert len(tokens) == 3
    assert all(token.startswith("sha256~") and len(token) == 50 for token in tokens)


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ({"client_id": "unknown"}, "unauthorized_client"),
        ({"client_id": "openshift-challenging-client", "redirect_uri": "https://evil.example.com"}, "invalid_request"),
        (
            {"client_id": "openshift-challenging-client", "redirect_uri": f"{BASE}.evil/oauth/token/implicit"},
            "invalid_request",
        ),
    ],
)
def test_a_token_is_sent_to_its_client_only(people: Api, query: dict[str, str], error: str) -> None:
    reply = ask(people, "/oauth/authorize", query, authorization=f"Basic {encoded('developer:developer')}")
    assert (reply.code, reply.body["error"]) == (400, error)


# -- a code, as oc asks for it


VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
URI = f"{BASE}/oauth/token/implicit"


def code_of(api: Api) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    assert challenge == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    reply = login(
        api, "developer", "developer", response_type="code", code_challenge=challenge, code_challenge_method="S256"
    )
    query = parse_qs(urlsplit(header(reply, "Location")).query, keep_blank_values=True)
    assert query["state"] == [""]
    return query["code"][0]


def redeem(api: Api, **form: str) -> Any:
    body = urlencode({"grant_type": "authorization_code", "redirect_uri": URI, **form})
    basic = f"Basic {encoded('openshift-challenging-client:')}"
    return ask(api, "/oauth/token", method="POST", authorization=basic, body=body)


def test_a_code_is_exchanged_once(people: Api) -> None:
    code = code_of(people)
    reply = redeem(people, code=code, code_verifier=VERIFIER)
    assert {key: reply.body[key] for key in ("expires_in", "scope", "token_type")} == {
        "expires_in": 86400,
        "scope": "user:full",
        "token_type": "Bearer",
    }
    assert bearer(people, reply.body["access_token"]).name == "developer"
    assert redeem(people, code=code, code_verifier=VERIFIER).body["error"] == "invalid_grant"


def test_a_code_is_for_who_asked_for_it_and_for_five_minutes(people: Api) -> None:
    assert redeem(people, code=code_of(people), code_verifier="other").body["error"] == "invalid_grant"
    assert (
        redeem(people, code=code_of(people), code_verifier=VERIFIER, redirect_uri="x").body["error"] == "invalid_grant"
    )
    code = code_of(people)
    people.clock.advance(301)
    assert redeem(people, code=code, code_verifier=VERIFIER).body["error"] == "invalid_grant"
    assert redeem(people, grant_type="password").body["error"] == "unsupported_grant_type"


# -- a browser


def test_a_browser_gets_its_token_over_the_form(people: Api) -> None:
    place = header(ask(people, "/oauth/token/request"), "Location")
    form = header(ask(people, "/oauth/authorize", dict(parse_qsl(urlsplit(place).query))), "Location")
    assert form.startswith(f"{BASE}/login?then=")
    reply = ask(people, "/oauth/authorize", {"client_id": "openshift-browser-client", "response_type": "code"})
    then = parse_qs(urlsplit(header(reply, "Location")).query)["then"][0]
    assert "password" in ask(people, "/login", {"then": then}).body
    wrong = ask(
        people, "/login", method="POST", body=urlencode({"then": then, "username": "developer", "password": "x"})
    )
    assert (wrong.code, "Invalid login or password" in wrong.body) == (401, True)
    form_body = urlencode({"then": then, "username": "developer", "password": "developer"})
    sent = header(ask(people, "/login", method="POST", body=form_body), "Location")
    code = parse_qs(urlsplit(sent).query)["code"][0]
    assert "Display Token" in ask(people, "/oauth/token/display", {"code": code}).body
    shown = ask(people, "/oauth/token/display", method="POST", body=urlencode({"code": code})).body
    token = shown.partition("<code>")[2].partition("</code>")[0]
    assert bearer(people, token).name == "developer"


def test_the_form_leads_nowhere_else(people: Api) -> None:
    for then in ("https://evil.example.com/oauth/authorize", "/api", ""):
        assert ask(people, "/login", {"then": then}).code == 400


def test_a_program_of_ones_own_is_sent_back_to_the_loopback(people: Api) -> None:
    client = {"metadata": {"name": "openshift-cli-client"}, "redirectURIs": ["http://127.0.0.1/callback"]}
    people.post("/apis/oauth.openshift.io/v1/oauthclients", client)
    query = {
        "client_id": "openshift-cli-client",
        "response_type": "code",
        "redirect_uri": "http://127.0.0.1:4567/callback",
    }
    assert "/login?then=" in header(ask(people, "/oauth/authorize", query), "Location")
    query["redirect_uri"] = "http://127.0.0.1:4567/other"
    assert ask(people, "/oauth/authorize", query).code == 400


def test_nothing_else_is_served(people: Api) -> None:
    assert ask(people, "/oauth/none").code == 404
    assert not oauth.serves("/api")
