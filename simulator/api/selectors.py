"""Label and field selectors of list, watch and deletecollection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from simulator.api.fieldselectors import Term, parse_fields
from simulator.api.labelselectors import Test, parse_labels
from simulator.api.resourcetable import ResourceType
from simulator.errors import Object
from simulator.log.state import Stored


@dataclass(frozen=True)
class Selectors:
    """Both selectors of one request. ``name``: the only one that can match, if the field selector says so."""

    labels: tuple[Test, ...] = ()
    fields: tuple[Term, ...] = ()
    name: str = ""

    def __bool__(self) -> bool:
        """Whether they leave anything out."""
        return bool(self.labels or self.fields)

    @classmethod
    def of(cls, resource: ResourceType, query: Mapping[str, str]) -> Selectors:
        """Parse ``labelSelector`` and ``fieldSelector``; BadRequest names what is wrong."""
        label_text = query.get("labelSelector", "").partition("\0")[0]  # of one that repeats the first counts
        field_text = query.get("fieldSelector", "").partition("\0")[0]
        if not label_text and not field_text:
            return _EVERYTHING
        fields = parse_fields(resource, field_text)
        names = [value for label, _, value, equal in fields if label == "metadata.name" and equal]
        return cls(_labels(label_text, resource), fields, names[0] if names else "")

    def match(self, obj: Object) -> bool:
        for _, read, value, equal in self.fields:
            if (read(obj) == value) is not equal:
                return False
        if not self.labels:
            return True
        labels = obj["metadata"].get("labels") or {}
        return all(test(labels) for test in self.labels)

    def chosen(self, objects: Iterable[Stored]) -> list[Stored]:
        """Those that match. The usual selector, one label, is not worth a call for each object more than its test."""
        if len(self.labels) == 1 and not self.fields:
            test = self.labels[0]
            return [stored for stored in objects if test(stored.object["metadata"].get("labels") or _NONE)]
        return [stored for stored in objects if self.match(stored.object)] if self else list(objects)


_EVERYTHING = Selectors()
_NONE: Mapping[str, str] = {}


def _labels(text: str, resource: ResourceType) -> tuple[Test, ...]:
    return _parsed_labels(text, resource.minor) if text else ()


@lru_cache(maxsize=512)
def _parsed_labels(text: str, minor: Any) -> tuple[Test, ...]:
    return parse_labels(text, _At(minor))


@dataclass(frozen=True, slots=True)
class _At:
    minor: Any


def matches_labels(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a LabelSelector (matchLabels, matchExpressions) chooses these labels; an empty one chooses all."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    return all(_expression_holds(term, labels) for term in selector.get("matchExpressions") or ())


def _expression_holds(term: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    key, operator, values = term["key"], term["operator"], term.get("values") or ()
    if operator == "In":
        return labels.get(key) in values
    if operator == "NotIn":
        return labels.get(key) not in values
    present = key in labels
    return present if operator == "Exists" else not present
