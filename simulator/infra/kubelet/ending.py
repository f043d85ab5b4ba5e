"""The end of a pod: preStop hooks, SIGTERM, and what is left of the grace period.

Source: kubelet, kuberuntime/kuberuntime_container.go: killContainer.
"""

from __future__ import annotations

from simulator.errors import Object
from simulator.infra.kubelet.record import save
from simulator.infra.kubelet.work import Work
from simulator.infra.programs import behaviour_of

_MINIMUM_S = 2.0  # a container gets so long after its hook, even if the hook took the whole grace period


def advance(work: Work, stored: Object | None, grace_s: float) -> bool:
    """Do what is due. True when nothing runs any more: the containers' records tell how they ended."""
    record = work.record
    running = [spec for spec in work.specs() if record["containers"].get(spec["name"], {}).get("state") == "running"]
    if "killing" not in record:
        _begin(work, running)
        if running:
            save(work.context.client, record, stored)
    ends = {spec["name"]: _end(work, spec, grace_s) for spec in running}
    over = max((end for end, _ in ends.values()), default=record["killing"])
    if work.now < over:
        work.wake(over)
        return False
    for name, (_, code) in ends.items():
        record["containers"][name].update(state="terminated", finished=work.now, exitCode=code, ready=False)
    return True


def _begin(work: Work, running: list[Object]) -> None:
    for spec in running:
        work.event("Normal", "Killing", f"Stopping container {spec['name']}", spec["name"])
    hooks = {spec["name"]: seconds for spec in running if (seconds := _hook_s(work, spec))}
    work.record["killing"] = work.now
    if hooks:
        work.record["hooks"] = hooks


def _hook_s(work: Work, spec: Object) -> float:
    """How long the container's preStop hook takes, if it is let."""
    hook = (spec.get("lifecycle") or {}).get("preStop") or {}
    if "sleep" in hook:
        return float(hook["sleep"]["seconds"])
    if "exec" not in hook:
        return 0.0
    return work.machines.kubelet.duration(work.pod, spec, work.record, hook["exec"]["command"])


def _end(work: Work, spec: Object, grace_s: float) -> tuple[float, int]:
    """When the container is over, and with which code: 137 if it had to be killed."""
    stop_s = behaviour_of(work.pod, spec, work.release).stop_s
    hook_s = min(work.record.get("hooks", {}).get(spec["name"], 0.0), grace_s)
    left_s = max(grace_s - hook_s, _MINIMUM_S) if hook_s else grace_s
    begin: float = work.record["killing"] + hook_s
    return begin + min(stop_s, left_s), 0 if stop_s < left_s else 137
