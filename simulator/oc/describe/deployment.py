"""``oc describe deployment``. Source: kubectl 1.14, describe.go (DeploymentDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.describe.fields import long_time, write_map
from simulator.oc.describe.pod import template_lines
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.oc.rollout import REPLICA_SETS, REVISION


def describe(invocation: Invocation, deployment: Object) -> str:
    meta, spec, status = deployment["metadata"], deployment["spec"], deployment.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("CreationTimestamp:", long_time(meta["creationTimestamp"]))
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    writer.line("Selector:", selector_text(spec["selector"]))
    counts = (
        (spec.get("replicas", 1), "desired"),
        (status.get("updatedReplicas", 0), "updated"),
        (status.get("replicas", 0), "total"),
        (status.get("availableReplicas", 0), "available"),
        (status.get("unavailableReplicas", 0), "unavailable"),
    )
    writer.line("Replicas:", " | ".join(f"{count} {word}" for count, word in counts))
    writer.line("StrategyType:", spec.get("strategy", {}).get("type", "RollingUpdate"))
    writer.line("MinReadySeconds:", str(spec.get("minReadySeconds", 0)))
    rolling = spec.get("strategy", {}).get("rollingUpdate")
    if rolling:
        text = f"{rolling['maxUnavailable']} max unavailable, {rolling['maxSurge']} max surge"
        writer.line("RollingUpdateStrategy:", text)
    template_lines(writer, spec["template"])
    _conditions(writer, status.get("conditions") or ())
    old, new = _replica_sets(invocation, deployment)
    writer.line("OldReplicaSets:", ", ".join(_count(item) for item in old) or "<none>")
    writer.line("NewReplicaSet:", _count(new) if new is not None else "<none>")
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, deployment), invocation.now())
    return writer.text()


def selector_text(selector: Object) -> str:
    """``a=b,c=d``."""
    return ",".join(f"{key}={value}" for key, value in sorted((selector.get("matchLabels") or {}).items())) or "<none>"


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    if not conditions:
        return
    writer.write("Conditions:\n")
    writer.write("  Type\tStatus\tReason\n  ----\t------\t------\n")
    for condition in conditions:
        writer.write(f"  {condition['type']} \t{condition['status']}\t{condition.get('reason', '')}\n")


def _replica_sets(invocation: Invocation, deployment: Object) -> tuple[list[Object], Object | None]:
    """The old ones that still have pods, and the one of the present template."""
    meta = deployment["metadata"]
    owned = [
        item
        for item in invocation.client.list(REPLICA_SETS, meta["namespace"])
        if any(owner["uid"] == meta["uid"] for owner in item["metadata"].get("ownerReferences") or ())
    ]
    revision = (meta.get("annotations") or {}).get(REVISION)
    new = next((item for item in owned if item["metadata"].get("annotations", {}).get(REVISION) == revision), None)
    return [item for item in owned if item is not new and item["spec"].get("replicas", 0)], new


def _count(replica_set: Object) -> str:
    wanted = replica_set["spec"].get("replicas", 0)
    created = replica_set.get("status", {}).get("replicas", 0)
    return f"{replica_set['metadata']['name']} ({created}/{wanted} replicas created)"
