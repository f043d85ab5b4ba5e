"""Creating and deleting pods on behalf of their owner, with its events.

Source: kube-controller-manager, controller_utils.go (1.14).
"""

from __future__ import annotations

from simulator.api.gvrs import PODS
from simulator.controllers.context import Context
from simulator.controllers.events import record
from simulator.errors import NotFound, Object, StatusError


def create(context: Context, owner: Object, pod: Object) -> Object:
    """Create a pod. A refusal becomes an event on the owner, then it is raised."""
    try:
        made = context.client.create(PODS, pod)
    except StatusError as error:
        record(context, owner, "Warning", "FailedCreate", f"Error creating: {error.message}")
        raise
    record(context, owner, "Normal", "SuccessfulCreate", f"Created pod: {made['metadata']['name']}")
    return made


def delete(context: Context, owner: Object, pod: Object) -> None:
    """Delete this very pod; gone already is fine, a namesake that was created meanwhile survives."""
    meta = pod["metadata"]
    try:
        context.client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"])
    except NotFound:
        return
    except StatusError as error:
        record(context, owner, "Warning", "FailedDelete", f"Error deleting: {error.message}")
        raise
    record(context, owner, "Normal", "SuccessfulDelete", f"Deleted pod: {meta['name']}")
