"""Small forms that several families share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

NONE = "<none>"
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}
_OPERATORS = {"In": "in", "NotIn": "notin"}


def pairs(labels: Mapping[str, str] | None) -> str:
    """``a=1,b=2`` by key; ``<none>`` when there are none."""
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels)) if labels else NONE


def selector(value: Mapping[str, Any] | None) -> str:
    """A LabelSelector in the form of ``-l``: ``a=1,b in (x,y),!c``."""
    if not value:
        return NONE
    terms = [(key, f"{key}={text}") for key, text in (value.get("matchLabels") or {}).items()]
    for term in value.get("matchExpressions") or ():
        terms.append((term["key"], _expression(term)))
    return ",".join(text for _, text in sorted(terms)) or NONE


def _expression(term: Mapping[str, Any]) -> str:
    operator, key = term["operator"], term["key"]
    if operator in _OPERATORS:
        return f"{key} {_OPERATORS[operator]} ({','.join(sorted(term.get('values') or ()))})"
    return key if operator == "Exists" else f"!{key}"


def access_modes(modes: Iterable[str] | None) -> str:
    """``RWO,RWX``: each once, in the fixed order of Kubernetes."""
    given = set(modes or ())
    return ",".join(short for mode, short in _MODES.items() if mode in given)


def containers(spec: Mapping[str, Any]) -> str:
    return ",".join(container["name"] for container in spec.get("containers") or ())


def images(spec: Mapping[str, Any]) -> str:
    return ",".join(container.get("image", "") for container in spec.get("containers") or ())
