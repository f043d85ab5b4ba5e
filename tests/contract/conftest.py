"""The transports that the contract runs on. A new one joins by a parameter here, and passes the same tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from simulator.api.gvrs import NAMESPACES, PODS
from simulator.api.types import ADMIN
from simulator.client.client import Client
from simulator.client.transport import Transport
from simulator.cluster import Cluster

NAMESPACE = "transport-contract"
REGISTRY = "openshift-image-registry"


@dataclass(frozen=True)
class Subject:
    """A transport to a running cluster, where ``namespace`` is ours, and a pod with a shell runs in ``pod``."""

    transport: Transport
    client: Client
    namespace: str
    pod: tuple[str, str]  # namespace, name


@pytest.fixture(params=["in process"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    transport = Cluster.from_profile("ocp-4.2", seed="contract").transport
    client = Client(transport, ADMIN)
    client.create(NAMESPACES, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    (pod,) = client.list(PODS, REGISTRY, labels="docker-registry=default")
    yield Subject(transport, client, NAMESPACE, (REGISTRY, pod["metadata"]["name"]))
    client.delete(NAMESPACES, NAMESPACE)
