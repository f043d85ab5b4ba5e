"""What all tests share: frozen stored objects, a cluster served over HTTPS, a real Redis where one is installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from simulator.log import state

if TYPE_CHECKING:
    from simulator.server.service import Service

state.FREEZE = True
# A slow machine is no failure, and every run tries the same examples. OCSIM_EXPLORE=1 tries new ones.
settings.register_profile("ocsim", deadline=None, derandomize="OCSIM_EXPLORE" not in os.environ)
settings.load_profile("ocsim")

_READY = b"eady to accept connections"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """Today's cluster over HTTPS, whose time leaps; its kubeconfig lies in ``service.folder``."""
    from simulator.cluster import Cluster
    from simulator.server import kubeconfigfile
    from simulator.server.flow import LEAPS
    from simulator.server.service import Service

    cluster = Cluster.from_profile("ocp-4.20", seed="served", at=time.time())
    served = Service(cluster, tmp_path_factory.mktemp("service"), speed=LEAPS)
    content = kubeconfigfile.kubeconfig(served.certificates, served.url, "ocp-4.20", "default")
    kubeconfigfile.write(served.folder / "kubeconfig", content)
    with served.running():
        yield served


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real server on the loopback. OCSIM_REQUIRE=redis makes its absence a failure."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        report = pytest.fail if "redis" in os.environ.get("OCSIM_REQUIRE", "") else pytest.skip
        report("no redis-server on the PATH")
    port = _free_port()
    server = _start(binary, port, tmp_path_factory.mktemp("redis"))
    try:
        yield port
    finally:
        server.terminate()
        server.communicate(timeout=10)


def _start(binary: str, port: int, folder: Path) -> subprocess.Popen[bytes]:
    """A server that has said that it is ready."""
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([binary, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert server.stdout is not None
    said = b""
    while _READY not in said:
        line = server.stdout.readline()
        if not line:
            pytest.fail(f"the redis-server did not come up: {said.decode()}")
        said += line
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
