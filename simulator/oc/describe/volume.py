"""``oc describe pv``. Source: kubectl 1.14, describe.go (PersistentVolumeDescriber)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.api.ages import human_duration
from simulator.errors import Object
from simulator.oc.describe.events import events_of, write_events
from simulator.oc.describe.fields import access_modes, write_map
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.runtime.clock import parse_rfc3339


def describe(invocation: Invocation, volume: Object) -> str:
    meta, spec, status = volume["metadata"], volume["spec"], volume.get("status", {})
    writer = TabWriter(DESCRIBE)
    writer.line("Name:", meta["name"])
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")
    writer.line("Finalizers:", f"[{' '.join(meta.get('finalizers') or ())}]")
    writer.line("StorageClass:", spec.get("storageClassName", ""))
    deleted = meta.get("deletionTimestamp")
    terminating = f"Terminating (lasts {human_duration(invocation.now() - parse_rfc3339(deleted))})" if deleted else ""
    writer.line("Status:", terminating or status.get("phase", ""))
    claim = spec.get("claimRef")
    writer.line("Claim:", f"{claim['namespace']}/{claim['name']}" if claim else "")
    writer.line("Reclaim Policy:", spec.get("persistentVolumeReclaimPolicy", ""))
    writer.line("Access Modes:", access_modes(spec.get("accessModes") or ()))
    writer.line("VolumeMode:", spec.get("volumeMode", "Filesystem"))
    writer.line("Capacity:", spec.get("capacity", {}).get("storage", ""))
    _node_affinity(writer, spec.get("nodeAffinity"))
    writer.line("Message:", status.get("message", ""))
    writer.write("Source:\n")
    for kind, write in SOURCES.items():
        if kind in spec:
            write(writer, spec[kind])
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, volume), invocation.now())
    return writer.text()


def _node_affinity(writer: TabWriter, affinity: Object | None) -> None:
    if not affinity:
        writer.line("Node Affinity:", "<none>")
        return
    writer.write("Node Affinity:\n  Required Terms:\n")
    for index, term in enumerate(affinity.get("required", {}).get("nodeSelectorTerms") or ()):
        expressions = term.get("matchExpressions") or ()
        texts = [
            f"{item['key']} {item['operator'].lower()} [{', '.join(item.get('values') or ())}]" for item in expressions
        ]
        for row, text in enumerate(texts or ["<none>"]):
            writer.line(f"    Term {index}:" if row == 0 else "", f"    {text}" if row else text)


def _csi(writer: TabWriter, source: Object) -> None:
    writer.line("    Type:", "CSI (a Container Storage Interface (CSI) volume source)")
    writer.line("    Driver:", source["driver"])
    writer.line("    VolumeHandle:", source["volumeHandle"])
    writer.line("    ReadOnly:", _yes(source.get("readOnly", False)))
    rows = [f"{key}={value}" for key, value in sorted((source.get("volumeAttributes") or {}).items())] or ["<none>"]
    for index, row in enumerate(rows):
        writer.line("    VolumeAttributes:" if index == 0 else "", f"    {row}")


def _ebs(writer: TabWriter, source: Object) -> None:
    writer.line("    Type:", "AWSElasticBlockStore (a Persistent Disk resource in AWS)")
    writer.line("    VolumeID:", source["volumeID"])
    writer.line("    FSType:", source.get("fsType", ""))
    writer.line("    Partition:", str(source.get("partition", 0)))
    writer.line("    ReadOnly:", _yes(source.get("readOnly", False)))


def _host_path(writer: TabWriter, source: Object) -> None:
    writer.line("    Type:", "HostPath (bare host directory volume)")
    writer.line("    Path:", source["path"])
    writer.line("    HostPathType:", source.get("type", ""))


def _nfs(writer: TabWriter, source: Object) -> None:
    writer.line("    Type:", "NFS (an NFS mount that lasts the lifetime of a pod)")
    writer.line("    Server:", source["server"])
    writer.line("    Path:", source["path"])
    writer.line("    ReadOnly:", _yes(source.get("readOnly", False)))


def _yes(value: bool) -> str:
    return "true" if value else "false"


SOURCES: Mapping[str, Callable[[TabWriter, Object], None]] = {
    "awsElasticBlockStore": _ebs,
    "csi": _csi,
    "hostPath": _host_path,
    "nfs": _nfs,
}
