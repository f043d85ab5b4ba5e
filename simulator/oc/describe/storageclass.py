"""``oc describe sc``. Source: kubectl 1.14, describe.go (StorageClassDescriber)."""

from __future__ import annotations

from collections.abc import Mapping

from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def describe(invocation: Invocation, storage_class: Object) -> str:
    meta = storage_class["metadata"]
    annotations = meta.get("annotations") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("IsDefaultClass:", "Yes" if any(annotations.get(key) == "true" for key in _DEFAULT) else "No")
    writer.line("Annotations:", _pairs(annotations))
    writer.line("Provisioner:", storage_class["provisioner"])
    writer.line("Parameters:", _pairs(storage_class.get("parameters") or {}))
    expansion = storage_class.get("allowVolumeExpansion")
    writer.line("AllowVolumeExpansion:", "<unset>" if expansion is None else str(bool(expansion)))
    options = storage_class.get("mountOptions") or ()
    if options:
        writer.write("MountOptions:\n" + "".join(f"  {option}\n" for option in options))
    else:
        writer.line("MountOptions:", "<none>")
    writer.line("ReclaimPolicy:", storage_class.get("reclaimPolicy", "Delete"))
    writer.line("VolumeBindingMode:", storage_class.get("volumeBindingMode", "Immediate"))
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, storage_class), invocation.now())
    return writer.text()


def _pairs(values: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(values.items())) or "<none>"
