"""PodSandboxes for pods whose status does not tell all that their kubelet would know.

The variables of running containers are read now, from Secrets and ConfigMaps as they are. A container that keeps
crashing, or whose image cannot be had, waits on: why it did is not in the dump, so it is not started again.
"""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import PODS
from simulator.cluster import Cluster
from simulator.controllers.podstate import FINISHED, phase
from simulator.errors import Object
from simulator.infra.kubelet.environment import ConfigError, references
from simulator.infra.kubelet.record import Record, load, save
from simulator.profiles.importing.kinds import place_of
from simulator.profiles.importing.report import Report
from simulator.runtime.clock import parse_rfc3339

HELD_S: Final = 10 * 365 * 86_400.0
_PASSES: Final = ("ContainerCreating", "PodInitializing", None, "")  # such a container is about to be started


def build(cluster: Cluster, report: Report) -> None:
    client = cluster.machines.client
    for pod in client.list(PODS):
        if not pod["spec"].get("nodeName") or phase(pod) in FINISHED or "deletionTimestamp" in pod["metadata"]:
            continue
        record, stored = load(client, pod, cluster.clock.now())
        if stored is None and (_note_variables(cluster, pod, record) | _hold(cluster, pod, record, report)):
            save(client, {**record, "adopted": True}, None)


def _note_variables(cluster: Cluster, pod: Object, record: Record) -> bool:
    """Whether a running container has variables that refer to something."""
    found = False
    for spec in pod["spec"]["containers"]:
        one = record["containers"].get(spec["name"])
        refers = spec.get("envFrom") or any(variable.get("valueFrom") for variable in spec.get("env") or ())
        if one is None or one["state"] != "running" or not refers:
            continue
        try:
            one["env"] = references(cluster.machines.client, pod, spec)
        except ConfigError:
            one["env"] = {}  # what was there once is gone; a look for it now must not fail
        found = True
    return found


def _hold(cluster: Cluster, pod: Object, record: Record, report: Report) -> bool:
    """Whether a container waits for what cannot be told."""
    held = [status for status in _statuses(pod) if _is_stuck(status)]
    for status in held:
        record["containers"][status["name"]] = _waiting(status, cluster.clock.now())
        waits = status["state"].get("waiting") or {}
        key = ("pods", pod["metadata"]["namespace"], pod["metadata"]["name"])
        why = "why it failed is not known: it is not started again"
        report.make_up(
            f"{place_of(key)}, container {status['name']}", f"stays as it is ({waits.get('reason') or 'ended'}); {why}"
        )
    if held:
        record.setdefault("mounted", record["admitted"])
        record.setdefault("ip", (pod.get("status") or {}).get("podIP", ""))
    return bool(held)


def _statuses(pod: Object) -> list[Object]:
    status = pod.get("status") or {}
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def _is_stuck(status: Object) -> bool:
    state = status.get("state") or {}
    ended = state.get("terminated")
    if ended is not None:
        return bool(ended.get("exitCode", 0) != 0)
    return "waiting" in state and (state["waiting"] or {}).get("reason") not in _PASSES


def _waiting(status: Object, now: float) -> Record:
    """As it is, until long after the end of any lab."""
    state = status["state"]
    waits = state.get("waiting") or {"reason": "CrashLoopBackOff"}
    last = state.get("terminated") or (status.get("lastState") or {}).get("terminated")
    held: Record = {"state": "waiting", "restarts": status.get("restartCount", 0), "crashes": 0, "retry": now + HELD_S}
    held |= {key: waits[key] for key in ("reason", "message") if waits.get(key)}
    held |= {key: status[key] for key in ("containerID", "imageID") if status.get(key)}
    if last:
        held["exitCode"] = last.get("exitCode", 0)
        held["started"] = _time(last.get("startedAt"), now)
        held["finished"] = _time(last.get("finishedAt"), now)
    return held


def _time(text: str | None, default: float) -> float:
    return parse_rfc3339(text) if text else default
