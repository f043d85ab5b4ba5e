"""``oc describe pdb``. Source: kubectl 1.14, describe.go (PodDisruptionBudgetDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import selector_text
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_COUNTS = (
    ("Allowed disruptions", "disruptionsAllowed"),
    ("Current", "currentHealthy"),
    ("Desired", "desiredHealthy"),
    ("Total", "expectedPods"),
)


def describe(invocation: Invocation, budget: Object) -> str:
    meta, spec, status = budget["metadata"], budget["spec"], budget.get("status") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    if "minAvailable" in spec:
        writer.line("Min available:", str(spec["minAvailable"]))
    elif "maxUnavailable" in spec:
        writer.line("Max unavailable:", str(spec["maxUnavailable"]))
    selector = spec.get("selector")
    writer.line("Selector:", "<unset>" if selector is None else selector_text(selector, "<none>"))
    writer.write("Status:\n")
    for title, key in _COUNTS:
        writer.line(f"    {title}:", str(status.get(key, 0)))
    return finish(writer, invocation, budget)
