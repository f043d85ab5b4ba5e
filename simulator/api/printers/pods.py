"""Cells of pods. Source: printPod of Kubernetes 1.14."""

from __future__ import annotations

from typing import Any

from simulator.api.printers.text import NONE
from simulator.errors import Object

__all__ = [
    "pod_ip",
    "pod_node",
    "pod_nominated_node",
    "pod_readiness_gates",
    "pod_ready",
    "pod_restarts",
    "pod_status",
]


def pod_ready(obj: Object, now: float) -> str:
    ready = sum(1 for status in _statuses(obj) if status.get("ready") and "running" in status.get("state", {}))
    return f"{ready}/{len(obj['spec'].get('containers') or ())}"


def pod_restarts(obj: Object, now: float) -> int:
    """The restarts of the init containers as long as one of them is at work, else those of the containers."""
    initial = obj.get("status", {}).get("initContainerStatuses") or []
    shown = initial if _initializing(obj) else _statuses(obj)
    return sum(status.get("restartCount", 0) for status in shown)


def pod_status(obj: Object, now: float) -> str:
    """The one word of the STATUS column: the phase, unless a container or the deletion has something to say."""
    status = obj.get("status", {})
    if "deletionTimestamp" in obj["metadata"]:
        return "Unknown" if status.get("reason") == "NodeLost" else "Terminating"
    return _initializing(obj) or _running(obj, status.get("reason") or status.get("phase", ""))


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


def _initializing(obj: Object) -> str:
    """``Init:0/2`` and its like for the first init container that is not done; "" when all are."""
    statuses = obj.get("status", {}).get("initContainerStatuses") or []
    for position, status in enumerate(statuses):
        state = status.get("state", {})
        ended = state.get("terminated")
        if ended is not None and ended.get("exitCode", 0) == 0:
            continue
        if ended is not None:
            return "Init:" + _ending(ended)
        reason = (state.get("waiting") or {}).get("reason", "")
        if reason and reason != "PodInitializing":
            return f"Init:{reason}"
        return f"Init:{position}/{len(obj['spec'].get('initContainers') or ())}"
    return ""


def _running(obj: Object, reason: str) -> str:
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
    return "Running" if reason == "Completed" and running else reason


def _ending(ended: Object) -> str:
    if ended.get("reason"):
        return str(ended["reason"])
    if ended.get("signal"):
        return f"Signal:{ended['signal']}"
    return f"ExitCode:{ended.get('exitCode', 0)}"
