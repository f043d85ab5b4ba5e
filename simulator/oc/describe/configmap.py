"""``oc describe cm``. Source: kubectl, describe.go (ConfigMapDescriber)."""

from __future__ import annotations

import base64

from simulator.changes.client import BINARY_DATA, GAP_AFTER_KEY
from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, config_map: Object) -> str:
    """Keys are sorted; there they come as they fall. Binary data is told since 4.9, by its size."""
    binary, gap = BINARY_DATA.at(invocation.release), "\n" if GAP_AFTER_KEY.at(invocation.release) else ""
    writer = TabWriter(DESCRIBE)
    write_head(writer, config_map["metadata"])
    writer.write("\nData\n====\n")
    for key, value in sorted((config_map.get("data") or {}).items()):
        writer.write(f"{key}:\n----\n{value}\n{gap}")
    if binary:
        writer.write("\nBinaryData\n====\n")
        for key, value in sorted((config_map.get("binaryData") or {}).items()):
            writer.write(f"{key}: {len(base64.b64decode(value))} bytes\n")
        writer.write("\n")
    return finish(writer, invocation, config_map)
