"""What the ClusterOperator says: all conditions of the Config and of the pruner, merged into three.

Source: pkg/operator/clusteroperator.go and pkg/resource/clusteroperator.go, release-4.20.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from simulator.api.gvrs import CLUSTEROPERATORS, DEPLOYMENTS, IMAGEPRUNERS, REGISTRYCONFIGS
from simulator.changes.registry import PRUNER, SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry.clusteroperator import ClusterOperator
from simulator.controllers.image_registry.loops.loop import KEY, loop
from simulator.controllers.image_registry.names import (
    CLUSTER_ROLE,
    CONFIG,
    NAMESPACE,
    PRUNER_BINDING,
    REGISTRY_BINDING,
)
from simulator.controllers.image_registry.resources import apply_object
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

SINCE: Final = SINGLE_PURPOSE_LOOPS
NORMAL: Final = {"Available": "True", "Progressing": "False", "Degraded": "False"}
RELATED: Final[tuple[Object, ...]] = (
    {"group": "imageregistry.operator.openshift.io", "resource": "configs", "name": CONFIG},
    {"group": "imageregistry.operator.openshift.io", "resource": "imagepruners", "name": CONFIG},
    {"group": "rbac.authorization.k8s.io", "resource": "clusterroles", "name": CLUSTER_ROLE},
    {"group": "rbac.authorization.k8s.io", "resource": "clusterrolebindings", "name": REGISTRY_BINDING},
    {"group": "rbac.authorization.k8s.io", "resource": "clusterrolebindings", "name": PRUNER_BINDING},
    {"group": "", "resource": "namespaces", "name": NAMESPACE},
)


class MergedClusterOperator(ClusterOperator):
    """``conditions`` are those of the Config, then those of the ImagePruner with ``ImagePruner`` before their types."""

    def __init__(self, work: Work, pruner_conditions: Iterable[Object] = ()) -> None:
        super().__init__(work)
        prefixed = ({**one, "type": f"ImagePruner{one['type']}"} for one in pruner_conditions)
        self.conditions = [*work.config.conditions, *prefixed]

    def _conditions(self, old: Sequence[Object]) -> list[Object]:
        """Those of others stay. A time moves only with its status."""
        before = {one["type"]: one for one in old}
        now = rfc3339(self.work.context.now)
        for kind, normal in NORMAL.items():
            merged = union(kind, normal, self.conditions)
            known = before.get(kind)
            since = known["lastTransitionTime"] if known and known["status"] == merged["status"] else now
            before[kind] = {"type": kind, "status": merged["status"], "lastTransitionTime": since, **merged}
        return list(before.values())

    def _related_objects(self) -> list[Object]:
        return list(RELATED)


def union(kind: str, normal: str, conditions: Iterable[Object]) -> Object:
    """Status, reason and message of all conditions whose type ends in ``kind``; without a message there is no key."""
    merged = [one for one in conditions if one["type"].endswith(kind)]
    status = _status(normal, merged)
    reason = _reason(kind, merged)
    if not reason and status == normal:
        reason = "AsExpected"
    message = "\n".join(
        f"{one['type']}: {line}" for one in merged if one.get("message") for line in one["message"].split("\n")
    )
    return {
        "status": status,
        **({"reason": reason} if reason else {}),
        **({"message": message} if message else {}),
    }


def _status(normal: str, conditions: Iterable[Object]) -> str:
    """The first that is neither normal nor Unknown, else Unknown if any is."""
    others = [one["status"] for one in conditions if one["status"] != normal]
    return next((status for status in others if status != "Unknown"), "Unknown" if others else normal)


def _reason(kind: str, conditions: Iterable[Object]) -> str:
    said = [
        one["type"].removesuffix(kind) + one["reason"]
        for one in conditions
        if one.get("reason") not in (None, "", "AsExpected")
    ]
    return "::".join(sorted(said))


def step(work: Work) -> None:
    pruner = work.client.get_or_none(IMAGEPRUNERS, CONFIG) if PRUNER.at(work.release) else None
    conditions = ((pruner or {}).get("status") or {}).get("conditions") or ()
    apply_object(MergedClusterOperator(work, conditions))


CONTROLLER: Final = loop(
    "ClusterOperatorStatusController",
    SINCE,
    step,
    watches(CLUSTEROPERATORS, KEY, since=SINCE),
    watches(REGISTRYCONFIGS, KEY, since=SINCE),
    watches(IMAGEPRUNERS, KEY, since=SINCE),
    watches(DEPLOYMENTS, KEY, within(NAMESPACE), since=SINCE),
)
