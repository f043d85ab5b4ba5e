"""A security context constraint, read once, and the order in which constraints are tried.

Source: openshift/apiserver-library-go, sccdefaults/defaults.go, util/sort/bypriority.go, byrestrictions.go (4.2, 4.20).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.changes.access import RESTRICTION_POINTS
from simulator.errors import Object
from simulator.release import Dated

ALL: Final = "*"
HOST_PATH: Final = "hostPath"
_PLAIN: Final = {"secret", "configMap", "emptyDir", "downwardAPI", "projected", "none"}
_VOLUMES: Final = frozenset({
    "awsElasticBlockStore", "azureDisk", "azureFile", "cephFS", "cinder", "configMap", "csi", "downwardAPI",
    "emptyDir", "ephemeral", "fc", "flexVolume", "flocker", "gcePersistentDisk", "gitRepo", "glusterfs", "hostPath",
    "image", "iscsi", "nfs", "persistentVolumeClaim", "photonPersistentDisk", "portworxVolume", "projected",
    "quobyte", "rbd", "scaleIO", "secret", "storageOS", "vsphere",
})  # fmt: skip
_RUN_AS: Final = {"RunAsAny": 40_000, "MustRunAsNonRoot": 30_000, "MustRunAsRange": 20_000, "MustRunAs": 10_000}


@dataclass(frozen=True, slots=True)
class Constraint:
    """``order``: those that come first are tried first. ``volumes``: kinds that it allows, ``*`` for all."""

    name: str
    raw: Object
    users: frozenset[str]
    groups: frozenset[str]
    volumes: frozenset[str]
    order: tuple[int, int, str]


def compiled(raw: Object, release: Dated) -> Constraint:
    """A SecurityContextConstraints object as admission sees it."""
    name, volumes = raw["metadata"]["name"], _volumes(raw)
    order = (-(raw.get("priority") or 0), points(raw, volumes, release), name)
    users, groups = frozenset(raw.get("users") or ()), frozenset(raw.get("groups") or ())
    return Constraint(name, raw, users, groups, volumes, order)


def _volumes(raw: Object) -> frozenset[str]:
    """The kinds that are allowed: ``allowHostDirVolumePlugin`` wins over the list; no list at all means all kinds."""
    listed = raw.get("volumes")
    kinds = frozenset({ALL} if listed is None else listed)
    if raw.get("allowHostDirVolumePlugin"):
        return kinds if ALL in kinds else kinds | {HOST_PATH}
    return (_VOLUMES if ALL in kinds else kinds) - {HOST_PATH}


def points(raw: Object, volumes: frozenset[str], release: Dated) -> int:
    """The fewer, the more restrictive."""
    privileged, ports, network, host, other = RESTRICTION_POINTS.at(release)
    total = _capability_points(raw)
    total += privileged * bool(raw.get("allowPrivilegedContainer"))
    total += ports * bool(raw.get("allowHostPorts")) + network * bool(raw.get("allowHostNetwork"))
    if volumes & {HOST_PATH, ALL}:
        total += host
    elif volumes - _PLAIN:
        total += other
    return total + sum(_RUN_AS.get(_type(raw, field), 0) for field in ("seLinuxContext", "runAsUser"))


def _type(raw: Object, field: str) -> str:
    return str((raw.get(field) or {}).get("type") or "")


def _capability_points(raw: Object) -> int:
    allowed, dropped = _upper(raw.get("allowedCapabilities")), _upper(raw.get("requiredDropCapabilities"))
    total = 5000 + 300 * len(raw.get("defaultAddCapabilities") or ())
    total += 4000 if {ALL, "ALL"} & set(allowed) else 10 * len(allowed)
    total -= 3000 if "ALL" in dropped else 50 * len(dropped)
    return min(max(total, 0), 9999)


def _upper(names: Sequence[str] | None) -> list[str]:
    return [str(name).upper() for name in names or ()]
