"""Where the endpoints are. Source: RFC 8414; openshift/library-go, pkg/oauth/oauthdiscovery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from simulator.api.oauth.exchange import OAuthRequest
from simulator.api.types import Response

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

_SCOPES: Final = ("user:check-access", "user:full", "user:info", "user:list-projects", "user:list-scoped-projects")


def describe(_server: ApiServer, request: OAuthRequest) -> Response:
    """All on the address that was asked: this server is both."""
    return Response(
        200,
        {
            "issuer": request.base,
            "authorization_endpoint": f"{request.base}/oauth/authorize",
            "token_endpoint": f"{request.base}/oauth/token",
            "scopes_supported": list(_SCOPES),
            "response_types_supported": ["code", "token"],
            "grant_types_supported": ["authorization_code", "implicit"],
            "code_challenge_methods_supported": ["plain", "S256"],
        },
    )
