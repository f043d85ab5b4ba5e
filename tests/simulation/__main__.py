"""Live through seeds and tell all: ``python -m tests.simulation 40 machines@ocp-4.20``, ``make replay SEED=...``.

A seed is a number or a name, and may name its cluster behind an @; without, it is the first of PROFILES.
"""

from __future__ import annotations

import sys

from simulator.log import state
from tests.simulation.guarantees import findings
from tests.simulation.world import PROFILES, Simulation


def main(seeds: list[str]) -> int:
    state.FREEZE = True
    failed = 0
    for text in seeds:
        seed, _, profile = text.partition("@")
        simulation = Simulation(int(seed) if seed.isdigit() else seed, profile or PROFILES[0])
        found = findings(simulation)
        print(simulation.transcript())
        print("\n".join(found) or "every guarantee held")
        failed += bool(found)
    return 1 if failed else 0


sys.exit(main(sys.argv[1:]))
