"""The roles and bindings that a cluster comes with: ``policy: [kubernetes, openshift, ocsim]``.

What each has is data of its own, ``policies/NAME.yaml``, with ``since`` and ``until``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.resources import files
from typing import Any, Final

from simulator import documents
from simulator.errors import Object
from simulator.profiles.platform import Platform
from simulator.profiles.rules import rule, subject
from simulator.profiles.source import FormError
from simulator.release import Minor, is_part

_RBAC: Final = "rbac.authorization.k8s.io"
_UPDATED: Final = {"rbac.authorization.kubernetes.io/autoupdate": "true"}
_KUBERNETES: Final = {"kubernetes.io/bootstrapping": "rbac-defaults"}


def expand(item: Any, platform: Platform) -> Iterator[Object]:
    """The objects of one policy, as the platform's release has them."""
    file = files("simulator") / "profiles" / "policies" / f"{item}.yaml"
    if not isinstance(item, str) or not file.is_file():
        raise FormError(f"there is no policy {item!r}", "")
    policy = documents.load(file.read_text(encoding="utf-8"))
    labels = _KUBERNETES if item == "kubernetes" else {}
    yield from _objects(policy, "", labels, platform.release.minor)
    for namespace in policy.get("namespaces", ()):
        yield from _objects(namespace, namespace["name"], labels, platform.release.minor)


def _objects(policy: Mapping[str, Any], namespace: str, labels: Mapping[str, str], minor: Minor) -> Iterator[Object]:
    for item in policy["roles"]:
        if is_part(minor, item):
            yield _role(item, namespace, labels, minor)
    for item in policy["bindings"]:
        if is_part(minor, item):
            yield _binding(item, namespace, labels, minor)


def _role(item: Mapping[str, Any], namespace: str, labels: Mapping[str, str], minor: Minor) -> Object:
    """Who collects rules from other roles is filled in by a controller."""
    labels = {**labels, **dict.fromkeys(item.get("part_of", ()), "true")}
    role: Object = {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "Role" if namespace else "ClusterRole",
        "metadata": _meta(item, namespace, labels),
        "rules": [rule(one) for one in _present(item.get("rules", ()), "rule", minor)],
    }
    collected = list(_present(item.get("collects", ()), "label", minor))
    if collected:
        selectors = [{"matchLabels": {label: "true"}} for label in collected]
        role["aggregationRule"] = {"clusterRoleSelectors": selectors}
    return role


def _binding(item: Mapping[str, Any], namespace: str, labels: Mapping[str, str], minor: Minor) -> Object:
    return {
        "apiVersion": f"{_RBAC}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": _meta(item, namespace, labels),
        "roleRef": {"apiGroup": _RBAC, "kind": "Role" if namespace else "ClusterRole", "name": item["role"]},
        "subjects": [subject(text) for text in _present(item["subjects"], "subject", minor)],
    }


def _meta(item: Mapping[str, Any], namespace: str, labels: Mapping[str, str]) -> Object:
    description = {"openshift.io/description": item["description"]} if "description" in item else {}
    meta: Object = {"name": item["name"], "annotations": {**description, **_UPDATED}}
    return {**meta, **({"namespace": namespace} if namespace else {}), **({"labels": dict(labels)} if labels else {})}


def _present(values: Iterable[Any], key: str, minor: Minor) -> Iterator[Any]:
    """Those of the release: an entry is a value, or ``{KEY: value, since: ..., until: ...}``."""
    for value in values:
        if not isinstance(value, dict) or key not in value:
            yield value
        elif is_part(minor, value):
            yield value[key]
