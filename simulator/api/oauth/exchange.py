"""A request to the OAuth server, and how it is answered."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus, urlencode

from simulator.api.types import Response


@dataclass(frozen=True, slots=True)
class OAuthRequest:
    """``base``: the server's URL as the client sees it. ``headers``: by names in lower case."""

    method: str
    path: str
    base: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def parameters(self) -> dict[str, str]:
        """Those of the URL, and of the form in the body; the first of each."""
        pairs = parse_qsl(self.query, keep_blank_values=True)
        if self.method == "POST":
            pairs += parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return dict(reversed(pairs))

    def basic(self) -> tuple[str, str]:
        """User and password of the Authorization header; two empty texts without any."""
        scheme, _, value = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return "", ""
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return user, password

    def client_credentials(self) -> tuple[str, str]:
        """The same of a client, which escapes them. Source: RFC 6749, section 2.3.1."""
        user, secret = self.basic()
        return unquote_plus(user), unquote_plus(secret)


def redirect(location: str) -> Response:
    return Response(302, "", headers=(("Location", location), ("Cache-Control", "no-cache, no-store")))


def with_query(uri: str, values: Mapping[str, str]) -> str:
    """The URI with parameters added, in alphabetical order as Go encodes them."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(sorted(values.items()))}"


def page(code: int, text: str, *headers: tuple[str, str]) -> Response:
    """A plain text."""
    return Response(code, text, content_type="text/plain; charset=utf-8", headers=headers)


def html(code: int, body: str) -> Response:
    """A page that nobody may frame, and that loads nothing."""
    policy = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
    document = f"<!DOCTYPE html>\n<html><head><title>ocsim</title></head><body>\n{body}\n</body></html>\n"
    headers = (policy, ("Cache-Control", "no-cache, no-store"), ("Referrer-Policy", "strict-origin-when-cross-origin"))
    return Response(code, document, content_type="text/html; charset=UTF-8", headers=headers)
