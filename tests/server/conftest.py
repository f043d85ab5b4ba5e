"""A cluster served over HTTPS, for clients that know nothing of simulators."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from simulator.cluster import Cluster
from simulator.server import kubeconfigfile
from simulator.server.flow import LEAPS
from simulator.server.service import Service


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Today's cluster, whose time leaps; its kubeconfig lies in ``service.folder``."""
    cluster = Cluster.from_profile("ocp-4.20", seed="served", at=time.time())
    served = Service(cluster, tmp_path_factory.mktemp("service"), speed=LEAPS)
    content = kubeconfigfile.kubeconfig(served.certificates, served.url, "ocp-4.20", "default")
    kubeconfigfile.write(served.folder / "kubeconfig", content)
    with served.running():
        yield served
