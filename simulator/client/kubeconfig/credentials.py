"""Who asks: the Authorization header of a user of a kubeconfig, renewed when it runs out.

Ways, in order: token (and tokenFile), an exec plugin, an auth-provider (OIDC), name and password. A client certificate
is part of the TLS instead. Source: client-go, tools/clientcmd/client_config.go, transport, plugin/pkg/client/auth.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Protocol
from urllib.parse import quote

from simulator.client.config import Choice
from simulator.client.kubeconfig import tls
from simulator.errors import InputError, Object

_TOKEN_FILE_S = 60.0  # how long what was read of a token file is good. Source: transport/token_source.go


class Credentials(Protocol):
    """``header``: the value of Authorization, "" for none; ``renew``: the server answered 401 to the last one."""

    def header(self) -> str: ...

    def renew(self) -> bool:
        """Whether there may be another one now."""
        ...

    def certificate(self) -> tuple[str, str] | None:
        """A client certificate and its key that came with the credential."""
        ...


class Fixed:
    """What the kubeconfig itself says."""

    def __init__(self, header: str = "") -> None:
        self._header = header

    def header(self) -> str:
        return self._header

    def renew(self) -> bool:
        return False

    def certificate(self) -> tuple[str, str] | None:
        return None


class TokenFile(Fixed):
    """A token in a file that somebody else keeps fresh."""

    def __init__(self, read: Callable[[], str]) -> None:
        super().__init__()
        self._read, self._read_at = read, -_TOKEN_FILE_S

    def header(self) -> str:
        if time.monotonic() >= self._read_at + _TOKEN_FILE_S:
            self._header, self._read_at = f"Bearer {self._read().strip()}", time.monotonic()
        return self._header

    def renew(self) -> bool:
        before, self._read_at = self._header, -_TOKEN_FILE_S
        return self.header() != before


def credentials_of(choice: Choice, save: Callable[[Object], None] = lambda provider: None) -> Credentials:
    """The credentials of a choice; InputError for what cannot be. ``save`` keeps what an auth-provider is given."""
    user = choice.user
    if user.get("tokenFile"):
        field = f"users[{choice.user_name}].tokenFile"
        return TokenFile(lambda: tls.read(str(user["tokenFile"]), choice.user_file, field))
    if user.get("token"):
        return Fixed(f"Bearer {user['token']}")
    if user.get("exec"):
        from simulator.client.kubeconfig.plugin import Plugin

        return Plugin(choice)
    if user.get("auth-provider"):
        return _provider(choice, save)
    if user.get("username") or user.get("password"):
        return Fixed(basic(str(user.get("username") or ""), str(user.get("password") or "")))
    return Fixed()


def basic(name: str, password: str) -> str:
    """The header of a name and a password."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


def _provider(choice: Choice, save: Callable[[Object], None]) -> Credentials:
    provider = choice.user["auth-provider"]
    if provider.get("name") != "oidc":  # gcp and azure left client-go with 1.26
        raise InputError(
            f'no Auth Provider found for name "{provider.get("name")}"',
            file=choice.user_file,
            field=f"users[{choice.user_name}].auth-provider.name",
        )
    from simulator.client.kubeconfig.oidc import OpenIdConnect

    return OpenIdConnect(choice, save)


def impersonation(user: Object) -> list[tuple[str, str]]:
    """The headers of ``as``, ``as-uid``, ``as-groups`` and ``as-user-extra``."""
    headers = [("Impersonate-User", str(user["as"]))] if user.get("as") else []
    if user.get("as-uid"):
        headers.append(("Impersonate-Uid", str(user["as-uid"])))
    headers += [("Impersonate-Group", str(group)) for group in user.get("as-groups") or ()]
    for key, values in (user.get("as-user-extra") or {}).items():
        headers += [(f"Impersonate-Extra-{quote(str(key), safe='')}", str(value)) for value in values]
    return headers
