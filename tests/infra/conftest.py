"""A storage cluster made by hand: two workers, Ceph with its drivers, storage classes, the registry's project."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import pytest

from simulator.api.gvrs import (
    CEPHS,
    CSIDRIVERS,
    EVENTS,
    NAMESPACES,
    NODEMACHINES,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    SECRETS,
    SERVICES,
    STORAGECLASSES,
)
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import GVR, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers.manager import Manager
from simulator.errors import Object
from simulator.infra import Machines, csi
from simulator.log.entry import Entry
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock, parse_rfc3339
from simulator.runtime.names import Names

START = parse_rfc3339("2019-10-28T12:23:00Z")
ADMIN = User("kube:admin", ("system:masters", "system:cluster-admins", "system:authenticated"))
REGISTRY, STORAGE = "openshift-image-registry", "openshift-storage"
MONITORS = ("172.30.107.130:6789", "172.30.82.116:6789", "172.30.125.23:6789")
NODE_A, NODE_B = "ip-10-0-131-236.ec2.internal", "ip-10-0-150-7.ec2.internal"
APP_IMAGE = "quay.io/openshift/app:1"
REGISTRY_IMAGE = "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:" + "1" * 64
KERNELS = {True: "4.18.0-80.11.2.el8_0.x86_64", False: "5.14.0-570.49.1.el9_6.x86_64"}
CSI = "openshift-storage.{}.csi.ceph.com"


class Lab:
    """One cluster with the controllers of ``Machines`` and nothing else; pods are bound by hand."""

    def __init__(self, history: Sequence[Entry] = (), release: Release = OLDEST) -> None:
        self.release = release
        log = MemoryLog()
        log.append(0, history)
        self.clock, self.names = Clock(history[-1].time if history else START), Names(1, len(history))
        self.state = State(log)
        self.server = ApiServer(self.state, self.clock, self.names, builtin_table(release), release, admission=())
        self.transport = InProcess(self.server, "https://api.test:6443")
        self.client = Client(self.transport, ADMIN)
        self.machines = Machines(self.transport, self.clock, self.names, release)
        self.transport.kubelet = self.machines.kubelet
        self.server.logs = self.machines.kubelet.logs
        self.manager: Manager | None = None
        if not history:
            self._fill()

    def start(self) -> Lab:
        controllers = self.machines.controllers()
        self.manager = Manager(self.transport, self.clock, self.names, controllers, self.machines, self.release)
        self.manager.start()
        return self

    def settle(self, limit_s: float = 60.0) -> bool:
        return self.clock.run_until_idle(limit_s)

    def assert_settled(self) -> None:
        """A process that lists everything anew finds nothing to write, and sets no timer."""
        assert self.manager is not None
        self.manager.stop()
        before = self.state.revision
        self.start()
        assert self.settle(5.0)
        assert [(entry.cause, entry.resource, entry.name) for entry in self.state.history(before)] == []
        assert self.clock.next_due() is None

    # -- objects

    def create(self, resource: GVR, obj: Object) -> Object:
        made = self.client.create(resource, obj)
        return self.client.update_status(resource, {**made, "status": obj["status"]}) if "status" in obj else made

    def pod(self, name: str, namespace: str = "demo", node: str = NODE_A, **spec: Any) -> Object:
        containers = [{"name": "app", "image": APP_IMAGE}]
        labels = spec.pop("labels", {})
        return self.create(
            PODS,
            {
                "metadata": {"name": name, "namespace": namespace, "labels": labels},
                "spec": {"containers": containers, "nodeName": node, **spec},
            },
        )

    def claim(self, name: str, storage_class: str | None, namespace: str = "demo", size: str = "100Gi",
              modes: Sequence[str] = ("ReadWriteMany",), **spec: Any) -> Object:  # fmt: skip
        wanted = {"accessModes": list(modes), "resources": {"requests": {"storage": size}}, **spec}
        if storage_class is not None:
            wanted["storageClassName"] = storage_class
        meta = {"name": name, "namespace": namespace}
        return self.create(PERSISTENTVOLUMECLAIMS, {"metadata": meta, "spec": wanted})

    def get_claim(self, name: str, namespace: str = "demo") -> Object:
        return self.client.get(PERSISTENTVOLUMECLAIMS, name, namespace)

    def get_pod(self, name: str, namespace: str = "demo") -> Object:
        return self.client.get(PODS, name, namespace)

    def fault(self, name: str, target: str, effect: str, message: str = "") -> None:
        spec = {"target": target, "effect": effect, **({"message": message} if message else {})}
        self.client.create(GVR("infra.ocsim.dev", "v1", "faults"), {"metadata": {"name": name}, "spec": spec})

    def repair(self, name: str) -> None:
        self.client.delete(GVR("infra.ocsim.dev", "v1", "faults"), name)

    def events(self, name: str, namespace: str = "demo") -> list[tuple[str, str]]:
        """(reason, message) of what was said about an object."""
        found = [one for one in self.client.list(EVENTS, namespace) if one["involvedObject"]["name"] == name]
        found.sort(key=lambda one: int(one["metadata"]["resourceVersion"]))
        return [(one["reason"], one["message"]) for one in found]

    def count(self, name: str, reason: str, namespace: str = "demo") -> int:
        found = self.client.list(EVENTS, namespace)
        return sum(one["count"] for one in found if (one["involvedObject"]["name"], one["reason"]) == (name, reason))

    def sh(self, pod: str, script: str, namespace: str = "demo", status: int = 0) -> str:
        result = self.client.exec(pod, namespace, ["/bin/sh", "-c", script])
        assert result.status == status, (result.stdout, result.stderr)
        return result.stdout + result.stderr

    # -- the registry

    def registry_pod(self, name: str = "image-registry-1", claim: str = "", volumes: dict[str, Object] | None = None,
                     **env: str) -> Object:  # fmt: skip
        """``volumes``: more of them, by where they are mounted."""
        variables = {"REGISTRY_HTTP_ADDR": ":5000", **env}
        probe = {"httpGet": {"path": "/healthz", "port": 5000, "scheme": "HTTPS"}, "timeoutSeconds": 5}
        mounts = [{"name": "registry-tls", "mountPath": "/etc/secrets"}]
        tls = {"sources": [{"secret": {"name": "image-registry-tls"}}]}
        chosen: list[Object] = [{"name": "registry-tls", "projected": tls}]
        for number, (path, source) in enumerate((volumes or {}).items()):
            mounts.append({"name": f"more-{number}", "mountPath": path})
            chosen.append({"name": f"more-{number}", **source})
        if claim:
            mounts.insert(0, {"name": "registry-storage", "mountPath": "/registry"})
            chosen.insert(0, {"name": "registry-storage", "persistentVolumeClaim": {"claimName": claim}})
            variables |= {"REGISTRY_STORAGE": "filesystem", "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/registry"}
        mounts.append({"name": "registry-token-abcde", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount"})
        chosen.append({"name": "registry-token-abcde", "secret": {"secretName": "registry-token-abcde"}})
        container = {
            "name": "registry",
            "image": REGISTRY_IMAGE,
            "env": [{"name": key, "value": value} for key, value in variables.items()],
            "livenessProbe": {**probe, "initialDelaySeconds": 10},
            "readinessProbe": probe,
            "volumeMounts": mounts,
        }
        spec = {"containers": [container], "volumes": chosen, "securityContext": {"fsGroup": 1000340000}}
        return self.pod(name, REGISTRY, labels={"docker-registry": "default"}, **spec)

    # -- the beginning

    def _fill(self) -> None:
        for number, name in enumerate(("demo", STORAGE, REGISTRY, csi.EBS.namespace)):
            first = 1000340000 + number * 10000 if name != REGISTRY else 1000340000
            notes = {
                "openshift.io/sa.scc.mcs": "s0:c18,c17",
                "openshift.io/sa.scc.supplemental-groups": f"{first}/10000",
                "openshift.io/sa.scc.uid-range": f"{first}/10000",
            }
            self.create(NAMESPACES, {"metadata": {"name": name, "annotations": notes}})
        for name, zone in ((NODE_A, "us-east-1a"), (NODE_B, "us-east-1b")):
            labels = {"failure-domain.beta.kubernetes.io/zone": zone, "beta.kubernetes.io/instance-type": "m4.4xlarge"}
            info = {"kernelVersion": KERNELS[self.release is OLDEST]}
            labels["topology.kubernetes.io/zone"] = zone
            self.create(NODES, {"metadata": {"name": name, "labels": labels}, "status": {"nodeInfo": info}})
            self.create(NODEMACHINES, {"metadata": {"name": name}, "spec": {"images": [APP_IMAGE, REGISTRY_IMAGE]}})
        self._classes()
        self._ceph()
        for name, keys in (("image-registry-tls", {"tls.crt": 1700, "tls.key": 1675}),
                           ("registry-token-abcde", {"ca.crt": 10000, "namespace": 24, "service-ca.crt": 5000,
                                                     "token": 1100})):  # fmt: skip
            self.secret(name, REGISTRY, {key: "x" * size for key, size in keys.items()})
        service = {"selector": {"docker-registry": "default"}, "clusterIP": "172.30.1.5", "ports": [{"port": 5000}]}
        self.create(SERVICES, {"metadata": {"name": "image-registry", "namespace": REGISTRY}, "spec": service})

    def secret(self, name: str, namespace: str, data: dict[str, str]) -> None:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
        self.create(SECRETS, {"metadata": {"name": name, "namespace": namespace}, "data": encoded})

    def _classes(self) -> None:
        def secrets(kind: str) -> dict[str, str]:
            parameters = {}
            stages = {"provisioner": "provisioner", "node-stage": "node"}
            if self.release is not OLDEST:
                stages["controller-expand"] = "provisioner"
            for stage, name in stages.items():
                parameters[f"csi.storage.k8s.io/{stage}-secret-name"] = f"rook-csi-{kind}-{name}"
                parameters[f"csi.storage.k8s.io/{stage}-secret-namespace"] = STORAGE
            return parameters

        shared = {"clusterID": "openshift-storage"}
        fs = {**shared, "fsName": "ocs-storagecluster-cephfilesystem", **secrets("cephfs")}
        rbd = {**shared, "pool": "ocs-storagecluster-cephblockpool", "imageFeatures": "layering", "imageFormat": "2",
               "csi.storage.k8s.io/fstype": "ext4", **secrets("rbd")}  # fmt: skip
        rows: list[tuple[str, str, dict[str, str], str]] = [
            ("ocs-storagecluster-cephfs", CSI.format("cephfs"), fs, "Immediate"),
            ("ocs-storagecluster-ceph-rbd", CSI.format("rbd"), rbd, "Immediate"),
            ("gp2", "kubernetes.io/aws-ebs", {"type": "gp2", "encrypted": "true"}, "WaitForFirstConsumer"),
            ("gp3-csi", "ebs.csi.aws.com", {"type": "gp3", "encrypted": "true"}, "WaitForFirstConsumer"),
            ("openshift-storage.noobaa.io", "openshift-storage.noobaa.io/obc", {}, "Immediate"),
            (
                "ocs-storagecluster-ceph-rgw",
                "openshift-storage.ceph.rook.io/bucket",
                {"objectStoreName": "ocs-storagecluster-cephobjectstore", "objectStoreNamespace": STORAGE},
                "Immediate",
            ),
        ]
        for name, provisioner, parameters, mode in rows:
            self.create(
                STORAGECLASSES,
                {
                    "metadata": {"name": name},
                    "provisioner": provisioner,
                    "parameters": parameters,
                    "reclaimPolicy": "Delete",
                    "allowVolumeExpansion": True,
                    "volumeBindingMode": mode,
                },
            )

    def _ceph(self) -> None:
        spec = {
            "fsid": "8b39ee2d-4c1a-4b0a-9bd6-0a1b2c3d4e5f",
            "monitors": [{"name": name, "address": address} for name, address in zip("bca", MONITORS, strict=True)],
            "filesystems": [{"name": "ocs-storagecluster-cephfilesystem", "id": 1}],
            "pools": [{"name": "ocs-storagecluster-cephblockpool", "id": 1}],
        }
        self.create(CEPHS, {"metadata": {"name": "ocs-storagecluster-cephcluster"}, "spec": spec})
        for name, key in (("cephfs-node", "adminID"), ("cephfs-provisioner", "adminID"), ("rbd-node", "userID"),
                          ("rbd-provisioner", "userID")):  # fmt: skip
            self.secret(f"rook-csi-{name}", STORAGE, {key: f"csi-{name}"})
        for driver in csi.DRIVERS.values():
            if driver is csi.EBS and self.release is OLDEST:
                continue
            controller, plugin = driver.controller(self.release), driver.plugin(self.release)
            self.pod(f"{controller}-849895689c-5mcvm", driver.namespace, labels={"app": controller})
            for number, node in enumerate((NODE_A, NODE_B)):
                self.pod(f"{plugin}-{number}", driver.namespace, node, labels={"app": plugin})
            if self.release is not OLDEST:
                policy = {"attachRequired": True, "fsGroupPolicy": "File"}
                self.create(CSIDRIVERS, {"metadata": {"name": driver.driver}, "spec": policy})
        for name in ("noobaa-core-0", "noobaa-operator-1", "rook-ceph-operator-1"):
            self.pod(name, STORAGE, labels={"app": name.rpartition("-")[0]})


@pytest.fixture
def lab() -> Lab:
    """A started cluster at rest."""
    lab = Lab().start()
    assert lab.settle()
    return lab


@pytest.fixture
def today() -> Lab:
    """The same of OpenShift 4.20."""
    lab = Lab(release=Release("4.20.1", "v1.33.5", ())).start()
    assert lab.settle()
    return lab


@pytest.fixture
def new_lab() -> type[Lab]:
    return Lab
