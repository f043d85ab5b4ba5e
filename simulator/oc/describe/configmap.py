"""``oc describe cm``. Source: kubectl 1.14, describe.go (ConfigMapDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, config_map: Object) -> str:
    """Keys are sorted; there they come as they fall. Binary data is not told."""
    writer = TabWriter(DESCRIBE)
    write_head(writer, config_map["metadata"])
    writer.write("\nData\n====\n")
    for key, value in sorted((config_map.get("data") or {}).items()):
        writer.write(f"{key}:\n----\n{value}\n")
    return finish(writer, invocation, config_map)
