"""PodDisruptionBudgets: how many of the pods that a budget covers may be disrupted now.

Source: kube-controller-manager, disruption/disruption.go (1.14 and 1.33). Not modelled: ``disruptedPods``, as an
eviction here deletes at once; scale subresources of custom resources.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import (
    DEPLOYMENTS,
    PODDISRUPTIONBUDGETS,
    PODS,
    REPLICASETS,
    REPLICATIONCONTROLLERS,
    STATEFULSETS,
)
from simulator.changes.workloads import BUDGET_CONDITION
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import (
    DONE,
    Context,
    Controller,
    Key,
    Result,
    Watches,
    controller_of,
    key_of,
    own_key,
)
from simulator.controllers.labels import labels_of, selects
from simulator.controllers.limits import scaled_value
from simulator.controllers.podstate import FINISHED, is_serving, phase
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

_OWNERS = {"ReplicaSet": REPLICASETS, "StatefulSet": STATEFULSETS, "ReplicationController": REPLICATIONCONTROLLERS}


def reconcile(context: Context, key: Key) -> Result:
    """Count for one budget."""
    budget = context.client.get_or_none(PODDISRUPTIONBUDGETS, key.name, key.namespace)
    if budget is None or "deletionTimestamp" in budget["metadata"]:
        return DONE
    pods = [pod for pod in context.client.list(PODS, key.namespace) if _covers(budget, pod)]
    pods = [pod for pod in pods if phase(pod) not in FINISHED]
    expected, needed = _expected(context, budget, pods)
    status = budget_status(budget, pods, expected, needed)
    if BUDGET_CONDITION.at(context.release):
        status["conditions"] = _conditions(budget, status, context.now)
    if status != budget.get("status"):
        context.client.update_status(PODDISRUPTIONBUDGETS, {**budget, "status": status})
    return DONE


def _covers(budget: Object, pod: Object) -> bool:
    return selects(budget["spec"].get("selector"), labels_of(pod))


def budget_status(budget: Object, pods: list[Object], expected: int, needed: int) -> Object:
    """The counts. A pod that is being deleted is not healthy."""
    healthy = sum(map(is_serving, pods))
    return {
        "currentHealthy": healthy,
        "desiredHealthy": needed,
        "disruptionsAllowed": max(healthy - needed, 0) if expected > 0 else 0,
        "expectedPods": expected,
        "observedGeneration": budget["metadata"].get("generation", 0),
    }


def _expected(context: Context, budget: Object, pods: list[Object]) -> tuple[int, int]:
    """How many pods there should be, and how many must be healthy. A plain number of ``minAvailable`` asks nobody."""
    spec = budget["spec"]
    if "maxUnavailable" in spec:
        expected = _wanted_by_owners(context, pods)
        return expected, max(expected - scaled_value(spec["maxUnavailable"], expected, round_up=True), 0)
    least = spec.get("minAvailable", 1)
    if isinstance(least, int):
        return len(pods), least
    expected = _wanted_by_owners(context, pods)
    return expected, scaled_value(least, expected, round_up=True)


def _wanted_by_owners(context: Context, pods: Iterable[Object]) -> int:
    """The sum of the sizes of the pods' controllers; those of a Deployment count as one, with its size."""
    sizes: dict[str, int] = {}
    for pod in pods:
        owner, namespace = controller_of(pod), pod["metadata"]["namespace"]
        if owner is None or owner["kind"] not in _OWNERS or owner["uid"] in sizes:
            continue
        found = context.client.get_or_none(_OWNERS[owner["kind"]], owner["name"], namespace)
        if found is None:
            continue
        above = controller_of(found)
        if above is not None and above["kind"] == "Deployment":
            deployment = context.client.get_or_none(DEPLOYMENTS, above["name"], namespace)
            found = deployment if deployment is not None else found
        sizes[found["metadata"]["uid"]] = found["spec"].get("replicas", 1)
    return sum(sizes.values())


def _conditions(budget: Object, status: Object, now: float) -> list[Object]:
    allowed = status["disruptionsAllowed"] > 0
    condition: Object = {
        "type": "DisruptionAllowed",
        "status": "True" if allowed else "False",
        "lastTransitionTime": rfc3339(now),
        "message": "",
        "observedGeneration": status["observedGeneration"],
        "reason": "SufficientPods" if allowed else "InsufficientPods",
    }
    old = find_condition((budget.get("status") or {}).get("conditions"), "DisruptionAllowed")
    if old is not None and old["status"] == condition["status"]:
        condition["lastTransitionTime"] = old["lastTransitionTime"]
    return [condition]


def _pod_keys(context: Context, pod: Object) -> Iterable[Key]:
    found = context.client.list(PODDISRUPTIONBUDGETS, pod["metadata"]["namespace"])
    return [key_of(budget) for budget in found if _covers(budget, pod)]


def _deployment_keys(context: Context, deployment: Object) -> Iterable[Key]:
    """Its size may have changed."""
    template = deployment["spec"]["template"].get("metadata") or {}
    found = context.client.list(PODDISRUPTIONBUDGETS, deployment["metadata"]["namespace"])
    return [key_of(one) for one in found if selects(one["spec"].get("selector"), template.get("labels") or {})]


CONTROLLER = Controller(
    name="disruption",
    user="system:serviceaccount:kube-system:disruption-controller",
    watches=(
        Watches(PODDISRUPTIONBUDGETS, own_key),
        Watches(PODS, _pod_keys),
        Watches(DEPLOYMENTS, _deployment_keys),
    ),
    reconcile=reconcile,
    component="controllermanager",
)
