"""The sources of volumes: of a pod, of a template, of a PersistentVolume. Source: kubectl, describe.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.changes.client import CSI_FS_TYPE, OPTIONAL_PROJECTIONS
from simulator.errors import Object
from simulator.oc.describe.claim import write_template
from simulator.oc.describe.fields import LONGEST_LINE, go_list, lower_bool
from simulator.oc.printers.tabwriter import TabWriter
from simulator.release import Release

Rows = list[tuple[str, str]]
_INDENT = "    "
_PLAIN_NAMES = {"ConfigMapOptional": "Optional", "SecretOptionalName": "Optional"}


def write_volumes(writer: TabWriter, volumes: Sequence[Object], release: Release, head: str = "") -> None:
    """``Volumes:`` with each volume and its rows. ``head`` is the indent of the title: a template's is two spaces."""
    if not volumes:
        writer.line(f"{head}Volumes:", "<none>")
        return
    writer.write(f"{head}Volumes:\n")
    for volume in volumes:
        writer.write(f"  {' ' if head else ''}{volume['name']}:\n")
        write_source(writer, volume, release)


def write_source(writer: TabWriter, volume: Object, release: Release) -> None:
    """The rows of whatever source the volume has."""
    kind = next((kind for kind in KINDS if kind in volume), None)
    if kind is None:
        writer.write("  <unknown>\n")
        return
    source = volume[kind] or {}
    for name, value in _rows(kind, source, release):
        writer.line(f"{_INDENT}{name}:", value)
    if kind == "csi":
        _attributes(writer, source.get("volumeAttributes") or {})
    elif kind == "ephemeral" and source.get("volumeClaimTemplate"):
        claim = source["volumeClaimTemplate"]
        writer.line(f"{_INDENT}StorageClass:", str(claim["spec"].get("storageClassName") or ""))
        write_template(writer, claim, _INDENT, whole=False)
    elif kind == "downwardAPI":
        _items(writer, source.get("items") or ())


def _rows(kind: str, source: Object, release: Release) -> Rows:
    rows = KINDS[kind](source)
    if kind == "projected" and OPTIONAL_PROJECTIONS.at(release):
        return [(_PLAIN_NAMES.get(name, name), "false" if value == "<nil>" else value) for name, value in rows]
    if kind == "csi" and "volumeHandle" in source and CSI_FS_TYPE.at(release):
        return [*rows[:2], ("FSType", source.get("fsType", "")), *rows[2:]]
    return rows


def _attributes(writer: TabWriter, attributes: Mapping[str, str]) -> None:
    """The writer indents each value as if it were a line of its own; only ``<none>`` escapes that."""
    title = f"{_INDENT}VolumeAttributes:"
    if not attributes:
        writer.line(title, "<none>")
    for index, (key, value) in enumerate(sorted(attributes.items())):
        row = f"{key}={value}"
        shown = row if len(row) <= LONGEST_LINE else row[:LONGEST_LINE] + "..."
        writer.line(title if index == 0 else _INDENT, f"{_INDENT}{shown}")


def _items(writer: TabWriter, items: Sequence[Object]) -> None:
    writer.write(f"{_INDENT}Items:\n")
    for item in items:
        field = (item.get("fieldRef") or {}).get("fieldPath") or (item.get("resourceFieldRef") or {}).get(
            "resource", ""
        )
        writer.write(f"      {field} -> {item['path']}\n")


def _ebs(source: Object) -> Rows:
    return [
        ("Type", "AWSElasticBlockStore (a Persistent Disk resource in AWS)"),
        ("VolumeID", source["volumeID"]),
        ("FSType", source.get("fsType", "")),
        ("Partition", str(source.get("partition", 0))),
        ("ReadOnly", lower_bool(source.get("readOnly"))),
    ]


def _ceph_fs(source: Object) -> Rows:
    secret = source.get("secretRef")
    return [
        ("Type", "CephFS (a CephFS mount on the host that shares a pod's lifetime)"),
        ("Monitors", go_list(source.get("monitors"))),
        ("Path", source.get("path", "")),
        ("User", source.get("user", "")),
        ("SecretFile", source.get("secretFile", "")),
        ("SecretRef", f"&LocalObjectReference{{Name:{secret['name']},}}" if secret else "nil"),
        ("ReadOnly", lower_bool(source.get("readOnly"))),
    ]


def _claim(source: Object) -> Rows:
    return [
        ("Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"),
        ("ClaimName", source["claimName"]),
        ("ReadOnly", lower_bool(source.get("readOnly"))),
    ]


def _config_map(source: Object) -> Rows:
    return [
        ("Type", "ConfigMap (a volume populated by a ConfigMap)"),
        ("Name", source["name"]),
        ("Optional", lower_bool(source.get("optional"))),
    ]


def _csi(source: Object) -> Rows:
    """A PersistentVolume's has a handle, a pod's own has a filesystem type in its place."""
    place = (
        ("VolumeHandle", source["volumeHandle"]) if "volumeHandle" in source else ("FSType", source.get("fsType", ""))
    )
    return [
        ("Type", "CSI (a Container Storage Interface (CSI) volume source)"),
        ("Driver", source["driver"]),
        place,
        ("ReadOnly", lower_bool(source.get("readOnly"))),
    ]


def _downward_api(_source: Object) -> Rows:
    return [("Type", "DownwardAPI (a volume populated by information about the pod)")]


def _empty_dir(source: Object) -> Rows:
    return [
        ("Type", "EmptyDir (a temporary directory that shares a pod's lifetime)"),
        ("Medium", source.get("medium", "")),
        ("SizeLimit", str(source.get("sizeLimit", "<unset>"))),
    ]


def _ephemeral(_source: Object) -> Rows:
    about = "an inline specification for a volume that gets created and deleted with the pod"
    return [("Type", f"EphemeralVolume ({about})")]


def _host_path(source: Object) -> Rows:
    kind = source.get("type")
    return [
        ("Type", "HostPath (bare host directory volume)"),
        ("Path", source["path"]),
        ("HostPathType", "<none>" if kind is None else kind),
    ]


def _local(source: Object) -> Rows:
    return [("Type", "LocalVolume (a persistent volume backed by local storage on a node)"), ("Path", source["path"])]


def _nfs(source: Object) -> Rows:
    return [
        ("Type", "NFS (an NFS mount that lasts the lifetime of a pod)"),
        ("Server", source["server"]),
        ("Path", source["path"]),
        ("ReadOnly", lower_bool(source.get("readOnly"))),
    ]


def _projected(source: Object) -> Rows:
    rows: Rows = [("Type", "Projected (a volume that contains injected data from multiple sources)")]
    for item in source.get("sources") or ():
        rows += _projection(item)
    return rows


def _projection(item: Object) -> Rows:
    if "secret" in item:
        optional = _pointer(item["secret"].get("optional"))
        return [("SecretName", item["secret"].get("name", "")), ("SecretOptionalName", optional)]
    if "downwardAPI" in item:
        return [("DownwardAPI", "true")]
    if "configMap" in item:
        optional = _pointer(item["configMap"].get("optional"))
        return [("ConfigMapName", item["configMap"].get("name", "")), ("ConfigMapOptional", optional)]
    seconds = (item.get("serviceAccountToken") or {}).get("expirationSeconds", 3600)
    return [("TokenExpirationSeconds", str(seconds))]


def _secret(source: Object) -> Rows:
    return [
        ("Type", "Secret (a volume populated by a Secret)"),
        ("SecretName", source["secretName"]),
        ("Optional", lower_bool(source.get("optional"))),
    ]


def _pointer(value: Any) -> str:
    """``<nil>`` as a Go pointer prints; one that is set prints its address there, here its value."""
    return "<nil>" if value is None else lower_bool(value)


KINDS: Mapping[str, Callable[[Object], Rows]] = {
    "awsElasticBlockStore": _ebs,
    "cephfs": _ceph_fs,
    "configMap": _config_map,
    "csi": _csi,
    "downwardAPI": _downward_api,
    "emptyDir": _empty_dir,
    "ephemeral": _ephemeral,
    "hostPath": _host_path,
    "local": _local,
    "nfs": _nfs,
    "persistentVolumeClaim": _claim,
    "projected": _projected,
    "secret": _secret,
}
