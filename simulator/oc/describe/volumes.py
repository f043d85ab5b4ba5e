"""The volumes of a pod or of a template. Source: kubectl 1.14, describe.go (describeVolumes)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from simulator.errors import Object
from simulator.oc.printers.tabwriter import TabWriter

Rows = list[tuple[str, str]]


def write_volumes(writer: TabWriter, volumes: Sequence[Object], indent: str, head: str = "") -> None:
    """``Volumes:`` with each volume and its rows; ``head`` is the indent of the title."""
    if not volumes:
        if not head:
            writer.line("Volumes:", "<none>")
        return
    writer.write(f"{head}Volumes:\n")
    for volume in volumes:
        writer.write(f"{indent}{volume['name']}:\n")
        for name, value in rows_of(volume):
            writer.line(f"{indent}  {name}:", value)


def rows_of(volume: Object) -> Rows:
    for kind, rows in KINDS.items():
        if kind in volume:
            return rows(volume[kind] or {})
    return [("Type", "<unknown>")]


def _claim(source: Object) -> Rows:
    return [
        ("Type", "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)"),
        ("ClaimName", source["claimName"]),
        ("ReadOnly", _yes(source.get("readOnly"))),
    ]


def _secret(source: Object) -> Rows:
    return [
        ("Type", "Secret (a volume populated by a Secret)"),
        ("SecretName", source["secretName"]),
        ("Optional", _yes(source.get("optional"))),
    ]


def _config_map(source: Object) -> Rows:
    return [
        ("Type", "ConfigMap (a volume populated by a ConfigMap)"),
        ("Name", source["name"]),
        ("Optional", _yes(source.get("optional"))),
    ]


def _empty_dir(source: Object) -> Rows:
    return [
        ("Type", "EmptyDir (a temporary directory that shares a pod's lifetime)"),
        ("Medium", source.get("medium", "")),
        ("SizeLimit", str(source.get("sizeLimit", "<unset>"))),
    ]


def _host_path(source: Object) -> Rows:
    return [
        ("Type", "HostPath (bare host directory volume)"),
        ("Path", source["path"]),
        ("HostPathType", source.get("type", "")),
    ]


def _projected(source: Object) -> Rows:
    rows: Rows = [("Type", "Projected (a volume that contains injected data from multiple sources)")]
    for item in source.get("sources") or ():
        if "secret" in item:
            rows += [
                ("SecretName", item["secret"]["name"]),
                ("SecretOptionalName", _pointer(item["secret"].get("optional"))),
            ]
        elif "downwardAPI" in item:
            rows.append(("DownwardAPI", "true"))
        elif "configMap" in item:
            rows += [
                ("ConfigMapName", item["configMap"]["name"]),
                ("ConfigMapOptional", _pointer(item["configMap"].get("optional"))),
            ]
        elif "serviceAccountToken" in item:
            rows.append(("TokenExpirationSeconds", str(item["serviceAccountToken"].get("expirationSeconds", 3600))))
    return rows


def _pointer(value: Any) -> str:
    """A Go pointer to a bool as %v prints it when it is nil; otherwise its value."""
    return "<nil>" if value is None else _yes(value)


def _yes(value: Any) -> str:
    return "true" if value else "false"


KINDS: Mapping[str, Callable[[Object], Rows]] = {
    "persistentVolumeClaim": _claim,
    "secret": _secret,
    "configMap": _config_map,
    "emptyDir": _empty_dir,
    "hostPath": _host_path,
    "projected": _projected,
}
