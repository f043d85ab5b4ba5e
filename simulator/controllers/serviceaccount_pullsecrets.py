"""The pull secret of each service account, since OpenShift 4.16: it holds a bound token, and no token has a secret.

The account names it in an annotation, in ``secrets`` and in ``imagePullSecrets``. It is ``{}`` until the internal
registry has an address. The real controller renews the token when 40 % of its hour are left; here it keeps the one of
the secret's creation, as nobody verifies it and a cluster at rest shall have nothing to do. Source:
openshift-controller-manager, internalregistry/controllers/{service_account,image_pull_secret}_controller.go.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Sequence

from simulator.api.boundtokens import Bound, bound_token
from simulator.api.gvrs import SECRETS, SERVICEACCOUNTS
from simulator.controllers.certificates import encoded
from simulator.controllers.context import DONE, Context, Result
from simulator.controllers.labels import annotations_of
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339

PULL_TYPE = "kubernetes.io/dockercfg"
REFERENCE = "openshift.io/internal-registry-pull-secret-ref"
ACCOUNT = "openshift.io/internal-registry-auth-token.service-account"
BINDING = "openshift.io/internal-registry-auth-token.binding"
LOGINS_KEY = ".dockercfg"
_MAX_PREFIX = 58  # 63 less the five letters at the end
_compact = json.JSONEncoder(separators=(",", ":")).encode


def reconcile_account(context: Context, account: Object, hosts: Sequence[str]) -> Result:
    """Give the account its pull secret. ``hosts``: under which names the internal registry is known."""
    name = _secret_name(context, account)
    _mention(context, account, name)
    secret = context.client.get_or_none(SECRETS, name, account["metadata"]["namespace"])
    if secret is None:
        secret = context.client.create(SECRETS, _new_secret(account, name))
    if hosts and hosts_of(secret) != list(hosts):
        meta = {**secret["metadata"], "annotations": {**annotations_of(secret), BINDING: "bound"}}
        filled = {**secret, "metadata": meta, "data": {LOGINS_KEY: encoded(logins(secret, hosts))}}
        context.client.update(SECRETS, filled)
    return DONE


def _secret_name(context: Context, account: Object) -> str:
    """What the annotation says, or the secret that says so itself (the annotation was lost), or a new name."""
    meta = account["metadata"]
    if known := annotations_of(account).get(REFERENCE):
        return known
    for secret in context.client.list(SECRETS, meta["namespace"]):
        if secret.get("type") == PULL_TYPE and annotations_of(secret).get(ACCOUNT) == meta["name"]:
            return str(secret["metadata"]["name"])
    return f"{meta['name']}-dockercfg-"[:_MAX_PREFIX] + context.names.suffix(5)


def _mention(context: Context, account: Object, name: str) -> None:
    meta = {**account["metadata"], "annotations": {**annotations_of(account), REFERENCE: name}}
    changed = {**account, "metadata": meta}
    for field in ("secrets", "imagePullSecrets"):
        changed[field] = _with(account.get(field), name)
    if changed != account:
        context.client.update(SERVICEACCOUNTS, changed)


def _with(references: Iterable[Object] | None, name: str) -> list[Object]:
    present = list(references or ())
    return present if any(one["name"] == name for one in present) else [*present, {"name": name}]


def _new_secret(account: Object, name: str) -> Object:
    meta = account["metadata"]
    owner = {"apiVersion": "v1", "kind": "ServiceAccount", "name": meta["name"], "uid": meta["uid"]}
    made = {
        "name": name,
        "namespace": meta["namespace"],
        "annotations": {ACCOUNT: meta["name"]},
        "ownerReferences": [owner],
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": made,
        "type": PULL_TYPE,
        "data": {LOGINS_KEY: encoded("{}")},
    }


# -- the content: it follows from the secret's metadata, so that a frozen profile need not hold it


def hosts_of(secret: Object) -> list[str]:
    """The registry's names that the secret has a login for."""
    return list(json.loads(base64.b64decode(secret["data"][LOGINS_KEY])))


def logins(secret: Object, hosts: Sequence[str]) -> str:
    """The content of a pull secret of today for these hosts: the same login for each."""
    login = {"auth": encoded(f"<token>:{token_of(secret)}")}
    return _compact(dict.fromkeys(hosts, login))


def token_of(secret: Object) -> str:
    """The token in a pull secret, bound to it and issued when it was created."""
    meta = secret["metadata"]
    owner = next(one for one in meta["ownerReferences"] if one["kind"] == "ServiceAccount")
    return bound_token(
        meta["namespace"],
        owner["name"],
        owner["uid"],
        [Bound("secret", meta["name"], meta["uid"])],
        issued=parse_rfc3339(meta["creationTimestamp"]),
    )
