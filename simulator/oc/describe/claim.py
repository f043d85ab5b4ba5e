"""``oc describe pvc``. Source: kubectl, describe.go (PersistentVolumeClaimDescriber)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.ages import age
from simulator.api.gvrs import PODS
from simulator.changes.client import USED_BY_FIRST
from simulator.errors import Object
from simulator.oc.describe.events import events_of, finish, write_events
from simulator.oc.describe.fields import access_modes, go_list, long_time, write_map, write_rows
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter


def describe(invocation: Invocation, claim: Object) -> str:
    """Up to 4.6 the events come before ``Mounted By``, which shares their column; then ``Used By`` comes first."""
    meta, status = claim["metadata"], claim.get("status", {})
    writer, used_first = TabWriter(DESCRIBE), USED_BY_FIRST.at(invocation.release)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("StorageClass:", storage_class(claim))
    writer.line("Status:", phase_text(claim, invocation.now()))
    write_template(writer, claim)
    if used_first:
        write_rows(writer, "Used By:", users(invocation, claim))
    _conditions(writer, status.get("conditions") or ())
    if not used_first:
        write_events(writer, events_of(invocation, claim), invocation)  # --show-events is not asked
        write_rows(writer, "Mounted By:", users(invocation, claim))
        return writer.text()
    return finish(writer, invocation, claim)


def write_template(writer: TabWriter, claim: Object, indent: str = "", *, whole: bool = True) -> None:
    """The rows from Volume to VolumeMode; those of a template (not ``whole``) have no finalizers."""
    meta, spec, status = claim.get("metadata") or {}, claim["spec"], claim.get("status", {})
    bound = bool(spec.get("volumeName"))
    writer.line(f"{indent}Volume:", spec.get("volumeName", ""))
    for title, key, separator in (("Labels:", "labels", "="), ("Annotations:", "annotations", ": ")):
        write_map(writer, title, meta.get(key), separator, indent, before=indent)  # the real one indents both as well
    if whole:
        writer.line(f"{indent}Finalizers:", go_list(meta.get("finalizers")))
    writer.line(f"{indent}Capacity:", status.get("capacity", {}).get("storage", "0") if bound else "")
    writer.line(f"{indent}Access Modes:", access_modes(status.get("accessModes") or ()) if bound else "")
    if spec.get("volumeMode"):
        writer.line(f"{indent}VolumeMode:", spec["volumeMode"])
    source = spec.get("dataSource")
    if source:
        writer.write(f"{indent}DataSource:\n")
        for title, key in (("APIGroup", "apiGroup"), ("Kind", "kind"), ("Name", "name")):
            if key in source or key != "apiGroup":
                writer.line(f"{indent}  {title}:", source.get(key, ""))


def users(invocation: Invocation, claim: Object) -> list[str]:
    """The names of the pods that use the claim, once for each volume."""
    name = claim["metadata"]["name"]
    return [
        pod["metadata"]["name"]
        for pod in invocation.client.list(PODS, claim["metadata"]["namespace"])
        for volume in pod["spec"].get("volumes") or ()
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") == name
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
