"""Pods that violate the Pod Security Standard of their namespace: refused, or let in with a warning.

The cluster's own default enforces nothing and warns of what is not restricted. Source: PodSecurity (1.25), with the
configuration of OpenShift's kube-apiserver operator.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api import podsecurity
from simulator.api.admission.refusal import forbidden
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.api import POD_SECURITY
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_PREFIX = "pod-security.kubernetes.io/"
_DEFAULTS = {"enforce": "privileged", "warn": "restricted"}
PODS_MADE_BY = frozenset({
    "cronjobs.batch", "daemonsets.apps", "deployments.apps", "jobs.batch", "podtemplates", "replicasets.apps",
    "replicationcontrollers", "statefulsets.apps",
})  # fmt: skip


def check_pod_security(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    """A pod may be refused; what makes pods is only told of. Nobody reads the warnings of the cluster's components."""
    pod = resource.key == "pods"
    if operation == "DELETE" or subresource or not (pod or resource.key in PODS_MADE_BY):
        return obj
    if (not pod and _is_component(user)) or not POD_SECURITY.at(server.release):
        return obj
    spec = _pod_spec(obj)
    if spec is None or (old is not None and _pod_spec(old) == spec):
        return obj
    stored = server.state.get("namespaces", "", obj["metadata"]["namespace"])
    labels: Any = (stored.object["metadata"].get("labels") or {}) if stored is not None else {}
    if pod:
        level, version = _mode(labels, "enforce")
        if level != "privileged" and (found := podsecurity.violations(level, spec)):
            raise forbidden(resource, obj, f"violates {podsecurity.text(level, version, found)}")
    level, version = _mode(labels, "warn")
    if level != "privileged" and (found := podsecurity.violations(level, spec)):
        server.warn(f"would violate {podsecurity.text(level, version, found)}")
    return obj


def _is_component(user: User) -> bool:
    return user.name.startswith("system:") and user.name != "system:admin"


def _mode(labels: Any, mode: str) -> tuple[str, str]:
    level = labels.get(f"{_PREFIX}{mode}", _DEFAULTS[mode])
    known = level if level in podsecurity.LEVELS else "restricted"
    return known, labels.get(f"{_PREFIX}{mode}-version", "latest")


def _pod_spec(obj: Object) -> Object | None:
    """The spec of the pod, or of those that the object makes."""
    spec = obj.get("spec") or {}
    if obj.get("kind") == "Pod":
        return dict(spec)
    template = (spec.get("jobTemplate") or {}).get("spec", {}).get("template") or spec.get("template")
    found: Object | None = (template or obj.get("template") or {}).get("spec")
    return found
