"""Hashes of pod templates: the ``7489584ddc`` in a ReplicaSet's name."""

from __future__ import annotations

import json
from typing import Any

from simulator.errors import Object
from simulator.runtime.names import SAFE_ALPHABET

_FNV_OFFSET, _FNV_PRIME, _MASK = 0x811C9DC5, 0x01000193, 0xFFFFFFFF


def fnv1a_32(data: bytes) -> int:
    """FNV-1a, 32 bits. Source: RFC 9923, section 2."""
    value = _FNV_OFFSET
    for byte in data:
        value = ((value ^ byte) * _FNV_PRIME) & _MASK
    return value


def safe_encode(text: str) -> str:
    """Each character as one of the safe alphabet, so that no bad word appears. Source: apimachinery, util/rand."""
    return "".join(SAFE_ALPHABET[ord(char) % len(SAFE_ALPHABET)] for char in text)


def object_hash(value: Any, collisions: int = 0) -> str:
    """Up to ten characters that name ``value``; ``collisions`` gives another name to the same value.

    As ``controller.ComputeHash`` in shape. The real one hashes a dump of Go structs, so its digits differ for the same
    template; ours hashes canonical JSON without nulls.
    """
    text = json.dumps(_without_nulls(value), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    suffix = str(collisions) if collisions else ""
    return safe_encode(str(fnv1a_32((text + suffix).encode())))


def template_hash(owner: Object) -> str:
    """The hash of the pod template of a Deployment, a DaemonSet or a StatefulSet."""
    return object_hash(owner["spec"]["template"], owner.get("status", {}).get("collisionCount") or 0)


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
