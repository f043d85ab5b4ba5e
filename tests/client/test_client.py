"""The client's own part: what it makes of a transport whose watches break."""

from __future__ import annotations

import pytest

from simulator.api.gvrs import CONFIGMAPS
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import ADMIN, Request
from simulator.client.client import Client
from simulator.client.inprocess import InProcess, InProcessStream
from simulator.errors import Object, Timeout
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names


class Dropping(InProcess):
    """Every watch is dropped by the server after a second."""

    def stream(self, request: Request) -> InProcessStream:
        stream = super().stream(request)
        self._api.clock.call_later(1.0, stream.close)
        return stream


@pytest.fixture
def clock() -> Clock:
    return Clock(1_000_000.0)


@pytest.fixture
def client(clock: Clock) -> Client:
    server = ApiServer(State(MemoryLog()), clock, Names(1), builtin_table(), admission=())
    return Client(Dropping(server, "https://api.test:6443"), ADMIN)


def exists(found: Object | None) -> bool:
    return found is not None


def test_waiting_outlives_dropped_watches(client: Client, clock: Clock) -> None:
    def arrive() -> None:
        client.create(CONFIGMAPS, {"metadata": {"name": "late", "namespace": "demo"}})

    clock.call_later(4.5, arrive)
    found = client.wait(CONFIGMAPS, "late", exists, "demo", timeout_s=10)
    assert found is not None
    assert clock.now() == 1_000_004.5


def test_and_still_ends_in_time(client: Client, clock: Clock) -> None:
    with pytest.raises(Timeout):
        client.wait(CONFIGMAPS, "never", exists, "demo", timeout_s=3.5)
    assert clock.now() == 1_000_003.5
