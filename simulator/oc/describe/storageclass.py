"""``oc describe sc``. Source: kubectl 1.14, describe.go (StorageClassDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import pairs, unset_bool
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_DEFAULT = ("storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class")


def describe(invocation: Invocation, storage_class: Object) -> str:
    meta = storage_class["metadata"]
    annotations = meta.get("annotations") or {}
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("IsDefaultClass:", "Yes" if any(annotations.get(key) == "true" for key in _DEFAULT) else "No")
    writer.line("Annotations:", pairs(annotations))
    writer.line("Provisioner:", storage_class["provisioner"])
    writer.line("Parameters:", pairs(storage_class.get("parameters")))
    writer.line("AllowVolumeExpansion:", unset_bool(storage_class.get("allowVolumeExpansion")))
    options = storage_class.get("mountOptions") or ()
    if options:
        writer.write("MountOptions:\n" + "".join(f"  {option}\n" for option in options))
    else:
        writer.line("MountOptions:", "<none>")
    writer.line("ReclaimPolicy:", storage_class.get("reclaimPolicy", "Delete"))
    writer.line("VolumeBindingMode:", storage_class.get("volumeBindingMode", "Immediate"))
    _topologies(writer, storage_class.get("allowedTopologies"))
    return finish(writer, invocation, storage_class)


def _topologies(writer: TabWriter, terms: Sequence[Object] | None) -> None:
    if terms is None:
        return
    writer.line("AllowedTopologies:", "" if terms else "<none>")
    for index, term in enumerate(terms):
        texts = [
            f"{item['key']} in [{', '.join(item.get('values') or ())}]"
            for item in term.get("matchLabelExpressions") or ()
        ]
        for row, text in enumerate(texts or ["<none>"]):
            writer.line(f"  Term {index}:" if row == 0 else "  ", text)
