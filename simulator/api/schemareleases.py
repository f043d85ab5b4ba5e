"""One OpenAPI schema for several releases: a property may be marked ``since`` and ``until``, and a node ``later``.

``later`` is a list of keywords that a node has since some release: ``[{since: "4.6", required: [replicas]}]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.errors import Object
from simulator.release import Minor, is_part

_MARKS = frozenset({"since", "until", "later"})


def schema_at(node: Mapping[str, Any], minor: Minor) -> Object:
    """The schema as one release has it, without the marks; always a new object."""
    keywords: Object = {key: value for key, value in node.items() if key not in _MARKS}
    for change in node.get("later", ()):
        if is_part(minor, change):
            keywords.update((key, value) for key, value in change.items() if key not in _MARKS)
    if "properties" in keywords:
        properties: Mapping[str, Any] = keywords["properties"]
        keywords["properties"] = {
            name: schema_at(below, minor) for name, below in properties.items() if is_part(minor, below)
        }
    for key in ("items", "additionalProperties"):
        if isinstance(keywords.get(key), Mapping):
            keywords[key] = schema_at(keywords[key], minor)
    return keywords
