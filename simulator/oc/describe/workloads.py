"""What the describers of ReplicaSets, DaemonSets, StatefulSets and ReplicationControllers share."""

from __future__ import annotations

from collections import Counter

from simulator.api.gvrs import PODS
from simulator.errors import Object
from simulator.oc.invocation import Invocation


def pods_status(invocation: Invocation, owner: Object) -> str:
    """``1 Running / 0 Waiting / 0 Succeeded / 0 Failed`` of the pods that the owner controls."""
    uid = owner["metadata"]["uid"]
    phases = Counter(
        (pod.get("status") or {}).get("phase")
        for pod in invocation.client.list(PODS, owner["metadata"]["namespace"])
        if any(ref["uid"] == uid and ref.get("controller") for ref in pod["metadata"].get("ownerReferences") or ())
    )
    return (
        f"{phases['Running']} Running / {phases['Pending']} Waiting / "
        f"{phases['Succeeded']} Succeeded / {phases['Failed']} Failed"
    )
