"""One container's life: image, creation, start, exit, restart with back-off."""

from __future__ import annotations

import hashlib

from simulator.changes.node import BACK_OFF, BACK_OFF_MESSAGE, CREATE_FAILED, CREATED, USER_STATUS
from simulator.errors import Object
from simulator.infra import deployer
from simulator.infra.kubelet import probes, pulling
from simulator.infra.kubelet.environment import ConfigError, references
from simulator.infra.kubelet.record import Record
from simulator.infra.kubelet.work import Work
from simulator.infra.programs import behaviour_of
from simulator.runtime.clock import rfc3339

_BACK_OFF_S, _MAX_BACK_OFF_S = 10.0, 300.0
_LONG_RUN_S = 600.0  # a container that ran so long starts anew without back-off
_CREATE_RETRY_S = 12.0
_OF_ONE_RUN = ("retry", "reason", "message", "finished", "exitCode", "run", "probes", "log", "logged", "booted",
               "credentials")  # fmt: skip


def advance(work: Work, spec: Object) -> bool:
    """Do what is due for one container. False while the kubelet is busy with its first start (a pull in progress)."""
    record = work.container(spec["name"])
    if record["state"] == "running":
        _supervise(work, spec, record)
    if record["state"] == "terminated":
        _plan_restart(work, spec, record)
    if record["state"] == "waiting":
        _start(work, spec, record)
    return "pulling" not in record or "retry" in record


def is_finished(work: Work, spec: Object) -> bool:
    """Ended, and not to be started again."""
    record = work.record["containers"].get(spec["name"], {})
    return record.get("state") == "terminated" and not _restarts(work, spec, record)


def _start(work: Work, spec: Object, record: Record) -> None:
    if work.now < record.get("retry", 0.0):
        work.wake(record["retry"])
        return
    if not pulling.ensure(work, spec, record):
        return
    try:
        record["env"] = references(work.context.client, work.pod, spec)
    except ConfigError as error:
        _refuse(work, spec, record, "CreateContainerConfigError", str(error))
        return
    missing = work.machines.kubelet.lacks(work.pod, spec, work.record)
    if missing:
        _refuse(work, spec, record, "CreateContainerError", CREATE_FAILED.at(work.release).format(program=missing))
        return
    work.event("Normal", "Created", CREATED.at(work.release).format(name=spec["name"]), spec["name"])
    work.event("Normal", "Started", f"Started container {spec['name']}", spec["name"])
    _run(work, spec, record)


def _refuse(work: Work, spec: Object, record: Record, reason: str, message: str) -> None:
    """The container cannot be created; the kubelet tries again at its next look at the pod."""
    work.event("Warning", "Failed", f"Error: {message}", spec["name"])
    record.update(state="waiting", reason=reason, message=message)
    record["retry"] = work.now + _CREATE_RETRY_S
    work.wake(record["retry"])


def _run(work: Work, spec: Object, record: Record) -> None:
    if "exitCode" in record or "lastState" in record:
        record["restarts"] += 1
    identity = f"{work.pod['metadata']['uid']}/{spec['name']}/{record['restarts']}"
    if "exitCode" in record:
        record["lastState"] = terminated_state(record)
        written = {key: record["run"][key] for key in ("output", "times") if record.get("run", {}).get(key)}
        record.pop("lastRun", None)
        if written:
            record["lastRun"] = {"started": record["started"], **written}
    for key in _OF_ONE_RUN:
        record.pop(key, None)
    record.update(
        state="running",
        started=work.now,
        ready=False,
        containerID="cri-o://" + hashlib.sha256(identity.encode()).hexdigest(),
        imageID=pulling.image_id(spec["image"]),
    )
    if USER_STATUS.at(work.release):
        record["user"] = work.machines.kubelet.user(work.pod, spec, work.record)
    behaviour = behaviour_of(work.pod, spec, work.release)
    if behaviour.kind == "script":
        record["run"] = work.machines.kubelet.run(work.pod, spec, work.record)
    if behaviour.kind == "registry" and (keys := work.machines.registry.credentials(work.pod, spec, work.record)):
        record["credentials"] = keys
    if behaviour.kind == "task":
        record["run"] = {"exitCode": 0, "finished": work.now + behaviour.boot_s, "output": ""}
    _supervise(work, spec, record)


def _supervise(work: Work, spec: Object, record: Record) -> None:
    if "run" not in record and behaviour_of(work.pod, spec, work.release).kind == "deployer":
        deployer.advance(work, record)
    finished = record.get("run", {}).get("finished")
    if finished is not None and work.now >= finished:
        _end(record, finished, record["run"]["exitCode"])
        return
    if finished is not None:
        work.wake(finished)
    if failed := probes.advance(work, spec, record):
        text = f"Container {spec['name']} failed {failed} probe, will be restarted"
        work.event("Normal", "Killing", text, spec["name"])
        _end(record, work.now, 0)


def _end(record: Record, finished: float, code: int) -> None:
    record.update(state="terminated", finished=finished, exitCode=code, ready=False)


def _plan_restart(work: Work, spec: Object, record: Record) -> None:
    if not _restarts(work, spec, record):
        return
    if record["finished"] - record["started"] >= _LONG_RUN_S:
        record["crashes"] = 0
    crashes = record["crashes"]
    delay = 0.0 if crashes == 0 else min(_BACK_OFF_S * 2 ** (crashes - 1), _MAX_BACK_OFF_S)
    record["crashes"] = crashes + 1
    record["state"] = "waiting"
    record["retry"] = record["finished"] + delay
    if delay:
        told = {"name": spec["name"], "delay": _go_duration(delay), **work.names()}
        record["reason"] = "CrashLoopBackOff"
        record["message"] = BACK_OFF_MESSAGE.at(work.release).format(**told)
        work.event("Warning", "BackOff", BACK_OFF.at(work.release).format(**told), spec["name"])


def _restarts(work: Work, spec: Object, record: Record) -> bool:
    policy, pod = work.policy(), work.pod["spec"]
    if any(one["name"] == spec["name"] for one in pod.get("ephemeralContainers") or ()):
        return False
    if is_sidecar(work.pod, spec["name"]):
        return not _is_over(work)
    initial = any(init["name"] == spec["name"] for init in pod.get("initContainers") or ())
    if policy == "Always" and not initial:
        return True
    return policy != "Never" and record.get("exitCode", 0) != 0


def is_sidecar(pod: Object, name: str) -> bool:
    """An init container that goes on beside the others. Source: Kubernetes 1.28, KEP-753."""
    initial = pod["spec"].get("initContainers") or ()
    return any(one["name"] == name and one.get("restartPolicy") == "Always" for one in initial)


def has_started(work: Work, spec: Object) -> bool:
    """Whether what comes after a sidecar may begin."""
    record = work.container(spec["name"])
    return record["state"] == "running" and ("startupProbe" not in spec or bool(record.get("booted")))


def end_sidecars(work: Work) -> None:
    """Sidecars do not outlive what they stand beside."""
    if not _is_over(work):
        return
    for spec in work.pod["spec"].get("initContainers") or ():
        record = work.container(spec["name"])
        if is_sidecar(work.pod, spec["name"]) and record["state"] == "running":
            work.event("Normal", "Killing", f"Stopping container {spec['name']}", spec["name"])
            _end(record, work.now, 0)


def _is_over(work: Work) -> bool:
    return all(is_finished(work, one) for one in work.pod["spec"]["containers"])


def terminated_state(record: Record) -> Object:
    """``{"terminated": …}`` of a run that has ended."""
    code = record["exitCode"]
    ended = {
        "exitCode": code,
        "reason": "Completed" if code == 0 else "Error",
        "startedAt": rfc3339(record["started"]),
        "finishedAt": rfc3339(record["finished"]),
    }
    if record.get("containerID"):
        ended["containerID"] = record["containerID"]
    return {"terminated": ended}


def _go_duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
