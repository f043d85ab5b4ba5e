"""How far a roll-out may go: surge and unavailability as numbers of pods. Pure.

Source: kube-controller-manager, deployment/util/deployment_util.go, ResolveFenceposts; apimachinery, util/intstr.
"""

from __future__ import annotations

from simulator.errors import Object


def desired(owner: Object) -> int:
    replicas: int = owner["spec"].get("replicas", 1)
    return replicas


def is_recreate(deployment: Object) -> bool:
    return bool((deployment["spec"].get("strategy") or {}).get("type") == "Recreate")


def scaled_value(value: int | str, total: int, *, round_up: bool) -> int:
    """A number, or a percentage of ``total``, in pods."""
    if isinstance(value, int):
        return value
    if not value.endswith("%"):
        return int(value)
    hundredths = int(value[:-1]) * total
    return -(-hundredths // 100) if round_up else hundredths // 100


def max_surge(deployment: Object) -> int:
    """How many pods there may be over the desired number."""
    return 0 if is_recreate(deployment) else _fenceposts(deployment)[0]


def max_unavailable(deployment: Object) -> int:
    """How many of the desired pods may be unavailable."""
    replicas = desired(deployment)
    return 0 if is_recreate(deployment) or replicas == 0 else min(_fenceposts(deployment)[1], replicas)


def _fenceposts(deployment: Object) -> tuple[int, int]:
    rolling = (deployment["spec"].get("strategy") or {}).get("rollingUpdate") or {}
    replicas = desired(deployment)
    surge = scaled_value(rolling.get("maxSurge", "25%"), replicas, round_up=True)
    unavailable = scaled_value(rolling.get("maxUnavailable", "25%"), replicas, round_up=False)
    return (0, 1) if surge == 0 and unavailable == 0 else (surge, unavailable)


def taken(replicaset: Object) -> int:
    """The pods that a ReplicaSet has or shall have, whichever is more.

    The real controller counts only what it shall have, and may be over its limit for as long as a pod's deletion takes.
    """
    return int(max(replicaset["spec"]["replicas"], (replicaset.get("status") or {}).get("replicas", 0)))


def size_of_new(deployment: Object, present: int, total: int) -> int:
    """The size to give the new ReplicaSet, which has ``present`` of ``total`` pods. Source: NewRSNewReplicas."""
    replicas = desired(deployment)
    if is_recreate(deployment):
        return replicas
    room = replicas + max_surge(deployment) - total
    return present if room <= 0 else present + min(room, replicas - present)
