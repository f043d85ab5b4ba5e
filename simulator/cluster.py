"""Floor 3: the composition root. Puts a log, an API server, machines and controllers together from a profile."""

from __future__ import annotations

from functools import partial
from typing import Self

from simulator import profiles
from simulator.api.expiry import EventLeases
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import ADMIN, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers import WORKLOAD_CONTROLLERS, image_registry
from simulator.controllers.manager import Manager
from simulator.infra import Machines
from simulator.infra.imagesources import find_image
from simulator.log.entry import Log
from simulator.log.state import State
from simulator.profiles import Profile
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names

SETTLE_LIMIT_S = 180.0  # bounds what repeats for ever, as a pending claim's events: what reading a page takes
SETTLE_QUIET_S = 60.0  # nothing due within a minute counts as settled


class Cluster:
    """A simulated OpenShift. ``clock`` moves only when somebody moves it; ``client()`` is the way to all the rest."""

    transport_type: type[InProcess] = InProcess  # tests put one in its place that fails now and then

    def __init__(self, profile: Profile, state: State, *, seed: int | str = 0) -> None:
        self.profile, self.state, self.seed = profile, state, seed
        self.clock = Clock(max(profile.start, state.time))
        self.names = Names(seed, state.revision)
        release = profile.release
        self.api = ApiServer(state, self.clock, self.names, builtin_table(release), release)
        self.api.url = profile.server
        self.transport = self.transport_type(self.api, profile.server)
        self.machines = Machines(self.transport, self.clock, self.names, release)
        self.transport.kubelet = self.machines.kubelet
        self.api.logs = self.machines.kubelet.logs
        self.api.images = partial(find_image, self.machines)
        controllers = (*WORKLOAD_CONTROLLERS, *self.machines.controllers(), *image_registry.CONTROLLERS)
        self.leases = EventLeases(state, self.clock)
        self.manager = Manager(self.transport, self.clock, self.names, controllers, self.machines, release)

    @classmethod
    def from_profile(
        cls, name: str = profiles.DEFAULT, *, seed: int | str = 0, log: Log | None = None, at: float | None = None
    ) -> Self:
        """A running cluster. With a ``log`` that already holds one, that cluster goes on where its log ends.

        ``name``: of a profile that comes with ocsim, or a path. InputError. ``at``: when its clock starts, seconds
        since the epoch, if not when the profile says.
        """
        profile, base = profiles.load(name, at)
        state = base.fork(log)
        cluster = cls(profile, state, seed=seed)
        resumed = state.revision > base.revision
        cluster.manager.start(since="" if resumed or not profile.settled else str(state.revision))
        return cluster

    def client(self, user: User = ADMIN) -> Client:
        return Client(self.transport, user, self.api.table)

    def settle(self, limit_s: float = SETTLE_LIMIT_S, quiet_s: float = SETTLE_QUIET_S) -> bool:
        """Let virtual time run until nothing is due soon. False when ``limit_s`` ran out first."""
        return self.clock.run_until_idle(limit_s, quiet_s)

    def stop(self) -> None:
        """As if the process were killed: the log keeps what was written, nothing else happens any more."""
        self.manager.stop()
        self.leases.stop()
