"""The proof of an import: the cluster is started with all controllers, and what they do to it is told."""

from __future__ import annotations

from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.log.state import State
from simulator.profiles import Profile
from simulator.profiles.importing.kinds import place_of

LIMIT_S = 600.0
QUIET_S = 60.0
_SEED = "import"
_MOST_STEPS = 100_000  # a start of two thousand objects takes three thousand


def settle(cluster: Cluster, limit_s: float) -> bool:
    """Let time run until nothing is due soon; False after ``limit_s``, or when controllers only go round in circles."""
    clock, end = cluster.clock, cluster.clock.now() + limit_s
    for _ in range(_MOST_STEPS):
        due = clock.next_due()
        if due is None or due > clock.now() + QUIET_S:
            return True
        if due > end:
            return False
        clock.run_next()
    return False


def rehearse(profile: Profile, state: State) -> Object:
    """What happened until all had come to rest, or ``LIMIT_S`` had passed. The state itself is not changed."""
    cluster = Cluster(profile, state.fork(), seed=_SEED)
    began = cluster.clock.now()
    cluster.manager.start()
    at_rest = settle(cluster, LIMIT_S)
    cluster.stop()
    told: Object = {"created": [], "changed": [], "deleted": []}
    for key in sorted(cluster.state.changed_since(state)):
        before, after = state.get(*key), cluster.state.get(*key)
        if before is not None or after is not None:
            what = "created" if before is None else "deleted" if after is None else "changed"
            told[what].append(place_of(key))
    errors = [f"{name} {key.namespace}/{key.name}: {error.message}" for _, name, key, error in cluster.manager.errors]
    return {
        "atRest": at_rest,
        "seconds": int(cluster.clock.now() - began),
        **told,
        "errors": list(dict.fromkeys(errors))[:20],
    }
