"""The logs that the contract runs on: in memory, on fakeredis, on a real Redis server."""

from collections.abc import Callable, Iterator
from itertools import count

import fakeredis
import pytest
import redis

from simulator.log.entry import Log
from simulator.log.memory import MemoryLog
from simulator.log.redis import RedisLog

OpenLog = Callable[..., Log]
"""``open_log(start=0)``: one more handle on the log of this test. In memory, all handles are the same object."""

_clusters = count()


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
