"""Keeps claims that pods use, and volumes that claims use, from going away. Source: pvc_protection_controller.go."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS
from simulator.api.types import GVR
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.podstate import FINISHED, claim_names, phase
from simulator.errors import Object

CLAIM_FINALIZER, VOLUME_FINALIZER = "kubernetes.io/pvc-protection", "kubernetes.io/pv-protection"


def reconcile_claim(context: Context, key: Key) -> Result:
    """The finalizer stays as long as a pod that is not over uses the claim."""
    claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, key.name, key.namespace)
    if claim is not None:
        _protect(context, PERSISTENTVOLUMECLAIMS, claim, CLAIM_FINALIZER, lambda: _is_used(context, claim))
    return DONE


def reconcile_volume(context: Context, key: Key) -> Result:
    """The finalizer stays as long as the volume is bound."""
    volume = context.client.get_or_none(PERSISTENTVOLUMES, key.name)
    if volume is not None:
        bound = volume.get("status", {}).get("phase") == "Bound"
        _protect(context, PERSISTENTVOLUMES, volume, VOLUME_FINALIZER, lambda: bound)
    return DONE


def _protect(context: Context, resource: GVR, obj: Object, finalizer: str, is_used: Callable[[], bool]) -> None:
    meta = obj["metadata"]
    finalizers = list(meta.get("finalizers") or ())
    deleting = "deletionTimestamp" in meta
    if deleting and finalizer in finalizers and not is_used():
        finalizers.remove(finalizer)
    elif not deleting and finalizer not in finalizers:
        finalizers.append(finalizer)
    else:
        return
    changed = {key: value for key, value in meta.items() if key != "finalizers"}
    context.client.update(resource, {**obj, "metadata": {**changed, "finalizers": finalizers}})


def _is_used(context: Context, claim: Object) -> bool:
    name = claim["metadata"]["name"]
    return any(
        name in claim_names(pod)
        for pod in context.client.list(PODS, claim["metadata"]["namespace"])
        if pod["spec"].get("nodeName") and phase(pod) not in FINISHED
    )


def _claims_of_pod(_context: Context, pod: Object) -> Iterable[Key]:
    return [Key(pod["metadata"]["namespace"], name) for name in claim_names(pod)]


CONTROLLERS = (
    Controller(
        name="pvc-protection",
        user="system:serviceaccount:kube-system:pvc-protection-controller",
        watches=(Watches(PERSISTENTVOLUMECLAIMS, own_key), Watches(PODS, _claims_of_pod)),
        reconcile=reconcile_claim,
    ),
    Controller(
        name="pv-protection",
        user="system:serviceaccount:kube-system:pv-protection-controller",
        watches=(Watches(PERSISTENTVOLUMES, own_key),),
        reconcile=reconcile_volume,
    ),
)
