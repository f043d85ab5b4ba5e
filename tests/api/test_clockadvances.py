"""Letting time pass through the API."""

from __future__ import annotations

import pytest

from simulator.api.gvrs import CLOCKADVANCES
from simulator.api.types import User
from simulator.cluster import Cluster
from simulator.errors import BadRequest, Forbidden, Object

TRAINER = User("teacher", ("ocsim:trainers", "system:cluster-admins", "system:authenticated"))


def advance(seconds: object) -> Object:
    return {"metadata": {}, "spec": {"seconds": seconds}}


def test_time_passes_with_all_that_falls_due() -> None:
    cluster = Cluster.from_profile("ocp-4.20")
    rung: list[float] = []
    begin = cluster.clock.now()
    cluster.clock.call_later(300, lambda: rung.append(cluster.clock.now() - begin))
    answer = cluster.client(TRAINER).create(CLOCKADVANCES, advance(600))
    assert rung == [300]
    assert cluster.clock.now() == begin + 600
    assert answer["status"]["time"] == "2025-11-12T10:40:00Z"


def test_nothing_is_stored() -> None:
    cluster = Cluster.from_profile("ocp-4.20")
    before = cluster.state.revision
    cluster.client(TRAINER).create(CLOCKADVANCES, advance(0))
    assert cluster.state.revision == before


@pytest.mark.parametrize("seconds", [-1, "10m", 1e300, True, None, float("nan")])
def test_what_is_no_time(seconds: object) -> None:
    with pytest.raises(BadRequest, match=r"spec\.seconds: must be a number from 0 to"):
        Cluster.from_profile("ocp-4.20").client(TRAINER).create(CLOCKADVANCES, advance(seconds))


def test_only_trainers_may() -> None:
    with pytest.raises(Forbidden):
        Cluster.from_profile("ocp-4.20").client(User("developer")).create(CLOCKADVANCES, advance(1))
