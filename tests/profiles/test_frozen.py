"""Every profile that comes with ocsim: its stored state is what its files give, and a cluster of it is at rest."""

import time
from importlib.resources import files

import pytest

from simulator import profiles
from simulator.cluster import Cluster
from simulator.log import state
from simulator.profiles import tokens
from simulator.profiles.build import build, to_text

NAMES = profiles.names()
HOUR_S = 3600.0


@pytest.mark.parametrize("name", NAMES)
def test_the_stored_state_is_what_the_files_give(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails: ``make profiles``, and look at what changed before you commit it."""
    monkeypatch.setattr(state, "FREEZE", False)  # eight seconds less; other tests run the same code frozen
    stored = files("simulator") / "profiles" / f"{name}.json"
    assert to_text(build(name)) == stored.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_a_fresh_cluster_has_nothing_to_do_for_an_hour(name: str) -> None:
    cluster = Cluster.from_profile(name)
    revision = cluster.state.revision
    cluster.clock.advance(HOUR_S)
    assert cluster.state.revision == revision


@pytest.mark.parametrize("name", NAMES)
def test_the_stored_state_is_small_and_quickly_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The times are far above those of an idle machine (``make bench`` has the real ones)."""
    monkeypatch.setattr(state, "FREEZE", False)
    assert len((files("simulator") / "profiles" / f"{name}.json").read_bytes()) <= 2_700_000
    profiles.frozen.cache_clear()
    tokens._token.cache_clear()
    try:
        start = time.perf_counter()
        profiles.frozen(name)
        assert time.perf_counter() - start < 1.0
    finally:
        profiles.frozen.cache_clear()
