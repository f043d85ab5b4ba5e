"""``oc describe rs`` and ``oc describe rc``. Source: kubectl 1.14, describe.go (ReplicaSetDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import controlled_by, pairs, selector_text, write_conditions, write_marks
from simulator.oc.describe.pod import template_lines
from simulator.oc.describe.workloads import pods_status
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, owner: Object) -> str:
    """A ReplicationController has a plain map as selector, and does not tell who controls it."""
    meta, spec, status = owner["metadata"], owner["spec"], owner.get("status", {})
    is_set = owner["kind"] == "ReplicaSet"
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    selector = spec.get("selector")
    writer.line("Selector:", selector_text(selector, "<none>") if is_set else pairs(selector))
    write_marks(writer, meta)
    if is_set and controlled_by(meta):
        writer.line("Controlled By:", controlled_by(meta))
    writer.line("Replicas:", f"{status.get('replicas', 0)} current / {spec.get('replicas', 1)} desired")
    writer.line("Pods Status:", pods_status(invocation, owner))
    template_lines(writer, spec["template"], invocation.release)
    write_conditions(writer, status.get("conditions") or ())
    return finish(writer, invocation, owner)
