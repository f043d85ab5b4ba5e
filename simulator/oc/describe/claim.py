"""``oc describe pvc``. Source: kubectl 1.14, describe.go (PersistentVolumeClaimDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.ages import age
from simulator.api.gvrs import PODS
from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.describe.fields import access_modes, go_list, long_time, write_marks, write_rows
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, claim: Object) -> str:
    """Up to 4.6 the events come before ``Mounted By``, which shares their first column."""
    meta, spec, status = claim["metadata"], claim["spec"], claim.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("StorageClass:", storage_class(claim))
    writer.line("Status:", phase_text(claim, invocation.now()))
    writer.line("Volume:", spec.get("volumeName", ""))
    write_marks(writer, meta)
    writer.line("Finalizers:", go_list(meta.get("finalizers")))
    bound = bool(spec.get("volumeName"))
    writer.line("Capacity:", status.get("capacity", {}).get("storage", "0") if bound else "")
    writer.line("Access Modes:", access_modes(status.get("accessModes") or ()) if bound else "")
    if spec.get("volumeMode"):
        writer.line("VolumeMode:", spec["volumeMode"])
    _conditions(writer, status.get("conditions") or ())
    write_events(writer, events_of(invocation, claim), invocation.now())  # --show-events is not asked
    write_rows(writer, "Mounted By:", users(invocation, claim))
    return writer.text()


def users(invocation: Invocation, claim: Object) -> list[str]:
    """The names of the pods that use the claim."""
    name = claim["metadata"]["name"]
    return [
        pod["metadata"]["name"]
        for pod in invocation.client.list(PODS, claim["metadata"]["namespace"])
        if any(
            (volume.get("persistentVolumeClaim") or {}).get("claimName") == name
            for volume in pod["spec"].get("volumes") or ()
        )
    ]


def _conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    if not conditions:
        return
    headers = ("Type", "Status", "LastProbeTime", "LastTransitionTime", "Reason", "Message")
    dashes = ("----", "------", "-----------------", "------------------", "------", "-------")
    writer.write("Conditions:\n")
    for row in (headers, dashes):
        writer.line(f"  {row[0]}", *row[1:])
    for condition in conditions:
        probed, changed = (long_time(condition.get(key)) for key in ("lastProbeTime", "lastTransitionTime"))
        writer.line(
            f"  {condition['type']} ", f"{condition['status']} ", f"{probed} ", f"{changed} ",
            f"{condition.get('reason', '')} ", condition.get("message", ""),
        )  # fmt: skip


def storage_class(claim: Object) -> str:
    annotations = claim["metadata"].get("annotations") or {}
    beta = annotations.get("volume.beta.kubernetes.io/storage-class")
    return str(beta or claim["spec"].get("storageClassName") or "")


def phase_text(obj: Object, now: float) -> str:
    """The phase of a claim or volume, or how long it is being deleted."""
    deleted = obj["metadata"].get("deletionTimestamp")
    if deleted:
        return f"Terminating (lasts {age(deleted, now)})"
    phase: str = obj.get("status", {}).get("phase", "")
    return phase
