"""EndpointSlices: the endpoints of a Service, a hundred in a slice.

Source: kube-controller-manager, endpointslice (1.33). Not modelled: mirroring of Endpoints that people write, topology
hints, IPv6.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import ENDPOINTSLICES, NODES, PODS, SERVICES
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key, owner_reference
from simulator.controllers.endpoints import service_keys
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

SERVICE_NAME, MANAGED_BY = "kubernetes.io/service-name", "endpointslice.kubernetes.io/managed-by"
MANAGER = "endpointslice-controller.k8s.io"
_HEADLESS = "service.kubernetes.io/headless"
_ZONE = "topology.kubernetes.io/zone"
_MOST = 100  # endpoints in a slice


def reconcile(context: Context, key: Key) -> Result:
    """Bring the slices of one Service up to date. Those of a Service without a selector are other people's."""
    service = context.client.get_or_none(SERVICES, key.name, key.namespace)
    if service is None or "deletionTimestamp" in service["metadata"]:
        return DONE  # the garbage collector takes its slices
    selector = service["spec"].get("selector")
    if not selector or service["spec"].get("type") == "ExternalName":
        return DONE
    pods = [pod for pod in context.client.list(PODS, key.namespace) if has_all(selector, labels_of(pod))]
    zones = {node["metadata"]["name"]: labels_of(node).get(_ZONE, "") for node in context.client.list(NODES)}
    _write(context, service, _slices_of(context, key), wanted_slices(service, pods, zones))
    return DONE


def _slices_of(context: Context, key: Key) -> list[Object]:
    selector = f"{SERVICE_NAME}={key.name},{MANAGED_BY}={MANAGER}"
    return context.client.list(ENDPOINTSLICES, key.namespace, labels=selector)


# -- what there shall be


def wanted_slices(service: Object, pods: list[Object], zones: dict[str, str]) -> list[Object]:
    """The slices as they shall be, without names: for each set of ports its pods. One is empty if there are none."""
    groups: dict[Ports, list[Object]] = {}
    for pod in pods:
        if not pod.get("status", {}).get("podIP") or is_over(pod):
            continue
        ports = ports_of(service, pod)
        if ports or not service["spec"].get("ports"):
            groups.setdefault(ports, []).append(pod)
    made = []
    for ports, group in sorted(groups.items()) or [((), [])]:
        endpoints = [_endpoint(service, pod, zones) for pod in sorted(group, key=_address)]
        for start in range(0, max(len(endpoints), 1), _MOST):
            made.append(_slice(service, ports, endpoints[start : start + _MOST], trigger_time(service, group)))
    return made


def _address(pod: Object) -> tuple[int, ...]:
    return tuple(map(int, pod["status"]["podIP"].split(".")))


def _endpoint(service: Object, pod: Object, zones: dict[str, str]) -> Object:
    meta, node = pod["metadata"], pod["spec"].get("nodeName", "")
    terminating, serving = "deletionTimestamp" in meta, is_ready(pod)
    endpoint: Object = {
        "addresses": [pod["status"]["podIP"]],
        "conditions": {
            "ready": is_lenient(service) or (serving and not terminating),
            "serving": serving,
            "terminating": terminating,
        },
        "nodeName": node,
        "targetRef": {"kind": "Pod", "name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]},
    }
    more = {"zone": zones.get(node, ""), "hostname": hostname_of(service, pod)}
    return {**endpoint, **{name: value for name, value in more.items() if value}}


def _slice(service: Object, ports: Ports, endpoints: list[Object], trigger: str) -> Object:
    meta = service["metadata"]
    labels = {**labels_of(service), MANAGED_BY: MANAGER, SERVICE_NAME: meta["name"]}
    if service["spec"].get("clusterIP") == "None":
        labels[_HEADLESS] = ""
    return {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {
            "generateName": f"{meta['name']}-",
            "namespace": meta["namespace"],
            "labels": labels,
            "annotations": {TRIGGER_TIME: trigger},
            "ownerReferences": [owner_reference(service)],
        },
        "addressType": "IPv4",
        "endpoints": endpoints,
        "ports": [{"name": name, "port": port, "protocol": protocol} for name, port, protocol in ports],
    }


# -- writing


def _write(context: Context, service: Object, present: list[Object], wanted: list[Object]) -> None:
    """Each present slice takes the content of the wanted one with its ports; the rest is made, or deleted."""
    left = list(present)
    for one in wanted:
        same = next((old for old in left if (old.get("ports") or []) == one["ports"]), left[0] if left else None)
        if same is None:
            context.client.create(ENDPOINTSLICES, one)
            continue
        left.remove(same)
        _update(context, same, one)
    for old in left:
        _delete(context, old)


def _update(context: Context, old: Object, new: Object) -> None:
    """The trigger time moves only with the content."""
    content = {name: new[name] for name in ("endpoints", "ports")}
    labels = new["metadata"]["labels"]
    if labels_of(old) == labels and all((old.get(name) or []) == value for name, value in content.items()):
        return
    notes = {**annotations_of(old), **new["metadata"]["annotations"]}
    meta = {**old["metadata"], "labels": labels, "annotations": notes}
    context.client.update(ENDPOINTSLICES, {**old, "metadata": meta, **content})


def _delete(context: Context, old: Object) -> None:
    meta = old["metadata"]
    try:
        context.client.delete(ENDPOINTSLICES, meta["name"], meta["namespace"], uid=meta["uid"])
    except NotFound:
        return


def _slice_keys(_context: Context, piece: Object) -> Iterable[Key]:
    """A slice that somebody changed or deleted is put right."""
    labels = labels_of(piece)
    ours = labels.get(MANAGED_BY) == MANAGER and SERVICE_NAME in labels
    return (Key(piece["metadata"]["namespace"], labels[SERVICE_NAME]),) if ours else ()


CONTROLLER = Controller(
    name="endpointslice",
    user="system:serviceaccount:kube-system:endpointslice-controller",
    watches=(
        Watches(ENDPOINTSLICES, _slice_keys),
        Watches(SERVICES, own_key),
        Watches(PODS, service_keys),
    ),
    reconcile=reconcile,
)
