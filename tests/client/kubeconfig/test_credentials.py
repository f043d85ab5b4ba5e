"""Ways to authenticate that change while a client works: token files, plugins, OpenID Connect."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import trustme

from simulator.api.types import Request
from simulator.client.kubeconfig import ConfigFiles, Kubeconfig
from simulator.errors import InputError

GET = Request("GET", "/api")
GROUP = "client.authentication.k8s.io/v1"
JSON = {"Content-Type": "application/json"}


def sent(fake: Any) -> str:
    _, _, headers, _ = fake.heard[-1]
    return str(headers["Authorization"])


def test_a_name_and_a_password(fake: Any, config: Any) -> None:
    Kubeconfig(config(fake.url, {"username": "ann", "password": "é"})).request(GET)
    assert sent(fake) == f"Basic {base64.b64encode('ann:é'.encode()).decode()}"


def test_a_token_file_is_read_again_when_the_server_refuses_the_token(fake: Any, config: Any, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("first\n")
    there = Kubeconfig(config(fake.url, {"tokenFile": "token"}))
    there.request(GET)
    assert sent(fake) == "Bearer first"
    (tmp_path / "token").write_text("second\n")
    fake.answers = [(401, JSON, b"{}"), (200, JSON, b"{}")]
    assert there.request(GET).code == 200
    assert sent(fake) == "Bearer second"
    fake.answers = [(401, JSON, b"{}")]
    assert there.request(GET).code == 401


# -- plugins


def plugin(folder: Path, script: str) -> dict[str, Any]:
    """A user whose credentials a shell script beside the kubeconfig hands out."""
    program = folder / "plugin"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    details = {"apiVersion": GROUP, "command": "./plugin", "args": ["a b"], "env": [{"name": "WORD", "value": "w"}]}
    return {"exec": {**details, "interactiveMode": "Never", "provideClusterInfo": True}}


def credential(**status: str) -> str:
    return json.dumps({"apiVersion": GROUP, "kind": "ExecCredential", "status": status})


def test_a_plugin_hands_out_a_token_once(fake: Any, config: Any, tmp_path: Path) -> None:
    script = f"""echo run >> "$0.log"; echo "$KUBERNETES_EXEC_INFO" > "$0.info"
    printf '%s' '{credential(token="TOKEN")}' | sed "s/TOKEN/$WORD-$(echo "$1" | tr ' ' -)/" """
    there = Kubeconfig(config(fake.url, plugin(tmp_path, script)))
    there.request(GET)
    there.request(GET)
    assert sent(fake) == "Bearer w-a-b"
    assert (tmp_path / "plugin.log").read_text() == "run\n"
    told = json.loads((tmp_path / "plugin.info").read_text())
    assert (told["kind"], told["spec"]["interactive"]) == ("ExecCredential", False)
    assert told["spec"]["cluster"]["server"] == fake.url


def test_a_plugin_runs_again_for_a_token_that_ran_out_or_was_refused(fake: Any, config: Any, tmp_path: Path) -> None:
    old = credential(token="N", expirationTimestamp="2019-01-01T00:00:00Z")
    script = f"""echo run >> "$0.log"; printf '%s' '{old}' |
    sed "s/:.\\?\\"N\\"/:\\"$(wc -l < "$0.log" | tr -d ' ')\\"/" """
    there = Kubeconfig(config(fake.url, plugin(tmp_path, script)))
    there.request(GET)
    first = sent(fake)
    there.request(GET)
    assert first != sent(fake)


def test_a_plugin_hands_out_a_certificate(config: Any, tmp_path: Path) -> None:
    issued = trustme.CA().issue_cert(common_name="ann")
    pem = {
        "clientCertificateData": issued.cert_chain_pems[0].bytes().decode(),
        "clientKeyData": issued.private_key_pem.bytes().decode(),
    }
    (tmp_path / "answer").write_text(credential(**pem))
    there = Kubeconfig(config("https://127.0.0.1:1", plugin(tmp_path, 'cat "$(dirname "$0")/answer"')))
    assert there.tls is not None


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("exit 3", r"exec.command: getting credentials: exec: executable .*/\./plugin failed with exit code 3"),
        ("echo nonsense", r"exec.command: getting credentials: exec: decoding stdout: "),
        ("echo '{}'", r"exec.command: getting credentials: exec plugin didn't return a status field"),
        (f"echo '{credential()}'", r"exec plugin didn't return a token or cert/key pair"),
        (
            f"echo '{credential(token='t')}' | sed s/v1/v1beta1/",
            r"exec.apiVersion: .* plugin returned version .*v1beta1",
        ),
    ],
)
def test_a_plugin_that_fails_is_told_with_file_and_field(
    fake: Any, config: Any, tmp_path: Path, script: str, message: str
) -> None:
    """Source of the words: client-go, plugin/pkg/client/auth/exec/exec.go."""
    with pytest.raises(InputError, match=message) as caught:
        Kubeconfig(config(fake.url, plugin(tmp_path, script))).request(GET)
    assert str(caught.value).startswith(f"{tmp_path}/config: users[u].exec.")


def test_a_plugin_that_is_not_there_tells_how_to_get_it(fake: Any, config: Any, tmp_path: Path) -> None:
    user = plugin(tmp_path, "")
    user["exec"] |= {"command": "no-such-plugin", "installHint": "Get it at the counter."}
    with pytest.raises(
        InputError, match=r"(?s)executable no-such-plugin cannot be started: No such.*Get it at the counter"
    ):
        Kubeconfig(config(fake.url, user)).request(GET)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"command": ""}, r"exec.command: .*must be specified for u"),
        ({"apiVersion": "v0"}, r'exec.apiVersion: .*invalid apiVersion "v0"'),
        ({"interactiveMode": "Always"}, r"exec.interactiveMode: .*standard input is not a terminal"),
    ],
)
def test_a_plugin_that_cannot_be_run(fake: Any, config: Any, tmp_path: Path, change: Any, message: str) -> None:
    user = plugin(tmp_path, "")
    user["exec"] |= change
    with pytest.raises(InputError, match=message):
        Kubeconfig(config(fake.url, user)).request(GET)


# -- OpenID Connect


def web_token(ends: int) -> str:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": ends}).encode()).decode().rstrip("=")
    return f"e30.{claims}.sig"


def oidc(fake: Any, token: str, **settings: str) -> dict[str, Any]:
    known = {"idp-issuer-url": fake.url, "client-id": "me", "client-secret": "s", "id-token": token}
    return {"auth-provider": {"name": "oidc", "config": {**known, **settings}}}


def test_a_valid_token_is_used_as_it_is(fake: Any, config: Any) -> None:
    token = web_token(4102444800)
    Kubeconfig(config(fake.url, oidc(fake, token))).request(GET)
    assert (sent(fake), len(fake.heard)) == (f"Bearer {token}", 1)


def test_a_token_that_ran_out_is_renewed_and_kept(fake: Any, config: Any) -> None:
    fresh = web_token(4102444800)
    fake.answers = [
        (200, JSON, json.dumps({"token_endpoint": f"{fake.url}/token"}).encode()),
        (200, JSON, json.dumps({"id_token": fresh, "refresh_token": "r2"}).encode()),
        (200, JSON, b"{}"),
    ]
    path = config(fake.url, oidc(fake, web_token(0), **{"refresh-token": "r1"}))
    there = Kubeconfig(path)
    there.request(GET)
    there.request(GET)
    assert [(method, url) for method, url, _, _ in fake.heard] == [
        ("GET", "/.well-known/openid-configuration"),
        ("POST", "/token"),
        ("GET", "/api"),
        ("GET", "/api"),
    ]
    assert fake.heard[1][3] == b"grant_type=refresh_token&refresh_token=r1"
    kept = ConfigFiles(path).load().users["u"]["auth-provider"]["config"]
    assert (kept["id-token"], kept["refresh-token"], kept["client-id"]) == (fresh, "r2", "me")


@pytest.mark.parametrize(
    ("settings", "answer", "message"),
    [
        ({}, (200, JSON, b"{}"), "refresh-token: No valid id-token, and cannot refresh without refresh-token"),
        (
            {"refresh-token": "r"},
            (400, JSON, b'{"error":"no"}'),
            'failed to refresh token: .*: status 400: {"error":"no"}',
        ),
        ({"refresh-token": "r"}, (200, JSON, b"nonsense"), "idp-issuer-url: failed to refresh token"),
        ({"idp-issuer-url": ""}, (200, JSON, b"{}"), "idp-issuer-url: must be set"),
    ],
)
def test_an_issuer_that_refuses(fake: Any, config: Any, settings: Any, answer: Any, message: str) -> None:
    fake.answers = [answer]
    with pytest.raises(InputError, match=message):
        Kubeconfig(config(fake.url, oidc(fake, web_token(0), **settings))).request(GET)
