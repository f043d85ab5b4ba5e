from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.api.gvrs import CONFIGMAPS, NAMESPACES, PODS, SECRETS, STATEFULSETS
from simulator.controllers import WORKLOAD_CONTROLLERS, namespace
from simulator.controllers.namespace import mcs_label, scc_annotations


@pytest.fixture
def world(kit: Any) -> Any:
    return kit.World([namespace.CONTROLLER, kit.fake_kubelet()]).start()


def test_the_ranges_of_the_lab() -> None:
    """The openshift-image-registry project of the lab has s0:c18,c17 and 1000340000."""
    assert scc_annotations(34) == {
        "openshift.io/sa.scc.mcs": "s0:c18,c17",
        "openshift.io/sa.scc.supplemental-groups": "1000340000/10000",
        "openshift.io/sa.scc.uid-range": "1000340000/10000",
    }


def test_the_first_labels() -> None:
    assert [mcs_label(offset) for offset in range(5)] == ["s0:c1,c0", "s0:c2,c0", "s0:c2,c1", "s0:c3,c0", "s0:c3,c1"]


@given(st.sets(st.integers(0, 5000), max_size=50))
def test_no_two_offsets_share_a_label(offsets: set[int]) -> None:
    assert len({mcs_label(offset) for offset in offsets}) == len(offsets)


def test_a_new_namespace_gets_the_next_free_block(world: Any) -> None:
    for name in ("a", "b", "c"):
        world.create(NAMESPACES, {"metadata": {"name": name}})
    world.settle()
    found = {one["metadata"]["name"]: namespace.block_of(one) for one in world.items(NAMESPACES, None)}
    assert found == {"lab": 0, "a": 1, "b": 2, "c": 3}
    world.client.delete(NAMESPACES, "b")
    world.settle()
    world.create(NAMESPACES, {"metadata": {"name": "d"}})
    world.settle()
    assert namespace.block_of(world.get(NAMESPACES, "d", None)) == 2
    world.assert_settled()


def test_deleting_empties_it_first(world: Any) -> None:
    world.create(CONFIGMAPS, {"metadata": {"name": "c", "namespace": "lab"}})
    pod = {"metadata": {"name": "p", "namespace": "lab"}, "spec": {"nodeName": "node-0", "containers": [
        {"name": "c", "image": "i"}]}}  # fmt: skip
    world.create(PODS, pod)
    world.settle()
    world.client.delete(NAMESPACES, "lab")
    world.clock.advance(0.1)
    left = world.get(NAMESPACES, "lab", None)
    assert left["status"]["phase"] == "Terminating"
    assert world.items(CONFIGMAPS) == []
    world.settle()
    assert world.items(NAMESPACES, None) == []
    assert world.items(PODS, None) == []


def test_a_finalizer_holds_it(world: Any) -> None:
    meta = {"name": "c", "namespace": "lab", "finalizers": ["example.com/hold"]}
    world.create(CONFIGMAPS, {"metadata": meta})
    world.settle()
    world.client.delete(NAMESPACES, "lab")
    world.settle()
    assert world.get(NAMESPACES, "lab", None)["status"]["phase"] == "Terminating"
    world.change(CONFIGMAPS, "c", {"metadata": {"finalizers": []}})
    world.settle()
    assert world.items(NAMESPACES, None) == []


def test_a_namespace_full_of_workloads_goes(kit: Any) -> None:
    """With every controller and the API's own admission running: nothing is made anew, nothing gets stuck."""
    world = kit.World([*WORKLOAD_CONTROLLERS, kit.fake_kubelet()], admission=None).start()
    world.settle()
    world.create(kit.DEPLOYMENTS, kit.deployment(3))
    made = kit.deployment(2)
    made["metadata"]["name"] = "db"
    world.create(STATEFULSETS, {**made, "spec": {**made["spec"], "serviceName": "db"}})
    world.settle()
    assert len(world.items(PODS)) == 5
    world.client.delete(NAMESPACES, "lab")
    world.settle()
    assert world.items(NAMESPACES, None) == []
    assert [one["metadata"]["name"] for one in (*world.items(PODS, None), *world.items(SECRETS, None))] == []
