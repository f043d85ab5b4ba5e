"""Tokens of service accounts: the ones that are kept in Secrets, and those that are bound to a time and an object.

A token's signature follows from what it says, and what it says has the account's UID in it: who cannot read the
account can make none. Source: kubernetes, pkg/serviceaccount (jwt.go, legacy.go, claims.go).
"""

from __future__ import annotations

import base64
from functools import lru_cache
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from simulator.api import boundtokens
from simulator.api.boundtokens import ISSUER, Bound, Claims
from simulator.api.types import User
from simulator.changes.access import CREDENTIAL_IDS
from simulator.errors import Unauthorized

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

PREFIX: Final = "system:serviceaccount:"
ALL_ACCOUNTS: Final = "system:serviceaccounts"
_EXTRA: Final = "authentication.kubernetes.io/"
Extra = tuple[tuple[str, tuple[str, ...]], ...]


def groups_of_account(namespace: str) -> tuple[str, ...]:
    """The groups of each service account of a namespace."""
    return ALL_ACCOUNTS, f"{ALL_ACCOUNTS}:{namespace}"


def user_of_account_token(server: ApiServer, token: str, audiences: tuple[str, ...] = ()) -> User | None:
    """None for what is no token of an account. Unauthorized for one that is not valid, or no longer."""
    claims = _read(token)
    if claims is None:
        return None
    known = _is_kept(server, token, claims) if claims.secret else _is_good(server, claims, audiences or (ISSUER,))
    account = server.state.get("serviceaccounts", claims.namespace, claims.account)
    if not known or account is None or account.object["metadata"]["uid"] != claims.uid:
        raise Unauthorized("Unauthorized")
    name = f"{PREFIX}{claims.namespace}:{claims.account}"
    return User(name, groups_of_account(claims.namespace), claims.uid, _extra(server, claims))


_read = lru_cache(maxsize=4096)(boundtokens.read_token)


def _is_kept(server: ApiServer, token: str, claims: Claims) -> bool:
    """A token of a Secret is good as long as it stands there."""
    secret = server.state.get("secrets", claims.namespace, claims.secret)
    kept = (secret.object.get("data") or {}).get("token", "") if secret is not None else ""
    return compare_digest(str(kept).encode(), base64.b64encode(token.encode()))


def _is_good(server: ApiServer, claims: Claims, audiences: tuple[str, ...]) -> bool:
    """A bound one is good in its time, for its audience, as long as the object that it is bound to is there."""
    if not claims.not_before <= server.clock.now() < claims.expires or not set(claims.audiences) & set(audiences):
        return False
    return all(_is_there(server, claims.namespace, one) for one in _binding(claims))


def _binding(claims: Claims) -> tuple[Bound, ...]:
    """The node in a pod's token is only told of."""
    if any(one.kind == "pod" for one in claims.objects):
        return tuple(one for one in claims.objects if one.kind != "node")
    return claims.objects


def _is_there(server: ApiServer, namespace: str, one: Bound) -> bool:
    stored = server.state.get(f"{one.kind}s", "" if one.kind == "node" else namespace, one.name)
    return stored is not None and stored.object["metadata"]["uid"] == one.uid


def _extra(server: ApiServer, claims: Claims) -> Extra:
    """What the token tells of itself and of its pod. Source: kubernetes, pkg/serviceaccount/util.go."""
    extra: Extra = ()
    modern = CREDENTIAL_IDS.at(server.release)
    if modern and claims.token_id:
        extra = ((f"{_EXTRA}credential-id", (f"JTI={claims.token_id}",)),)
    for one in claims.objects:
        if one.kind == "pod" or (one.kind == "node" and modern):
            extra += (f"{_EXTRA}{one.kind}-name", (one.name,)), (f"{_EXTRA}{one.kind}-uid", (one.uid,))
    return extra
