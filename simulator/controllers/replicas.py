"""What ReplicaSets and ReplicationControllers share: a number of pods of one template.

Source: kube-controller-manager, replicaset/replica_set.go and replica_set_utils.go (1.14).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

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
    pod_of_template,
    ready_since,
    time_until_available,
)
from simulator.errors import NotFound, Object, StatusError
from simulator.runtime.clock import rfc3339


def reconcile(context: Context, resource: GVR, key: Key, selector: Callable[[Object], Object | None]) -> Result:
    """Create or delete pods until there are ``spec.replicas``, then write the status."""
    owner = context.client.get_or_none(resource, key.name, key.namespace)
    if owner is None:
        return DONE  # its pods are the garbage collector's business now
    replicas = [one for one in _known(context, owner, claim(context, PODS, owner, selector(owner))) if one.is_active]
    pods = [one.pod for one in replicas]
    failure = None
    if "deletionTimestamp" not in owner["metadata"]:
        failure = _manage(context, owner, pods)
    _write_status(context, resource, owner, replicas, failure)
    if failure is not None:
        raise failure
    return Result(time_until_available(pods, owner["spec"].get("minReadySeconds", 0), context.now))


class Replica(NamedTuple):
    """A pod, and what counting asks about it."""

    pod: Object
    is_active: bool
    is_labelled: bool
    ready_since: float | None


def _known(context: Context, owner: Object, pods: list[Object]) -> list[Replica]:
    """Of hundreds of pods one has changed since the last pass: only that one is looked at."""
    memory, uid, template = context.memo.of(_known), owner["metadata"]["uid"], owner["spec"]["template"]
    last: tuple[Object, dict[int, Replica]] | None = memory.get(uid)
    before = last[1] if last is not None and last[0] is template else {}
    places = [*map(id, pods)]
    replicas = [one or _look_at(pod, template) for one, pod in zip(map(before.get, places), pods, strict=True)]
    memory[uid] = template, dict(zip(places, replicas, strict=True))
    return replicas


def _look_at(pod: Object, template: Object) -> Replica:
    return Replica(pod, is_active(pod), fully_labelled(pod, template), ready_since(pod))


def _manage(context: Context, owner: Object, pods: list[Object]) -> StatusError | None:
    """The first failure ends it, as the slow start does: one refused pod, one event, then back-off."""
    missing = owner["spec"].get("replicas", 1) - len(pods)
    try:
        for _ in range(missing):
            podcontrol.create(context, owner, pod_of_template(owner, owner["spec"]["template"]))
        for pod in sorted(pods, key=deletion_rank)[:-missing] if missing < 0 else ():
            podcontrol.delete(context, owner, pod)
    except StatusError as error:
        return error
    return None


def _write_status(
    context: Context, resource: GVR, owner: Object, replicas: list[Replica], failure: StatusError | None
) -> None:
    status = replicas_status(owner, replicas, failure, context.now)
    if status != owner.get("status"):
        try:
            context.client.update_status(resource, {**owner, "status": status})
        except NotFound:
            return  # deleted meanwhile


def replicas_status(owner: Object, replicas: list[Replica], failure: StatusError | None, now: float) -> Object:
    """The status, counted on the pods as they were before this pass. But for ``replicas``, counts of 0 are left out."""
    spec, old = owner["spec"], owner.get("status") or {}
    wait_s = spec.get("minReadySeconds", 0)
    since = [one.ready_since for one in replicas if one.ready_since is not None]
    counts = {
        "fullyLabeledReplicas": [one.is_labelled for one in replicas].count(True),
        "readyReplicas": len(since),
        "availableReplicas": len(since) if wait_s == 0 else sum(one + wait_s <= now for one in since),
    }
    status: Object = {"replicas": len(replicas), **{name: count for name, count in counts.items() if count}}
    if generation := owner["metadata"].get("generation"):
        status["observedGeneration"] = generation
    if conditions := _conditions(old.get("conditions"), spec.get("replicas", 1) - len(replicas), failure, now):
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
