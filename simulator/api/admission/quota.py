"""Resource quotas: a namespace may hold so much. Source: the ResourceQuota plugin and pkg/quota."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import forbidden
from simulator.api.quantity import parse, render
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

Usage = dict[str, Fraction]
_COUNTED = ("configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets",
            "services")  # fmt: skip
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_CLASS = ".storageclass.storage.k8s.io"
_BETA_CLASS = "volume.beta.kubernetes.io/storage-class"
_MUST_SPECIFY = ("cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory")


def enforce_quota(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    """Refuse what would exceed a quota of the namespace. What is used is counted from the objects that are there."""
    grows = operation == "CREATE" or (operation == "UPDATE" and resource.key == "persistentvolumeclaims")
    if not grows or subresource or not resource.namespaced:
        return obj
    namespace = obj["metadata"]["namespace"]
    quotas = server.state.list("resourcequotas", namespace)
    if not quotas:
        return obj
    delta = _difference(usage_of(resource.key, obj), usage_of(resource.key, old) if old is not None else {})
    for quota in quotas:
        hard: Mapping[str, str] = (quota.object.get("spec") or {}).get("hard") or {}
        if quota.object["spec"].get("scopes") and resource.key != "pods":
            continue
        _check(server, resource, obj, quota.object["metadata"]["name"], hard, delta)
    return obj


def _check(
    server: ApiServer, resource: ResourceType, obj: Object, name: str, hard: Mapping[str, str], delta: Usage
) -> None:
    if resource.key == "pods":
        unsaid = sorted(key for key in hard if key in _MUST_SPECIFY and key not in delta)
        if unsaid:
            raise forbidden(resource, obj, f"failed quota: {name}: must specify {','.join(unsaid)}")
    concerned = sorted(key for key in hard if delta.get(key, Fraction(0)) > 0)
    if not concerned:
        return
    used = namespace_usage(server.state.list(resource.key, obj["metadata"]["namespace"]), resource.key)
    exceeded = [key for key in concerned if used.get(key, Fraction(0)) + delta[key] > parse(hard[key])]
    if exceeded:
        requested = ",".join(f"{key}={render(delta[key], hard[key])}" for key in exceeded)
        taken = ",".join(f"{key}={render(used.get(key, Fraction(0)), hard[key])}" for key in exceeded)
        limited = ",".join(f"{key}={hard[key]}" for key in exceeded)
        text = f"exceeded quota: {name}, requested: {requested}, used: {taken}, limited: {limited}"
        raise forbidden(resource, obj, text)


def namespace_usage(objects: Any, key: str) -> Usage:
    """What the ``objects`` of one resource (``key``: ``pods``) use together; each has an ``object`` attribute."""
    total: Usage = {}
    for stored in objects:
        for name, amount in usage_of(key, stored.object).items():
            total[name] = total.get(name, Fraction(0)) + amount
    return total


def usage_of(key: str, obj: Object) -> Usage:
    """What one object counts for, by the names that quotas use."""
    usage: Usage = {f"count/{key}": Fraction(1)}
    if key in _COUNTED:
        usage[key] = Fraction(1)
    if key == "pods":
        return _pod(obj, usage)
    if key == "persistentvolumeclaims":
        return _claim(obj, usage)
    if key == "services":
        return _service(obj, usage)
    return usage


def _pod(obj: Object, usage: Usage) -> Usage:
    """The sum of the containers, or the largest init container. A pod that ended uses nothing."""
    if (obj.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return {"count/pods": Fraction(1)}
    spec = obj["spec"]
    for kind in ("requests", "limits"):
        together = _sum(spec.get("containers") or (), kind)
        for container in spec.get("initContainers") or ():
            for name, amount in _sum([container], kind).items():
                together[name] = max(together.get(name, Fraction(0)), amount)
        for name, amount in together.items():
            usage[f"{kind}.{name}"] = amount
            if kind == "requests":
                usage[name] = amount
    return usage


def _sum(containers: Any, kind: str) -> Usage:
    total: Usage = {}
    for container in containers:
        for name, size in ((container.get("resources") or {}).get(kind) or {}).items():
            if name in _COMPUTE:
                total[name] = total.get(name, Fraction(0)) + parse(size)
    return total


def _claim(obj: Object, usage: Usage) -> Usage:
    spec = obj["spec"]
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    amount = parse(size) if size is not None else Fraction(0)
    usage["requests.storage"] = amount
    name = (obj["metadata"].get("annotations") or {}).get(_BETA_CLASS) or spec.get("storageClassName")
    if name:
        usage[f"{name}{_CLASS}/requests.storage"] = amount
        usage[f"{name}{_CLASS}/persistentvolumeclaims"] = Fraction(1)
    return usage


def _service(obj: Object, usage: Usage) -> Usage:
    ports = Fraction(len(obj["spec"].get("ports") or ()))
    if obj["spec"].get("type") == "LoadBalancer":
        usage["services.loadbalancers"] = Fraction(1)
        usage["services.nodeports"] = ports
    if obj["spec"].get("type") == "NodePort":
        usage["services.nodeports"] = ports
    return usage


def _difference(new: Usage, old: Usage) -> Usage:
    return {key: amount - old.get(key, Fraction(0)) for key, amount in new.items()}
