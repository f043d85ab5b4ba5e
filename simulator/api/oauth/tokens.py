"""Access tokens and authorization codes, kept as objects.

A token follows from the server's secret and the revision at which it is made: no two are the same, and who does not
know the secret (a served cluster has one that nobody knows) cannot guess one.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from simulator.api.authentication.oauthtokens import PREFIX, name_of_token
from simulator.api.oauth.providers import SERVER
from simulator.api.types import GVR, Request, Response
from simulator.changes.access import HASHED_TOKENS
from simulator.errors import Object, from_status
from simulator.runtime.clock import parse_rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

ACCESS_S: Final = 86400
CODE_S: Final = 300
FULL: Final = "user:full"
_ACCESS: Final = GVR("oauth.openshift.io", "v1", "oauthaccesstokens")
_CODES: Final = GVR("oauth.openshift.io", "v1", "oauthauthorizetokens")


def new_access_token(server: ApiServer, client: str, user: tuple[str, str], uri: str, scope: str = FULL) -> str:
    """A token of a day for (name, UID) of a user."""
    token = _new(server)
    keep_access_token(server, token, client, user, uri, scope)
    return token


def keep_access_token(
    server: ApiServer, token: str, client: str, user: tuple[str, str], uri: str, scope: str = FULL
) -> None:
    """Let the server know this token."""
    _create(server, _ACCESS, _body(server, token, client, user, uri, scope) | {"expiresIn": ACCESS_S})


def new_code(server: ApiServer, client: str, user: tuple[str, str], uri: str, asked: dict[str, str]) -> str:
    """A code that may be exchanged for a token, once, within five minutes."""
    code = _new(server)
    body = _body(server, code, client, user, uri, asked.get("scope") or FULL) | {"expiresIn": CODE_S}
    if challenge := asked.get("code_challenge"):
        body |= {"codeChallenge": challenge, "codeChallengeMethod": asked.get("code_challenge_method") or "plain"}
    if asked.get("state"):
        body["state"] = asked["state"]
    _create(server, _CODES, body)
    return code


def take_code(server: ApiServer, code: str) -> Object | None:
    """The object of a code, which is used up by this; None when there is none, or no longer."""
    name = name_of_token(server, code)
    stored = server.state.get(_CODES.qualified, "", name)
    if stored is None:
        return None
    server.handle(Request("DELETE", _CODES.path(None, name), user=SERVER))
    born = parse_rfc3339(stored.object["metadata"]["creationTimestamp"])
    return stored.object if server.clock.now() < born + stored.object["expiresIn"] else None


def _new(server: ApiServer) -> str:
    said = f"{server.names.seed}\0{server.state.revision}".encode()
    digest = hashlib.blake2b(said, key=server.secret[:64], person=b"ocsim oauth", digest_size=32).digest()
    text = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return f"{PREFIX}{text}" if HASHED_TOKENS.at(server.release) else f"A{text[1:]}"


def _body(server: ApiServer, token: str, client: str, user: tuple[str, str], uri: str, scope: str) -> Object:
    return {
        "metadata": {"name": name_of_token(server, token)},
        "clientName": client,
        "redirectURI": uri,
        "scopes": scope.split(),
        "userName": user[0],
        "userUID": user[1],
    }


def _create(server: ApiServer, resource: GVR, body: Object) -> None:
    reply = server.handle(Request("POST", resource.path(), {}, body, user=SERVER))
    assert isinstance(reply, Response), "a create is answered at once"
    if reply.code >= 400:
        raise from_status(reply.body)
