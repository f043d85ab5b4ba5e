"""How lists and maps merge, as OpenAPI tells it: ``x-kubernetes-patch-*`` and ``x-kubernetes-list-type``."""

from __future__ import annotations

from simulator.api.schema import read_yaml
from simulator.errors import Object


def list_keywords(key: str, field: str = "") -> Object:
    """The keywords of a field of a type (``core.v1.PodSpec``, ``containers``); of the type itself without a field."""
    merge = read_yaml("merge.yaml").get(key.rpartition(".")[2], {}).get(field)
    if merge is None:
        return {}
    found: Object = {"x-kubernetes-patch-strategy": "merge"}
    return found | ({"x-kubernetes-patch-merge-key": merge} if merge else {})
