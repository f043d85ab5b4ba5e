"""The status of a DeploymentConfig. Pure.

Source: openshift-controller-manager, pkg/apps/deploymentconfig/deploymentconfig_controller.go, calculateStatus.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api import deploymentconfigs as configs
from simulator.controllers.conditions import with_condition, without_condition
from simulator.controllers.limits import scaled_value
from simulator.errors import Object
from simulator.runtime.clock import rfc3339


def config_status(
    config: Object, versions: list[Object], now: float, told: Iterable[Object] = (), *, observed: bool = True
) -> Object:
    """``told``: conditions that win over those that the versions give. ``versions``: the oldest first."""
    old = config.get("status") or {}
    latest = versions[-1] if versions and configs.version_of(versions[-1]) == configs.latest_version(config) else None
    available = _sum(versions, "availableReplicas")
    status: Object = {
        "latestVersion": configs.latest_version(config),
        "observedGeneration": config["metadata"].get("generation", 0) if observed else old.get("observedGeneration", 0),
        "replicas": _sum(versions, "replicas"),
        "updatedReplicas": _sum([latest], "replicas") if latest is not None else 0,
        "availableReplicas": available,
        "unavailableReplicas": max(sum(one["spec"]["replicas"] for one in versions) - available, 0),
    }
    if old.get("details"):
        status["details"] = old["details"]
    if ready := _sum(versions, "readyReplicas"):
        status["readyReplicas"] = ready
    conditions = with_condition(old.get("conditions"), _availability(config, available, now))
    if latest is not None:
        conditions = _with_progress(conditions, config, status, latest, now)
    for one in told:
        conditions = with_condition(conditions, one)
    return {**status, "conditions": conditions}


def condition(status: str, reason: str, message: str, now: float, kind: str = "Progressing") -> Object:
    times = {"lastTransitionTime": rfc3339(now), "lastUpdateTime": rfc3339(now)}
    reasons = {"reason": reason} if reason else {}
    return {"type": kind, "status": status, **times, **reasons, "message": message}


def _sum(versions: Iterable[Object], key: str) -> int:
    return sum((one.get("status") or {}).get(key, 0) for one in versions)


def max_unavailable(config: Object, replicas: int) -> int:
    """How many of ``replicas`` pods may be missing while a version takes over."""
    return _fenceposts(config, replicas)[1]


def max_surge(config: Object, replicas: int) -> int:
    """How many pods there may be over ``replicas``."""
    return _fenceposts(config, replicas)[0]


def _fenceposts(config: Object, replicas: int) -> tuple[int, int]:
    strategy = configs.strategy_of(config)
    if strategy.get("type") != "Rolling":
        return 0, 0
    params = strategy.get("rollingParams") or {}
    surge = scaled_value(params.get("maxSurge", 0), replicas, round_up=True)
    unavailable = scaled_value(params.get("maxUnavailable", 0), replicas, round_up=False)
    return (0, 1) if surge == 0 and unavailable == 0 else (surge, unavailable)


def _availability(config: Object, available: int, now: float) -> Object:
    replicas = config["spec"]["replicas"]
    if available > 0 and available >= replicas - max_unavailable(config, replicas):
        return condition("True", "", "Deployment config has minimum availability.", now, "Available")
    return condition("False", "", "Deployment config does not have minimum availability.", now, "Available")


def _with_progress(
    conditions: list[Object], config: Object, status: Object, latest: Object, now: float
) -> list[Object]:
    name, phase = latest["metadata"]["name"], configs.phase_of(latest)
    quoted = f'replication controller "{name}"'
    match phase:
        case "Pending":
            text = f'{quoted} is waiting for pod "{configs.deployer_name(name)}" to run'
            return with_condition(conditions, condition("Unknown", "", text, now))
        case "Running" if _has_progressed(config, status):
            fresh = condition("True", "ReplicationControllerUpdated", f"{quoted} is progressing", now)
            return with_condition(without_condition(conditions, "Progressing"), fresh)
        case "Failed" if configs.is_cancelled(latest):
            text = f"rollout of {quoted} was cancelled"
            return with_condition(conditions, condition("False", "RolloutCancelled", text, now))
        case "Failed":
            text = f"{quoted} has failed progressing"
            return with_condition(conditions, condition("False", "ProgressDeadlineExceeded", text, now))
        case "Complete":
            text = f"{quoted} successfully rolled out"
            return with_condition(conditions, condition("True", "NewReplicationControllerAvailable", text, now))
    return conditions


def _has_progressed(config: Object, status: Object) -> bool:
    """Whether more of the new pods are there, or fewer of the old, than the status told until now."""
    old = config.get("status") or {}
    replaced, before = (one.get("replicas", 0) - one.get("updatedReplicas", 0) for one in (status, old))
    return bool(status["updatedReplicas"] > old.get("updatedReplicas", 0) or replaced < before)
