"""``oc describe pvc``. Source: kubectl 1.14, describe.go (PersistentVolumeClaimDescriber)."""

from __future__ import annotations

from simulator.api.ages import human_duration
from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.describe.fields import access_modes, write_map
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.runtime.clock import parse_rfc3339

PODS = GVR("", "v1", "pods")


def describe(invocation: Invocation, claim: Object) -> str:
    """Up to 4.6 the events come before ``Mounted By``, which shares their first column."""
    meta, spec, status = claim["metadata"], claim["spec"], claim.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta["namespace"])
    writer.line("StorageClass:", _storage_class(claim))
    writer.line("Status:", _status(claim, invocation.now()))
    writer.line("Volume:", spec.get("volumeName", ""))
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    writer.line("Finalizers:", f"[{' '.join(meta.get('finalizers') or ())}]")
    bound = bool(spec.get("volumeName"))
    writer.line("Capacity:", status.get("capacity", {}).get("storage", "") if bound else "")
    writer.line("Access Modes:", access_modes(status.get("accessModes") or ()) if bound else "")
    writer.line("VolumeMode:", spec.get("volumeMode", "Filesystem"))
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, claim), invocation.now())
    _mounted_by(writer, users(invocation, claim))
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


def _mounted_by(writer: TabWriter, pods: list[str]) -> None:
    for index, pod in enumerate(pods or ["<none>"]):
        writer.line("Mounted By:" if index == 0 else "", pod)


def _storage_class(claim: Object) -> str:
    annotations = claim["metadata"].get("annotations") or {}
    name: str = (
        annotations.get("volume.beta.kubernetes.io/storage-class") or claim["spec"].get("storageClassName") or ""
    )
    return name


def _status(claim: Object, now: float) -> str:
    deleted = claim["metadata"].get("deletionTimestamp")
    if deleted:
        return f"Terminating (lasts {human_duration(now - parse_rfc3339(deleted))})"
    phase: str = claim.get("status", {}).get("phase", "")
    return phase
