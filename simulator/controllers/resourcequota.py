"""ResourceQuotas: what a namespace uses of what it may.

Source: kube-controller-manager, resourcequota; kubernetes, pkg/quota/v1/evaluator/core (1.14).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction

from simulator.api import quantity
from simulator.api.gvrs import (
    CONFIGMAPS,
    DAEMONSETS,
    DEPLOYMENTS,
    JOBS,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    RESOURCEQUOTAS,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
    STATEFULSETS,
)
from simulator.api.types import GVR
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.persistentvolume import class_of
from simulator.controllers.podstate import FINISHED, phase
from simulator.controllers.scheduling.volumes import requested_storage
from simulator.errors import Object

Usage = Callable[[list[Object]], Fraction]

_COUNTED: dict[str, GVR] = {
    "configmaps": CONFIGMAPS,
    "persistentvolumeclaims": PERSISTENTVOLUMECLAIMS,
    "replicationcontrollers": REPLICATIONCONTROLLERS,
    "resourcequotas": RESOURCEQUOTAS,
    "secrets": SECRETS,
    "services": SERVICES,
}
_BY_COUNT: tuple[GVR, ...] = (*_COUNTED.values(), PODS, DAEMONSETS, DEPLOYMENTS, JOBS, REPLICASETS, SERVICEACCOUNTS,
                              STATEFULSETS)  # fmt: skip
"""What ``count/RESOURCE.GROUP`` may name."""
_OF_PODS = ("cpu", "memory", "ephemeral-storage")
_CLASS_SUFFIX = ".storageclass.storage.k8s.io/"


def reconcile(context: Context, key: Key) -> Result:
    """Count anew what one quota limits."""
    quota = context.client.get_or_none(RESOURCEQUOTAS, key.name, key.namespace)
    if quota is None or "deletionTimestamp" in quota["metadata"]:
        return DONE
    hard = quota["spec"].get("hard") or {}
    listed: dict[GVR, list[Object]] = {}

    def fetch(resource: GVR) -> list[Object]:
        if resource not in listed:
            listed[resource] = context.client.list(resource, key.namespace)
        return listed[resource]

    scopes = quota["spec"].get("scopes") or ()
    used = {name: used_of(name, limit, fetch, scopes) for name, limit in hard.items()}
    known = {name: amount for name, amount in used.items() if amount is not None}
    status = {"hard": hard, "used": known}
    if status != quota.get("status"):
        context.client.update_status(RESOURCEQUOTAS, {**quota, "status": status})
    return DONE


def used_of(name: str, limit: str, fetch: Callable[[GVR], list[Object]], scopes: Iterable[str]) -> str | None:
    """The use of one resource name, in the units of its limit; None when the name is unknown."""
    if name.startswith("count/"):
        resource = next((one for one in _BY_COUNT if one.qualified == name.removeprefix("count/")), None)
        return None if resource is None else str(len(fetch(resource)))
    if name in _COUNTED:
        return str(len(fetch(_COUNTED[name])))
    if name.startswith("services."):
        return str(sum(_is_exposed(service, name) for service in fetch(SERVICES)))
    if name == "requests.storage" or _CLASS_SUFFIX in name:
        return _storage(name, limit, fetch(PERSISTENTVOLUMECLAIMS))
    pods = [pod for pod in fetch(PODS) if phase(pod) not in FINISHED and all(_in_scope(pod, one) for one in scopes)]
    if name == "pods":
        return str(len(pods))
    kind, explicit, resource_name = name.partition(".") if name.startswith(("requests.", "limits.")) else (
        "requests", "", name)  # fmt: skip
    if resource_name not in _OF_PODS and not explicit:
        return None
    total = sum((_pod_amount(pod, kind, resource_name) for pod in pods), Fraction(0))
    return _rendered(total, [text for pod in pods for text in _texts(pod, kind, resource_name)] or [limit])


def _is_exposed(service: Object, name: str) -> bool:
    kind = {"services.loadbalancers": "LoadBalancer", "services.nodeports": "NodePort"}.get(name)
    return bool(service["spec"].get("type") == kind)


def _storage(name: str, limit: str, claims: list[Object]) -> str:
    """``requests.storage``, or ``CLASS.storageclass.storage.k8s.io/{requests.storage,persistentvolumeclaims}``."""
    class_name, by_class, what = name.partition(_CLASS_SUFFIX)
    if by_class:
        claims = [claim for claim in claims if class_of(claim) == class_name]
    if what == "persistentvolumeclaims":
        return str(len(claims))
    sizes = [requested_storage(claim) for claim in claims]
    return _rendered(sum(map(quantity.parse, sizes), Fraction(0)), sizes or [limit])


def _rendered(total: Fraction, texts: list[str]) -> str:
    return quantity.render(total, str(texts[0]))


def _texts(pod: Object, kind: str, name: str) -> list[str]:
    amounts = [(container.get("resources") or {}).get(kind) or {} for container in pod["spec"].get("containers") or ()]
    return [str(one[name]) for one in amounts if name in one]


def _pod_amount(pod: Object, kind: str, name: str) -> Fraction:
    """The sum of the containers, or the largest init container."""
    total = sum(map(quantity.parse, _texts(pod, kind, name)), Fraction(0))
    starting = {"spec": {"containers": pod["spec"].get("initContainers") or ()}}
    return max([total, *map(quantity.parse, _texts(starting, kind, name))])


def _in_scope(pod: Object, scope: str) -> bool:
    terminating = pod["spec"].get("activeDeadlineSeconds") is not None
    best_effort = not any((container.get("resources") or {}) for container in pod["spec"].get("containers") or ())
    return {
        "Terminating": terminating,
        "NotTerminating": not terminating,
        "BestEffort": best_effort,
        "NotBestEffort": not best_effort,
    }.get(scope, True)


def _quota_keys(context: Context, obj: Object) -> Iterable[Key]:
    namespace = obj["metadata"]["namespace"]
    return [key_of(quota) for quota in context.client.list(RESOURCEQUOTAS, namespace)]


CONTROLLER = Controller(
    name="resourcequota",
    user="system:serviceaccount:kube-system:resourcequota-controller",
    watches=(
        Watches(RESOURCEQUOTAS, own_key),
        *(Watches(resource, _quota_keys) for resource in _BY_COUNT if resource != RESOURCEQUOTAS),
    ),
    reconcile=reconcile,
    component="resourcequota-controller",
)
