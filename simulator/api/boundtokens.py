"""Tokens of service accounts that are bound to a time, an audience and an object: what a TokenRequest gives.

A token is a function of what it says; its signature is noise. Source: kube-apiserver, serviceaccount/claims.go (1.33).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ISSUER = "https://kubernetes.default.svc"
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
    audience: str = ISSUER,
) -> str:
    """The token in the form of a JWT."""
    iat = int(issued)
    extended = lifetime_s == POD_TOKEN_S and audience == ISSUER
    own: dict[str, Any] = {"namespace": namespace, "serviceaccount": {"name": account, "uid": account_uid}}
    own.update({one.kind: {"name": one.name, "uid": one.uid} for one in objects})
    if extended:
        own["warnafter"] = iat + lifetime_s
    claims = {
        "aud": [audience],
        "exp": iat + (YEAR_S if extended else lifetime_s),
        "iat": iat,
        "iss": ISSUER,
        "jti": _uuid(f"{account_uid}/{audience}/{iat}/{objects}"),
        "kubernetes.io": dict(sorted(own.items())),
        "nbf": iat,
        "sub": f"system:serviceaccount:{namespace}:{account}",
    }
    return _signed({"alg": "RS256", "kid": _text(hashlib.sha256(ISSUER.encode()).digest())}, claims)


def _signed(head: Mapping[str, Any], claims: Mapping[str, Any]) -> str:
    body = ".".join(_text(_compact(part).encode()) for part in (head, claims))
    return f"{body}.{_text(hashlib.shake_128(body.encode()).digest(256))}"


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _uuid(seed: str) -> str:
    digits = hashlib.sha256(seed.encode()).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"
