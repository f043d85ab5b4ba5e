"""ReplicationControllers: ReplicaSets with a selector of plain pairs.

Source: kube-controller-manager, replication (1.14).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import PODS, REPLICATIONCONTROLLERS
from simulator.controllers import replicas
from simulator.controllers.context import Context, Controller, Key, Result, Watches, controller_of, key_of, own_key
from simulator.controllers.labels import has_all, labels_of
from simulator.errors import Object


def reconcile(context: Context, key: Key) -> Result:
    """Bring the pods of one ReplicationController to ``spec.replicas``."""
    return replicas.reconcile(context, REPLICATIONCONTROLLERS, key, _selector)


def _selector(controller: Object) -> Object | None:
    pairs = controller["spec"].get("selector")
    return {"matchLabels": pairs} if pairs else None


def _pod_keys(context: Context, pod: Object) -> Iterable[Key]:
    namespace, owner = pod["metadata"]["namespace"], controller_of(pod)
    if owner is not None:
        return (Key(namespace, owner["name"]),) if owner["kind"] == "ReplicationController" else ()
    candidates = context.client.list(REPLICATIONCONTROLLERS, namespace)
    chosen = [one for one in candidates if (pairs := one["spec"].get("selector")) and has_all(pairs, labels_of(pod))]
    return [key_of(one) for one in chosen]


CONTROLLER = Controller(
    name="replicationcontroller",
    user="system:serviceaccount:kube-system:replication-controller",
    watches=(Watches(REPLICATIONCONTROLLERS, own_key), Watches(PODS, _pod_keys)),
    reconcile=reconcile,
    component="replication-controller",
)
