"""The Ceph cluster: monitors, pools, a filesystem with subvolumes, block images. One ``Ceph`` object in the log.

spec:
  fsid: 8b39ee2d-...
  namespace: openshift-storage         # where its daemons run as pods
  monitors: [{name: b, address: "172.30.107.130:6789"}, ...]   # in the order in which clients are given them
  filesystems: [{name: ocs-storagecluster-cephfilesystem, id: 1}]
  pools: [{name: ocs-storagecluster-cephblockpool, id: 1}]
  capacity: 3298534883328              # bytes
  encrypted: false                     # what clients and daemons send
"""

from __future__ import annotations

from simulator.api.gvrs import CEPHS, PODS, VOLUMES
from simulator.client.client import Client
from simulator.controllers.podstate import is_serving
from simulator.errors import Object
from simulator.infra import faults
from simulator.infra.volumes import Volumes

_SUBVOLUMES = "/volumes/csi"  # of the group that the driver makes


class CephDown(Exception):
    """No quorum, or no metadata server: requests get no answer."""


class Ceph:
    def __init__(self, client: Client, volumes: Volumes) -> None:
        self._client, self._volumes = client, volumes

    def cluster(self) -> Object | None:
        """The Ceph object, if there is one."""
        clusters = self._client.list(CEPHS)
        return clusters[0] if clusters else None

    def monitors(self) -> list[str]:
        """``address:port`` of each monitor, in the order of the mount source."""
        cluster = self.cluster()
        return [] if cluster is None else [monitor["address"] for monitor in cluster["spec"]["monitors"]]

    def health(self) -> str:
        """HEALTH_OK, HEALTH_WARN (a daemon is missing) or HEALTH_ERR (no service, full, read-only)."""
        if not self.answers() or faults.find(self._client, "ceph", effects=("full", "read-only")):
            return "HEALTH_ERR"
        return "HEALTH_WARN" if self._ready("rook-ceph-mon") < len(self.monitors()) else "HEALTH_OK"

    def answers(self, filesystem: bool = False) -> bool:
        """Whether requests are answered: a quorum of monitors, and for a filesystem a metadata server."""
        if self.cluster() is None or faults.find(self._client, "ceph", effects=("down",)):
            return False
        quorum = 2 * self._ready("rook-ceph-mon") > len(self.monitors())
        return quorum and (not filesystem or self._ready("rook-ceph-mds") > 0)

    def filesystem_id(self, name: str) -> int:
        return self._id("filesystems", name)

    def pool_id(self, name: str) -> int:
        return self._id("pools", name)

    def used(self) -> int:
        """Bytes of all subvolumes and images."""
        volumes = [volume for volume in self._client.list(VOLUMES) if volume["spec"]["backend"] in ("cephfs", "rbd")]
        return sum(self._volumes.used(volume["metadata"]["name"]) for volume in volumes)

    def fsid(self) -> str:
        cluster = self.cluster()
        return "" if cluster is None else str(cluster["spec"].get("fsid", ""))

    def is_encrypted(self) -> bool:
        """Whether clients must encrypt what they send."""
        cluster = self.cluster()
        return cluster is not None and bool(cluster["spec"].get("encrypted"))

    def create_subvolume(self, request: str, uuid: str, quota: int, filesystem: str, below: str = "") -> Object:
        """A subvolume ``csi-vol-UUID`` with a quota; the same request gets the same one. CephDown.

        ``below``: the UUID of the folder in it that holds the data, "" where there is none.
        """
        if not self.answers(filesystem=True):
            raise CephDown
        existing = self._volumes.find("cephfs", request)
        if existing is not None:
            return existing
        name = f"csi-vol-{uuid}"
        details = {"request": request, "filesystem": filesystem}
        if below:
            details["path"] = f"{_SUBVOLUMES}/{name}/{below}"
        return self._volumes.create(name, "cephfs", capacity=quota, mode=0o777, **details)

    def create_image(self, request: str, uuid: str, size: int, pool: str) -> Object:
        """An RBD image ``csi-vol-UUID``; the same request gets the same one. CephDown."""
        if not self.answers():
            raise CephDown
        existing = self._volumes.find("rbd", request)
        if existing is not None:
            return existing
        return self._volumes.create(f"csi-vol-{uuid}", "rbd", capacity=size, request=request, pool=pool)

    def grow(self, name: str, size: int) -> None:
        """A larger quota for a subvolume, more bytes for an image. CephDown."""
        if not self.answers():
            raise CephDown
        self._volumes.grow(name, size)

    def delete(self, name: str) -> None:
        """Remove a subvolume or an image with what is in it. CephDown."""
        if not self.answers():
            raise CephDown
        self._volumes.delete(name)

    def _id(self, kind: str, name: str) -> int:
        cluster = self.cluster()
        rows = [] if cluster is None else cluster["spec"].get(kind, ())
        return next((row["id"] for row in rows if row["name"] == name), 1)

    def _ready(self, app: str) -> int:
        """How many daemons of one kind are ready. Where none run as pods, as many as there are monitors."""
        cluster = self.cluster()
        if cluster is None or not cluster["spec"].get("namespace"):
            return len(self.monitors())
        return sum(map(is_serving, self._client.list(PODS, cluster["spec"]["namespace"], labels=f"app={app}")))


def subvolume_path(volume: Object) -> str:
    """Where a subvolume's data lie in its filesystem."""
    path: str = volume["spec"].get("path") or f"{_SUBVOLUMES}/{volume['metadata']['name']}"
    return path
