"""HorizontalPodAutoscalers where nobody measures: replicas are kept between the bounds, and why there is no more.

Source: kube-controller-manager, podautoscaler/horizontal.go and metrics/client.go (1.14 and 1.33). There is no metrics
API here, so that no metric can ever be had; what the bounds say is done all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from simulator.api.gvrs import (
    AUTOSCALERS,
    DEPLOYMENTCONFIGS,
    DEPLOYMENTS,
    EVENTS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    STATEFULSETS,
)
from simulator.api.types import GVR
from simulator.changes.api import AUTOSCALING_V2
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.events import record
from simulator.errors import NotFound, Object, StatusError
from simulator.runtime.clock import rfc3339

_PERIOD_S = 15.0  # --horizontal-pod-autoscaler-sync-period
_SCALED: dict[str, GVR] = {
    "Deployment": DEPLOYMENTS,
    "DeploymentConfig": DEPLOYMENTCONFIGS,
    "ReplicaSet": REPLICASETS,
    "ReplicationController": REPLICATIONCONTROLLERS,
    "StatefulSet": STATEFULSETS,
}
_NO_METRICS = "the server could not find the requested resource (get pods.metrics.k8s.io)"


def reconcile(context: Context, key: Key) -> Result:
    """Look at one autoscaler and at what it scales."""
    scaler = context.client.get_or_none(AUTOSCALERS, key.name, key.namespace)
    if scaler is None or "deletionTimestamp" in scaler["metadata"]:
        return DONE
    reference = scaler["spec"]["scaleTargetRef"]
    target = _target(context, reference, key.namespace)
    if target is None:
        return _without_target(context, scaler, reference)
    conditions = _Conditions(scaler, context.now)
    conditions.put(
        "AbleToScale", "True", "SucceededGetScale", "the HPA controller was able to get the target's current scale"
    )
    current = target["spec"].get("replicas", 0)
    desired, bound = _bounded(scaler, current)
    if current == 0 and _least(scaler) != 0:
        text = "scaling is disabled since the replica count of the target is zero"
        conditions.put("ScalingActive", "False", "ScalingDisabled", text)
        return _write(context, scaler, target, conditions, 0, rescaled=False)
    if bound:
        return _rescale(context, scaler, target, conditions, (current, desired, bound))
    return _measure(context, scaler, target, conditions)


def _target(context: Context, reference: Object, namespace: str) -> Object | None:
    resource = _SCALED.get(reference["kind"])
    return None if resource is None else context.client.get_or_none(resource, reference["name"], namespace)


def _least(scaler: Object) -> int:
    least: int = scaler["spec"].get("minReplicas", 1)
    return least


def _bounded(scaler: Object, current: int) -> tuple[int, str]:
    """The replicas within the bounds, and what is told when those of now are not."""
    most = scaler["spec"]["maxReplicas"]
    if current > most:
        return most, "Current number of replicas above Spec.MaxReplicas"
    if current < _least(scaler):
        return _least(scaler), "Current number of replicas below Spec.MinReplicas"
    return current, ""


def _without_target(context: Context, scaler: Object, reference: Object) -> Result:
    resource = _SCALED.get(reference["kind"])
    group = reference.get("apiVersion", "v1").rpartition("/")[0]
    text = f'no matches for kind "{reference["kind"]}" in group "{group}"'
    if resource is not None:
        text = f'{resource.qualified} "{reference["name"]}" not found'
    conditions = _Conditions(scaler, context.now)
    told = f"the HPA controller was unable to get the target's current scale: {text}"
    if conditions.put("AbleToScale", "False", "FailedGetScale", told) and not _was_told(
        context, scaler, "FailedGetScale"
    ):
        record(context, scaler, "Warning", "FailedGetScale", text)
    return _write(context, scaler, None, conditions, None, rescaled=False)


def _rescale(
    context: Context, scaler: Object, target: Object, conditions: _Conditions, change: tuple[int, int, str]
) -> Result:
    current, desired, reason = change
    resource = _SCALED[target["kind"]]
    spec = {**target["spec"], "replicas": desired}
    try:
        context.client.update(resource, {**target, "spec": spec})
    except NotFound:
        return DONE
    except StatusError as error:
        told = f"the HPA controller was unable to update the target scale: {error.message}"
        conditions.put("AbleToScale", "False", "FailedUpdateScale", told)
        text = f"New size: {desired}; reason: {reason}; error: {error.message}"
        record(context, scaler, "Warning", "FailedRescale", text)
        _write(context, scaler, target, conditions, current, rescaled=False)
        raise
    told = f"the HPA controller was able to update the target scale to {desired}"
    conditions.put("AbleToScale", "True", "SucceededRescale", told)
    record(context, scaler, "Normal", "SuccessfulRescale", f"New size: {desired}; reason: {reason}")
    _write(context, scaler, target, conditions, desired, rescaled=True)
    return Result(_PERIOD_S)


def _measure(context: Context, scaler: Object, target: Object, conditions: _Conditions) -> Result:
    """No metric can be had. That is told once, as long as nothing changes."""
    kind, what = _metric(scaler)
    reason = f"FailedGet{kind}Metric"
    unable = f"failed to get {what}: unable to get metrics for resource {what.partition(' ')[0]}: "
    detail = f"unable to fetch metrics from resource metrics API: {_NO_METRICS}"
    told = f"the HPA was unable to compute the replica count: {unable}{detail}"
    if conditions.put("ScalingActive", "False", reason, told) and not _was_told(context, scaler, reason):
        record(context, scaler, "Warning", reason, f"{unable}{detail}")
        invalid = f"invalid metrics (1 invalid out of 1), first error is: {unable}{detail}"
        record(context, scaler, "Warning", "FailedComputeMetricsReplicas", invalid)
    return _write(context, scaler, target, conditions, target["spec"].get("replicas", 0), rescaled=False)


def _was_told(context: Context, scaler: Object, reason: str) -> bool:
    """Version 1 has no conditions that would tell what is known already."""
    meta = scaler["metadata"]
    if AUTOSCALING_V2.at(context.release):
        return False
    said = context.client.list(EVENTS, meta["namespace"], fields=f"involvedObject.name={meta['name']}")
    return any(one["reason"] == reason and one["involvedObject"].get("uid") == meta["uid"] for one in said)


def _metric(scaler: Object) -> tuple[str, str]:
    """What the first metric is about, as (Resource, ``cpu resource metric value``)."""
    metrics: list[Any] = scaler["spec"].get("metrics") or [{"type": "Resource", "resource": {"name": "cpu"}}]
    first = metrics[0]
    if first["type"] != "Resource":
        return first["type"], f"{first['type'].lower()} metric value"
    target = first["resource"].get("target") or {"type": "Utilization"}
    measured = "utilization" if target.get("type") == "Utilization" else "resource metric value"
    return "Resource", f"{first['resource']['name']} {measured}"


class _Conditions:
    """The conditions of an autoscaler while they are worked out; the newest news stand first, as in the real one."""

    def __init__(self, scaler: Object, now: float) -> None:
        status = scaler.get("status") or {}
        self.items: list[Object] = list(status.get("conditions") or ())
        self._now = now

    def put(self, kind: str, status: str, reason: str, message: str) -> bool:
        """Whether that is news."""
        old = next((one for one in self.items if one["type"] == kind), None)
        told = {"type": kind, "status": status, "reason": reason, "message": message}
        if old is not None and told.items() <= old.items():
            return False
        since = old["lastTransitionTime"] if old is not None and old["status"] == status else rfc3339(self._now)
        fresh = {**told, "lastTransitionTime": since}
        self.items = [fresh if one is old else one for one in self.items] if old else [*self.items, fresh]
        return True


def _write(
    context: Context, scaler: Object, target: Object | None, conditions: _Conditions, desired: int | None, *,
    rescaled: bool,
) -> Result:  # fmt: skip
    old = scaler.get("status") or {}
    current = (target.get("status") or {}).get("replicas", 0) if target is not None else old.get("currentReplicas", 0)
    status: Object = {
        "currentMetrics": None,
        "currentReplicas": current,
        "desiredReplicas": old.get("desiredReplicas", 0) if desired is None else desired,
        "conditions": conditions.items,
    }
    if not AUTOSCALING_V2.at(context.release):
        status = {key: status[key] for key in ("currentReplicas", "desiredReplicas")}
    if rescaled or old.get("lastScaleTime"):
        status["lastScaleTime"] = rfc3339(context.now) if rescaled else old["lastScaleTime"]
    if status != old:
        with suppress(NotFound):
            context.client.update_status(AUTOSCALERS, {**scaler, "status": status})
    return DONE


def _scaler_keys(kind: str) -> Any:
    def keys(context: Context, obj: Object) -> Iterable[Key]:
        name = obj["metadata"]["name"]
        for scaler in context.client.list(AUTOSCALERS, obj["metadata"]["namespace"]):
            reference = scaler["spec"]["scaleTargetRef"]
            if (reference["kind"], reference["name"]) == (kind, name):
                yield key_of(scaler)

    return keys


CONTROLLER = Controller(
    name="horizontal-pod-autoscaler",
    user="system:serviceaccount:kube-system:horizontal-pod-autoscaler",
    watches=(
        Watches(AUTOSCALERS, own_key),
        *(Watches(resource, _scaler_keys(kind)) for kind, resource in _SCALED.items()),
    ),
    reconcile=reconcile,
    component="horizontal-pod-autoscaler",
)
