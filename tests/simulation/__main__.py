"""Live through seeds (numbers or names) and tell all: ``python -m tests.simulation SEED``, ``make replay SEED=...``."""

from __future__ import annotations

import sys

from simulator.log import state
from tests.simulation.guarantees import findings
from tests.simulation.world import Simulation


def main(seeds: list[str]) -> int:
    state.FREEZE = True
    failed = 0
    for seed in seeds:
        simulation = Simulation(int(seed) if seed.isdigit() else seed)
        found = findings(simulation)
        print(simulation.transcript())
        print("\n".join(found) or "every guarantee held")
        failed += bool(found)
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
