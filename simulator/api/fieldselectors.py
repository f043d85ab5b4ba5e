"""Field selectors: ``status.phase=Running,spec.nodeName!=a``, and which fields each kind may be selected by.

Source: apimachinery, pkg/fields/selector.go; each kind's AddFieldLabelConversionFunc and its registry's fields
(pkg/apis/core/v1/conversion.go, pkg/registry/core/pod/strategy.go, openshift-apiserver, pkg/*/apis/*/v1/conversion.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from simulator.api.resourcetable import ResourceType
from simulator.errors import BadRequest, Object

Field = Callable[[Object], str]
Term = tuple[str, Field, str, bool]
"""(label, what reads the field, value, whether it must be equal)."""

_OPERATOR: Final = re.compile("!=|==|=")


def parse_fields(resource: ResourceType, text: str) -> tuple[Term, ...]:
    """The terms, in the order in which the server reads them: sorted. BadRequest names what is wrong."""
    terms = []
    for part in sorted(filter(None, _split(text))):
        match = _OPERATOR.search(part)
        if match is None:
            raise BadRequest(f"invalid selector: '{text}'; can't understand '{part}'")
        label, value = part[: match.start()], _unescaped(part[match.end() :])
        terms.append((label, _field(resource, label), value, match.group() != "!="))
    return tuple(terms)


def _split(text: str) -> list[str]:
    """At each comma that no backslash stands before."""
    return re.findall(r"(?:\\.|[^,\\]|\\$)+", text, re.DOTALL)


def _unescaped(value: str) -> str:
    parts, position = [], 0
    for match in re.finditer(r"\\(.?)|([,=])", value, re.DOTALL):
        if match.group(2):
            raise BadRequest(f"invalid field selector: unescaped character in value: {ord(match.group(2))}")
        if match.group(1) not in ("\\", ",", "=") or not match.group(1):
            raise BadRequest(f"invalid field selector: invalid escape sequence: {match.group()}")
        parts += [value[position : match.start()], match.group(1)]
        position = match.end()
    return "".join(parts) + value[position:]


def _field(resource: ResourceType, label: str) -> Field:
    if label == "metadata.name" or (label == "metadata.namespace" and resource.key not in _NO_NAMESPACE):
        return _at(label)
    if resource.custom:
        return _custom_field(resource, label)
    fields = FIELDS.get(resource.key)
    if fields is None:
        known = 'only "metadata.name", "metadata.namespace"'
        raise BadRequest(f'"{label}" is not a known field selector: {known}')
    if label not in fields:
        words = _WORDS.get(resource.key, "field label not supported: {}")
        raise BadRequest(words.format(label))
    return fields[label]


def _custom_field(resource: ResourceType, label: str) -> Field:
    """Those that the definition names. Source: apiextensions-apiserver, pkg/apiserver/conversion/converter.go."""
    for field in resource.extra.get("selectable", ()):
        if field["jsonPath"] == f".{label}":
            return _at(label)
    raise BadRequest(f"field label not supported: {label}")


def _at(path: str, default: str = "") -> Field:
    """What stands at a path, as text: a boolean as Go writes it."""
    steps = path.split(".")

    def read(obj: Object) -> str:
        value = _walk(obj, steps)
        if isinstance(value, bool):
            return "true" if value else "false"
        return default if value is None else str(value)

    return read


def _walk(obj: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        obj = obj.get(step) if isinstance(obj, dict) else None
    return obj


def _addresses(obj: Object) -> str:
    found = _walk(obj, ("status", "podIPs"))
    return ",".join(str(item.get("ip", "")) for item in found) if isinstance(found, list) else ""


def _event_source(obj: Object) -> str:
    return str(_walk(obj, ("source", "component")) or obj.get("reportingComponent") or "")


def _paths(*paths: str) -> Mapping[str, Field]:
    return {path: _at(path) for path in paths}


_PODS: Final = (
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
)
_INVOLVED: Final = ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion", "fieldPath")
FIELDS: Final[Mapping[str, Mapping[str, Field]]] = {
    "pods": {
        **_paths(*_PODS),
        "spec.host": _at("spec.nodeName"),
        "spec.hostNetwork": _at("spec.hostNetwork", "false"),
        "status.podIPs": _addresses,
    },
    "events": {
        **_paths(*(f"involvedObject.{name}" for name in _INVOLVED), "reason", "reportingComponent", "type"),
        "source": _event_source,
    },
    "nodes": {"spec.unschedulable": _at("spec.unschedulable", "false")},
    "namespaces": _paths("status.phase"),
    "replicationcontrollers": {"status.replicas": _at("status.replicas", "0")},
    "secrets": _paths("type"),
    "services": _paths("spec.clusterIP", "spec.type"),
    "jobs.batch": {"status.successful": _at("status.succeeded", "0")},
    "certificatesigningrequests.certificates.k8s.io": _paths("spec.signerName"),
    "builds.build.openshift.io": {
        "status": _at("status.phase"),
        "podName": lambda obj: str(_walk(obj, ("metadata", "annotations", "openshift.io/build.pod-name")) or ""),
    },
    "imagestreams.image.openshift.io": _paths("spec.dockerImageRepository", "status.dockerImageRepository"),
    "routes.route.openshift.io": _paths("spec.host", "spec.path", "spec.to.name"),
}
"""By the resource of the log: what may be selected beside metadata.name and metadata.namespace."""
_NO_NAMESPACE: Final = ("nodes", "namespaces")
_WORDS: Final[Mapping[str, str]] = {
    "jobs.batch": 'field label "{}" not supported for batchv1.Job',
    **dict.fromkeys(
        ("builds.build.openshift.io", "imagestreams.image.openshift.io", "routes.route.openshift.io"),
        '"{}" is not a known field selector: only "metadata.name", "metadata.namespace"',
    ),
}
