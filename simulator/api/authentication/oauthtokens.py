"""Access tokens of people. Their objects are kept under a hash of the token since OpenShift 4.6, so that who reads
them cannot use them.

The token is looked up by that name: how long the look-up takes tells nothing of tokens that are near it. Source:
openshift/oauth-apiserver, pkg/tokenvalidation (tokenauthenticator.go, bootstrapauthenticator, uidvalidator.go).
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from simulator.api.authentication.groups import groups_of
from simulator.api.types import User
from simulator.changes.access import HASHED_TOKENS
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

OAUTH_GROUP: Final = "system:authenticated:oauth"
KUBE_ADMIN: Final = "kube:admin"
ADMINS: Final = "system:cluster-admins"
SCOPES: Final = "scopes.authorization.openshift.io"
PREFIX: Final = "sha256~"
TOKENS_KEY: Final = "oauthaccesstokens.oauth.openshift.io"


def name_of_token(server: ApiServer, token: str) -> str:
    """Under which name the object of a token is kept."""
    if not token.startswith(PREFIX) or not HASHED_TOKENS.at(server.release):
        return token
    digest = hashlib.sha256(token.removeprefix(PREFIX).encode()).digest()
    return PREFIX + base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def user_of_access_token(server: ApiServer, token: str) -> User | None:
    """None unless the token is kept, has not expired, and its user is the one that it was given to."""
    if HASHED_TOKENS.at(server.release) and not token.startswith(PREFIX):
        return None
    stored = server.state.get(TOKENS_KEY, "", name_of_token(server, token))
    if stored is None or _is_over(stored.object, server.clock.now()):
        return None
    scopes = ((SCOPES, tuple(stored.object.get("scopes") or ())),)
    name, uid = stored.object.get("userName", ""), stored.object.get("userUID", "")
    if name == KUBE_ADMIN:
        return User(KUBE_ADMIN, (ADMINS,), uid, scopes) if uid and uid == kube_admin_uid(server) else None
    person = server.state.get("users.user.openshift.io", "", name)
    if person is None or person.object["metadata"]["uid"] != uid:
        return None
    return User(name, (*groups_of(server, name), OAUTH_GROUP), uid, scopes)


def kube_admin_uid(server: ApiServer) -> str:
    """The UID of kube:admin is a hash of its password's; "" when the cluster has forgotten kube:admin."""
    secret = server.state.get("secrets", "kube-system", "kubeadmin")
    kept = (secret.object.get("data") or {}).get("kubeadmin", "") if secret is not None else ""
    if not kept:
        return ""
    return base64.urlsafe_b64encode(hashlib.sha512(kept.encode()).digest()).rstrip(b"=").decode()


def _is_over(token: Object, now: float) -> bool:
    """Whether it has expired; one with ``expiresIn: 0`` never does."""
    lifetime = token.get("expiresIn") or 0
    return bool(lifetime) and now > parse_rfc3339(token["metadata"]["creationTimestamp"]) + lifetime
