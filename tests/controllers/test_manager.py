"""The watches of the controllers: one that the server drops is begun again where it ended."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from simulator.api.gvrs import CONFIGMAPS, CRONJOBS, ENDPOINTSLICES, SECRETS
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import ADMIN, GVR, Request
from simulator.client.client import Client
from simulator.client.inprocess import InProcess, InProcessStream
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.manager import Manager
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

CONTAINER = {"name": "main", "image": "busybox"}
JOB_TEMPLATE = {"spec": {"template": {"spec": {"containers": [CONTAINER], "restartPolicy": "Never"}}}}


class Recording(InProcess):
    """A transport that knows which watches go through it."""

    def __init__(self, server: ApiServer, url: str) -> None:
        super().__init__(server, url)
        self.streams: list[InProcessStream] = []
        self.watched: list[str] = []

    def stream(self, request: Request) -> InProcessStream:
        self.streams.append(super().stream(request))
        self.watched.append("/".join(request.path.split("/")[2:4]))
        return self.streams[-1]


@dataclass
class World:
    """A manager with one controller that notes the config maps and secrets that it was called for."""

    called: list[str] = field(default_factory=list)

    watched: tuple[GVR, ...] = (CONFIGMAPS, SECRETS)
    release: Release = OLDEST

    def __post_init__(self) -> None:
        self.clock, names = Clock(1_000_000.0), Names(1)
        self.state = State(MemoryLog())
        table = builtin_table(self.release)
        self.transport = Recording(
            ApiServer(self.state, self.clock, names, table, self.release, admission=()), "https://api.test:6443"
        )
        self.client = Client(self.transport, ADMIN, table)
        watches = tuple(Watches(resource, own_key) for resource in self.watched)
        controller = Controller("noting", "system:noting", watches, self.note)
        self.manager = Manager(self.transport, self.clock, names, [controller], None, self.release)
        self.manager.start()

    def note(self, _context: Context, key: Key) -> Result:
        self.called.append(key.name)
        return DONE

    def create(self, name: str) -> None:
        self.client.create(CONFIGMAPS, {"metadata": {"name": name, "namespace": "demo"}})


def test_a_dropped_watch_misses_nothing_and_repeats_nothing() -> None:
    world = World()
    world.create("before")
    world.clock.advance(1)
    world.transport.streams[0].close()
    world.create("meanwhile")
    world.clock.advance(0.5)
    assert world.called == ["before"]
    world.clock.advance(5)
    world.create("after")
    world.clock.advance(1)
    assert world.called == ["before", "meanwhile", "after"]


def test_a_watch_that_is_too_old_makes_everything_be_listed() -> None:
    """Other resources too: what was deleted meanwhile may have left something there."""
    world = World()
    world.client.create(SECRETS, {"metadata": {"name": "beside", "namespace": "demo"}})
    world.create("before")
    world.clock.advance(1)
    world.transport.streams[0].close()
    world.create("meanwhile")
    world.state.log.compact(world.state.snapshot())
    world.clock.advance(5)
    assert world.called == ["beside", "before", "before", "meanwhile", "beside"]


def test_a_stopped_manager_does_not_come_back() -> None:
    world = World()
    world.transport.streams[0].close()
    world.manager.stop()
    world.create("after")
    assert world.clock.next_due() is None
    assert world.called == []


@pytest.mark.parametrize(
    ("release", "versions"),
    [(OLDEST, ["batch/v1beta1"]), (Release("4.20.1", "v1.33.5", ()), ["batch/v1", "discovery.k8s.io/v1"])],
    ids=["4.2", "4.20"],
)
def test_a_resource_is_watched_as_it_is_served_and_not_at_all_when_it_is_not(
    release: Release, versions: list[str]
) -> None:
    world = World(watched=(CRONJOBS, ENDPOINTSLICES), release=release)
    cronjob = {
        "apiVersion": CRONJOBS.group_version,
        "kind": "CronJob",
        "metadata": {"name": "nightly", "namespace": "demo"},
    }
    world.client.create(CRONJOBS, {**cronjob, "spec": {"schedule": "0 0 * * *", "jobTemplate": JOB_TEMPLATE}})
    world.clock.advance(1)
    assert world.transport.watched == versions
    assert world.called == ["nightly"]
    assert world.client.get(CRONJOBS, "nightly", "demo")["apiVersion"] == versions[0]
    assert world.clock.next_due() is None
