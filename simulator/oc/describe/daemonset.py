"""``oc describe ds``. Source: kubectl 1.14, describe.go (DaemonSetDescriber)."""

from __future__ import annotations

from simulator.changes.client import DAEMON_SET_NAMESPACE
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import pairs, selector_text, write_marks
from simulator.oc.describe.pod import template_lines
from simulator.oc.describe.workloads import pods_status
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_COUNTS = (
    ("Desired Number of Nodes Scheduled", "desiredNumberScheduled"),
    ("Current Number of Nodes Scheduled", "currentNumberScheduled"),
    ("Number of Nodes Scheduled with Up-to-date Pods", "updatedNumberScheduled"),
    ("Number of Nodes Scheduled with Available Pods", "numberAvailable"),
    ("Number of Nodes Misscheduled", "numberMisscheduled"),
)


def describe(invocation: Invocation, daemon_set: Object) -> str:
    """The namespace is not told before 4.20, and the counts are not aligned: so it is in the real one."""
    meta, spec, status = daemon_set["metadata"], daemon_set["spec"], daemon_set.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    if DAEMON_SET_NAMESPACE.at(invocation.release):
        writer.line("Namespace:", meta["namespace"])
    writer.line("Selector:", selector_text(spec.get("selector")))
    writer.line("Node-Selector:", pairs(spec["template"]["spec"].get("nodeSelector")))
    write_marks(writer, meta)
    writer.write("".join(f"{title}: {status.get(key, 0)}\n" for title, key in _COUNTS))
    writer.line("Pods Status:", pods_status(invocation, daemon_set))
    template_lines(writer, spec["template"], invocation.release)
    return finish(writer, invocation, daemon_set)
