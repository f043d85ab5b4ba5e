"""Lists of status conditions. Pure; the list given is not changed."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.errors import Object


def find_condition(conditions: Iterable[Object] | None, kind: str) -> Object | None:
    """The condition of that type, or None."""
    return next((condition for condition in conditions or () if condition["type"] == kind), None)


def without_condition(conditions: Iterable[Object] | None, kind: str) -> list[Object]:
    return [condition for condition in conditions or () if condition["type"] != kind]


def with_condition(conditions: Iterable[Object] | None, condition: Object) -> list[Object]:
    """The list with ``condition`` at its end in place of the one of its type, unless status and reason are as before.

    ``lastTransitionTime`` moves only with the status. Source: kube-controller-manager, deployment_util.go,
    SetDeploymentCondition (replica sets and others do the same).
    """
    old = find_condition(conditions, condition["type"])
    if old is not None and old["status"] == condition["status"]:
        if old.get("reason") == condition.get("reason"):
            return list(conditions or ())
        condition = {**condition, "lastTransitionTime": old["lastTransitionTime"]}
    return [*without_condition(conditions, condition["type"]), condition]
