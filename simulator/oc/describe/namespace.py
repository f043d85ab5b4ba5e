"""``oc describe namespace``. Source: kubectl, describe.go (NamespaceDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.fields import write_map
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, namespace: Object) -> str:
    meta = namespace["metadata"]
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    writer.line("Status:", namespace.get("status", {}).get("phase", ""))
    return writer.text() + "\nNo resource quota.\n\nNo resource limits.\n"
