"""``oc describe priorityclass``. Source: kubectl 1.14, describe.go (PriorityClassDescriber)."""

from __future__ import annotations

from simulator.changes.client import PREEMPTION_POLICY
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import lower_bool, pairs
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, priority_class: Object) -> str:
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", priority_class["metadata"]["name"])
    writer.line("Value:", str(priority_class["value"]))
    writer.line("GlobalDefault:", lower_bool(priority_class.get("globalDefault")))
    if PREEMPTION_POLICY.at(invocation.release):
        writer.line("PreemptionPolicy:", priority_class.get("preemptionPolicy", "PreemptLowerPriority"))
    writer.line("Description:", priority_class.get("description", ""))
    writer.line("Annotations:", pairs(priority_class["metadata"].get("annotations")))
    return finish(writer, invocation, priority_class)
