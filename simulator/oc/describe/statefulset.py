"""``oc describe sts``. Source: kubectl 1.14, describe.go (StatefulSetDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.oc.describe.claim import storage_class
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import go_list, long_time, selector_text, write_map, write_marks
from simulator.oc.describe.pod import template_lines
from simulator.oc.describe.workloads import pods_status
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, stateful_set: Object) -> str:
    meta, spec, status = stateful_set["metadata"], stateful_set["spec"], stateful_set.get("status", {})
    strategy = spec.get("updateStrategy") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("CreationTimestamp:", long_time(meta["creationTimestamp"]))
    writer.line("Selector:", selector_text(spec.get("selector")))
    write_marks(writer, meta)
    writer.line("Replicas:", f"{spec.get('replicas', 1)} desired | {status.get('replicas', 0)} total")
    writer.line("Update Strategy:", strategy.get("type", "RollingUpdate"))
    partition = (strategy.get("rollingUpdate") or {}).get("partition")
    if partition is not None:
        writer.line("  Partition:", str(partition))  # 1.14 prints the address of the number instead
    writer.line("Pods Status:", pods_status(invocation, stateful_set))
    template_lines(writer, spec["template"], invocation.release)
    _claims(writer, spec.get("volumeClaimTemplates") or ())
    return finish(writer, invocation, stateful_set)


def _claims(writer: TabWriter, templates: Sequence[Object]) -> None:
    if not templates:
        writer.line("Volume Claims:", "<none>")
        return
    writer.write("Volume Claims:\n")
    for claim in templates:
        meta, spec = claim["metadata"], claim["spec"]
        writer.line("  Name:", meta["name"])
        writer.line("  StorageClass:", storage_class(claim))
        write_map(writer, "Labels:", meta.get("labels"), "=", "  ")
        write_map(writer, "Annotations:", meta.get("annotations"), "=", "  ")
        size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
        writer.line("  Capacity:", str(size or "<default>"))
        writer.line("  Access Modes:", go_list(spec.get("accessModes")))
