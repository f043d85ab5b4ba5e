"""``oc describe sa``. Source: kubectl 1.14, describe.go (ServiceAccountDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.gvrs import SECRETS
from simulator.errors import Object, StatusError
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_TOKEN_TYPE = "kubernetes.io/service-account-token"
_NAME, _UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
_WIDTH = 19


def describe(invocation: Invocation, account: Object) -> str:
    meta = account["metadata"]
    writer = TabWriter(DESCRIBE)
    write_head(writer, meta)
    secrets = _secrets(invocation, meta["namespace"])
    known = None if secrets is None else {secret["metadata"]["name"] for secret in secrets}
    tokens = [secret["metadata"]["name"] for secret in secrets or () if _is_token_of(secret, meta)]
    _rows(writer, "Image pull secrets:", [item["name"] for item in account.get("imagePullSecrets") or ()], known)
    _rows(writer, "Mountable secrets:", [item["name"] for item in account.get("secrets") or ()], known)
    _rows(writer, "Tokens:", tokens, known)
    return finish(writer, invocation, account)


def _secrets(invocation: Invocation, namespace: str) -> list[Object] | None:
    """None when they may not be listed: then none is called missing."""
    try:
        return invocation.client.list(SECRETS, namespace)
    except StatusError:
        return None


def _is_token_of(secret: Object, meta: Object) -> bool:
    annotations = secret["metadata"].get("annotations") or {}
    mine = annotations.get(_NAME) == meta["name"] and annotations.get(_UID) == meta["uid"]
    return secret.get("type") == _TOKEN_TYPE and mine


def _rows(writer: TabWriter, title: str, names: Sequence[str], known: set[str] | None) -> None:
    """The titles are padded by hand, and the column adds its own two spaces."""
    for index, name in enumerate(names or ["<none>"]):
        missing = bool(names) and known is not None and name not in known
        writer.line((title if index == 0 else "").ljust(_WIDTH), f"{name} (not found)" if missing else name)
