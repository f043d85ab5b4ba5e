"""The bodies that subresources take, as far as they can be trusted."""

from __future__ import annotations

from typing import Any

from simulator.api.bodies import no_object
from simulator.errors import Object


def mapping(value: Any, kind: str) -> Object:
    """``value`` as a map, an empty one for none; BadRequest when it is something else than part of a ``kind``."""
    if value is None:
        return {}
    if isinstance(value, dict):
        return value
    raise no_object(kind, value)
