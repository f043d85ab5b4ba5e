"""The storage cluster of tests/infra, for the loops that work on it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from simulator.release import Release

_SOURCE = Path(__file__).parents[2] / "infra" / "conftest.py"


def _module() -> Any:
    spec = importlib.util.spec_from_file_location("storage_lab", _SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def new_lab() -> Any:
    return _module().Lab


@pytest.fixture
def today(new_lab: Any) -> Any:
    """The same of OpenShift 4.20."""
    lab = new_lab(release=Release("4.20.1", "v1.33.5", ())).start()
    assert lab.settle()
    return lab


@pytest.fixture
def lab(new_lab: Any) -> Any:
    """A started cluster at rest."""
    lab = new_lab().start()
    assert lab.settle()
    return lab
