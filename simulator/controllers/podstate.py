"""What controllers ask about a pod, and the pod that a template makes. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from simulator.controllers.conditions import find_condition
from simulator.controllers.context import owner_reference
from simulator.controllers.labels import labels_of
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339

FINISHED = ("Succeeded", "Failed")


def phase(pod: Object) -> str:
    text: str = pod.get("status", {}).get("phase", "Pending")
    return text


def is_active(pod: Object) -> bool:
    """Neither finished nor being deleted: it counts as a replica."""
    return phase(pod) not in FINISHED and "deletionTimestamp" not in pod["metadata"]


def ready_since(pod: Object) -> float | None:
    """When the pod became ready (seconds since the epoch), or None."""
    condition = find_condition(pod.get("status", {}).get("conditions"), "Ready")
    if condition is None or condition["status"] != "True":
        return None
    since = condition.get("lastTransitionTime")
    return parse_rfc3339(since) if since else 0.0


def is_ready(pod: Object) -> bool:
    return ready_since(pod) is not None


def is_serving(pod: Object) -> bool:
    """Ready, and not being deleted."""
    return is_ready(pod) and "deletionTimestamp" not in pod["metadata"]


def is_available(pod: Object, min_ready_s: int, now: float) -> bool:
    """Ready for at least ``min_ready_s`` seconds."""
    since = ready_since(pod)
    return since is not None and (min_ready_s == 0 or since + min_ready_s <= now)


def time_until_available(pods: list[Object], min_ready_s: int, now: float) -> float | None:
    """Seconds until the next of the ready pods becomes available; None when none is on the way."""
    if min_ready_s == 0:
        return None
    waits = [since + min_ready_s - now for pod in pods if (since := ready_since(pod)) is not None]
    return min((wait for wait in waits if wait > 0), default=None)


def restarts(pod: Object) -> int:
    return sum(status.get("restartCount", 0) for status in pod.get("status", {}).get("containerStatuses") or ())


def claim_names(pod: Object) -> Iterator[str]:
    """The PersistentVolumeClaims that its volumes name."""
    for volume in pod["spec"].get("volumes") or ():
        if "persistentVolumeClaim" in volume:
            yield volume["persistentVolumeClaim"]["claimName"]


def pod_of_template(
    owner: Object, template: Object, *, name: str = "", labels: Mapping[str, str] | None = None
) -> Object:
    """A new pod of ``owner``, named ``name`` or, without one, by the server after the owner."""
    meta = template.get("metadata") or {}
    made: dict[str, Any] = {"name": name} if name else {"generateName": owner["metadata"]["name"] + "-"}
    made["namespace"] = owner["metadata"]["namespace"]
    made["labels"] = {**(meta.get("labels") or {}), **(labels or {})}
    if meta.get("annotations"):
        made["annotations"] = meta["annotations"]
    if meta.get("finalizers"):
        made["finalizers"] = meta["finalizers"]
    made["ownerReferences"] = [owner_reference(owner)]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": made, "spec": template["spec"]}


def deletion_rank(pod: Object) -> tuple[Any, ...]:
    """Sorts the pods of a replica set: the first is the first to go.

    Unassigned, then pending, then not ready, then ready for the shortest time, then restarted most often, then
    youngest. Source: kube-controller-manager, controller_utils.go, ActivePods (1.14).
    """
    since = ready_since(pod)
    meta = pod["metadata"]
    return (
        bool(pod["spec"].get("nodeName")),
        {"Pending": 0, "Unknown": 1, "Running": 2}.get(phase(pod), 2),
        since is not None,
        -(since or 0.0),
        -restarts(pod),
        -parse_rfc3339(meta["creationTimestamp"]),
        meta["name"],
    )


def fully_labelled(pod: Object, template: Object) -> bool:
    wanted = (template.get("metadata") or {}).get("labels") or {}
    return wanted.items() <= labels_of(pod).items()
