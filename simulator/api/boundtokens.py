"""Tokens of service accounts that are bound to a time, an audience and an object: what a TokenRequest gives.

A token is a function of what it says; its signature is noise. Source: kube-apiserver, serviceaccount/claims.go (1.33).
What reads them reads tokens of Secrets as well, which know no time (legacy.go).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any

ISSUER = "https://kubernetes.default.svc"
SECRET_ISSUER = "kubernetes/serviceaccount"
POD_TOKEN_S = 3607  # what the ServiceAccount plugin asks for; such a token lives a year, and warns after this time
YEAR_S = 365 * 24 * 3600
_compact = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True)
class Bound:
    """An object that a token dies with: ``pod``, ``secret`` or ``node``."""

    kind: str
    name: str
    uid: str


def bound_token(
    namespace: str,
    account: str,
    account_uid: str,
    objects: Sequence[Bound] = (),
    *,
    issued: float,
    lifetime_s: int = 3600,
    audience: str | Sequence[str] = ISSUER,
) -> str:
    """The token in the form of a JWT."""
    iat = int(issued)
    audiences = [audience] if isinstance(audience, str) else list(audience)
    extended = lifetime_s == POD_TOKEN_S and audiences == [ISSUER]
    own: dict[str, Any] = {"namespace": namespace, "serviceaccount": {"name": account, "uid": account_uid}}
    own.update({one.kind: {"name": one.name, "uid": one.uid} for one in objects})
    if extended:
        own["warnafter"] = iat + lifetime_s
    claims = {
        "aud": audiences,
        "exp": iat + (YEAR_S if extended else lifetime_s),
        "iat": iat,
        "iss": ISSUER,
        "jti": _uuid(f"{account_uid}/{','.join(audiences)}/{iat}/{objects}"),
        "kubernetes.io": dict(sorted(own.items())),
        "nbf": iat,
        "sub": f"system:serviceaccount:{namespace}:{account}",
    }
    return _signed({"alg": "RS256", "kid": _text(hashlib.sha256(ISSUER.encode()).digest())}, claims)


@dataclass(frozen=True)
class Claims:
    """What a token says: of a bound one with its time and what it is bound to, else the name of its ``secret``."""

    namespace: str
    account: str
    uid: str
    secret: str = ""
    audiences: tuple[str, ...] = ()
    not_before: float = 0.0
    expires: float = 0.0
    objects: tuple[Bound, ...] = ()
    token_id: str = ""


def read_token(token: str) -> Claims | None:
    """What a token of an account says; None for any other text, and for a bound one with a wrong signature."""
    parts = token.split(".")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        if claims["iss"] == SECRET_ISSUER:
            namespace, account, uid, secret = (_string(claims[_SECRET_PREFIX + key]) for key in _SECRET_CLAIMS)
            return Claims(namespace, account, uid, secret)
        if claims["iss"] != ISSUER or not compare_digest(parts[2].encode(), _signature(".".join(parts[:2])).encode()):
            return None
        return _bound_claims(claims)
    except (binascii.Error, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


_SECRET_PREFIX = "kubernetes.io/serviceaccount/"
_SECRET_CLAIMS = ("namespace", "service-account.name", "service-account.uid", "secret.name")


def _bound_claims(claims: Mapping[str, Any]) -> Claims:
    own = claims["kubernetes.io"]
    account = own["serviceaccount"]
    return Claims(
        _string(own["namespace"]),
        _string(account["name"]),
        _string(account["uid"]),
        audiences=tuple(map(_string, claims["aud"])),
        not_before=float(claims["nbf"]),
        expires=float(claims["exp"]),
        objects=tuple(_objects(own)),
        token_id=_string(claims.get("jti", "")),
    )


def _objects(own: Mapping[str, Any]) -> Iterator[Bound]:
    for kind in ("pod", "secret", "node"):
        if kind in own:
            yield Bound(kind, _string(own[kind]["name"]), _string(own[kind]["uid"]))


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a text")
    return value


def _signed(head: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    body = ".".join(_text(_compact(part).encode()) for part in (head, claims))
    return f"{body}.{_signature(body)}"


def _signature(body: str) -> str:
    return _text(hashlib.shake_128(body.encode()).digest(256))


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _uuid(seed: str) -> str:
    digits = hashlib.sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
