"""The OAuth server: who shows a password gets a token. Requests in, responses out; one file each:

| file         | what                                                                  |
| ------------ | --------------------------------------------------------------------- |
| ``exchange`` | a request and how it is answered                                       |
| ``metadata`` | where the endpoints are                                                |
| ``providers``| passwords, users and identities                                        |
| ``clients``  | who may ask for tokens, and where it may be sent back to               |
| ``tokens``   | access tokens and codes                                                |
| ``authorize``| ``/oauth/authorize`` and the form to log in                            |
| ``redeem``   | ``/oauth/token``: a code for a token                                   |
| ``display``  | ``/oauth/token/request``, ``display``, ``implicit``: tokens for browsers |

Source: openshift/oauth-server, and osin, the library that it builds on; RFC 6749, 7636, 8414.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from simulator.api.oauth import authorize, display, metadata, redeem
from simulator.api.oauth.exchange import OAuthRequest, page
from simulator.api.types import Response

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

METADATA: Final = "/.well-known/oauth-authorization-server"
_Handler = Callable[["ApiServer", OAuthRequest], Response]
_HANDLERS: Final[Mapping[str, _Handler]] = {
    METADATA: metadata.describe,
    "/login": authorize.login,
    "/oauth/authorize": authorize.authorize,
    "/oauth/token": redeem.redeem,
    "/oauth/token/display": display.display,
    "/oauth/token/implicit": display.implicit,
    "/oauth/token/request": display.request,
}


def serves(path: str) -> bool:
    """Whether a path is one of the OAuth server's. Nobody has to be logged in to ask there."""
    return path == METADATA or path == "/login" or path.startswith("/oauth/")


def answer(server: ApiServer, request: OAuthRequest) -> Response:
    """What the OAuth server says."""
    handler = _HANDLERS.get(request.path)
    return page(404, "404 page not found\n") if handler is None else handler(server, request)


__all__ = ["OAuthRequest", "answer", "serves"]
