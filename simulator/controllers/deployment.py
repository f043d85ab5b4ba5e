"""Deployments: roll-outs from one ReplicaSet to the next. Source: kube-controller-manager, deployment (1.14)."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import DEPLOYMENTS, PODS, REPLICASETS
from simulator.changes.workloads import SCALED, SCALED_NEW
from simulator.controllers import rollout
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, controller_of, own_key
from simulator.controllers.deployment_status import (
    deployment_status,
    is_complete,
    progress_deadline_s,
    time_until_deadline,
    with_pause_condition,
)
from simulator.controllers.events import record
from simulator.controllers.labels import annotations_of
from simulator.controllers.ownership import claim, controlled_by, controller_or_matching_keys
from simulator.controllers.podstate import FINISHED, phase
from simulator.controllers.replicasets import (
    REVISION,
    annotations_for_scale,
    carry_annotations,
    collision,
    find_new,
    new_replicaset,
    next_revision,
    revision_of,
)
from simulator.errors import AlreadyExists, NotFound, Object, StatusError
from simulator.runtime.clock import rfc3339


def reconcile(context: Context, key: Key) -> Result:
    """Move one Deployment a step on: one wave of scaling a pass, then its status."""
    deployment = context.client.get_or_none(DEPLOYMENTS, key.name, key.namespace)
    if deployment is None:
        return DONE
    if _selects_everything(deployment):
        return _refuse_selector(context, deployment)
    replicasets = claim(context, REPLICASETS, deployment, deployment["spec"]["selector"])
    if "deletionTimestamp" in deployment["metadata"]:
        return _sync_status(context, deployment, replicasets)
    deployment = _sync_pause(context, deployment)
    if deployment["spec"].get("paused"):
        return _sync_scale(context, deployment, replicasets, clean_up=True)
    if rollout.is_scaling_event(deployment, replicasets):
        return _sync_scale(context, deployment, replicasets)
    strategy = _recreate if rollout.is_recreate(deployment) else _roll
    return strategy(context, deployment, replicasets)


# -- strategies


def _roll(context: Context, deployment: Object, replicasets: list[Object]) -> Result:
    deployment, replicasets = _ensure_new(context, deployment, replicasets)
    new, old = rollout.split(deployment, replicasets)
    assert new is not None
    plan = rollout.plan_scale_up(deployment, new, replicasets) or rollout.plan_scale_down(deployment, new, old)
    replicasets = _scale(context, deployment, replicasets, plan)
    if not plan and is_complete(deployment, deployment.get("status", {})):
        replicasets = _clean_up(context, deployment, replicasets)
    return _sync_status(context, deployment, replicasets)


def _recreate(context: Context, deployment: Object, replicasets: list[Object]) -> Result:
    new, old = rollout.split(deployment, replicasets)
    plan = {replicaset["metadata"]["name"]: 0 for replicaset in old if replicaset["spec"]["replicas"]}
    if plan:
        return _sync_status(context, deployment, _scale(context, deployment, replicasets, plan))
    if _old_pods_run(context, deployment, old):
        return _sync_status(context, deployment, replicasets)
    deployment, replicasets = _ensure_new(context, deployment, replicasets)
    new, _ = rollout.split(deployment, replicasets)
    assert new is not None
    plan = rollout.plan_scale_up(deployment, new, replicasets)
    replicasets = _scale(context, deployment, replicasets, plan)
    if is_complete(deployment, deployment.get("status", {})):
        replicasets = _clean_up(context, deployment, replicasets)
    return _sync_status(context, deployment, replicasets)


def _old_pods_run(context: Context, deployment: Object, old: list[Object]) -> bool:
    """Whether a pod of an old ReplicaSet is still there, though it may be terminating."""
    uids = {replicaset["metadata"]["uid"] for replicaset in old}
    pods = context.client.list(PODS, deployment["metadata"]["namespace"]) if uids else []
    owners = [(controller_of(pod), pod) for pod in pods]
    return any(owner and owner["uid"] in uids and phase(pod) not in FINISHED for owner, pod in owners)


def _sync_scale(context: Context, deployment: Object, replicasets: list[Object], clean_up: bool = False) -> Result:
    """Follow ``spec.replicas`` without rolling: when paused, or when the number changed in the middle of a roll-out."""
    if find_new(deployment, replicasets) is not None:
        deployment, replicasets = _ensure_new(context, deployment, replicasets)
    plan = rollout.plan_proportional(deployment, replicasets)
    replicasets = _scale(context, deployment, replicasets, plan)
    if clean_up:
        replicasets = _clean_up(context, deployment, replicasets)
    return _sync_status(context, deployment, replicasets)


# -- replica sets


def _ensure_new(context: Context, deployment: Object, replicasets: list[Object]) -> tuple[Object, list[Object]]:
    """The Deployment and its ReplicaSets, with one of the present template and with revisions that count."""
    found = find_new(deployment, replicasets)
    if found is None:
        return _create_new(context, deployment, replicasets)
    carried = carry_annotations(deployment, found, next_revision(deployment, replicasets, found))
    if carried != found:
        carried = context.client.update(REPLICASETS, carried)
        replicasets = [carried if one is found else one for one in replicasets]
    name = found["metadata"]["name"]
    text = f'Found new replica set "{name}"'
    deployment = _announce(context, deployment, "FoundNewReplicaSet", text, only_first=True)
    return _mark_revision(context, deployment, revision_of(carried)), replicasets


def _create_new(context: Context, deployment: Object, replicasets: list[Object]) -> tuple[Object, list[Object]]:
    wanted = new_replicaset(deployment, replicasets)
    name = wanted["metadata"]["name"]
    try:
        made = context.client.create(REPLICASETS, wanted)
    except AlreadyExists:
        _count_collision(context, deployment, name)
        raise
    except StatusError as error:
        _note_create_error(context, deployment, name, error)
        raise
    if replicas := made["spec"]["replicas"]:
        text = SCALED_NEW.at(context.release).format(name=name, after=replicas)
        record(context, deployment, "Normal", "ScalingReplicaSet", text)
    deployment = _announce(context, deployment, "NewReplicaSetCreated", f'Created new replica set "{name}"')
    return _mark_revision(context, deployment, revision_of(made)), [*replicasets, made]


def _count_collision(context: Context, deployment: Object, name: str) -> None:
    """Another object has the name: the next pass hashes with one collision more."""
    present = context.client.get_or_none(REPLICASETS, name, deployment["metadata"]["namespace"])
    if present is None or (controlled_by(deployment, [present]) and find_new(deployment, [present]) is not None):
        return
    status = deployment.get("status") or {}
    context.client.update_status(DEPLOYMENTS, {**deployment, "status": collision(status)})


def _note_create_error(context: Context, deployment: Object, name: str, error: StatusError) -> None:
    message = f'Failed to create new replica set "{name}": {error.message}'
    if progress_deadline_s(deployment) is not None:
        _set_progressing(context, deployment, "False", "ReplicaSetCreateError", message)
    record(context, deployment, "Warning", "ReplicaSetCreateError", message)


def _announce(context: Context, deployment: Object, reason: str, message: str, only_first: bool = False) -> Object:
    known = find_condition(deployment.get("status", {}).get("conditions"), "Progressing")
    if progress_deadline_s(deployment) is None or (only_first and known is not None):
        return deployment
    return _set_progressing(context, deployment, "True", reason, message)


def _set_progressing(context: Context, deployment: Object, status: str, reason: str, message: str) -> Object:
    changed = rollout.with_progressing(deployment, status, reason, message, rfc3339(context.now))
    if changed == deployment:
        return deployment
    return context.client.update_status(DEPLOYMENTS, changed)


def _mark_revision(context: Context, deployment: Object, revision: int) -> Object:
    annotations = annotations_of(deployment)
    if annotations.get(REVISION) == str(revision):
        return deployment
    meta = {**deployment["metadata"], "annotations": {**annotations, REVISION: str(revision)}}
    return context.client.update(DEPLOYMENTS, {**deployment, "metadata": meta})


def _scale(context: Context, deployment: Object, replicasets: list[Object], plan: dict[str, int]) -> list[Object]:
    """Write the sizes of ``plan`` (name to replicas) and say so; returns the ReplicaSets as they are then."""
    return [
        _scale_one(context, deployment, replicaset, plan[name]) if (name := replicaset["metadata"]["name"]) in plan
        else replicaset
        for replicaset in replicasets
    ]  # fmt: skip


def _scale_one(context: Context, deployment: Object, replicaset: Object, size: int) -> Object:
    before, name = replicaset["spec"]["replicas"], replicaset["metadata"]["name"]
    meta = {**replicaset["metadata"], "annotations": annotations_for_scale(deployment, replicaset)}
    changed = {**replicaset, "metadata": meta, "spec": {**replicaset["spec"], "replicas": size}}
    if changed == replicaset:
        return replicaset
    written = context.client.update(REPLICASETS, changed)
    if size != before:
        direction = "up" if size > before else "down"
        told = SCALED.at(context.release).format(direction=direction, name=name, before=before, after=size)
        record(context, deployment, "Normal", "ScalingReplicaSet", told)
    return written


def _clean_up(context: Context, deployment: Object, replicasets: list[Object]) -> list[Object]:
    """Delete the oldest ReplicaSets that are over ``revisionHistoryLimit`` and have no pods."""
    gone = rollout.plan_clean_up(deployment, replicasets)
    for replicaset in gone:
        meta = replicaset["metadata"]
        this = {"uid": meta["uid"], "propagation": "Background"}
        try:
            context.client.delete(REPLICASETS, meta["name"], meta["namespace"], **this)
        except NotFound:
            continue
    return [replicaset for replicaset in replicasets if replicaset not in gone]


# -- status


def _sync_status(context: Context, deployment: Object, replicasets: list[Object]) -> Result:
    new, _ = rollout.split(deployment, replicasets)
    status = deployment_status(deployment, replicasets, new, context.now)
    if status != deployment.get("status"):
        deployment = context.client.update_status(DEPLOYMENTS, {**deployment, "status": status})
    return Result(time_until_deadline(deployment, context.now))


def _sync_pause(context: Context, deployment: Object) -> Object:
    changed = with_pause_condition(deployment, context.now)
    return deployment if changed == deployment else context.client.update_status(DEPLOYMENTS, changed)


def _selects_everything(deployment: Object) -> bool:
    selector = deployment["spec"].get("selector") or {}
    return not selector.get("matchLabels") and not selector.get("matchExpressions")


def _refuse_selector(context: Context, deployment: Object) -> Result:
    generation, status = deployment["metadata"].get("generation", 0), deployment.get("status") or {}
    if status.get("observedGeneration", 0) < generation:
        text = "This deployment is selecting all pods. A non-empty selector is required."
        record(context, deployment, "Warning", "SelectingAll", text)
        seen = {**status, "observedGeneration": generation}
        context.client.update_status(DEPLOYMENTS, {**deployment, "status": seen})
    return DONE


# -- what leads here


def _pod_keys(context: Context, pod: Object) -> Iterable[Key]:
    """A pod that goes may be the last that a Recreate waited for."""
    owner = controller_of(pod)
    if owner is None or owner["kind"] != "ReplicaSet" or "deletionTimestamp" not in pod["metadata"]:
        return ()
    namespace = pod["metadata"]["namespace"]
    replicaset = context.client.get_or_none(REPLICASETS, owner["name"], namespace)
    above = controller_of(replicaset) if replicaset is not None else None
    return (Key(namespace, above["name"]),) if above is not None and above["kind"] == "Deployment" else ()


CONTROLLER = Controller(
    name="deployment",
    user="system:serviceaccount:kube-system:deployment-controller",
    watches=(
        Watches(DEPLOYMENTS, own_key),
        Watches(REPLICASETS, controller_or_matching_keys("Deployment", DEPLOYMENTS)),
        Watches(PODS, _pod_keys),
    ),
    reconcile=reconcile,
    component="deployment-controller",
)
