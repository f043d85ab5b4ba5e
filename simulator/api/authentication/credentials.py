"""What a request can carry to say who it comes from.

Source: apiserver, authentication/request/bearertoken and websocket; apiserver, endpoints/filters/impersonation.go.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

_PROTOCOL: Final = "base64url.bearer.authorization.k8s.io."
_EXTRA: Final = "impersonate-extra-"


@dataclass(frozen=True, slots=True)
class Certificate:
    """The subject of a client certificate that the server has verified. ``fingerprint``: SHA-256 of it, in hex."""

    common_name: str
    organizations: tuple[str, ...] = ()
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Impersonation:
    """Whom the request wants to be taken for. ``extra``: (key, values), in the order of the headers."""

    user: str = ""
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.user or self.groups or self.uid or self.extra)


@dataclass(frozen=True, slots=True)
class Credentials:
    """All of it. The token is not part of what it prints."""

    token: str = field(default="", repr=False)
    certificate: Certificate | None = None
    impersonate: Impersonation = Impersonation()


NONE: Final = Credentials()


def credentials_of(headers: Iterable[tuple[str, str]], certificate: Certificate | None = None) -> Credentials:
    """The credentials in a request's headers, whose names are in lower case."""
    token, impersonate = "", []
    for name, value in headers:
        if name == "authorization":
            token = token or _bearer(value)
        elif name == "sec-websocket-protocol":
            token = token or _token_of_protocols(value)
        elif name.startswith("impersonate-"):
            impersonate.append((name, value))
    if not token and certificate is None and not impersonate:
        return NONE
    return Credentials(token, certificate, _impersonation(impersonate))


def _bearer(value: str) -> str:
    """The token of an Authorization header; "" for another scheme, and for one with a space too many."""
    scheme, _, rest = value.strip().partition(" ")
    return rest.partition(" ")[0] if scheme.lower() == "bearer" else ""


def _token_of_protocols(value: str) -> str:
    """A browser can set no header on a WebSocket: it says its token as one of the protocols."""
    for protocol in value.split(","):
        name = protocol.strip()
        if name.startswith(_PROTOCOL):
            try:
                text = name.removeprefix(_PROTOCOL).encode()
                return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4)).decode()
            except (binascii.Error, UnicodeDecodeError):
                return ""
    return ""


def _impersonation(headers: Iterable[tuple[str, str]]) -> Impersonation:
    one: dict[str, str] = {}
    groups: list[str] = []
    extra: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        if name == "impersonate-group":
            groups.append(value)
        elif name.startswith(_EXTRA):
            key = unquote(name.removeprefix(_EXTRA)).lower()
            extra[key] = (*extra.get(key, ()), value)
        else:
            one.setdefault(name, value)
    return Impersonation(
        one.get("impersonate-user", ""), tuple(groups), one.get("impersonate-uid", ""), tuple(extra.items())
    )
