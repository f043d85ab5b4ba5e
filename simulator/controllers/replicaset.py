"""ReplicaSets: as many pods as asked for. Source: kube-controller-manager, replica_set.go (1.14)."""

from __future__ import annotations

from simulator.api.gvrs import PODS, REPLICASETS
from simulator.controllers import replicas
from simulator.controllers.context import Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.ownership import controller_or_matching_keys


def reconcile(context: Context, key: Key) -> Result:
    """Bring the pods of one ReplicaSet to ``spec.replicas``."""
    return replicas.reconcile(context, REPLICASETS, key, lambda replicaset: replicaset["spec"].get("selector"))


CONTROLLER = Controller(
    name="replicaset",
    user="system:serviceaccount:kube-system:replicaset-controller",
    watches=(
        Watches(REPLICASETS, own_key),
        Watches(PODS, controller_or_matching_keys("ReplicaSet", REPLICASETS)),
    ),
    reconcile=reconcile,
    component="replicaset-controller",
)
