"""``oc describe deployment``. Source: kubectl 1.14, describe.go (DeploymentDescriber)."""

from __future__ import annotations

from simulator.api.gvrs import REPLICASETS
from simulator.changes.client import NO_REPLICA_SETS_UNTOLD
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import long_time, selector_text, write_conditions, write_marks
from simulator.oc.describe.pod import template_lines
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_HASH = "pod-template-hash"
_COUNTS = (
    ("updatedReplicas", "updated"),
    ("replicas", "total"),
    ("availableReplicas", "available"),
    ("unavailableReplicas", "unavailable"),
)


def describe(invocation: Invocation, deployment: Object) -> str:
    meta, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status", {})
    strategy = spec.get("strategy") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("CreationTimestamp:", long_time(meta["creationTimestamp"]))
    write_marks(writer, meta)
    writer.line("Selector:", selector_text(spec.get("selector")))
    counts = [f"{spec.get('replicas', 1)} desired", *(f"{status.get(key, 0)} {word}" for key, word in _COUNTS)]
    writer.line("Replicas:", " | ".join(counts))
    writer.line("StrategyType:", strategy.get("type", "RollingUpdate"))
    writer.line("MinReadySeconds:", str(spec.get("minReadySeconds", 0)))
    rolling = strategy.get("rollingUpdate")
    if rolling:
        text = f"{rolling['maxUnavailable']} max unavailable, {rolling['maxSurge']} max surge"
        writer.line("RollingUpdateStrategy:", text)
    template_lines(writer, spec["template"], invocation.release)
    write_conditions(writer, status.get("conditions") or ())
    old, new = _replica_sets(invocation, deployment)
    if not old and new is None and NO_REPLICA_SETS_UNTOLD.at(invocation.release):
        return finish(writer, invocation, deployment)
    writer.line("OldReplicaSets:", ", ".join(_count(item) for item in old) or "<none>")
    writer.line("NewReplicaSet:", _count(new) if new is not None else "<none>")
    return finish(writer, invocation, deployment)


def _replica_sets(invocation: Invocation, deployment: Object) -> tuple[list[Object], Object | None]:
    """The old ones that still have pods, and the one of the present template (the oldest, should there be more)."""
    meta, template = deployment["metadata"], plain_template(deployment)
    owned = [
        item
        for item in invocation.client.list(REPLICASETS, meta["namespace"])
        if any(owner["uid"] == meta["uid"] for owner in item["metadata"].get("ownerReferences") or ())
    ]
    owned.sort(key=lambda item: str(item["metadata"]["creationTimestamp"]))
    new = next((item for item in owned if plain_template(item) == template), None)
    return [item for item in owned if item is not new and item["spec"].get("replicas", 0)], new


def plain_template(owner: Object) -> Object:
    """The pod template of a Deployment or ReplicaSet without the label that tells ReplicaSets apart."""
    template = owner["spec"]["template"]
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != _HASH}
    return {**template, "metadata": {**meta, "labels": labels}}


def _count(replica_set: Object) -> str:
    wanted = replica_set["spec"].get("replicas", 0)
    created = (replica_set.get("status") or {}).get("replicas", 0)
    return f"{replica_set['metadata']['name']} ({created}/{wanted} replicas created)"
