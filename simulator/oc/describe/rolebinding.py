"""``oc describe rolebinding`` and ``clusterrolebinding``. Source: kubectl 1.14, describe.go (RoleBindingDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.fields import write_marks
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(_invocation: Invocation, binding: Object) -> str:
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", binding["metadata"]["name"])
    write_marks(writer, binding["metadata"])
    writer.write("Role:\n")
    writer.line("  Kind:", binding["roleRef"]["kind"])
    writer.line("  Name:", binding["roleRef"]["name"])
    writer.write("Subjects:\n  Kind\tName\tNamespace\n  ----\t----\t---------\n")
    for subject in binding.get("subjects") or ():
        writer.line(f"  {subject['kind']}", subject["name"], subject.get("namespace", ""))
    return writer.text()
