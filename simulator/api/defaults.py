"""Defaulting: what the API server fills in when a person leaves it out."""

from __future__ import annotations

from simulator.api.resourcetable import ResourceType
from simulator.errors import Object


def apply_defaults(resource: ResourceType, obj: Object) -> Object:
    """``obj`` with the kind's defaults filled in; ``obj`` itself is not changed."""
    return obj
