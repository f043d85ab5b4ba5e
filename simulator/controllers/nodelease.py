"""Each node has a Lease in kube-node-lease. Its kubelet renews it every ten seconds: that is worked out at each read.

Source: kubelet, component-helpers/apimachinery/lease; ``api/subresources/leases.py`` tells the time of the renewal.
"""

from __future__ import annotations

from simulator.api.gvrs import LEASES, NAMESPACES, NODES
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import Object
from simulator.runtime.clock import rfc3339

NAMESPACE, DURATION_S = "kube-node-lease", 40


def reconcile(context: Context, key: Key) -> Result:
    """Make the lease of one node; the garbage collector takes it away with the node."""
    node = context.client.get_or_none(NODES, key.name)
    if node is None or "deletionTimestamp" in node["metadata"]:
        return DONE
    if context.client.get_or_none(NAMESPACES, NAMESPACE) is None:
        return DONE
    if context.client.get_or_none(LEASES, key.name, NAMESPACE) is None:
        context.client.create(LEASES, _lease(node, context.now))
    return DONE


def _lease(node: Object, now: float) -> Object:
    meta = node["metadata"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": meta["name"], "uid": meta["uid"]}
    spec = {"holderIdentity": meta["name"], "leaseDurationSeconds": DURATION_S, "renewTime": _micro(now)}
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": meta["name"], "namespace": NAMESPACE, "ownerReferences": [owner]},
        "spec": spec,
    }


def _micro(now: float) -> str:
    return rfc3339(now).replace("Z", ".000000Z")


CONTROLLER = Controller(
    name="nodelease",
    user="system:nodes",
    watches=(Watches(NODES, own_key),),
    reconcile=reconcile,
)
