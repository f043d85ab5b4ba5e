"""A must-gather of each profile, imported once for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator.cluster import Cluster
from simulator.profiles.importing import Imported
from tests.profiles.importing.mustgather import imported, must_gather


@pytest.fixture(scope="session")
def original() -> Cluster:
    return Cluster.from_profile("ocp-4.2")


@pytest.fixture(scope="session")
def gathered(original: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return must_gather(original, tmp_path_factory.mktemp("gathered"))


@pytest.fixture(scope="session")
def copy(gathered: Path) -> Imported:
    """The import of a must-gather with Secrets."""
    return imported(gathered)
