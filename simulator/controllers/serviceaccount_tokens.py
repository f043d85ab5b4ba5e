"""The secrets of service accounts, as up to OpenShift 4.15: two tokens and one pull secret each.

``<sa>-token-xxxxx`` is mounted into pods, up to 4.10. A second token is the password in ``<sa>-dockercfg-xxxxx``, which
belongs to that token. The account lists the first token and the pull secret. Since 4.16 there is only a pull secret:
see ``serviceaccount_pullsecrets``. Source: kube-controller-manager,
serviceaccount/tokens_controller.go; openshift-controller-manager, serviceaccounts/controllers (4.2).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from simulator.api.gvrs import SECRETS, SERVICEACCOUNTS, SERVICES
from simulator.changes.workloads import PULL_TOKENS, TOKEN_SECRETS
from simulator.controllers.certificates import encoded, kube_ca, noise, service_ca
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.labels import annotations_of
from simulator.controllers.serviceaccount_pullsecrets import ACCOUNT, reconcile_account
from simulator.errors import NotFound, Object

TOKEN_TYPE, PULL_TYPE = "kubernetes.io/service-account-token", "kubernetes.io/dockercfg"
NAME, UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
CREATED_BY, DOCKERCFG_CREATOR = "kubernetes.io/created-by", "openshift.io/create-dockercfg-secrets"
TOKEN_NAME, TOKEN_VALUE = "openshift.io/token-secret.name", "openshift.io/token-secret.value"

_REGISTRY = ("openshift-image-registry", "image-registry")
_MAX_PREFIX = 58  # 63 less the five letters at the end
_compact = json.JSONEncoder(separators=(",", ":")).encode


def reconcile(context: Context, key: Key) -> Result:
    """Give one account the secrets that it lacks; take back those of one that is gone."""
    account = context.client.get_or_none(SERVICEACCOUNTS, key.name, key.namespace)
    if not PULL_TOKENS.at(context.release):
        is_gone = account is None or "deletionTimestamp" in account["metadata"]
        return DONE if is_gone or account is None else reconcile_account(context, account, registry_hosts(context))
    secrets = _secrets_of(context, key)
    uid = account["metadata"]["uid"] if account is not None else ""
    for secret in secrets:
        if annotations_of(secret)[UID] != uid:
            _delete(context, secret)
    if account is None or "deletionTimestamp" in account["metadata"]:
        return DONE
    kept = [secret for secret in secrets if annotations_of(secret)[UID] == uid]
    ours = [_mounted_token(context, account, kept)] if TOKEN_SECRETS.at(context.release) else []
    ours.append(_pull_secret(context, account, kept))
    _list_secrets(context, account, [one["metadata"]["name"] for one in ours], kept)
    return DONE


def _secrets_of(context: Context, key: Key) -> list[Object]:
    """The secrets that were made for the account, or for one of its name before."""
    found = context.client.list(SECRETS, key.namespace)
    return [
        secret
        for secret in found
        if secret.get("type") in (TOKEN_TYPE, PULL_TYPE)
        and annotations_of(secret).get(NAME) == key.name
        and UID in annotations_of(secret)
    ]


def _is_for_pull(secret: Object) -> bool:
    return bool(annotations_of(secret).get(CREATED_BY) == DOCKERCFG_CREATOR)


def _mounted_token(context: Context, account: Object, secrets: list[Object]) -> Object:
    """The token that the account lists, or else one that it could list, or a new one."""
    listed = {reference["name"] for reference in account.get("secrets") or ()}
    tokens = [one for one in secrets if one["type"] == TOKEN_TYPE and not _is_for_pull(one)]
    best = sorted(tokens, key=lambda one: (one["metadata"]["name"] not in listed, one["metadata"]["name"]))
    return best[0] if best else context.client.create(SECRETS, new_token(context, account))


def _pull_secret(context: Context, account: Object, secrets: list[Object]) -> Object:
    tokens = {one["metadata"]["name"]: one for one in secrets if one["type"] == TOKEN_TYPE and _is_for_pull(one)}
    for secret in secrets:
        if secret["type"] == PULL_TYPE and annotations_of(secret).get(TOKEN_NAME) in tokens:
            return secret
    token = next(iter(tokens.values()), None)
    if token is None:
        token = context.client.create(SECRETS, new_token(context, account, {CREATED_BY: DOCKERCFG_CREATOR}))
    return context.client.create(SECRETS, new_pull_secret(context, account, token))


def _list_secrets(context: Context, account: Object, names: list[str], secrets: list[Object]) -> None:
    """``secrets`` and ``imagePullSecrets``: ours (the pull secret is the last) in place of those that are gone.

    Whatever people linked stays.
    """
    made = {f"{account['metadata']['name']}-token-", f"{account['metadata']['name']}-dockercfg-"}
    alive = {secret["metadata"]["name"] for secret in secrets} | set(names)

    def is_stale(name: str) -> bool:
        return name not in alive and any(name.startswith(prefix) and len(name) == len(prefix) + 5 for prefix in made)

    def with_ours(references: Iterable[Object] | None, ours: list[str]) -> list[Object]:
        kept = [one for one in references or () if not is_stale(one["name"])]
        names = {one["name"] for one in kept}
        return [*kept, *({"name": name} for name in ours if name not in names)]

    changed = {
        **account,
        "secrets": with_ours(account.get("secrets"), names),
        "imagePullSecrets": with_ours(account.get("imagePullSecrets"), names[-1:]),
    }
    if changed != account:
        context.client.update(SERVICEACCOUNTS, changed)


# -- the secrets


def new_token(context: Context, account: Object, extra: dict[str, str] | None = None) -> Object:
    """A token secret, filled in."""
    meta = account["metadata"]
    name = _generated(context, f"{meta['name']}-token-")
    annotations = {**(extra or {}), NAME: meta["name"], UID: meta["uid"]}
    data = {
        "ca.crt": kube_ca(context),
        "namespace": meta["namespace"],
        "service-ca.crt": service_ca(context),
        "token": json_web_token(account, name),
    }
    return _secret(meta["namespace"], name, TOKEN_TYPE, annotations, {key: encoded(text) for key, text in data.items()})


def new_pull_secret(context: Context, account: Object, token: Object) -> Object:
    """A dockercfg secret for the internal registry, owned by the token that is its password."""
    meta, value = account["metadata"], base64.b64decode(token["data"]["token"]).decode()
    login = {
        "username": "serviceaccount",
        "password": value,
        "email": "serviceaccount@example.org",
        "auth": encoded(f"serviceaccount:{value}"),
    }
    config = _compact(dict.fromkeys(registry_hosts(context), login))
    annotations = {
        NAME: meta["name"],
        UID: meta["uid"],
        TOKEN_NAME: token["metadata"]["name"],
        TOKEN_VALUE: value,
    }
    name = _generated(context, f"{meta['name']}-dockercfg-")
    secret = _secret(meta["namespace"], name, PULL_TYPE, annotations, {".dockercfg": encoded(config)})
    owner = {
        "apiVersion": "v1",
        "kind": "Secret",
        "name": token["metadata"]["name"],
        "uid": token["metadata"]["uid"],
        "blockOwnerDeletion": False,
        "controller": True,
    }
    return {**secret, "metadata": {**secret["metadata"], "ownerReferences": [owner]}}


def registry_hosts(context: Context) -> list[str]:
    """Under which names the internal registry is known: its address, and its DNS names; none while there is none."""
    namespace, name = _REGISTRY
    service = context.client.get_or_none(SERVICES, name, namespace)
    if service is None:
        return []
    port = service["spec"]["ports"][0]["port"]
    address = service["spec"].get("clusterIP")
    names = [f"{name}.{namespace}.svc", f"{name}.{namespace}.svc.cluster.local"]
    return [f"{host}:{port}" for host in [*([address] if address else []), *names]]


def json_web_token(account: Object, secret: str) -> str:
    """A token in the form of a JWT; its signature is noise."""
    meta = account["metadata"]
    prefix = "kubernetes.io/serviceaccount/"
    claims = {
        "iss": "kubernetes/serviceaccount",
        f"{prefix}namespace": meta["namespace"],
        f"{prefix}secret.name": secret,
        f"{prefix}service-account.name": meta["name"],
        f"{prefix}service-account.uid": meta["uid"],
        "sub": f"system:serviceaccount:{meta['namespace']}:{meta['name']}",
    }
    head = {"alg": "RS256", "kid": ""}
    parts = [_compact(part).encode() for part in (head, claims)]
    parts.append(noise(f"{meta['uid']}/{secret}", 256))
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def _generated(context: Context, prefix: str) -> str:
    return prefix[:_MAX_PREFIX] + context.names.suffix(5)


def _secret(namespace: str, name: str, kind: str, annotations: dict[str, str], data: dict[str, str]) -> Object:
    meta = {"name": name, "namespace": namespace, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": meta, "type": kind, "data": data}


def _delete(context: Context, secret: Object) -> None:
    meta = secret["metadata"]
    try:
        context.client.delete(SECRETS, meta["name"], meta["namespace"], uid=meta["uid"])
    except NotFound:
        return


def _account_key(_context: Context, secret: Object) -> Iterable[Key]:
    annotations = annotations_of(secret)
    name = annotations.get(NAME) or annotations.get(ACCOUNT)
    return (Key(secret["metadata"]["namespace"], name),) if name else ()


def _all_accounts(context: Context, service: Object) -> Iterable[Key]:
    """All that shall learn of the registry's address, as of today."""
    meta = service["metadata"]
    if (meta["namespace"], meta["name"]) != _REGISTRY or PULL_TOKENS.at(context.release):
        return ()
    return map(key_of, context.client.list(SERVICEACCOUNTS))


CONTROLLER = Controller(
    name="serviceaccount-tokens",
    user="system:kube-controller-manager",
    watches=(
        Watches(SERVICEACCOUNTS, own_key),
        Watches(SECRETS, _account_key),
        Watches(SERVICES, _all_accounts),
    ),
    reconcile=reconcile,
)
