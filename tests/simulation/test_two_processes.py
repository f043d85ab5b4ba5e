"""Two processes on one log: one runs the controllers, the other is a second API server before the same cluster.

Each has to fold in what the other wrote (``State.refresh``), or notices when its own write comes too late. They have
one clock between them, as two processes have that follow the wall clock.
"""

from __future__ import annotations

from contextlib import suppress

import fakeredis
import pytest

from simulator import migration, profiles
from simulator.api.gvrs import CONFIGMAPS, PERSISTENTVOLUMECLAIMS, REGISTRYCONFIGS
from simulator.cluster import Cluster
from simulator.errors import Conflict
from simulator.log.redis import RedisLog
from tests.simulation.faults import TARGETS, Dice
from tests.simulation.guarantees import LIVENESS, broken_in, the_registry_has_moved
from tests.simulation.world import PROFILES, REGISTRY, TARGET, History, fold_of

COUNTER = {"metadata": {"name": "counter", "namespace": REGISTRY}, "data": {"count": "0"}}
ROUNDS = 400


class Pair:
    """``leader`` runs the controllers; ``front`` only answers requests."""

    def __init__(self, seed: int) -> None:
        profile = PROFILES[seed % 2]
        _, self.base = profiles.frozen(profile)
        self.quiet_s = TARGETS[profile].quiet_s
        self.server = fakeredis.FakeStrictRedis()
        self.dice = Dice(f"two processes {seed}")
        self.leader = Cluster.from_profile(profile, seed=f"{seed} leader", log=self.log())
        self.front = Cluster.from_profile(profile, seed=f"{seed} front", log=self.log())
        self.front.manager.stop()

    def log(self) -> RedisLog:
        return RedisLog(self.server, "school", self.base.revision)

    def pass_time(self) -> None:
        """A little of it; now and then somebody looks at the log."""
        self.leader.clock.advance(self.dice.between(0, 0.3))
        self.front.clock.advance_to(self.leader.clock.now())
        for cluster in (self.leader, self.front):
            if self.dice.chance(0.3):
                cluster.state.refresh()

    def settle(self) -> None:
        self.leader.state.refresh()
        assert self.leader.clock.run_until_idle(3600, self.quiet_s)
        self.front.clock.advance_to(self.leader.clock.now())
        self.front.state.refresh()


@pytest.mark.parametrize("seed", range(4))
def test_the_registry_moves_while_two_processes_write(seed: int) -> None:
    pair = Pair(seed)
    client = pair.front.client()
    client.create(PERSISTENTVOLUMECLAIMS, TARGET.manifest())
    pair.pass_time()
    client.patch(REGISTRYCONFIGS, "cluster", {"spec": {"storage": {"s3": None, "pvc": {"claim": TARGET.claim}}}})
    for _ in range(ROUNDS):
        pair.pass_time()
    pair.settle()
    assert fold_of(pair.leader.state) == fold_of(pair.front.state)
    assert broken_in(History(pair.base, pair.log().read(pair.base.revision))) == []
    assert [finding for guarantee in LIVENESS for finding in guarantee(fold_of(pair.front.state))] == []
    assert list(the_registry_has_moved(pair.leader)) == []
    assert {check.outcome for check in migration.verify(client, TARGET.claim)} == {"pass"}


@pytest.mark.parametrize("seed", range(3))
def test_no_increment_is_lost(seed: int) -> None:
    """Whoever reads an old state is told Conflict by the log, not believed."""
    pair = Pair(seed)
    pair.leader.client().create(CONFIGMAPS, COUNTER)
    clusters = (pair.leader, pair.front)
    pair.front.state.refresh()
    done = 0
    for _ in range(100):
        client = pair.dice.one(clusters).client()
        seen = client.get(CONFIGMAPS, "counter", REGISTRY)
        with suppress(Conflict):
            client.update(CONFIGMAPS, {**seen, "data": {"count": str(int(seen["data"]["count"]) + 1)}})
            done += 1
        pair.pass_time()
    pair.settle()
    assert [one.client().get(CONFIGMAPS, "counter", REGISTRY)["data"]["count"] for one in clusters] == [str(done)] * 2
    assert 0 < done < 100
