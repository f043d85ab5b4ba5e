"""A pod's status, computed from its record. Pure. Source: kubelet_pods.go and status/generate.go (1.14 and 1.33)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from simulator.changes.node import (
    HOST_IPS,
    MOUNT_STATUS,
    POD_CONDITIONS,
    POD_FAILED,
    POD_IPS,
    RESOURCE_STATUS,
    STARTED,
    USER_STATUS,
)
from simulator.controllers.podstate import FINISHED
from simulator.errors import Object
from simulator.infra.kubelet import pulling
from simulator.infra.kubelet.containers import terminated_state
from simulator.infra.kubelet.record import Record
from simulator.release import OLDEST, Release
from simulator.runtime.clock import rfc3339


def pod_status(
    pod: Object,
    record: Record,
    host_ip: str,
    is_over: Callable[[Object], bool],
    now: float,
    release: Release = OLDEST,
) -> Object:
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
    status |= _addresses(host_ip, record.get("ip", ""), release)
    if initial:
        status["initContainerStatuses"] = [
            _container_status(one, record, "PodInitializing", release, is_init=True) for one in initial
        ]
    reason = "PodInitializing" if initial and not _initialized(initial, record) else "ContainerCreating"
    containers = sorted(spec["containers"], key=lambda one: str(one["name"]))
    status["containerStatuses"] = [_container_status(one, record, reason, release) for one in containers]
    if added := spec.get("ephemeralContainers"):
        status["ephemeralContainerStatuses"] = [
            {**_container_status(one, record, "ContainerCreating", release), "ready": False} for one in added
        ]
    status["conditions"] = _conditions(pod, record, status, now, release)
    kept = {key: value for key, value in old.items() if key not in status and key in ("nominatedNodeName",)}
    return _with_old_parts({**status, **kept}, old)


def _with_old_parts(status: Object, old: Object) -> Object:
    """Equal parts are the very ones that stand there: nobody reads them again, and they are held once."""
    known = {one["type"]: one for one in old.get("conditions") or ()}
    status["conditions"] = [
        known[one["type"]] if _is_same(known.get(one["type"]), one) else one for one in status["conditions"]
    ]
    return {key: old[key] if _is_same(old.get(key), value) else value for key, value in status.items()}


def _is_same(old: Any, new: Any) -> bool:
    """Equal, and in the same order: ``oc get -o yaml`` shows it."""
    return bool(old == new) and _is_alike(old, new)  # at the speed of C as long as they differ


def _is_alike(old: Any, new: Any) -> bool:
    """Whether what is equal has the same types and the same order, too."""
    if isinstance(new, str):
        return True
    if isinstance(new, dict):
        return [*old] == [*new] and all(map(_is_alike, old.values(), new.values()))
    if isinstance(new, list):
        return all(map(_is_alike, old, new))
    return type(old) is type(new)


def _addresses(host_ip: str, pod_ip: str, release: Release) -> Object:
    found: Object = {"podIP": pod_ip} if pod_ip else {}
    if pod_ip and POD_IPS.at(release):
        found["podIPs"] = [{"ip": pod_ip}]
    if host_ip and HOST_IPS.at(release):
        found["hostIPs"] = [{"ip": host_ip}]
    return found


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
        if not _goes_on(one) and is_over(one) and _of(record, one).get("exitCode", 0) != 0:
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
    return all(_is_through(one, record) for one in initial)


def _is_through(spec: Object, record: Record) -> bool:
    """An init container that has done its work, or a sidecar that has started."""
    one = _of(record, spec)
    if _goes_on(spec) and one.get("state") == "running":
        return "startupProbe" not in spec or bool(one.get("booted"))
    return bool(one.get("state") == "terminated" and (one.get("exitCode") == 0 or _goes_on(spec)))


def _goes_on(spec: Object) -> bool:
    return bool(spec.get("restartPolicy") == "Always")


def _of(record: Record, spec: Object) -> Record:
    found: Record = record["containers"].get(spec["name"]) or {}
    return found


def _container_status(spec: Object, record: Record, waiting: str, release: Release, *, is_init: bool = False) -> Object:
    one = _of(record, spec)
    state, last = _states(one, waiting)
    ready = (
        bool(one.get("ready"))
        if not is_init or _goes_on(spec)
        else one.get("exitCode") == 0 and one.get("state") == "terminated"
    )
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
    return {**status, **_details(spec, one, release)}


def _details(spec: Object, one: Record, release: Release) -> Object:
    """What later releases tell of a container, too."""
    made, found = bool(one.get("containerID")), dict[str, Any]()
    if STARTED.at(release):
        is_up = one.get("state") == "running"
        found["started"] = is_up and ("startupProbe" not in spec or bool(one.get("booted")))
    if MOUNT_STATUS.at(release) and spec.get("volumeMounts"):
        found["volumeMounts"] = [_mount(mount) for mount in spec["volumeMounts"]]
    if RESOURCE_STATUS.at(release) and made:
        resources = spec.get("resources") or {}
        found["resources"] = resources
        if resources.get("requests"):
            found["allocatedResources"] = resources["requests"]
    if one.get("user") and made and USER_STATUS.at(release):
        found["user"] = {"linux": one["user"]}
    return found


def _mount(mount: Object) -> Object:
    told = {"mountPath": mount["mountPath"], "name": mount["name"]}
    return {**told, "readOnly": True, "recursiveReadOnly": "Disabled"} if mount.get("readOnly") else told


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


def _conditions(pod: Object, record: Record, status: Object, now: float, release: Release) -> list[Object]:
    unready = [one["name"] for one in status["containerStatuses"] if not one["ready"]]
    initial = pod["spec"].get("initContainers") or []
    sidecars = {one["name"] for one in initial if _goes_on(one)}
    ready = {one["name"]: one["ready"] for one in status.get("initContainerStatuses", ())}
    unready += [name for name in sidecars if not ready.get(name)]
    order = [one["name"] for one in (*initial, *pod["spec"]["containers"])]
    unready.sort(key=order.index)
    missing = [one["name"] for one in initial if not _is_through(one, record)]
    listed = f"containers with unready status: [{' '.join(unready)}]"
    not_ready = ("ContainersNotReady", listed) if unready else ("", "")
    initialized = ("ContainersNotInitialized", f"containers with incomplete status: [{' '.join(missing)}]")
    reasons = {"Initialized": initialized if missing else ("", ""), "Ready": not_ready, "ContainersReady": not_ready}
    if status["phase"] == "Succeeded":
        reasons |= dict.fromkeys(("Initialized", "Ready", "ContainersReady"), ("PodCompleted", ""))
    if status["phase"] == "Failed" and POD_FAILED.at(release):
        reasons |= dict.fromkeys(("Ready", "ContainersReady"), ("PodFailed", ""))
    false = {"Ready", "ContainersReady"} if unready else set()
    false |= {"Initialized"} if missing and status["phase"] != "Succeeded" else set()
    false |= {"PodReadyToStartContainers"} if not record.get("ip") or status["phase"] in FINISHED else set()
    old = {condition["type"]: condition for condition in (pod.get("status") or {}).get("conditions") or ()}
    types = POD_CONDITIONS.at(release)
    own = [_condition(kind, kind not in false, *reasons.get(kind, ("", "")), old.get(kind), now) for kind in types]
    if "PodReadyToStartContainers" in types:
        own = [_as_shown(condition, old.get(condition["type"], {})) for condition in own]
    return [*own, *(condition for kind, condition in old.items() if kind not in types)]


def _as_shown(condition: Object, old: Object) -> Object:
    """With the null that a profile's pod may show: the API drops those that are sent, and nothing would be written."""
    return {**condition, "lastProbeTime": None} if "lastProbeTime" in old else condition


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
