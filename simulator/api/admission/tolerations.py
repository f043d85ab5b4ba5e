"""Pods stay five minutes on a node that is not ready. Source: DefaultTolerationSeconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_SECONDS = 300


def add_default_tolerations(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    if not is_new_pod(operation, resource, subresource):
        return obj
    given = obj["spec"].get("tolerations") or []
    added = [
        {"effect": "NoExecute", "key": taint, "operator": "Exists", "tolerationSeconds": _SECONDS}
        for taint in _TAINTS
        if not any(_tolerates(toleration, taint) for toleration in given)
    ]
    return {**obj, "spec": {**obj["spec"], "tolerations": [*given, *added]}} if added else obj


def _tolerates(toleration: Any, taint: str) -> bool:
    return toleration.get("key", taint) in ("", taint) and toleration.get("effect", "NoExecute") in ("", "NoExecute")
