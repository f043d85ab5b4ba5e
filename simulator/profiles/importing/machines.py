"""What a cluster stands on, as its objects tell it: nodes' machines, Ceph, the volumes behind claims.

Written through the API of a cluster that is not running yet, as a profile's loader would.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from simulator.api.gvrs import (
    CEPHS,
    CONFIGMAPS,
    NODEMACHINES,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    SECRETS,
    STORAGECLASSES,
)
from simulator.api.quantity import parse
from simulator.api.types import GVR
from simulator.cluster import Cluster
from simulator.controllers.conditions import find_condition
from simulator.errors import Object
from simulator.infra import csi
from simulator.profiles.importing.report import Report
from simulator.profiles.importing.stamps import made_uid

_ZONES: Final = ("topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_CEPH_PROVISIONERS: Final = (".cephfs.csi.ceph.com", ".rbd.csi.ceph.com")
_CAPACITY: Final = 3 * 2**40  # bytes, when nothing tells
_LOCATION: Final = re.compile(r"\d{4}-[0-9a-f]{4}-.*-([0-9a-f]{16})-[0-9a-f-]{36}")
CEPHCLUSTERS: Final = GVR("ceph.rook.io", "v1", "cephclusters")
CEPHFILESYSTEMS: Final = GVR("ceph.rook.io", "v1", "cephfilesystems")
CEPHBLOCKPOOLS: Final = GVR("ceph.rook.io", "v1", "cephblockpools")


def build(cluster: Cluster, report: Report) -> None:
    """Machines, Ceph and volumes."""
    _node_machines(cluster, report)
    _ceph(cluster, report)
    for persistent in cluster.machines.client.list(PERSISTENTVOLUMES):
        _volume(cluster, persistent, report)


# -- nodes


def _node_machines(cluster: Cluster, report: Report) -> None:
    client = cluster.machines.client
    used = {image for pod in client.list(PODS) for image in _images_of(pod)}
    for node in client.list(NODES):
        name = node["metadata"]["name"]
        if client.get_or_none(NODEMACHINES, name) is not None:
            continue
        made = {"apiVersion": "infra.ocsim.dev/v1", "kind": "NodeMachine", "metadata": {"name": name}}
        client.create(NODEMACHINES, {**made, "spec": _machine(node, used)})
        report.make_up(f"nodemachines {name}", "the machine under a node, from its capacity and its images")
        if _is_silent(node):
            report.notes.append(f"Node {name} had not been heard of; its machine is off.")


def _machine(node: Object, used: Iterable[str]) -> Object:
    """All images of the cluster are on every node: where else they can be had is not known."""
    labels, status = node["metadata"].get("labels") or {}, node.get("status") or {}
    capacity = status.get("capacity") or {}
    listed = {name for image in status.get("images") or () for name in image.get("names") or ()}
    spec: Object = {"images": sorted(listed | set(used))}
    if capacity.get("memory"):
        spec["memory"] = capacity["memory"]
    if capacity.get("ephemeral-storage"):
        spec["disk"] = {"total": capacity["ephemeral-storage"]}
    if zone := next((labels[key] for key in _ZONES if labels.get(key)), ""):
        spec["zone"] = zone
    if identity := (node.get("spec") or {}).get("providerID", ""):
        spec["instanceID"] = identity.rpartition("/")[2]
    return {**spec, **({"poweredOff": True} if _is_silent(node) else {})}


def _is_silent(node: Object) -> bool:
    conditions = (node.get("status") or {}).get("conditions")
    return (find_condition(conditions, "Ready") or {}).get("status") == "Unknown"


def _images_of(pod: Object) -> Iterator[str]:
    spec = pod["spec"]
    for container in (*(spec.get("initContainers") or ()), *spec["containers"]):
        if container.get("image"):
            yield str(container["image"])


# -- Ceph


def _ceph(cluster: Cluster, report: Report) -> None:
    """One Ceph object, if a CephCluster, a storage class or a volume tells of one."""
    client = cluster.machines.client
    clusters, volumes = client.list(CEPHCLUSTERS), list(_ceph_volumes(cluster))
    classes = [one for one in client.list(STORAGECLASSES) if one.get("provisioner", "").endswith(_CEPH_PROVISIONERS)]
    if client.list(CEPHS) or not (clusters or classes or volumes):
        return
    found = clusters[0] if clusters else {"metadata": {"name": "ceph", "namespace": csi.NAMESPACE}}
    meta = found["metadata"]
    runs = bool(client.list(PODS, meta["namespace"], labels="app=rook-ceph-mon"))
    spec = {
        "fsid": _fsid(cluster, found),
        **({"namespace": meta["namespace"]} if runs else {}),
        "monitors": _monitors(cluster, meta["namespace"]),
        "filesystems": _named(cluster, CEPHFILESYSTEMS, classes, volumes, "fsName"),
        "pools": _named(cluster, CEPHBLOCKPOOLS, classes, volumes, "pool"),
        "capacity": _capacity(found),
    }
    made = {"apiVersion": "infra.ocsim.dev/v1", "kind": "Ceph", "metadata": {"name": meta["name"]}, "spec": spec}
    client.create(CEPHS, made)
    report.make_up(f"cephs {meta['name']}", "the Ceph cluster, from what its custom resources and volumes tell")
    if not runs:
        report.notes.append(
            f"No monitor of Ceph runs as a pod of {meta['namespace']} in the dump: Ceph is taken for well."
        )


def _fsid(cluster: Cluster, found: Object) -> str:
    told = ((found.get("status") or {}).get("ceph") or {}).get("fsid")
    return str(told or made_uid(("fsid", "", found["metadata"]["name"])))


def _monitors(cluster: Cluster, namespace: str) -> list[Object]:
    """From the ConfigMap that the operator keeps: ``a=172.30.1.2:6789,b=...``; else three made-up ones."""
    held = cluster.machines.client.get_or_none(CONFIGMAPS, "rook-ceph-mon-endpoints", namespace) or {}
    pairs = [pair.partition("=") for pair in (held.get("data") or {}).get("data", "").split(",") if "=" in pair]
    if pairs:
        return [{"name": name, "address": address} for name, _, address in pairs]
    addresses = _addresses_for_csi(held)
    return [{"name": "abc"[index % 3], "address": address} for index, address in enumerate(addresses)]


def _addresses_for_csi(held: Object) -> list[str]:
    try:
        told: Any = json.loads((held.get("data") or {}).get("csi-cluster-config-json", "[]"))
        addresses = [str(address) for one in told for address in one["monitors"]]
    except (ValueError, TypeError, KeyError):
        addresses = []
    return addresses or [f"172.30.0.{number}:6789" for number in (101, 102, 103)]


def _named(
    cluster: Cluster, resource: GVR, classes: list[Object], volumes: list[Object], attribute: str
) -> list[Object]:
    """Filesystems or pools with their ids, which the handles of volumes tell."""
    ids: dict[str, int] = {}
    for persistent in volumes:
        source = persistent["spec"]["csi"]
        name, match = (source.get("volumeAttributes") or {}).get(attribute), _LOCATION.fullmatch(source["volumeHandle"])
        if name and match:
            ids[name] = int(match.group(1), 16)
    names = [one["metadata"]["name"] for one in cluster.machines.client.list(resource)]
    names += [value for one in classes if (value := (one.get("parameters") or {}).get(attribute))]
    return [{"name": name, "id": ids.get(name, 1)} for name in dict.fromkeys([*names, *ids])]


def _capacity(found: Object) -> int:
    told = (((found.get("status") or {}).get("ceph") or {}).get("capacity") or {}).get("bytesTotal")
    return int(told) if isinstance(told, int) and told > 0 else _CAPACITY


def _ceph_volumes(cluster: Cluster) -> Iterator[Object]:
    for persistent in cluster.machines.client.list(PERSISTENTVOLUMES):
        source = persistent["spec"].get("csi") or {}
        if str(source.get("driver", "")).endswith(_CEPH_PROVISIONERS) and source.get("volumeHandle"):
            yield persistent


# -- volumes


def _volume(cluster: Cluster, persistent: Object, report: Report) -> None:
    """The subvolume, image or disk behind a persistent volume; what the model has no driver for stays as it is."""
    spec, name = persistent["spec"], persistent["metadata"]["name"]
    described = _described(spec)
    if described is None:
        kind = (spec.get("csi") or {}).get("driver") or next((key for key in spec if key in _SOURCES), "its source")
        report.notes.append(f"PersistentVolume {name}: nothing is modelled behind {kind}.")
        return
    volume, backend, details = described
    size = int(parse(str((spec.get("capacity") or {}).get("storage", "0"))))
    if backend == "cephfs":
        mode: Object = {"mode": 0o777}
    else:
        group = _group_of(cluster, persistent)
        mode = {"mode": 0o755} if group is None else {"mode": 0o2777 if backend == "rbd" else 0o2775, "gid": group}
    cluster.machines.volumes.create(volume, backend, capacity=size, request=name, **mode, **details)
    report.make_up(f"volumes {volume}", "the storage behind a persistent volume, empty")


_SOURCES: Final = (
    "nfs",
    "local",
    "hostPath",
    "iscsi",
    "fc",
    "azureDisk",
    "gcePersistentDisk",
    "vsphereVolume",
    "cinder",
)


def _described(spec: Object) -> tuple[str, str, Object] | None:
    """(volume, backend, details)."""
    if "awsElasticBlockStore" in spec:
        parts = str(spec["awsElasticBlockStore"].get("volumeID", "")).split("/")
        return parts[-1], "ebs", {"zone": parts[-2] if len(parts) > 2 else "", "type": "gp2", "encrypted": False}
    source = spec.get("csi") or {}
    driver, handle = str(source.get("driver", "")), str(source.get("volumeHandle", ""))
    attributes = source.get("volumeAttributes") or {}
    if driver.endswith(".cephfs.csi.ceph.com"):
        return csi.volume_name(handle), "cephfs", {"filesystem": attributes.get("fsName", "")}
    if driver.endswith(".rbd.csi.ceph.com"):
        return csi.volume_name(handle), "rbd", {"pool": attributes.get("pool", "")}
    if driver == "ebs.csi.aws.com":
        return handle, "ebs", {"zone": "", "type": "gp3", "encrypted": False}
    return None


def _group_of(cluster: Cluster, persistent: Object) -> int | None:
    """The group that a volume was given when a pod mounted it: the ``fsGroup`` of a pod that uses the claim."""
    client, reference = cluster.machines.client, persistent["spec"].get("claimRef") or {}
    namespace, name = reference.get("namespace", ""), reference.get("name", "")
    if client.get_or_none(PERSISTENTVOLUMECLAIMS, name, namespace) is None:
        return None
    for pod in client.list(PODS, namespace):
        claims = [(one.get("persistentVolumeClaim") or {}).get("claimName") for one in pod["spec"].get("volumes") or ()]
        group = (pod["spec"].get("securityContext") or {}).get("fsGroup")
        if name in claims and group is not None:
            return int(group)
    return None


def secret_values(cluster: Cluster, namespace: str, name: str) -> dict[str, str]:
    """The decoded data of a Secret; {} without it."""
    found = cluster.machines.client.get_or_none(SECRETS, name, namespace) or {}
    return {key: base64.b64decode(value).decode() for key, value in (found.get("data") or {}).items()}
