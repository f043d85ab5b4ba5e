"""Server-side printing: objects as the rows of a ``Table``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.api.resourcetable import ResourceType
from simulator.errors import Object


def wants_table(accept: str) -> bool:
    return "as=Table" in accept


def to_table(resource: ResourceType, objects: Sequence[Object], now: float, query: Mapping[str, str]) -> Object:
    rows = [{"cells": [obj["metadata"]["name"]], "object": {"metadata": obj["metadata"]}} for obj in objects]
    return {
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1beta1",
        "metadata": {},
        "columnDefinitions": [{"name": "Name", "type": "string", "format": "name", "description": "", "priority": 0}],
        "rows": rows,
    }
