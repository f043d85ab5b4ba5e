"""What a kubelet knows of a pod beyond its status: the ``PodSandbox``. A restarted kubelet goes on from it.

    spec:
      namespace, pod, uid, node
      admitted: 1572253629.0                 # seconds since the epoch, as all times here
      mounts: {name: {kind, ...}}            # once mounted; see volumes.py
      mounted: 1572253630.2
      ip: 10.131.0.12
      killing: 1572253700.0                  # once its end began
      hooks: {registry: 25.0}                # how long the preStop hooks take that run before it
      adopted: true                          # another kubelet wrote the status: it stays until something changes
      containers:
        registry: {state: running, started, restarts, ready, ...}

A container's fields: ``state`` waiting, running or terminated; ``reason`` and ``message`` of waiting; ``pulling`` and
``pulled`` (times), ``started``, ``finished``, ``exitCode``, ``restarts``, ``crashes`` (since it last ran long enough),
``ready``, ``run`` (what a program that ends will do: exitCode, finished, output, times; or reads: true, that it waits
for its standard input), ``lastState`` and ``lastRun`` (how the run before this one ended, and what it wrote: started,
output, times), ``retry`` (when to try again), ``env`` (the variables from Secrets and ConfigMaps, as at its start),
``probes`` ({readiness | liveness | startup: {failures, next}}), ``booted`` (its startup probe has succeeded), ``user``
({uid, gid, groups} that it runs with), ``log`` (the newest lines of requests: [{time, line}]) and ``logged`` (how many
there were, if more), ``credentials`` (the file of keys that the registry has read at its start).
A pod that a profile describes as running has no PodSandbox: its record is read off its status until something changes.
"""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import PODSANDBOXES
from simulator.client.client import Client
from simulator.errors import Object
from simulator.log.state import thaw
from simulator.runtime.clock import parse_rfc3339

Record = dict[str, Any]


def sandbox_name(namespace: str, pod: str) -> str:
    return f"{namespace}.{pod}"


def load(client: Client, pod: Object, now: float) -> tuple[Record, Object | None]:
    """The record of a pod (a copy, to be changed) and the PodSandbox that it came from, if it is this very pod's."""
    meta = pod["metadata"]
    stored = client.get_or_none(PODSANDBOXES, sandbox_name(meta["namespace"], meta["name"]))
    if stored is not None and stored["spec"]["uid"] == meta["uid"]:
        return thaw(stored["spec"]), stored
    if stored is not None:
        client.delete(PODSANDBOXES, stored["metadata"]["name"])
    return _adopt(pod, now), None


def save(client: Client, record: Record, stored: Object | None) -> None:
    """Write the record if it differs from what is stored."""
    if stored is None:
        name = sandbox_name(record["namespace"], record["pod"])
        new = {"apiVersion": "infra.ocsim.dev/v1", "kind": "PodSandbox", "metadata": {"name": name}, "spec": record}
        client.create(PODSANDBOXES, new)
    elif stored["spec"] != record:
        client.update(PODSANDBOXES, {**stored, "spec": record})


def container_of(record: Record, name: str) -> Record:
    """The record of one container, made on the first call."""
    found: Record = record["containers"].setdefault(name, {"state": "waiting", "restarts": 0, "crashes": 0})
    return found


def _adopt(pod: Object, now: float) -> Record:
    """The record that a pod's status tells."""
    meta, status = pod["metadata"], pod.get("status") or {}
    record: Record = {
        "namespace": meta["namespace"],
        "pod": meta["name"],
        "uid": meta["uid"],
        "node": pod["spec"]["nodeName"],
        "admitted": _time(status.get("startTime"), now),
        "containers": {},
    }
    statuses = [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]
    for container in statuses:
        adopted = _adopt_container(container)
        if adopted["state"] != "waiting":
            record["containers"][container["name"]] = adopted
    if record["containers"]:
        record["mounted"] = record["admitted"]
        record["ip"] = status.get("podIP", "")
    return record


def _adopt_container(status: Object) -> Record:
    state = status.get("state") or {}
    kind = next(iter(state), "waiting")
    adopted: Record = {"state": kind, "restarts": status.get("restartCount", 0), "crashes": 0}
    if kind == "running":
        adopted["started"] = _time(state["running"].get("startedAt"), 0.0)
        adopted["ready"] = status.get("ready", False)
    if kind == "terminated":
        ended = state["terminated"]
        adopted["started"] = _time(ended.get("startedAt"), 0.0)
        adopted["finished"] = _time(ended.get("finishedAt"), 0.0)
        adopted["exitCode"] = ended.get("exitCode", 0)
    if status.get("lastState"):
        adopted["lastState"] = thaw(status["lastState"])
    if status.get("containerID"):
        adopted["containerID"] = status["containerID"]
    if status.get("imageID"):
        adopted["imageID"] = status["imageID"]
    return adopted


def _time(text: str | None, default: float) -> float:
    return parse_rfc3339(text) if text else default
