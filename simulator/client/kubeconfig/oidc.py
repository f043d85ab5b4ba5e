"""OpenID Connect: an ID token, and a refresh token to get the next one with.

Source: client-go, plugin/pkg/client/auth/oidc.
"""

from __future__ import annotations

import base64
import json
import ssl
import time
from collections.abc import Callable
from typing import Any

import urllib3

from simulator.client.config import Choice
from simulator.client.kubeconfig import tls
from simulator.errors import InputError, Object

_EARLY_S = 10.0  # a token that ends within this time is renewed
_PATIENCE_S = 30.0


class OpenIdConnect:
    """The ID token of the kubeconfig, renewed at its issuer when it has run out. ``save`` keeps the new tokens."""

    def __init__(self, choice: Choice, save: Callable[[Object], None]) -> None:
        self._choice, self._save = choice, save
        self._config: Object = dict(choice.user["auth-provider"].get("config") or {})
        for key in ("idp-issuer-url", "client-id"):
            if not self._config.get(key):
                raise self._fail("must be set", key)

    def header(self) -> str:
        if _ends(str(self._config.get("id-token") or "")) < time.time() + _EARLY_S:
            self._refresh()
        return f"Bearer {self._config['id-token']}"

    def renew(self) -> bool:
        return False

    def certificate(self) -> tuple[str, str] | None:
        return None

    def _refresh(self) -> None:
        if not self._config.get("refresh-token"):
            raise self._fail("No valid id-token, and cannot refresh without refresh-token", "refresh-token")
        pool = urllib3.PoolManager(ssl_context=self._trusted(), retries=False, timeout=_PATIENCE_S)
        issuer = str(self._config["idp-issuer-url"]).rstrip("/")
        found = self._ask(pool, "GET", f"{issuer}/.well-known/openid-configuration")
        answer = self._ask(
            pool,
            "POST",
            str(found.get("token_endpoint")),
            fields={"grant_type": "refresh_token", "refresh_token": self._config["refresh-token"]},
            encode_multipart=False,
            headers=urllib3.make_headers(
                basic_auth=f"{self._config['client-id']}:{self._config.get('client-secret') or ''}"
            ),
        )
        if not answer.get("id_token"):
            raise self._fail("token response did not contain an id_token", "refresh-token")
        self._config["id-token"] = answer["id_token"]
        if answer.get("refresh_token"):  # some issuers hand out a new one each time
            self._config["refresh-token"] = answer["refresh_token"]
        self._save({"name": "oidc", "config": self._config})

    def _trusted(self) -> ssl.SSLContext:
        field = f"users[{self._choice.user_name}].auth-provider.config.idp-certificate-authority"
        trusted = tls.content(self._config, "idp-certificate-authority", self._choice.user_file, field)
        try:
            return ssl.create_default_context(cadata=trusted)
        except ssl.SSLError:
            raise self._fail("unable to parse bytes as PEM block", "idp-certificate-authority") from None

    def _ask(self, pool: urllib3.PoolManager, method: str, url: str, **details: Any) -> Object:
        try:
            answer = pool.request(method, url, **details)
            body: Any = json.loads(answer.data)
        except (urllib3.exceptions.HTTPError, ValueError) as error:
            raise self._fail(f"failed to refresh token: {url}: {error}", "idp-issuer-url") from error
        if answer.status != 200 or not isinstance(body, dict):
            said = answer.data.decode(errors="replace")[:500]
            raise self._fail(f"failed to refresh token: {url}: status {answer.status}: {said}", "refresh-token")
        return body

    def _fail(self, message: str, key: str) -> InputError:
        return InputError(
            message, file=self._choice.user_file, field=f"users[{self._choice.user_name}].auth-provider.config.{key}"
        )


def _ends(token: str) -> float:
    """When a JSON web token runs out, in seconds since the epoch; 0 for what is none."""
    try:
        claims = token.split(".")[1]
        return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])
    except (IndexError, KeyError, TypeError, ValueError):
        return 0.0
