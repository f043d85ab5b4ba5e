"""The end of a CustomResourceDefinition: its resources go first, then it goes itself, and its names are free.

Source: apiextensions-apiserver, pkg/controller/finalizer/crd_finalizer.go (1.33).
"""

from __future__ import annotations

from simulator.api.customresources import CLEANUP, is_established
from simulator.api.definitions import named, with_condition
from simulator.api.gvrs import CUSTOMRESOURCEDEFINITIONS
from simulator.api.types import GVR
from simulator.controllers.content import gvr_of
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import Conflict, NotFound, Object
from simulator.runtime.clock import rfc3339

_POLL_S = 5.0  # until those are gone that a finalizer holds


def reconcile(context: Context, key: Key) -> Result:
    """Empty and release one definition that is being deleted."""
    definition = context.client.get_or_none(CUSTOMRESOURCEDEFINITIONS, key.name)
    if definition is None:
        _give_names(context)
        return DONE
    if CLEANUP not in (definition["metadata"].get("finalizers") or ()):
        return DONE
    if "deletionTimestamp" not in definition["metadata"]:
        return DONE
    if not is_established(definition):
        return _release(context, definition, ("False", "NeverEstablished", "resource was never established"))
    resource = gvr_of(definition)
    if _delete_all(context, resource):
        told = ("True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
        _update(context, definition, told)
        return Result(_POLL_S)
    return _release(context, definition, ("False", "InstanceDeletionCompleted", "removed all instances"))


def _give_names(context: Context) -> None:
    """A definition is gone: others may have its names."""
    definitions = context.client.list(CUSTOMRESOURCEDEFINITIONS)
    for one in definitions:
        if not is_established(one):
            changed = named(definitions, one, rfc3339(context.clock.now()))
            if changed != one:
                context.client.update_status(CUSTOMRESOURCEDEFINITIONS, changed)


def _delete_all(context: Context, resource: GVR) -> bool:
    """Delete what there is; whether something is left all the same."""
    for obj in context.client.list(resource):
        meta = obj["metadata"]
        if "deletionTimestamp" not in meta:
            try:
                context.client.delete(resource, meta["name"], meta.get("namespace"), uid=meta["uid"])
            except (Conflict, NotFound):
                continue
    return bool(context.client.list(resource))


def _update(context: Context, definition: Object, told: tuple[str, str, str]) -> Object:
    status = definition.get("status") or {}
    condition = dict(zip(("type", "status", "reason", "message"), ("Terminating", *told), strict=True))
    conditions = with_condition(status.get("conditions"), condition, rfc3339(context.clock.now()))
    if conditions == status.get("conditions"):
        return definition
    changed = {**definition, "status": {**status, "conditions": conditions}}
    return context.client.update_status(CUSTOMRESOURCEDEFINITIONS, changed)


def _release(context: Context, definition: Object, told: tuple[str, str, str]) -> Result:
    current = _update(context, definition, told)
    meta = current["metadata"]
    left = [name for name in meta.get("finalizers") or () if name != CLEANUP]
    context.client.update(CUSTOMRESOURCEDEFINITIONS, {**current, "metadata": {**meta, "finalizers": left}})
    return DONE


CONTROLLER = Controller(
    name="customresourcedefinition-finalizer",
    user="system:apiserver",
    watches=(Watches(CUSTOMRESOURCEDEFINITIONS, own_key),),
    reconcile=reconcile,
)
