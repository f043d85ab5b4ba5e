"""A pod's status, computed from its record. Pure. Source: kubelet_pods.go and status/generate.go of 1.14."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.errors import Object
from simulator.infra.kubelet import pulling
from simulator.infra.kubelet.containers import terminated_state
from simulator.infra.kubelet.record import Record
from simulator.runtime.clock import rfc3339

_TYPES = ("Initialized", "Ready", "ContainersReady", "PodScheduled")


def pod_status(pod: Object, record: Record, host_ip: str, is_over: Callable[[Object], bool], now: float) -> Object:
    """The new status. ``is_over`` tells of a container's spec that it has ended for good."""
    spec, old = pod["spec"], pod.get("status") or {}
    initial = spec.get("initContainers") or []
    status: Object = {
        "phase": _phase(pod, record, is_over),
        "conditions": [],
        "hostIP": host_ip,
        "startTime": old.get("startTime") or rfc3339(record["admitted"]),
        "qosClass": old.get("qosClass") or qos_class(spec),
    }
    if record.get("ip"):
        status["podIP"] = record["ip"]
    if initial:
        status["initContainerStatuses"] = [
            _container_status(one, record, "PodInitializing", is_init=True) for one in initial
        ]
    reason = "PodInitializing" if initial and not _initialized(initial, record) else "ContainerCreating"
    containers = sorted(spec["containers"], key=lambda one: str(one["name"]))
    status["containerStatuses"] = [_container_status(one, record, reason) for one in containers]
    status["conditions"] = _conditions(pod, record, status, now)
    kept = {key: value for key, value in old.items() if key not in status and key in ("nominatedNodeName",)}
    return {**status, **kept}


def qos_class(spec: Object) -> str:
    """Guaranteed, Burstable or BestEffort. Source: core/v1/helper/qos/qos.go."""
    resources = [one.get("resources") or {} for one in spec["containers"]]
    if not any(one.get("requests") or one.get("limits") for one in resources):
        return "BestEffort"
    for one in resources:
        limits, requests = one.get("limits") or {}, one.get("requests") or {}
        for name in ("cpu", "memory"):
            if name not in limits or requests.get(name, limits[name]) != limits[name]:
                return "Burstable"
    return "Guaranteed"


def _phase(pod: Object, record: Record, is_over: Callable[[Object], bool]) -> str:
    spec = pod["spec"]
    initial = spec.get("initContainers") or []
    for one in initial:
        if is_over(one) and _of(record, one).get("exitCode", 0) != 0:
            return "Failed"
    if not _initialized(initial, record):
        return "Pending"
    records = [_of(record, one) for one in spec["containers"]]
    if all(is_over(one) for one in spec["containers"]):
        return "Succeeded" if all(one["exitCode"] == 0 for one in records) else "Failed"
    if any(one.get("state", "waiting") == "waiting" and "exitCode" not in one for one in records):
        return "Pending"
    return "Running"


def _initialized(initial: list[Object], record: Record) -> bool:
    return all(
        _of(record, one).get("state") == "terminated" and _of(record, one).get("exitCode") == 0 for one in initial
    )


def _of(record: Record, spec: Object) -> Record:
    found: Record = record["containers"].get(spec["name"]) or {}
    return found


def _container_status(spec: Object, record: Record, waiting: str, *, is_init: bool = False) -> Object:
    one = _of(record, spec)
    state, last = _states(one, waiting)
    ready = bool(one.get("ready")) if not is_init else one.get("exitCode") == 0 and one.get("state") == "terminated"
    status: dict[str, Any] = {
        "name": spec["name"],
        "state": state,
        "lastState": last,
        "ready": ready,
        "restartCount": one.get("restarts", 0),
        "image": spec.get("image", ""),
        "imageID": one.get("imageID", ""),
    }
    if one.get("containerID"):
        status["containerID"] = one["containerID"]
    if one.get("containerID") and not status["imageID"]:
        status["imageID"] = pulling.image_id(spec["image"])
    return status


def _states(one: Record, waiting: str) -> tuple[Object, Object]:
    last: Object = one.get("lastState") or {}
    if one.get("state") == "running":
        return {"running": {"startedAt": rfc3339(one["started"])}}, last
    if one.get("state") == "terminated":
        return terminated_state(one), last
    reason: Object = {"reason": one.get("reason", waiting)}
    if one.get("message"):
        reason["message"] = one["message"]
    return {"waiting": reason}, terminated_state(one) if "exitCode" in one else last


def _conditions(pod: Object, record: Record, status: Object, now: float) -> list[Object]:
    unready = [one["name"] for one in status["containerStatuses"] if not one["ready"]]
    order = [one["name"] for one in pod["spec"]["containers"]]
    unready.sort(key=order.index)
    missing = [one["name"] for one in status.get("initContainerStatuses", ()) if not one["ready"]]
    listed = f"containers with unready status: [{' '.join(unready)}]"
    not_ready = ("ContainersNotReady", listed) if unready else ("", "")
    initialized = ("ContainersNotInitialized", f"containers with incomplete status: [{' '.join(missing)}]")
    reasons = {"Initialized": initialized if missing else ("", ""), "Ready": not_ready, "ContainersReady": not_ready}
    reasons["PodScheduled"] = ("", "")
    if status["phase"] == "Succeeded":
        reasons |= dict.fromkeys(("Initialized", "Ready", "ContainersReady"), ("PodCompleted", ""))
    false = {"Ready", "ContainersReady"} if unready else set()
    false |= {"Initialized"} if missing and status["phase"] != "Succeeded" else set()
    old = {condition["type"]: condition for condition in (pod.get("status") or {}).get("conditions") or ()}
    own = [_condition(kind, kind not in false, *reasons[kind], old.get(kind), now) for kind in _TYPES]
    return [*own, *(condition for kind, condition in old.items() if kind not in _TYPES)]


def _condition(kind: str, value: bool, reason: str, message: str, old: Object | None, now: float) -> Object:
    text = "True" if value else "False"
    unchanged = old is not None and old["status"] == text
    since = old.get("lastTransitionTime") if old is not None and unchanged else None
    condition: Object = {
        "type": kind,
        "status": text,
        "lastTransitionTime": since or rfc3339(now),
    }
    if reason:
        condition["reason"] = reason
    if message:
        condition["message"] = message
    return condition
