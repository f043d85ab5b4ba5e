"""The logs that the contract runs on: in memory, on fakeredis, on a real Redis server."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import fakeredis
import pytest
import redis

from simulator.log.entry import Log
from simulator.log.memory import MemoryLog
from simulator.log.redis import RedisLog

OpenLog = Callable[..., Log]
"""``open_log(start=0)``: one more handle on the log of this test. In memory, all handles are the same object."""

_clusters = count()


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real server on the loopback. OCSIM_REQUIRE=redis makes its absence a failure."""
    binary = shutil.which("redis-server") or shutil.which("valkey-server")
    if binary is None:
        report = pytest.fail if "redis" in os.environ.get("OCSIM_REQUIRE", "") else pytest.skip
        report("no redis-server on the PATH")
    port = _free_port()
    directory = tmp_path_factory.mktemp("redis")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    with (directory / "server.log").open("wb") as output:
        server = subprocess.Popen([binary, *options], stdout=output, stderr=output)
    try:
        _await_server(server, port, directory / "server.log")
        yield port
    finally:
        server.terminate()
        server.wait(timeout=10)


@pytest.fixture(params=["memory", "fakeredis", "redis"])
def open_log(request: pytest.FixtureRequest) -> Iterator[OpenLog]:
    if request.param == "memory":
        handles: list[MemoryLog] = []

        def open_memory(start: int = 0) -> Log:
            if not handles:
                handles.append(MemoryLog(start))
            return handles[0]

        yield open_memory
        return
    fake = request.param == "fakeredis"
    client = fakeredis.FakeRedis() if fake else redis.Redis(port=request.getfixturevalue("redis_port"))
    cluster = f"cluster-{next(_clusters)}"
    yield lambda start=0: RedisLog(client, cluster, start)
    client.close()


@pytest.fixture
def log(open_log: OpenLog) -> Log:
    return open_log()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_server(server: subprocess.Popen[bytes], port: int, output: Path) -> None:
    deadline = time.monotonic() + 10
    while server.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    pytest.fail(f"the redis-server did not come up: {output.read_text()}")
