"""A cluster with just what the Image Registry Operator looks at. Roll-outs and garbage collection are done by hand."""

import base64
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from simulator.api.gvrs import (
    CLUSTEROPERATORS,
    CONFIGMAPS,
    DAEMONSETS,
    DEPLOYMENTS,
    IMAGECONFIGS,
    INFRASTRUCTURES,
    NAMESPACES,
    PERSISTENTVOLUMECLAIMS,
    PODDISRUPTIONBUDGETS,
    REGISTRYCONFIGS,
    ROUTES,
    SECRETS,
    SERVICEACCOUNTS,
    SERVICES,
)
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import GVR, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers.context import Context
from simulator.controllers.image_registry import CONTROLLERS
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import Environment
from simulator.controllers.image_registry.typed import LATEST_4_2, typed
from simulator.controllers.image_registry.work import Work
from simulator.controllers.manager import SYSTEM, Manager
from simulator.infra.s3 import S3
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import Release
from simulator.runtime.clock import Clock, parse_rfc3339
from simulator.runtime.names import Names

NS = "openshift-image-registry"
IMAGE = "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:" + "1" * 64
PRUNER_IMAGE = "quay.io/openshift-release-dev/ocp-v4.0-art-dev@sha256:" + "2" * 64
OLD, NEW = Release("4.2.4"), Release("4.20.1", "v1.33.5", ())
START = "2019-11-04T10:00:46Z"
KEYS = ("AKIAEXAMPLE", "secretExample")
INFRASTRUCTURE = "cluster-abcde-xyz12"
BUCKET = f"{INFRASTRUCTURE}-image-registry-us-east-2-abcdefghijklmnopq"
GOLDEN = Path(__file__).parent / "golden"
SETTLED_S = 30.0  # a timer further away than this is a back-off

Object = dict[str, Any]


class RegistryCluster:
    """An API server with the operator on it, and the hands of an administrator."""

    def __init__(
        self, platform: str = "AWS", log: MemoryLog | None = None, now: float | None = None, release: Release = OLD
    ) -> None:
        self.release = release
        self.log = log or MemoryLog()
        self.clock = Clock(parse_rfc3339(START) if now is None else now)
        self.names = Names(1, epoch=self.log.head())
        self.table = builtin_table(release)
        server = ApiServer(State(self.log), self.clock, self.names, self.table, release)
        self.server = server
        self.transport = InProcess(server, "https://api.test:6443")
        self.client = Client(self.transport, User("kube:admin", SYSTEM), self.table)
        self.s3 = S3(Client(self.transport, User("aws", SYSTEM)), self.names)
        self.stores: dict[str, S3] = {}
        self.machines = SimpleNamespace(s3=self.s3, store_at=self.store_at)
        self.manager = Manager(self.transport, self.clock, self.names, CONTROLLERS, self.machines, release)
        if log is None:
            self._install(platform)

    # -- what is there before the operator

    def _install(self, platform: str) -> None:
        groups = {"openshift.io/sa.scc.supplemental-groups": "1000320000/10000"}
        for name in (NS, "openshift-config", "openshift-config-managed", "kube-system"):
            self.create(NAMESPACES, {"metadata": {"name": name, "annotations": groups}})
        self.create(IMAGECONFIGS, {"metadata": {"name": "cluster"}, "spec": {}})
        self.create_with_status(INFRASTRUCTURES, {"metadata": {"name": "cluster"}}, infrastructure_status(platform))
        self.create(SECRETS, secret("installer-cloud-credentials", MINTED))
        trusted_ca = {"metadata": {"name": "trusted-ca", "namespace": NS}, "data": {"ca-bundle.crt": "BUNDLE\n"}}
        self.create(CONFIGMAPS, trusted_ca)
        pull_secret = {"metadata": {"name": "pull-secret", "namespace": "openshift-config"}, "data": PULL_SECRET}
        self.create(SECRETS, {**pull_secret, "type": "kubernetes.io/dockerconfigjson"})
        self.install_operator()

    def install_operator(self) -> None:
        values = {"RELEASE_VERSION": self.release.version, "IMAGE": IMAGE, "IMAGE_PRUNER": PRUNER_IMAGE}
        env = [{"name": name, "value": value} for name, value in values.items()]
        container = {"name": "cluster-image-registry-operator", "image": "operator", "env": env}
        labels = {"name": "cluster-image-registry-operator"}
        template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
        spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
        obj = {"metadata": {"name": "cluster-image-registry-operator", "namespace": NS}, "spec": spec}
        self.create_with_status(DEPLOYMENTS, obj, {"availableReplicas": 1})

    # -- hands

    def create(self, resource: GVR, obj: Object) -> Object:
        served = self.table.served(resource)
        row = self.table.find(*served) if served else None
        assert row is not None
        return self.client.create(resource, {"apiVersion": row.api_version, "kind": row.kind, **obj})

    def create_with_status(self, resource: GVR, obj: Object, status: Object) -> Object:
        return self.client.update_status(resource, {**self.create(resource, obj), "status": status})

    def create_claim(self, name: str, *modes: str, **more: Any) -> Object:
        spec = {"accessModes": list(modes or ("ReadWriteMany",)), "resources": {"requests": {"storage": "100Gi"}}}
        claim = {"metadata": {"name": name, "namespace": NS}, "spec": {**spec, **more}}
        return self.create(PERSISTENTVOLUMECLAIMS, claim)

    def store_at(self, endpoint: str, virtual_hosted: bool, ca_bundle: str) -> S3:
        """What is behind an endpoint: ``stores`` by "ENDPOINT AUTHORITIES", with " virtual" behind it if so."""
        return self.stores[f"{endpoint} {ca_bundle.strip()}" + " virtual" * virtual_hosted]

    def create_bucket(self, name: str = BUCKET, keys: tuple[str, str] = KEYS) -> None:
        self.s3.create_bucket(name, "us-east-2", keys)

    @property
    def config(self) -> Object:
        return self.client.get(REGISTRYCONFIGS, "cluster")

    def edit(self, **spec: Any) -> Object:
        """``oc edit``: the keys of spec are replaced."""
        config = self.config
        return self.client.update(REGISTRYCONFIGS, {**config, "spec": {**config["spec"], **spec}})

    def conditions(self) -> dict[str, Object]:
        return {one["type"]: one for one in self.config.get("status", {}).get("conditions", ())}

    def condition(self, kind: str) -> tuple[str, str, str]:
        """(status, reason, message)."""
        one = self.conditions()[kind]
        return one["status"], one.get("reason", ""), one.get("message", "")

    @property
    def deployment(self) -> Object | None:
        return self.client.get_or_none(DEPLOYMENTS, "image-registry", NS)

    @property
    def cluster_operator(self) -> Object:
        return self.client.get(CLUSTEROPERATORS, "image-registry")

    def private_configuration(self) -> dict[str, str]:
        data = self.client.get(SECRETS, "image-registry-private-configuration", NS).get("data") or {}
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    # -- time

    def start(self) -> None:
        self.manager.start()
        self.settle()

    def settle(self, roll_out: bool = True) -> None:
        """Let the operator come to rest, and the pods follow it."""
        for _ in range(20):
            before = self.log.head()
            assert self.clock.run_until_idle(600, quiet_s=SETTLED_S)
            self.collect_garbage()
            if roll_out:
                self.roll_out()
            if self.log.head() == before:
                return
        raise AssertionError("the operator does not come to rest")

    def roll_out(self) -> None:
        """As if all pods of the newest template ran, and node-ca on three nodes."""
        node_ca = self.client.get_or_none(DAEMONSETS, "node-ca", NS)
        if self.release is NEW and node_ca is not None:
            status = {"observedGeneration": node_ca["metadata"]["generation"], "numberAvailable": 3}
            self.client.update_status(DAEMONSETS, {**node_ca, "status": status})
        deployment = self.deployment
        if deployment is None or "deletionTimestamp" in deployment["metadata"]:
            return
        replicas = deployment["spec"]["replicas"]
        counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), replicas)
        self.set_rollout(observedGeneration=deployment["metadata"]["generation"], **counts)

    def set_rollout(self, **status: int) -> None:
        shown = {key: value for key, value in status.items() if value}
        self.client.update_status(DEPLOYMENTS, {**(self.deployment or {}), "status": shown})

    def collect_garbage(self) -> None:
        """What waits for its dependents to go, goes."""
        for resource in (*NAMESPACED, *CLUSTER_SCOPED):
            for obj in self.client.list(resource):
                if "foregroundDeletion" in (obj["metadata"].get("finalizers") or ()):
                    metadata = {key: value for key, value in obj["metadata"].items() if key != "finalizers"}
                    self.client.update(resource, {**obj, "metadata": metadata})

    def restart(self) -> "RegistryCluster":
        """The same log, under a new process."""
        self.manager.stop()
        again = RegistryCluster(log=self.log, now=self.clock.now(), release=self.release)
        again.start()
        return again

    # -- a single pass

    def work(self, spec: Object, status: Object | None = None, version: str = "") -> Work:
        """One pass over a Config that is not stored. ``version``: of an operator of another patch release."""
        config = {"metadata": {"name": "cluster"}, "spec": {**SPEC, **spec}, "status": status or {}}
        client = Client(self.transport, User(CONTROLLERS[0].user, SYSTEM), self.table)
        context = Context(client, self.clock, self.names, CONTROLLERS[0].name, self.machines, self.release)
        environment = Environment(version or f"{self.release.minor}.0", IMAGE, PRUNER_IMAGE, self.release)
        types = LATEST_4_2 if self.release is OLD else environment.release
        decoded = RegistryConfig(typed("Config", config, types), self.clock.now(), types)
        return Work(context, environment, decoded, None)


NAMESPACED = (CONFIGMAPS, DEPLOYMENTS, PODDISRUPTIONBUDGETS, ROUTES, SECRETS, SERVICEACCOUNTS, SERVICES)
CLUSTER_SCOPED = tuple(
    GVR("rbac.authorization.k8s.io", "v1", resource) for resource in ("clusterroles", "clusterrolebindings")
)
MINTED = {"aws_access_key_id": KEYS[0], "aws_secret_access_key": KEYS[1]}
PULL_SECRET = {".dockerconfigjson": base64.b64encode(b'{"auths":{}}').decode()}
SPEC = {"managementState": "Managed", "replicas": 1, "logging": 2, "httpSecret": "0123456789abcdef"}


def infrastructure_status(platform: str) -> Object:
    region = {"aws": {"region": "us-east-2"}} if platform == "AWS" else {}
    return {
        "infrastructureName": INFRASTRUCTURE,
        "platform": platform,
        "platformStatus": {"type": platform, **region},
    }


def secret(name: str, values: dict[str, str], namespace: str = NS) -> Object:
    data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
    return {"metadata": {"name": name, "namespace": namespace}, "type": "Opaque", "data": data}


@pytest.fixture
def new_cluster() -> Callable[..., RegistryCluster]:
    return RegistryCluster


@pytest.fixture
def cluster() -> RegistryCluster:
    """On AWS, the operator not started yet."""
    return RegistryCluster()


@pytest.fixture
def running() -> RegistryCluster:
    """On AWS, installed: the registry is on S3 and ready."""
    cluster = RegistryCluster()
    cluster.start()
    return cluster


@pytest.fixture
def new_modern() -> Callable[..., RegistryCluster]:
    return partial(RegistryCluster, release=NEW)


@pytest.fixture
def modern() -> RegistryCluster:
    """OpenShift 4.20 on AWS, the operator not started yet."""
    return RegistryCluster(release=NEW)


@pytest.fixture
def modern_running() -> RegistryCluster:
    """The same, installed: the registry is on S3 with two replicas and ready."""
    cluster = RegistryCluster(release=NEW)
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def golden() -> Callable[[str], Any]:
    """The documents of a golden file, as ``4.20/config``; a single one is not wrapped in a list."""

    def load(name: str) -> Any:
        documents = list(yaml.safe_load_all((GOLDEN / f"{name}.yaml").read_text()))
        return documents if len(documents) > 1 else documents[0]

    return load
