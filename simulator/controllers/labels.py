"""Labels, annotations, and label selectors (``matchLabels``, ``matchExpressions``) applied to labels. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.errors import Object

Labels = Mapping[str, str]


def labels_of(obj: Object) -> Labels:
    labels: Labels = obj["metadata"].get("labels") or {}
    return labels


def annotations_of(obj: Object) -> Labels:
    annotations: Labels = obj["metadata"].get("annotations") or {}
    return annotations


def selects(selector: Object | None, labels: Labels) -> bool:
    """Whether a metav1.LabelSelector matches. None selects nothing, an empty one everything."""
    if selector is None:
        return False
    return has_all(selector.get("matchLabels") or {}, labels) and all(
        meets(term, labels) for term in selector.get("matchExpressions") or ()
    )


def has_all(wanted: Labels, labels: Labels) -> bool:
    """Whether ``labels`` holds every pair of ``wanted``."""
    return all(labels.get(key) == value for key, value in wanted.items())


def meets(term: Object, labels: Labels) -> bool:
    """One requirement of ``matchExpressions``, of label selectors (In, NotIn, Exists, DoesNotExist) and nodes (Gt, Lt).

    A label that is absent satisfies NotIn, as in Kubernetes.
    """
    value, values = labels.get(term["key"]), term.get("values") or ()
    match term["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case "Gt" | "Lt" as operator:
            return _compares(operator, value, values)
    return False


def _compares(operator: str, value: str | None, values: Sequence[Any]) -> bool:
    try:
        left, right = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return left > right if operator == "Gt" else left < right
