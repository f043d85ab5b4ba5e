"""Passwords, and the users that they stand for.

The providers are those of ``oauths.config.openshift.io/cluster`` that have an htpasswd file; kubeadmin has a Secret of
its own. Who logs in for the first time gets a User and an Identity. Source: openshift/oauth-server,
pkg/authenticator/password/{htpasswd,bootstrap}, pkg/userregistry/identitymapper.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from simulator.api.authentication.oauthtokens import KUBE_ADMIN, kube_admin_uid
from simulator.api.passwords import verify
from simulator.api.types import GVR, Request, Response, User
from simulator.errors import Object, from_status

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

SERVER: Final = User("system:serviceaccount:openshift-authentication:oauth-openshift", ("system:masters",))
_USERS: Final = GVR("user.openshift.io", "v1", "users")
_IDENTITIES: Final = GVR("user.openshift.io", "v1", "identities")
_LONGEST_NAME: Final = 255


def log_in(server: ApiServer, name: str, password: str) -> tuple[str, str] | None:
    """(name, UID) of the user with this name and password; None when there is none such."""
    name = name[:_LONGEST_NAME]
    if name == "kubeadmin":
        kept = _secret(server, "kube-system", "kubeadmin", "kubeadmin")
        return (KUBE_ADMIN, kube_admin_uid(server)) if kept and verify(password, kept) else None
    for provider, passwords in _providers(server):
        if ":" not in name and name in passwords and verify(password, passwords[name]):
            return _user_of(server, provider, name)
    return None


def kubeadmin_hash(server: ApiServer) -> str:
    """The hash of kubeadmin's password; "" when it has none."""
    return _secret(server, "kube-system", "kubeadmin", "kubeadmin")


def _providers(server: ApiServer) -> Iterator[tuple[str, dict[str, str]]]:
    """(name, hashes by user) of each provider with a file."""
    config = server.state.get("oauths.config.openshift.io", "", "cluster")
    for provider in ((config.object.get("spec") or {}).get("identityProviders") or ()) if config is not None else ():
        secret = ((provider.get("htpasswd") or {}).get("fileData") or {}).get("name", "")
        if secret:
            yield provider.get("name", ""), _hashes(_secret(server, "openshift-config", secret, "htpasswd"))


def _hashes(text: str) -> dict[str, str]:
    """``user:hash`` a line; of two for a user, the last."""
    lines = (line.partition(":") for line in text.splitlines())
    return {name: kept for name, colon, kept in lines if colon}


def _secret(server: ApiServer, namespace: str, name: str, key: str) -> str:
    stored = server.state.get("secrets", namespace, name)
    try:
        return base64.b64decode(((stored.object.get("data") or {}) if stored else {}).get(key, "")).decode().strip()
    except (binascii.Error, UnicodeDecodeError):
        return ""


# -- users


def _user_of(server: ApiServer, provider: str, name: str) -> tuple[str, str] | None:
    """The user that the identity belongs to, made now if there is none; None when somebody else has the name."""
    identity = f"{provider}:{name}"
    known = server.state.get("identities.user.openshift.io", "", identity)
    user = (known.object.get("user") or {}).get("name", "") if known is not None else name
    stored = server.state.get("users.user.openshift.io", "", user)
    if stored is None:
        created = _write(server, "POST", _USERS.path(), {"metadata": {"name": name}, "identities": [identity]})
    elif known is None and stored.object.get("identities"):
        return None
    else:
        created = stored.object
        if identity not in (created.get("identities") or ()):
            created = _write(server, "PUT", _USERS.path(None, user), {**created, "identities": [identity]})
    uid = created["metadata"]["uid"]
    if known is None:
        owner = {"name": name, "uid": uid}
        body = {"metadata": {"name": identity}, "providerName": provider, "providerUserName": name, "user": owner}
        _write(server, "POST", _IDENTITIES.path(), body)
    return created["metadata"]["name"], uid


def _write(server: ApiServer, method: str, path: str, body: Object) -> Object:
    """The object as it was stored; the StatusError of a refusal."""
    reply = server.handle(Request(method, path, {}, body, user=SERVER))
    assert isinstance(reply, Response), "a write is answered at once"
    if reply.code >= 400:
        raise from_status(reply.body)
    stored: Object = reply.body
    return stored
