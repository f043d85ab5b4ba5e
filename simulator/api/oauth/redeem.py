"""``/oauth/token``: a code for a token. Source: osin, access.go; RFC 7636, section 4.6."""

from __future__ import annotations

import base64
import hashlib
from hmac import compare_digest
from typing import TYPE_CHECKING

from simulator.api.oauth.authorize import failure
from simulator.api.oauth.clients import client_of, has_secret
from simulator.api.oauth.exchange import OAuthRequest
from simulator.api.oauth.tokens import ACCESS_S, new_access_token, take_code
from simulator.api.types import Response
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


def redeem(server: ApiServer, request: OAuthRequest) -> Response:
    """The token of a code; the code is used up, whatever the answer."""
    asked = request.parameters()
    if asked.get("grant_type") != "authorization_code":
        return failure("unsupported_grant_type")
    name, secret = request.client_credentials()
    name, secret = (name, secret) if name else (asked.get("client_id", ""), asked.get("client_secret", ""))
    client = client_of(server, name)
    if client is None or not has_secret(client, secret):
        return failure("unauthorized_client")
    code = take_code(server, asked.get("code", ""))
    if code is None or code["clientName"] != name or code["redirectURI"] != asked.get("redirect_uri", ""):
        return failure("invalid_grant")
    if not _is_verified(code, asked.get("code_verifier", "")):
        return failure("invalid_grant")
    scope = " ".join(code["scopes"])
    token = new_access_token(server, name, (code["userName"], code["userUID"]), code["redirectURI"], scope)
    body = {"access_token": token, "expires_in": ACCESS_S, "scope": scope, "token_type": "Bearer"}
    return Response(200, body, headers=(("Cache-Control", "no-cache, no-store"),))


def _is_verified(code: Object, verifier: str) -> bool:
    """Whether who brings the code is who asked for it."""
    challenge = code.get("codeChallenge", "")
    if not challenge:
        return True
    if code.get("codeChallengeMethod") == "S256":
        verifier = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return compare_digest(verifier.encode(), challenge.encode())
