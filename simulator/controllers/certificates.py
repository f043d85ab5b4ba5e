"""PEM blocks that look like keys and certificates and are none: hashes of a seed text. Nobody verifies them here."""

from __future__ import annotations

import base64
import hashlib

from simulator.api.gvrs import CONFIGMAPS
from simulator.controllers.context import Context

_CERTIFICATE_BYTES, _KEY_BYTES = 800, 1190  # as of RSA 2048


def certificate(seed: str) -> str:
    return _pem("CERTIFICATE", f"certificate of {seed}", _CERTIFICATE_BYTES)


def private_key(seed: str) -> str:
    return _pem("RSA PRIVATE KEY", f"key of {seed}", _KEY_BYTES)


def noise(seed: str, size: int) -> bytes:
    """``size`` bytes that are always the same for the same ``seed``."""
    return hashlib.shake_128(seed.encode()).digest(size)


def _pem(label: str, seed: str, size: int) -> str:
    head = b"\x30\x82" + size.to_bytes(2, "big")  # of a DER sequence, which gives the familiar "MII"
    text = base64.b64encode(head + noise(seed, size)).decode()
    lines = [text[start : start + 64] for start in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def bundle(context: Context, namespace: str, name: str, key: str, seed: str) -> str:
    """The CA bundle that a ConfigMap of the cluster holds; without it, a made-up one."""
    held = context.client.get_or_none(CONFIGMAPS, name, namespace)
    text: str = ((held or {}).get("data") or {}).get(key) or certificate(seed)
    return text


def service_ca(context: Context) -> str:
    """The CA of serving certificates."""
    where = ("openshift-service-ca", "signing-cabundle", "ca-bundle.crt")
    return bundle(context, *where, "openshift-service-serving-signer")


def kube_ca(context: Context) -> str:
    """The CA of the API server."""
    where = ("openshift-kube-controller-manager", "serviceaccount-ca", "ca-bundle.crt")
    return bundle(context, *where, "kube-apiserver")


def encoded(text: str) -> str:
    """As the data of a Secret carries it."""
    return base64.b64encode(text.encode()).decode()
