"""How lists and maps merge, as OpenAPI tells it: ``x-kubernetes-patch-*`` and ``x-kubernetes-list-type`` and its like.

Source: ``schemas/merge.yaml`` and ``schemas/listtypes.json``; kube-openapi, pkg/generators/extension.go
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from simulator.api import typefacts
from simulator.api.fields.shapes import list_facts
from simulator.api.schema import read_yaml
from simulator.errors import Object


def of_type(key: str) -> Object:
    """The keywords of a type (``core.v1.LabelSelector``)."""
    return {"x-kubernetes-map-type": "atomic"} if _facts(key).get("atomic") else {}


def of_field(key: str, field: str, code: str, *, list_types: bool) -> Object:
    """The keywords of a field of a type. ``list_types``: the release tells more than how patches merge."""
    found: Object = {}
    merge = read_yaml("merge.yaml").get(key.rpartition(".")[2], {}).get(field)
    if merge is not None:
        found["x-kubernetes-patch-strategy"] = "merge"
        if merge:
            found["x-kubernetes-patch-merge-key"] = merge
    if list_types and code[0] == "[":
        found.update(_list(_facts(key).get("lists", {}).get(field)))
    elif list_types and field in _facts(key).get("fields", ()):
        found["x-kubernetes-map-type"] = "atomic"
    return found


def _list(keys: list[str] | None) -> Object:
    """A list whose items have keys, a set, or one that is replaced as a whole."""
    if keys is None:
        return {"x-kubernetes-list-type": "atomic"}
    if not keys:
        return {"x-kubernetes-list-type": "set"}
    return {"x-kubernetes-list-map-keys": keys, "x-kubernetes-list-type": "map"}


def _facts(key: str) -> Mapping[str, Any]:
    return _by_key().get(key, {})


@cache
def _by_key() -> Mapping[str, Mapping[str, Any]]:
    return {typefacts.key_of_name(name): facts for name, facts in list_facts().items()}
