"""Floor 2: the machines below the cluster, themselves objects of the log in the group infra.ocsim.dev."""

from __future__ import annotations

from simulator.api.types import User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers.context import Controller
from simulator.infra.ceph import Ceph
from simulator.infra.ebs import Ebs
from simulator.infra.kubelet import CONTROLLER as KUBELET
from simulator.infra.kubelet import Kubelet
from simulator.infra.objectstores import Store, store_at
from simulator.infra.registry import Registry
from simulator.infra.s3 import S3
from simulator.infra.s3dialects import NOOBAA, RGW
from simulator.infra.volumes import Volumes
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

USER = User("system:infra", ("system:masters", "system:authenticated"))


class Machines:
    """What a cluster stands on: the clouds and disks, the kubelets, and the registry as its clients see it."""

    def __init__(self, transport: InProcess, clock: Clock, names: Names, release: Release = OLDEST) -> None:
        self.client = Client(transport, USER, reader=transport.reader)
        self.clock, self.names, self.release = clock, names, release
        self.volumes = Volumes(self.client)
        self.s3 = S3(self.client, names)
        self.ceph = Ceph(self.client, self.volumes)
        self.ebs = Ebs(self.client, self.volumes, names)
        self.noobaa, self.rgw = Store(self, NOOBAA), Store(self, RGW)
        self.kubelet = Kubelet(self)
        self.registry = Registry(self)

    def store_at(self, endpoint: str = "", virtual_hosted: bool = False, ca_bundle: str = "") -> S3:
        """The object store behind an S3 endpoint, "" for AWS. See ``objectstores.store_at``."""
        return store_at(self, endpoint, virtual_hosted, ca_bundle)

    def controllers(self) -> tuple[Controller, ...]:
        """The loops of the machines: kubelets, volumes, provisioners."""
        from simulator.controllers import (  # here, as they import this package
            attachdetach,
            expansion,
            node_lifecycle,
            persistentvolume,
            provisioner_cephfs,
            provisioner_ebs,
            provisioner_ebs_csi,
            provisioner_obc,
            provisioner_rbd,
            pvc_protection,
        )

        modules = (
            node_lifecycle,
            persistentvolume,
            pvc_protection,
            attachdetach,
            provisioner_cephfs,
            provisioner_rbd,
            provisioner_ebs,
            provisioner_ebs_csi,
            provisioner_obc,
            expansion,
        )
        return (KUBELET, *(controller for module in modules for controller in module.CONTROLLERS))


__all__ = ["Machines"]
