"""What ReplicaSets and ReplicationControllers share: a number of pods of one template.

Source: kube-controller-manager, replicaset/replica_set.go and replica_set_utils.go (1.14).
"""

from __future__ import annotations

from collections.abc import Callable

from simulator.api.gvrs import PODS
from simulator.api.types import GVR
from simulator.controllers import podcontrol
from simulator.controllers.conditions import find_condition, with_condition, without_condition
from simulator.controllers.context import DONE, Context, Key, Result
from simulator.controllers.ownership import claim
from simulator.controllers.podstate import (
    deletion_rank,
    fully_labelled,
    is_active,
    is_available,
    is_ready,
    pod_of_template,
    time_until_available,
)
from simulator.errors import NotFound, Object, StatusError
from simulator.runtime.clock import rfc3339


def reconcile(context: Context, resource: GVR, key: Key, selector: Callable[[Object], Object | None]) -> Result:
    """Create or delete pods until there are ``spec.replicas``, then write the status."""
    owner = context.client.get_or_none(resource, key.name, key.namespace)
    if owner is None:
        return DONE  # its pods are the garbage collector's business now
    pods = [pod for pod in claim(context, PODS, owner, selector(owner)) if is_active(pod)]
    failure = None
    if "deletionTimestamp" not in owner["metadata"]:
        failure = _manage(context, owner, pods)
    _write_status(context, resource, owner, pods, failure)
    if failure is not None:
        raise failure
    return Result(time_until_available(pods, owner["spec"].get("minReadySeconds", 0), context.now))


def _manage(context: Context, owner: Object, pods: list[Object]) -> StatusError | None:
    """The first failure ends it, as the slow start does: one refused pod, one event, then back-off."""
    missing = owner["spec"].get("replicas", 1) - len(pods)
    try:
        for _ in range(missing):
            podcontrol.create(context, owner, pod_of_template(owner, owner["spec"]["template"]))
        for pod in sorted(pods, key=deletion_rank)[: max(-missing, 0)]:
            podcontrol.delete(context, owner, pod)
    except StatusError as error:
        return error
    return None


def _write_status(
    context: Context, resource: GVR, owner: Object, pods: list[Object], failure: StatusError | None
) -> None:
    status = replicas_status(owner, pods, failure, context.now)
    if status != owner.get("status"):
        try:
            context.client.update_status(resource, {**owner, "status": status})
        except NotFound:
            return  # deleted meanwhile


def replicas_status(owner: Object, pods: list[Object], failure: StatusError | None, now: float) -> Object:
    """The status, counted on the pods as they were before this pass. But for ``replicas``, counts of 0 are left out."""
    spec, old = owner["spec"], owner.get("status") or {}
    counts = {
        "fullyLabeledReplicas": sum(fully_labelled(pod, spec["template"]) for pod in pods),
        "readyReplicas": sum(is_ready(pod) for pod in pods),
        "availableReplicas": sum(is_available(pod, spec.get("minReadySeconds", 0), now) for pod in pods),
    }
    status: Object = {"replicas": len(pods), **{name: count for name, count in counts.items() if count}}
    if generation := owner["metadata"].get("generation"):
        status["observedGeneration"] = generation
    if conditions := _conditions(old.get("conditions"), spec.get("replicas", 1) - len(pods), failure, now):
        status["conditions"] = conditions
    return status


def _conditions(old: list[Object] | None, missing: int, failure: StatusError | None, now: float) -> list[Object]:
    if failure is None:
        return without_condition(old, "ReplicaFailure")
    if find_condition(old, "ReplicaFailure") is not None:
        return list(old or ())  # the first text stays until a pass succeeds
    condition = {
        "type": "ReplicaFailure",
        "status": "True",
        "lastTransitionTime": rfc3339(now),
        "reason": "FailedCreate" if missing > 0 else "FailedDelete",
        "message": failure.message,
    }
    return with_condition(old, condition)
