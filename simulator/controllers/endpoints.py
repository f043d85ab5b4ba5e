"""Endpoints: the addresses of the pods behind a Service. Source: kube-controller-manager, endpoint (1.14)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import ENDPOINTS, PODS, SERVICES
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.labels import annotations_of, has_all, labels_of
from simulator.controllers.podstate import FINISHED, is_ready, phase
from simulator.errors import NotFound, Object

_TOLERATE_UNREADY = "service.alpha.kubernetes.io/tolerate-unready-endpoints"


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
    wanted = {"subsets": subsets(service, pods)} if any(map(_has_address, pods)) else {}
    if not wanted.get("subsets"):
        wanted = {}
    _write(context, service, current, wanted)
    return DONE


def _write(context: Context, service: Object, current: Object | None, wanted: Object) -> None:
    meta = service["metadata"]
    labels = {"labels": meta["labels"]} if meta.get("labels") else {}
    if current is None:
        made = {"name": meta["name"], "namespace": meta["namespace"], **labels}
        context.client.create(ENDPOINTS, {"apiVersion": "v1", "kind": "Endpoints", "metadata": made, **wanted})
        return
    kept = {key: value for key, value in current["metadata"].items() if key != "labels"}
    body = {key: value for key, value in current.items() if key not in ("metadata", "subsets")}
    changed = {**body, "metadata": {**kept, **labels}, **wanted}
    if changed != current:
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


def subsets(service: Object, pods: Iterable[Object]) -> list[Object]:
    """Pods with the same port numbers share a subset; ready and not ready ones stand apart in it."""
    lenient = service["spec"].get("publishNotReadyAddresses") or (
        annotations_of(service).get(_TOLERATE_UNREADY) == "true"
    )
    groups: dict[tuple[tuple[str, int, str], ...], tuple[list[Object], list[Object]]] = {}
    for pod in filter(_has_address, pods):
        if phase(pod) in FINISHED and pod["spec"].get("restartPolicy", "Always") != "Always":
            continue
        ports = _ports(service, pod)
        if service["spec"].get("ports") and not ports:
            continue
        ready, unready = groups.setdefault(ports, ([], []))
        (ready if lenient or is_ready(pod) else unready).append(_address(service, pod))
    return [_subset(ports, *addresses) for ports, addresses in sorted(groups.items())]


def _subset(ports: tuple[tuple[str, int, str], ...], ready: list[Object], unready: list[Object]) -> Object:
    def in_order(addresses: list[Object]) -> list[Object]:
        return sorted(addresses, key=lambda one: tuple(map(int, one["ip"].split("."))))

    lists = {"addresses": in_order(ready), "notReadyAddresses": in_order(unready)}
    shown = [
        {**({"name": name} if name else {}), "port": number, "protocol": protocol} for name, number, protocol in ports
    ]
    return {**{key: value for key, value in lists.items() if value}, **({"ports": shown} if shown else {})}


def _address(service: Object, pod: Object) -> Object:
    meta = pod["metadata"]
    reference = {
        "kind": "Pod",
        "name": meta["name"],
        "namespace": meta["namespace"],
        "resourceVersion": meta["resourceVersion"],
        "uid": meta["uid"],
    }
    node = {"nodeName": pod["spec"]["nodeName"]} if pod["spec"].get("nodeName") else {}
    spec = pod["spec"]
    named = spec.get("hostname") and spec.get("subdomain") == service["metadata"]["name"]
    hostname = {"hostname": spec["hostname"]} if named else {}
    return {"ip": pod["status"]["podIP"], **hostname, **node, "targetRef": reference}


def _ports(service: Object, pod: Object) -> tuple[tuple[str, int, str], ...]:
    """(name, number, protocol) of each port of the Service that the pod has."""
    found = []
    for port in service["spec"].get("ports") or ():
        protocol = port.get("protocol", "TCP")
        number = _number(port.get("targetPort", port["port"]), protocol, pod)
        if number is not None:
            found.append((port.get("name", ""), number, protocol))
    return tuple(found)


def _number(target: int | str, protocol: str, pod: Object) -> int | None:
    if isinstance(target, int):
        return target
    for container in pod["spec"].get("containers") or ():
        for port in container.get("ports") or ():
            if port.get("name") == target and port.get("protocol", "TCP") == protocol:
                number: int = port["containerPort"]
                return number
    return None


def _pod_keys(context: Context, pod: Object) -> Iterable[Key]:
    labels, namespace = labels_of(pod), pod["metadata"]["namespace"]
    if not labels:
        return ()
    services = context.client.list(SERVICES, namespace)
    chosen = [one for one in services if (pairs := one["spec"].get("selector")) and has_all(pairs, labels)]
    return [key_of(one) for one in chosen]


CONTROLLER = Controller(
    name="endpoints",
    user="system:serviceaccount:kube-system:endpoint-controller",
    watches=(Watches(SERVICES, own_key), Watches(PODS, _pod_keys)),
    reconcile=reconcile,
    component="endpoint-controller",
)
