"""Objects as bytes: JSON without spaces, in UTF-8."""

from __future__ import annotations

import json
from typing import Any, Final

_TO_TEXT: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False).encode


def encoded(value: Any) -> bytes:
    """A JSON value as bytes. Half of a surrogate pair, which UTF-8 does not have, becomes a question mark."""
    return _TO_TEXT(value).encode("utf-8", "replace")
