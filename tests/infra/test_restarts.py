"""A process that is killed at any revision of a roll-out, and another that goes on from its log."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.api.gvrs import PODS, PODSANDBOXES, VOLUMEATTACHMENTS, VOLUMES

REGISTRY, POD = "openshift-image-registry", "image-registry-1"


@pytest.fixture(scope="module")
def history(lab_class: Any) -> tuple[Any, int]:
    """All entries of a registry's start on a fresh volume, and where it began."""
    lab = lab_class().start()
    assert lab.settle()
    begin = lab.state.revision
    lab.claim("ocs4registry", "ocs-storagecluster-cephfs", REGISTRY)
    lab.registry_pod(claim="ocs4registry")
    assert lab.settle()
    return lab.state.history(0), begin + 2


@pytest.fixture(scope="module")
def lab_class(request: pytest.FixtureRequest) -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("storage_lab", request.path.parent / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Lab


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 500))
def test_it_converges(lab_class: Any, history: tuple[Any, int], cut: int) -> None:
    entries, begin = history
    end = begin + cut % (len(entries) - begin + 1)
    lab = lab_class(entries[:end]).start()
    assert lab.settle(120)
    pod = lab.get_pod(POD, REGISTRY)
    assert pod["status"]["containerStatuses"][0]["ready"]
    assert pod["status"]["containerStatuses"][0]["restartCount"] == 0
    assert len(lab.client.list(VOLUMEATTACHMENTS)) == 1
    assert "csi-vol-" in lab.sh(POD, "df | grep registry", REGISTRY)
    lab.assert_settled()
    lab.client.delete(PODS, POD, REGISTRY)
    assert lab.settle()
    assert lab.client.get_or_none(PODSANDBOXES, f"{REGISTRY}.{POD}") is None
    assert lab.client.list(VOLUMEATTACHMENTS) == []


def test_the_end_of_a_pod_may_be_cut_anywhere(lab_class: Any, history: tuple[Any, int]) -> None:
    """Killed between two writes of its removal: the next process leaves no sandbox, volume or attachment behind."""
    lab = lab_class(history[0]).start()
    assert lab.settle()
    begin = lab.state.revision
    lab.client.delete(PODS, POD, REGISTRY)
    assert lab.settle()
    entries = lab.state.history(0)
    for cut in range(begin + 1, len(entries)):
        again = lab_class(entries[:cut]).start()
        assert again.settle()
        assert again.client.get_or_none(PODSANDBOXES, f"{REGISTRY}.{POD}") is None, f"cut at {cut}"
        assert not [one for one in again.client.list(VOLUMES) if one["spec"].get("pod") == f"{REGISTRY}/{POD}"]
        assert again.client.list(VOLUMEATTACHMENTS) == []
