"""Whole worlds, one a seed: the registry moves while requests fail, watches drop, machines fall and the process dies.

Odd seeds are worlds of the lab's OpenShift 4.2, even ones of today's.
``OCSIM_SEEDS=500 pytest tests/simulation`` lives through more of them; a failure says how to live through it again.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import fakeredis
import pytest

from simulator.log.redis import RedisLog
from tests.simulation.guarantees import findings
from tests.simulation.world import PROFILES, Simulation

LAB, TODAY = PROFILES
SEEDS = range(int(os.environ.get("OCSIM_SEEDS", "12")))
CHECKOUT = Path(__file__).parents[2]
DIGEST = """
import hashlib
import sys
from simulator.log import state
from tests.simulation.world import Simulation
state.FREEZE = True
simulation = Simulation(7, sys.argv[1])
simulation.run()
print(hashlib.sha256(simulation.history.to_json().encode()).hexdigest())
"""


def live_through(simulation: Simulation) -> None:
    found = findings(simulation)
    assert found == [], f"{simulation.replay_hint()}\n{simulation.transcript()}"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_registry_moves_whatever_happens(seed: int) -> None:
    live_through(Simulation(seed, LAB if seed % 2 else TODAY))


@pytest.mark.parametrize("cause", ["calm", "refused", "lost", "dropped", "compacted", "killed", "machines"])
def test_one_cause_alone(cause: str) -> None:
    live_through(Simulation(cause, LAB))


@pytest.mark.parametrize("cause", ["refused", "lost", "machines"])
def test_one_cause_alone_today(cause: str) -> None:
    live_through(Simulation(cause, TODAY))


@pytest.mark.parametrize("seed", [40])
def test_seeds_that_failed_once(seed: int) -> None:
    """40: killed between a pod and its sandbox, which then stayed for ever."""
    live_through(Simulation(seed, LAB))


def test_no_share_of_failures_stops_the_move() -> None:
    """Where every third write fails for hours, it takes longer, and is done all the same."""
    simulation = Simulation("sustained", TODAY)
    live_through(simulation)
    assert simulation.moved_at < 1800


def test_killed_and_opened_again_from_redis() -> None:
    server = fakeredis.FakeStrictRedis()
    live_through(Simulation("redis", LAB, lambda start: RedisLog(server, "school", start)))


def test_everything_strikes_at_once() -> None:
    """And it does strike: a simulation in which nothing goes wrong would prove nothing."""
    simulation = Simulation("everything", LAB)
    live_through(simulation)
    told = simulation.transcript()
    for sign in ("refused: ", "lost: ", "of the watches dropped", "log compacted", "killed "):
        assert sign in told, told


# -- the same seed, the same bytes


@pytest.mark.parametrize("profile", PROFILES)
def test_one_seed_is_one_history(profile: str) -> None:
    first, second = Simulation(7, profile), Simulation(7, profile)
    first.run()
    second.run()
    assert first.history.to_json() == second.history.to_json()
    assert first.notes == second.notes


def test_another_seed_is_another_history() -> None:
    first, second = Simulation(7, LAB), Simulation(8, LAB)
    first.run()
    second.run()
    assert first.history.to_json() != second.history.to_json()


@pytest.mark.parametrize(("hash_seed", "profile"), [("0", LAB), ("1", LAB), ("4242", TODAY)])
def test_the_hash_seed_of_the_process_changes_nothing(hash_seed: str, profile: str) -> None:
    simulation = Simulation(7, profile)
    simulation.run()
    here = hashlib.sha256(simulation.history.to_json().encode()).hexdigest()
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-c", DIGEST, profile]
    there = subprocess.run(command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert there.stdout.strip() == here
