"""``oc describe pv``. Source: kubectl 1.14, describe.go (PersistentVolumeDescriber)."""

from __future__ import annotations

from simulator.errors import Object
from simulator.oc.describe.claim import phase_text
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import access_modes, go_list, write_marks
from simulator.oc.describe.volumes import write_source
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, volume: Object) -> str:
    meta, spec, status = volume["metadata"], volume["spec"], volume.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    write_marks(writer, meta)
    writer.line("Finalizers:", go_list(meta.get("finalizers")))
    writer.line("StorageClass:", spec.get("storageClassName", ""))
    writer.line("Status:", phase_text(volume, invocation.now()))
    claim = spec.get("claimRef")
    writer.line("Claim:", f"{claim['namespace']}/{claim['name']}" if claim else "")
    writer.line("Reclaim Policy:", spec.get("persistentVolumeReclaimPolicy", ""))
    writer.line("Access Modes:", access_modes(spec.get("accessModes") or ()))
    if spec.get("volumeMode"):
        writer.line("VolumeMode:", spec["volumeMode"])
    writer.line("Capacity:", spec.get("capacity", {}).get("storage", "0"))
    _node_affinity(writer, (spec.get("nodeAffinity") or {}).get("required"))
    writer.line("Message:", status.get("message", ""))
    writer.write("Source:\n")
    write_source(writer, spec, invocation.release)
    return finish(writer, invocation, volume)


def _node_affinity(writer: TabWriter, required: Object | None) -> None:
    """The titles end in an empty value, so that they keep the column of values going."""
    if required is None:
        writer.line("Node Affinity:", "<none>")
        return
    terms = required.get("nodeSelectorTerms") or []
    writer.line("Node Affinity:", "")
    writer.line("  Required Terms:", "" if terms else "<none>")
    for index, term in enumerate(terms):
        texts = [_requirement(item) for item in term.get("matchExpressions") or ()]
        for row, text in enumerate(texts or ["<none>"]):
            writer.line(f"    Term {index}:" if row == 0 else "    ", text)


def _requirement(item: Object) -> str:
    """``topology.kubernetes.io/zone in [us-east-1a, us-east-1b]``."""
    values = f" [{', '.join(item['values'])}]" if item.get("values") else ""
    return f"{item['key']} {item['operator'].lower()}{values}"
