"""The secrets of service accounts without their tokens, which follow from the account and the secret's name."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache

from simulator.controllers.certificates import encoded
from simulator.controllers.serviceaccount_pullsecrets import BINDING, hosts_of, logins
from simulator.controllers.serviceaccount_tokens import (
    NAME,
    PULL_TYPE,
    TOKEN_NAME,
    TOKEN_TYPE,
    TOKEN_VALUE,
    UID,
    json_web_token,
)
from simulator.errors import Object

TOKEN_KEY, LOGINS_KEY = "token", ".dockercfg"
_compact = json.JSONEncoder(separators=(",", ":")).encode


def take_out(secret: Object) -> Object:
    """A secret of an account without what ``put_in`` can make again; anything else as it is."""
    if secret.get("type") == TOKEN_TYPE:
        left = {**secret, "data": {**secret["data"], TOKEN_KEY: ""}}
    elif _is_bound(secret):
        left = {**secret, "data": {LOGINS_KEY: hosts_of(secret)}}
    elif secret.get("type") == PULL_TYPE and TOKEN_NAME in (secret["metadata"].get("annotations") or {}):
        hosts = list(json.loads(base64.b64decode(secret["data"][LOGINS_KEY])))
        meta = secret["metadata"]
        annotations = {**meta["annotations"], TOKEN_VALUE: ""}
        left = {**secret, "metadata": {**meta, "annotations": annotations}, "data": {LOGINS_KEY: hosts}}
    else:
        return secret
    return left if put_in(left) == secret else secret


def put_in(secret: Object) -> Object:
    """The secret with its token, where that was taken out."""
    data = secret.get("data") or {}
    if secret.get("type") == TOKEN_TYPE and data.get(TOKEN_KEY) == "":
        name = secret["metadata"]["name"]
        return {**secret, "data": {**data, TOKEN_KEY: encoded(_token_of(secret["metadata"], name))}}
    if _is_bound(secret) and isinstance(data.get(LOGINS_KEY), list):
        return {**secret, "data": {LOGINS_KEY: encoded(logins(secret, data[LOGINS_KEY]))}}
    if secret.get("type") == PULL_TYPE and isinstance(data.get(LOGINS_KEY), list):
        meta = secret["metadata"]
        token = _token_of(meta, meta["annotations"][TOKEN_NAME])
        annotations = {**meta["annotations"], TOKEN_VALUE: token}
        filled = {LOGINS_KEY: _logins(data[LOGINS_KEY], token)}
        return {**secret, "metadata": {**meta, "annotations": annotations}, "data": filled}
    return secret


def _is_bound(secret: Object) -> bool:
    """A pull secret of today, with its token in it."""
    return secret.get("type") == PULL_TYPE and BINDING in (secret["metadata"].get("annotations") or {})


def _token_of(meta: Mapping[str, object], secret: str) -> str:
    annotations = meta["annotations"]
    assert isinstance(annotations, dict)
    return _token(str(meta["namespace"]), annotations[NAME], annotations[UID], secret)


@lru_cache(maxsize=1000)  # each is asked for twice: by the token's own secret, and by the pull secret that holds it
def _token(namespace: str, account: str, uid: str, secret: str) -> str:
    return json_web_token({"metadata": {"namespace": namespace, "name": account, "uid": uid}}, secret)


def _logins(hosts: Sequence[str], token: str) -> str:
    """The content of a dockercfg secret: the same login for each host."""
    if not hosts:
        return encoded("{}")  # nearly all are older than the registry
    login = {
        "username": "serviceaccount",
        "password": token,
        "email": "serviceaccount@example.org",
        "auth": encoded(f"serviceaccount:{token}"),
    }
    return encoded(_compact(dict.fromkeys(hosts, login)))
