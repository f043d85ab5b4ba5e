"""Startup, readiness and liveness, level-triggered: health is a function of the cluster's state and the time.

A probe's ticks are fixed by the pod (admission, a seeded offset, the period). While a probe is settled nothing is due;
when health and what is recorded differ, the next tick is. Source: kubelet, prober/worker.go.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any

from simulator.changes.node import QUOTED_URLS
from simulator.errors import Object
from simulator.infra.kubelet.record import Record
from simulator.infra.kubelet.work import Work
from simulator.infra.programs import behaviour_of

_TITLES = {"readiness": "Readiness", "liveness": "Liveness", "startup": "Startup"}
_BURST = 25  # the event recorder lets so many through, then one in five minutes
_SPARSE_S = 300.0


def advance(work: Work, spec: Object, record: Record) -> str:
    """Do what the probes of a running container have due. The kind that failed for good: it must be killed; else "".

    Until the startup probe has succeeded, nothing else is asked, and the container is not ready.
    """
    if "startupProbe" in spec and not record.get("booted"):
        failed = _advance(work, spec, record, "startup")
        if not record.get("booted"):
            return "startup" if failed else ""
    if "readinessProbe" not in spec:
        record["ready"] = True
    kinds = [kind for kind in ("readiness", "liveness") if f"{kind}Probe" in spec]
    failed_kinds = [kind for kind in kinds if _advance(work, spec, record, kind)]
    return "".join(failed_kinds[-1:])


def _advance(work: Work, spec: Object, record: Record, kind: str) -> bool:
    probe, started = spec[f"{kind}Probe"], record["started"]
    begin = started + probe.get("initialDelaySeconds", 0)
    failures = record.get("probes", {}).get(kind, {})
    healthy, text = health(work, spec, record, probe)
    if healthy and not failures and (kind == "liveness" or record.get("ready")):
        return False
    if kind == "liveness" and not failures and _boots_in_time(work, spec, record, probe, begin):
        return False
    due = failures.get("next") or _tick_at_or_after(work, spec, kind, begin)
    if work.now < due:
        work.wake(due)
        return False
    return _judge(work, spec, record, kind, healthy, text)


def _judge(work: Work, spec: Object, record: Record, kind: str, healthy: bool, text: str) -> bool:
    probe = spec[f"{kind}Probe"]
    if healthy:
        record.get("probes", {}).pop(kind, None)
        if kind == "readiness":
            record["ready"] = True
        if kind == "startup":
            record["booted"] = True
        return False
    count = record.get("probes", {}).get(kind, {}).get("failures", 0) + 1
    step = probe.get("periodSeconds", 10) if count <= _BURST else _SPARSE_S
    work.event("Warning", "Unhealthy", f"{_TITLES[kind]} probe failed: {text}", spec["name"])
    following = _tick_at_or_after(work, spec, kind, work.now + step / 2)  # reconciles come a little after their tick
    record.setdefault("probes", {})[kind] = {"failures": count, "next": following}
    work.wake(following)
    if count < probe.get("failureThreshold", 3):
        return False
    if kind == "readiness":
        record["ready"] = False
    return kind != "readiness"


def health(work: Work, spec: Object, record: Record, probe: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether the container would pass a probe now, and what the failure says."""
    behaviour = behaviour_of(work.pod, spec, work.release)
    listens = behaviour.kind != "script" and work.now >= record["started"] + behaviour.boot_s
    if "exec" in probe:
        if behaviour.kind == "script":
            return work.machines.kubelet.probe(work.pod, spec, work.record, probe["exec"]["command"])
        return listens, "command failed"
    if not listens:
        return False, _refused(work, spec, probe)
    if behaviour.kind == "registry":
        code = work.machines.registry.health(work.pod, spec, work.record)
        return code == 200, f"HTTP probe failed with statuscode: {code}"
    return True, ""


def _boots_in_time(work: Work, spec: Object, record: Record, probe: Mapping[str, Any], begin: float) -> bool:
    """A program that only has not booted yet, and will have at its first liveness probe."""
    behaviour = behaviour_of(work.pod, spec, work.release)
    listening = record["started"] + behaviour.boot_s
    return behaviour.kind != "script" and work.now < listening <= begin


def _refused(work: Work, spec: Object, probe: Mapping[str, Any]) -> str:
    address = work.record.get("ip", "")
    if "tcpSocket" in probe:
        return f"dial tcp {address}:{_port(spec, probe['tcpSocket']['port'])}: connect: connection refused"
    request = probe.get("httpGet", {})
    where = f"{request.get('host') or address}:{_port(spec, request.get('port', 80))}"
    scheme = request.get("scheme", "HTTP").lower()
    get = QUOTED_URLS.at(work.release).format(url=f"{scheme}://{where}{request.get('path', '/')}")
    return f"{get}: dial tcp {where}: connect: connection refused"


def _port(spec: Object, port: str | int) -> int:
    if isinstance(port, int):
        return port
    named = (entry["containerPort"] for entry in spec.get("ports") or () if entry.get("name") == port)
    return next(named, 80)


def _tick_at_or_after(work: Work, spec: Object, kind: str, when: float) -> float:
    """A worker sleeps a random part of its period when the pod comes, and looks once a period from then on."""
    period = float(spec[f"{kind}Probe"].get("periodSeconds", 10))
    seed = f"{work.pod['metadata']['uid']}/{spec['name']}/{kind}"
    share = int.from_bytes(hashlib.sha256(seed.encode()).digest()[:4], "big") / 2**32
    first = work.record["admitted"] + round(share * period, 3)
    return float(first + period * max(math.ceil((when - first) / period - 1e-6), 0))
