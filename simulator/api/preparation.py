"""What each kind's strategy does to a new object, after admission: addresses, selectors, the first status.

Source: the registries' PrepareForCreate, and the allocators behind services.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from simulator.api import definitions
from simulator.api.customresources import DEFINITIONS
from simulator.api.imagestreamtagging import STREAMS, prepare_stream
from simulator.api.quantity import parse
from simulator.api.resourcetable import ResourceType
from simulator.changes.api import IP_FAMILIES, JOB_LABELS, PHASE_TRANSITION_TIMES
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

if TYPE_CHECKING:
    from simulator.api.server import ApiServer

_SERVICE_NETWORK = (172 << 24) + (30 << 16)  # 172.30.0.0/16
_SERVICE_ADDRESSES = 1 << 16
_NODE_PORTS = range(30000, 32768)
_NUMBERED = ("cpu", "memory")


def prepare_create(server: ApiServer, resource: ResourceType, obj: Object) -> Object:
    """The new object with what the server decides; ``obj`` itself is not changed."""
    prepare = _PREPARE.get(resource.key)
    return obj if prepare is None else prepare(server, obj)


def prepare_update(
    server: ApiServer, resource: ResourceType, obj: Object, current: Object, wanted: Object, subresource: str
) -> Object:
    """The changed object with what the server decides. ``wanted`` is what the writer sent."""
    if resource.key == "deploymentconfigs.apps.openshift.io" and subresource != "status":
        return _next_version(obj, current, wanted)
    if resource.key == STREAMS and subresource != "status":
        return prepare_stream(server, obj, current)
    if resource.key == DEFINITIONS and not subresource:
        return definitions.updated(server.state, obj, current, rfc3339(server.clock.now()))
    if resource.key != "persistentvolumes" or not PHASE_TRANSITION_TIMES.at(server.release):
        return obj
    status, old = obj.get("status") or {}, current.get("status") or {}
    if status.get("phase") == old.get("phase"):
        return obj
    return {**obj, "status": {**status, "lastPhaseTransitionTime": rfc3339(server.clock.now())}}


def _next_version(obj: Object, current: Object, wanted: Object) -> Object:
    """Who counts ``latestVersion`` up by one asks for a version, as a rollback does. It is another generation, too.

    Source: openshift-apiserver, pkg/apps/apiserver/registry/deployconfig/strategy.go.
    """
    had: int = (current.get("status") or {}).get("latestVersion", 0)
    if (wanted.get("status") or {}).get("latestVersion", 0) != had + 1:
        return obj
    meta = {**obj["metadata"], "generation": current["metadata"].get("generation", 0) + 1}
    return {**obj, "metadata": meta, "status": {**obj["status"], "latestVersion": had + 1}}


def _deployment_config(_server: ApiServer, obj: Object) -> Object:
    spec = {"revisionHistoryLimit": 10, **obj["spec"]}
    spec["triggers"] = [_unresolved(one) for one in spec.get("triggers") or ()]
    return {**obj, "spec": spec}


def _unresolved(trigger: Object) -> Object:
    params = trigger.get("imageChangeParams")
    if not params or "lastTriggeredImage" not in params:
        return trigger
    kept = {key: value for key, value in params.items() if key != "lastTriggeredImage"}
    return {**trigger, "imageChangeParams": kept}


def _namespace(_server: ApiServer, obj: Object) -> Object:
    finalizers = (obj.get("spec") or {}).get("finalizers") or []
    if "kubernetes" in finalizers:
        return obj
    return {**obj, "spec": {**(obj.get("spec") or {}), "finalizers": ["kubernetes", *finalizers]}}


def _pod(_server: ApiServer, obj: Object) -> Object:
    return {**obj, "status": {"phase": "Pending", "qosClass": quality_of_service(obj["spec"])}}


def quality_of_service(spec: Mapping[str, Any]) -> str:
    """Guaranteed, Burstable or BestEffort. Source: apis/core/v1/helper/qos."""
    containers = spec.get("containers") or []
    asked = [_sizes(container, "requests") for container in containers]
    limits = [_sizes(container, "limits") for container in containers]
    if not any(asked) and not any(limits):
        return "BestEffort"
    for wanted, limit in zip(asked, limits, strict=True):
        if set(limit) != set(_NUMBERED) or any(wanted.get(name, limit[name]) != limit[name] for name in _NUMBERED):
            return "Burstable"
    return "Guaranteed"


def _sizes(container: Mapping[str, Any], key: str) -> dict[str, Any]:
    given = (container.get("resources") or {}).get(key) or {}
    return {name: parse(given[name]) for name in _NUMBERED if name in given and parse(given[name]) > 0}


def _job(server: ApiServer, obj: Object) -> Object:
    """A job finds its pods by its own UID, unless the person chose a selector."""
    spec, uid, name = obj.get("spec") or {}, obj["metadata"]["uid"], obj["metadata"]["name"]
    if spec.get("manualSelector") or "template" not in spec:
        return obj
    template = spec["template"]
    meta = template.get("metadata") or {}
    labels = {"job-name": name, **(meta.get("labels") or {}), "controller-uid": uid}
    selector = {"controller-uid": uid}
    if JOB_LABELS.at(server.release):
        selector = {"batch.kubernetes.io/controller-uid": uid}
        labels = {**labels, **selector, "batch.kubernetes.io/job-name": name}
    spec = {
        **spec,
        "selector": {"matchLabels": selector},
        "template": {**template, "metadata": {**meta, "labels": labels}},
    }
    meta = obj["metadata"]
    return {**obj, "metadata": {**meta, "labels": meta.get("labels") or labels}, "spec": spec}


def _service(server: ApiServer, obj: Object) -> Object:
    spec = dict(obj["spec"])
    others = [stored.object["spec"] for stored in server.state.list("services")]
    if spec["type"] != "ExternalName" and not spec.get("clusterIP"):
        spec["clusterIP"] = _free_address(server, {other.get("clusterIP") for other in others})
    if spec["type"] != "ExternalName" and IP_FAMILIES.at(server.release):
        spec = {**spec, "clusterIPs": [spec["clusterIP"]], **_families(spec)}
    if spec["type"] in ("NodePort", "LoadBalancer"):
        taken = {port.get("nodePort") for other in others for port in other.get("ports") or ()}
        free = _free_ports(server, taken)
        spec["ports"] = [port if port.get("nodePort") else {**port, "nodePort": next(free)} for port in spec["ports"]]
    return {**obj, "spec": spec}


def _families(spec: Object) -> Object:
    """IPv4, unless the person asked for more. Source: registry/core/service/storage/alloc.go"""
    anyone = spec["clusterIP"] == "None" and not spec.get("selector")
    families, policy = (["IPv4", "IPv6"], "RequireDualStack") if anyone else (["IPv4"], "SingleStack")
    return {
        "ipFamilies": spec.get("ipFamilies") or families,
        "ipFamilyPolicy": spec.get("ipFamilyPolicy") or policy,
    }


def _free_address(server: ApiServer, taken: set[Any]) -> str:
    """A random one, the next free one if that is taken; neither the network's own nor its last."""
    first = server.names.integer(_SERVICE_ADDRESSES - 2)
    for step in range(_SERVICE_ADDRESSES - 2):
        number = _SERVICE_NETWORK + 1 + (first + step) % (_SERVICE_ADDRESSES - 2)
        address = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
        if address not in taken:
            return address
    raise AssertionError("every address of the service network is taken")


def _free_ports(server: ApiServer, taken: set[Any]) -> Iterator[int]:
    first = server.names.integer(len(_NODE_PORTS))
    for step in range(len(_NODE_PORTS)):
        port = _NODE_PORTS[(first + step) % len(_NODE_PORTS)]
        if port not in taken:
            yield port


def _volume(server: ApiServer, obj: Object) -> Object:
    if not PHASE_TRANSITION_TIMES.at(server.release):
        return obj
    status = {"phase": "Pending", **(obj.get("status") or {})}
    return {**obj, "status": {**status, "lastPhaseTransitionTime": obj["metadata"]["creationTimestamp"]}}


def _route(server: ApiServer, obj: Object) -> Object:
    """A route without a host gets NAME-NAMESPACE below the domain of the applications."""
    spec = obj.get("spec") or {}
    ingress = server.state.get("ingresses.config.openshift.io", "", "cluster")
    if spec.get("host") or ingress is None:
        return obj
    meta = obj["metadata"]
    host = f"{meta['name']}-{meta['namespace']}.{ingress.object['spec']['domain']}"
    annotations = {**(meta.get("annotations") or {}), "openshift.io/host.generated": "true"}
    return {**obj, "metadata": {**meta, "annotations": annotations}, "spec": {**spec, "host": host}}


def _definition(server: ApiServer, obj: Object) -> Object:
    return definitions.created(server.state, obj)


_PREPARE: Mapping[str, Callable[[ApiServer, Object], Object]] = {
    DEFINITIONS: _definition,
    "deploymentconfigs.apps.openshift.io": _deployment_config,
    STREAMS: prepare_stream,
    "jobs.batch": _job,
    "namespaces": _namespace,
    "persistentvolumes": _volume,
    "pods": _pod,
    "routes.route.openshift.io": _route,
    "services": _service,
}
