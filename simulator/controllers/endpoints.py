"""Endpoints: the addresses of the pods behind a Service. Source: kube-controller-manager, endpoint (1.14 and 1.33)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import ENDPOINTS, PODS, SERVICES
from simulator.changes.workloads import ENDPOINTS_LABEL, TARGET_VERSION
from simulator.changes.workloads import TRIGGER_TIME as TRIGGERS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.labels import annotations_of, has_all, labels_of
from simulator.controllers.podstate import is_ready
from simulator.controllers.serviceports import (
    TRIGGER_TIME,
    Ports,
    hostname_of,
    is_lenient,
    is_over,
    ports_of,
    trigger_time,
)
from simulator.errors import NotFound, Object

_MANAGED_BY, _MANAGER = "endpoints.kubernetes.io/managed-by", "endpoint-controller"


def reconcile(context: Context, key: Key) -> Result:
    """Bring the Endpoints of one Service up to date. Those of a Service without a selector are other people's."""
    service = context.client.get_or_none(SERVICES, key.name, key.namespace)
    current = context.client.get_or_none(ENDPOINTS, key.name, key.namespace)
    if service is None or "deletionTimestamp" in service["metadata"]:
        _delete(context, current)
        return DONE
    selector = service["spec"].get("selector")
    if not selector:
        return DONE
    pods = [pod for pod in context.client.list(PODS, key.namespace) if has_all(selector, labels_of(pod))]
    found = subsets(service, pods, versions=TARGET_VERSION.at(context.release))
    notes = {TRIGGER_TIME: trigger_time(service, pods)} if TRIGGERS.at(context.release) else {}
    _write(context, service, current, {"subsets": found} if found else {}, notes)
    return DONE


def _write(context: Context, service: Object, current: Object | None, wanted: Object, notes: dict[str, str]) -> None:
    """``notes``: annotations, which move only with the content."""
    meta = service["metadata"]
    own = {_MANAGED_BY: _MANAGER} if ENDPOINTS_LABEL.at(context.release) else {}
    merged = {**(meta.get("labels") or {}), **own}
    labels = {"labels": merged} if merged else {}
    if current is None:
        made = {"name": meta["name"], "namespace": meta["namespace"], **labels}
        if notes:
            made["annotations"] = notes
        context.client.create(ENDPOINTS, {"apiVersion": "v1", "kind": "Endpoints", "metadata": made, **wanted})
        return
    kept = {key: value for key, value in current["metadata"].items() if key != "labels"}
    body = {key: value for key, value in current.items() if key not in ("metadata", "subsets")}
    changed = {**body, "metadata": {**kept, **labels}, **wanted}
    if changed != current:
        if notes:
            changed["metadata"]["annotations"] = {**annotations_of(current), **notes}
        context.client.update(ENDPOINTS, changed)


def _delete(context: Context, current: Object | None) -> None:
    """Only what this controller made: it has no owner, so that the garbage collector would leave it."""
    if current is None:
        return
    meta = current["metadata"]
    try:
        context.client.delete(ENDPOINTS, meta["name"], meta["namespace"], uid=meta["uid"])
    except NotFound:
        return


def _has_address(pod: Object) -> bool:
    return bool(pod.get("status", {}).get("podIP")) and "deletionTimestamp" not in pod["metadata"]


def subsets(service: Object, pods: Iterable[Object], *, versions: bool = True) -> list[Object]:
    """Pods with the same port numbers share a subset; ready and not ready ones stand apart in it.

    ``versions``: an address gives its pod's resourceVersion.
    """
    lenient = is_lenient(service)
    groups: dict[Ports, tuple[list[Object], list[Object]]] = {}
    for pod in filter(_has_address, pods):
        if is_over(pod):
            continue
        ports = ports_of(service, pod)
        if service["spec"].get("ports") and not ports:
            continue
        ready, unready = groups.setdefault(ports, ([], []))
        (ready if lenient or is_ready(pod) else unready).append(_address(service, pod, versions))
    return [_subset(ports, *addresses) for ports, addresses in sorted(groups.items())]


def _subset(ports: tuple[tuple[str, int, str], ...], ready: list[Object], unready: list[Object]) -> Object:
    def in_order(addresses: list[Object]) -> list[Object]:
        return sorted(addresses, key=lambda one: tuple(map(int, one["ip"].split("."))))

    lists = {"addresses": in_order(ready), "notReadyAddresses": in_order(unready)}
    shown = [
        {**({"name": name} if name else {}), "port": number, "protocol": protocol} for name, number, protocol in ports
    ]
    return {**{key: value for key, value in lists.items() if value}, **({"ports": shown} if shown else {})}


def _address(service: Object, pod: Object, versions: bool) -> Object:
    meta = pod["metadata"]
    names = ("name", "namespace", "resourceVersion", "uid") if versions else ("name", "namespace", "uid")
    reference = {"kind": "Pod", **{name: meta[name] for name in names}}
    node = {"nodeName": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {}
    name = hostname_of(service, pod)
    hostname = {"hostname": name} if name else {}
    return {"ip": pod["status"]["podIP"], **hostname, **node, "targetRef": reference}


def service_keys(context: Context, pod: Object) -> Iterable[Key]:
    """The Services whose selector matches a pod."""
    labels, namespace = labels_of(pod), pod["metadata"]["namespace"]
    if not labels:
        return ()
    services = context.client.list(SERVICES, namespace)
    chosen = [one for one in services if (pairs := one["spec"].get("selector")) and has_all(pairs, labels)]
    return [key_of(one) for one in chosen]


CONTROLLER = Controller(
    name="endpoints",
    user="system:serviceaccount:kube-system:endpoint-controller",
    watches=(Watches(SERVICES, own_key), Watches(PODS, service_keys)),
    reconcile=reconcile,
    component="endpoint-controller",
)
