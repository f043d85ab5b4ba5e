"""The transports that the contract runs on. A new one joins by a parameter here, and passes the same tests."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from simulator.api.gvrs import CONFIGMAPS, NAMESPACES, PODS
from simulator.api.types import ADMIN
from simulator.client.client import Client
from simulator.client.kubeconfig import Kubeconfig
from simulator.client.transport import Transport
from simulator.cluster import Cluster
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler
from simulator.server.kubeconfigfile import kubeconfig, write
from simulator.server.service import Service

REGISTRY = "openshift-image-registry"
_numbers = itertools.count()


@dataclass(frozen=True)
class Subject:
    """A transport to a running cluster, where ``namespace`` is ours, and a pod with a shell runs in ``pod``."""

    transport: Transport
    client: Client
    namespace: str
    pod: tuple[str, str]  # namespace, name
    scheduler: Callable[[], Scheduler]  # that runs tasks which wait for this transport


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The kubeconfig of a cluster behind HTTPS: of a release whose WebSockets tell the end of stdin (1.30)."""
    folder = tmp_path_factory.mktemp("served")
    with Service(Cluster.from_profile("ocp-4.20", seed="contract"), folder).running() as service:
        path = folder / "kubeconfig"
        write(path, kubeconfig(service.certificates, service.url, "contract", "default"))
        yield path


@pytest.fixture(params=["in process", "kubeconfig"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    namespace = f"transport-contract-{next(_numbers)}"
    with _transport(request) as (transport, scheduler):
        client = Client(transport, ADMIN)
        client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
        if request.param == "kubeconfig":
            for name in ("kube-root-ca.crt", "openshift-service-ca.crt"):  # what every new namespace gets
                client.wait(CONFIGMAPS, name, bool, namespace, timeout_s=10)
        pod, *_ = client.list(PODS, REGISTRY, labels="docker-registry=default")
        yield Subject(transport, client, namespace, (REGISTRY, pod["metadata"]["name"]), scheduler)
        client.delete(NAMESPACES, namespace)


@contextlib.contextmanager
def _transport(request: pytest.FixtureRequest) -> Iterator[tuple[Transport, Callable[[], Scheduler]]]:
    if request.param == "in process":
        yield Cluster.from_profile("ocp-4.2", seed="contract").transport, lambda: Scheduler(Clock())
        return
    transport = Kubeconfig(str(request.getfixturevalue("served")))
    yield transport, transport.scheduler
    transport.close()
