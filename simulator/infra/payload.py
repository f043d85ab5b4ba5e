"""Bytes in an object: ``data`` when they are plain text, ``binaryData`` (base64) otherwise, as ConfigMap has it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from simulator.errors import Object


def encode_payload(data: bytes) -> Object:
    """One of ``{"data": text}`` and ``{"binaryData": base64}``; nothing for no bytes."""
    if not data:
        return {}
    try:
        return {"data": data.decode()}
    except UnicodeDecodeError:
        return {"binaryData": base64.b64encode(data).decode()}


def decode_payload(spec: Mapping[str, Any]) -> bytes:
    if "binaryData" in spec:
        return base64.b64decode(spec["binaryData"])
    text: str = spec.get("data", "")
    return text.encode()
