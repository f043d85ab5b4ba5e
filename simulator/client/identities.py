"""Who speaks over a transport to a cluster in the same process: what a server over HTTPS finds out from headers."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.authentication import Credentials, Impersonation, authenticate
from simulator.api.authentication.impersonation import impersonate
from simulator.api.oauth.clients import CHALLENGING
from simulator.api.oauth.providers import log_in
from simulator.api.oauth.tokens import new_access_token
from simulator.api.server import ApiServer
from simulator.api.types import User


class Identities:
    """Passwords, tokens and impersonation, as the server decides of them."""

    def __init__(self, server: ApiServer) -> None:
        self._server = server

    def log_in(self, name: str, password: str) -> str:
        """A token for this name and password; "" when they are wrong."""
        user = log_in(self._server, name, password)
        uri = f"{self._server.url}/oauth/token/implicit"
        return new_access_token(self._server, CHALLENGING, user, uri) if user is not None else ""

    def of_token(self, token: str) -> User:
        """Whose token this is. Unauthorized."""
        return authenticate(self._server, Credentials(token))

    def impersonated(self, user: User, name: str, groups: Sequence[str]) -> User:
        """Somebody else in whose name the user may speak. Forbidden."""
        return impersonate(self._server, user, Impersonation(name, tuple(groups)))
