"""Label and field selectors of list and watch."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from simulator.api.resourcetable import ResourceType
from simulator.errors import BadRequest, Object

_Test = Callable[[Mapping[str, str]], bool]
_SET_TERM = re.compile(r"\s*([^\s!=,()]+)\s+(in|notin)\s*\(([^)]*)\)\s*")
_EQUALITY_TERM = re.compile(r"\s*([^\s!=,()]+)\s*(==|!=|=)\s*([^\s,()]*)\s*")
_EXISTS_TERM = re.compile(r"\s*(!?)\s*([^\s!=,()]+)\s*")

# The fields that each kind may be selected by, beside metadata.name and metadata.namespace.
# Source: each kind's registry strategy, e.g. registry/core/pod/strategy.go, apis/core/v1/conversion.go.
FIELDS: Mapping[str, tuple[str, ...]] = {
    "pods": (
        "spec.nodeName",
        "spec.restartPolicy",
        "spec.schedulerName",
        "spec.serviceAccountName",
        "status.phase",
        "status.podIP",
        "status.nominatedNodeName",
    ),
    "events": (
        "involvedObject.kind",
        "involvedObject.namespace",
        "involvedObject.name",
        "involvedObject.uid",
        "involvedObject.apiVersion",
        "involvedObject.resourceVersion",
        "involvedObject.fieldPath",
        "reason",
        "source",
        "type",
    ),
    "nodes": ("spec.unschedulable",),
    "namespaces": ("status.phase",),
    "secrets": ("type",),
    "jobs.batch": ("status.successful",),
    "replicasets.apps": ("status.replicas",),
}


def parse_labels(text: str) -> list[_Test]:
    """The terms of a label selector: ``a=b,c!=d,e in (f,g),h,!i``."""
    tests: list[_Test] = []
    rest = text
    while rest.strip():
        for pattern, make in ((_SET_TERM, _set_test), (_EQUALITY_TERM, _equality_test), (_EXISTS_TERM, _exists_test)):
            match = pattern.match(rest)
            if match and (match.end() == len(rest) or rest[match.end()] == ","):
                tests.append(make(match))
                rest = rest[match.end() + 1 :]
                break
        else:
            expected = "expected: '=', '!=', '==', 'in', notin'"
            raise BadRequest(f"unable to parse requirement: found '{rest.strip()}', {expected}")
    return tests


def _set_test(match: re.Match[str]) -> _Test:
    key, operator = match.group(1), match.group(2)
    values = {value.strip() for value in match.group(3).split(",")}
    if operator == "in":
        return lambda labels: labels.get(key) in values
    return lambda labels: labels.get(key) not in values


def _equality_test(match: re.Match[str]) -> _Test:
    key, operator, value = match.groups()
    if operator == "!=":
        return lambda labels: labels.get(key) != value
    return lambda labels: labels.get(key) == value


def _exists_test(match: re.Match[str]) -> _Test:
    absent, key = match.groups()
    return (lambda labels: key not in labels) if absent else (lambda labels: key in labels)


def _field(obj: Object, path: Sequence[str]) -> str:
    value: object = obj
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return "" if value is None else str(value)


@dataclass(frozen=True)
class Selectors:
    """Both selectors of one request."""

    labels: tuple[_Test, ...] = ()
    fields: tuple[tuple[tuple[str, ...], str, bool], ...] = ()  # path, value, whether it must be equal

    def __bool__(self) -> bool:
        """Whether they leave anything out."""
        return bool(self.labels or self.fields)

    @classmethod
    def of(cls, resource: ResourceType, query: Mapping[str, str]) -> Selectors:
        """Parse ``labelSelector`` and ``fieldSelector``; BadRequest names what is wrong."""
        label_text, field_text = query.get("labelSelector", ""), query.get("fieldSelector", "")
        if not label_text and not field_text:
            return _EVERYTHING
        fields = []
        for term in filter(None, (part.strip() for part in field_text.split(","))):
            match = re.fullmatch(r"([^!=]+?)\s*(==|!=|=)\s*(.*)", term)
            if match is None:
                raise BadRequest(f"invalid selector: '{field_text}'; can't understand '{term}'")
            path, operator, value = match.groups()
            if path not in ("metadata.name", "metadata.namespace", *FIELDS.get(resource.key, ())):
                kind = f"{resource.group}/{resource.version}, Resource={resource.plural}"
                raise BadRequest(
                    f'Unable to find "{kind}" that match label selector "{label_text}", field selector "{field_text}": '
                    f"field label not supported: {path}"
                )
            fields.append((tuple(path.split(".")), value, operator != "!="))
        return cls(tuple(parse_labels(label_text)), tuple(fields))

    def match(self, obj: Object) -> bool:
        for path, value, equal in self.fields:
            if (_field(obj, path) == value) is not equal:
                return False
        if not self.labels:
            return True
        labels = obj["metadata"].get("labels") or {}
        return all(test(labels) for test in self.labels)


_EVERYTHING = Selectors()


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
