"""Cells of pods. Source: printPod of Kubernetes 1.14, and of 1.33 where the two differ."""

from __future__ import annotations

from typing import Any

from simulator.api.ages import age
from simulator.api.printers.text import NONE
from simulator.errors import Object

__all__ = [
    "pod_ip",
    "pod_node",
    "pod_nominated_node",
    "pod_readiness_gates",
    "pod_ready",
    "pod_restarts",
    "pod_restarts_ago",
    "pod_status",
    "pod_status_or_not_ready",
]


def pod_ready(obj: Object, now: float) -> str:
    """An init container that stays, a sidecar, counts as one of the containers."""
    sidecars = _sidecars(obj)
    ready = sum(1 for status in _statuses(obj) if status.get("ready") and "running" in status.get("state", {}))
    ready += sum(1 for status in _initial(obj) if status.get("name") in sidecars and status.get("ready"))
    return f"{ready}/{len(obj['spec'].get('containers') or ()) + len(sidecars)}"


def pod_restarts(obj: Object, now: float) -> int:
    """The restarts of the init containers as long as one of them is at work, else those of the containers."""
    return sum(status.get("restartCount", 0) for status in _shown(obj))


def pod_restarts_ago(obj: Object, now: float) -> str:
    """``1 (117s ago)``, when it is known how long ago the last container ended."""
    restarts = sum(status.get("restartCount", 0) for status in _shown(obj))
    ends = [(status.get("lastState") or {}).get("terminated", {}).get("finishedAt") for status in _shown(obj)]
    last = max((end for end in ends if end), default=None)
    return f"{restarts} ({age(last, now)} ago)" if restarts and last else str(restarts)


def pod_status(obj: Object, now: float) -> str:
    """The one word of the STATUS column: the phase, unless a container or the deletion has something to say."""
    status = obj.get("status", {})
    if "deletionTimestamp" in obj["metadata"]:
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return _initializing(obj) or _running(obj, status.get("reason") or status.get("phase", ""))


def pod_status_or_not_ready(obj: Object, now: float) -> str:
    """The same, but a pod that has ended is not Terminating, and one that is half done must be ready to be Running."""
    status = obj.get("status", {})
    if "deletionTimestamp" in obj["metadata"] and status.get("phase") not in ("Succeeded", "Failed"):
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    conditions = {item["type"]: item for item in status.get("conditions") or ()}
    phase = str(status.get("reason") or status.get("phase", ""))
    if conditions.get("PodScheduled", {}).get("reason") == "SchedulingGated":
        phase = "SchedulingGated"
    at_work = "Running" if conditions.get("Ready", {}).get("status") == "True" else "NotReady"
    initialized = conditions.get("Initialized", {}).get("status") == "True"
    return (not initialized and _initializing(obj)) or _running(obj, phase, at_work)


def pod_ip(obj: Object, now: float) -> str:
    return obj.get("status", {}).get("podIP") or NONE


def pod_node(obj: Object, now: float) -> str:
    return obj["spec"].get("nodeName") or NONE


def pod_nominated_node(obj: Object, now: float) -> str:
    return obj.get("status", {}).get("nominatedNodeName") or NONE


def pod_readiness_gates(obj: Object, now: float) -> str:
    gates = obj["spec"].get("readinessGates") or []
    if not gates:
        return NONE
    conditions = {item["type"]: item["status"] for item in obj.get("status", {}).get("conditions") or ()}
    passed = sum(1 for gate in gates if conditions.get(gate["conditionType"]) == "True")
    return f"{passed}/{len(gates)}"


def _statuses(obj: Object) -> list[Any]:
    return obj.get("status", {}).get("containerStatuses") or []


def _initial(obj: Object) -> list[Any]:
    return obj.get("status", {}).get("initContainerStatuses") or []


def _sidecars(obj: Object) -> set[str]:
    containers = obj["spec"].get("initContainers") or ()
    return {container["name"] for container in containers if container.get("restartPolicy") == "Always"}


def _shown(obj: Object) -> list[Any]:
    """Whose restarts count: the init containers as long as one of them is at work."""
    if _initializing(obj):
        return _initial(obj)
    sidecars = _sidecars(obj)
    return [*(status for status in _initial(obj) if status.get("name") in sidecars), *_statuses(obj)]


def _initializing(obj: Object) -> str:
    """``Init:0/2`` and its like for the first init container that is not done; "" when all are."""
    sidecars = _sidecars(obj)
    for position, status in enumerate(_initial(obj)):
        state = status.get("state", {})
        ended = state.get("terminated")
        if status.get("name") in sidecars and status.get("started"):
            continue
        if ended is not None and ended.get("exitCode", 0) == 0:
            continue
        if ended is not None:
            return "Init:" + _ending(ended)
        reason = (state.get("waiting") or {}).get("reason", "")
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{position}/{len(obj['spec'].get('initContainers') or ())}"
    return ""


def _running(obj: Object, reason: str, at_work: str = "Running") -> str:
    running = False
    for status in reversed(_statuses(obj)):
        state = status.get("state", {})
        waiting, ended = state.get("waiting") or {}, state.get("terminated")
        if waiting.get("reason"):
            reason = waiting["reason"]
        elif ended is not None:
            reason = _ending(ended)
        elif status.get("ready") and "running" in state:
            running = True
    return at_work if reason == "Completed" and running else reason


def _ending(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"
