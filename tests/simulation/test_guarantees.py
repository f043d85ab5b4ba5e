"""A guarantee that sees nothing guards nothing: each is shown a world that breaks it, and one that does not."""

from __future__ import annotations

from typing import Any

import pytest

from simulator.api.gvrs import FAULTS, REGISTRYCONFIGS
from simulator.cluster import Cluster
from simulator.errors import Object
from simulator.log.entry import Entry, Verb
from tests.simulation import guarantees
from tests.simulation.faults import CHAOS
from tests.simulation.guarantees import LIVENESS, SAFETY
from tests.simulation.world import PROFILES, REGISTRY, Fold, Step, fold_of

EARLY, LATE, LATER = (f"2019-10-28T12:2{minute}:00Z" for minute in (3, 4, 5))
NOW = 1572265500.0  # 12:25
POD: Object = {
    "metadata": {"name": "p", "namespace": REGISTRY, "uid": "1", "labels": {"docker-registry": "default"}},
    "spec": {"nodeName": "a"},
    "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]},
}
VOLUME: Object = {"metadata": {"name": "v", "uid": "2"}, "spec": {"claimRef": {"uid": "3"}}}
CLAIM: Object = {
    "metadata": {"name": "c", "namespace": REGISTRY, "uid": "3"},
    "spec": {"volumeName": "v"},
    "status": {"phase": "Bound"},
}
EVENT: Object = {
    "metadata": {"name": "e", "uid": "4"},
    "count": 1,
    "firstTimestamp": EARLY,
    "lastTimestamp": EARLY,
}
OWNER = {"kind": "ReplicaSet", "name": "rs", "uid": "9"}
REPLICASET: Object = {"metadata": {"name": "rs", "namespace": REGISTRY, "uid": "9"}, "spec": {"replicas": 1}}


def changed(obj: Object, **paths: Any) -> Object:
    """A copy with ``metadata__uid="x"`` set; None takes a field away."""
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in obj.items()}
    for path, value in paths.items():
        *above, last = path.split("__")
        place = result[above[0]] if above else result
        place.pop(last, None)
        if value is not None:
            place[last] = value
    return result


def step(
    resource: str,
    obj: Object,
    before: Object | None = None,
    *others: tuple[str, Object],
    verb: Verb = "put",
    revision: int = 7,
    **details: Any,
) -> Step:
    """The write of ``obj`` at revision 7, in a world that holds it and ``others``."""
    stamped = changed(obj, metadata__resourceVersion=details.pop("version", str(revision)))
    meta = stamped["metadata"]
    entry = Entry(revision, details.pop("time", NOW), "test", verb, resource, meta.get("namespace", ""), "x", stamped)
    fold: dict[str, dict[tuple[str, str], Object]] = {}
    for table, one in ((resource, stamped), *others):
        fold.setdefault(table, {})[one["metadata"].get("namespace", ""), one["metadata"]["name"]] = one
    return Step(entry, before, fold, details.pop("bearers", {}), 6, NOW - 1)


def conditions(*pairs: tuple[str, str, str]) -> Object:
    listed = [{"type": kind, "status": status, "lastTransitionTime": when} for kind, status, when in pairs]
    return changed(POD, status={"phase": "Running", "conditions": listed})


GOOD = {
    "revisions_follow_each_other": [step("pods", POD)],
    "time_does_not_run_backwards": [step("pods", POD)],
    "a_uid_has_one_bearer": [step("pods", POD), step("pods", POD, POD, bearers={"1": ("pods", REGISTRY, "x")})],
    "identity_is_kept": [step("pods", POD, POD)],
    "generation_only_grows": [
        step("pods", changed(POD, metadata__generation=2, status__observedGeneration=1), POD),
    ],
    "deletion_is_final": [
        step("pods", POD, verb="delete"),
        step("pods", changed(POD, metadata__deletionTimestamp=EARLY), changed(POD, metadata__deletionTimestamp=LATE)),
    ],
    "a_claim_has_one_volume": [step("persistentvolumes", VOLUME)],
    "bound_means_both_ways": [step("persistentvolumeclaims", CLAIM, None, ("persistentvolumes", VOLUME))],
    "a_pod_stays_on_its_node": [step("pods", POD, changed(POD, spec__nodeName=None)), step("pods", POD, POD)],
    "no_more_pods_than_asked_for": [
        step("pods", changed(POD, metadata__ownerReferences=[OWNER]), None, ("replicasets.apps", REPLICASET))
    ],
    "conditions_are_well_formed": [
        step("pods", conditions(("Ready", "True", LATE)), conditions(("Ready", "False", EARLY))),
        step("pods", conditions(("StorageExists", "True", LATE)), conditions(("StorageExists", "True", EARLY))),
    ],
    "events_count_up": [step("events", EVENT), step("events", changed(EVENT, count=2, lastTimestamp=LATE), EVENT)],
    "the_registry_stays_available": [step("pods", POD)],
}
BAD = {
    "revisions_follow_each_other": [step("pods", POD, revision=8), step("pods", POD, version="6")],
    "time_does_not_run_backwards": [step("pods", POD, time=NOW - 2)],
    "a_uid_has_one_bearer": [
        step("pods", POD, bearers={"1": ("services", REGISTRY, "x")}),
        step("pods", POD, bearers={"1": ("pods", REGISTRY, "x")}),  # deleted, and another one with its uid
    ],
    "identity_is_kept": [step("pods", POD, changed(POD, metadata__uid="2"))],
    "generation_only_grows": [
        step("pods", POD, changed(POD, metadata__generation=1)),
        step("pods", changed(POD, status__observedGeneration=1)),
    ],
    "deletion_is_final": [
        step("pods", POD, changed(POD, metadata__deletionTimestamp=EARLY)),
        step("pods", changed(POD, metadata__deletionTimestamp=LATE), changed(POD, metadata__deletionTimestamp=EARLY)),
        step("pods", changed(POD, metadata__finalizers=["x"]), verb="delete"),
    ],
    "a_claim_has_one_volume": [
        step("persistentvolumes", VOLUME, None, ("persistentvolumes", changed(VOLUME, metadata__name="w")))
    ],
    "bound_means_both_ways": [
        step("persistentvolumeclaims", CLAIM, None, ("persistentvolumes", volume))
        for volume in (changed(VOLUME, spec__claimRef={"uid": "8"}), changed(VOLUME, metadata__name="w"))
    ],
    "a_pod_stays_on_its_node": [
        step("pods", changed(POD, spec__nodeName="b"), POD),
        step("pods", changed(POD, spec__nodeName=None), POD),
    ],
    "no_more_pods_than_asked_for": [
        step(
            "pods",
            changed(POD, metadata__ownerReferences=[OWNER]),
            None,
            ("replicasets.apps", REPLICASET),
            ("pods", changed(POD, metadata__ownerReferences=[OWNER], metadata__name="q")),
        )
    ],
    "conditions_are_well_formed": [
        step("pods", conditions(("Ready", "True", LATE)), conditions(("Ready", "True", EARLY))),
        step("pods", conditions(("Ready", "true", EARLY))),
        step("pods", conditions(("Ready", "True", "2019-10-28T12:26:00Z"))),
        step("pods", conditions(("Ready", "True", EARLY), ("Ready", "True", EARLY))),
    ],
    "events_count_up": [
        step("events", EVENT, EVENT),
        step("events", changed(EVENT, count=2)),
        step("events", changed(EVENT, count=2, firstTimestamp=LATER), EVENT),
    ],
    "the_registry_stays_available": [step("pods", changed(POD, metadata__deletionTimestamp=LATE), POD)],
}


def test_every_guarantee_has_its_examples() -> None:
    names = {guarantee.__name__ for guarantee in (*SAFETY, guarantees.the_registry_stays_available)}
    assert names == set(GOOD) == set(BAD)


@pytest.mark.parametrize("name", GOOD)
def test_it_holds(name: str) -> None:
    for example in GOOD[name]:
        assert list(getattr(guarantees, name)(example)) == []


@pytest.mark.parametrize("name", BAD)
def test_it_sees(name: str) -> None:
    for example in BAD[name]:
        assert list(getattr(guarantees, name)(example)), example.entry


# -- in the end


@pytest.fixture(scope="module")
def settled() -> Fold:
    return fold_of(Cluster.from_profile("ocp-4.2").state)


@pytest.fixture(scope="module")
def settled_today() -> Fold:
    return fold_of(Cluster.from_profile("ocp-4.20").state)


def with_object(fold: Fold, resource: str, obj: Object) -> Fold:
    meta = obj["metadata"]
    return {**fold, resource: {**fold.get(resource, {}), (meta.get("namespace", ""), meta["name"]): obj}}


@pytest.mark.parametrize("guarantee", LIVENESS, ids=lambda one: one.__name__)
def test_a_settled_cluster_is_well(guarantee: Any, settled: Fold, settled_today: Fold) -> None:
    assert list(guarantee(settled)) == []
    assert list(guarantee(settled_today)) == []


def test_it_sees_what_does_not_run(settled: Fold) -> None:
    pending = changed(POD, status={"phase": "Pending"})
    assert list(guarantees.everything_runs(with_object(settled, "pods", pending)))
    short = {"metadata": {"name": "d", "namespace": "x", "uid": "5"}, "spec": {"replicas": 2}, "status": {}}
    assert list(guarantees.everything_runs(with_object(settled, "deployments.apps", short)))


def test_it_sees_dead_owners_and_what_lingers(settled: Fold) -> None:
    orphan, dying = changed(POD, metadata__ownerReferences=[OWNER]), changed(POD, metadata__deletionTimestamp=LATE)
    assert list(guarantees.owners_live(with_object(settled, "pods", orphan)))
    assert list(guarantees.nothing_lingers(with_object(settled, "pods", dying)))


@pytest.mark.parametrize(
    ("resource", "spec"),
    [
        (guarantees.SANDBOXES, {"uid": "gone"}),
        (guarantees.VOLUMES, {"backend": "emptyDir", "pod": "x/gone"}),
        (guarantees.VOLUMES, {"backend": "cephfs"}),
        (guarantees.ATTACHMENTS, {"nodeName": "a", "source": {"persistentVolumeName": "gone"}}),
    ],
)
def test_it_sees_what_leaks(settled: Fold, resource: str, spec: Object) -> None:
    leaked = {"metadata": {"name": "leaked-by-nobody-who-would-clean-it-up-again", "uid": "6"}, "spec": spec}
    assert list(guarantees.nothing_leaks(with_object(settled, resource, leaked)))


@pytest.mark.parametrize("profile", PROFILES)
def test_it_sees_a_registry_that_has_not_moved(profile: str) -> None:
    assert list(guarantees.the_registry_has_moved(Cluster.from_profile(profile)))


def test_it_sees_a_store_that_is_away() -> None:
    cluster = Cluster.from_profile("ocp-4.20")
    assert list(guarantees.the_stores_answer(cluster)) == []
    fault = {"metadata": {"name": "away"}, "spec": {"target": "noobaa", "effect": "down"}}
    cluster.client(CHAOS).create(FAULTS, fault)
    assert list(guarantees.the_stores_answer(cluster))


def test_it_sees_work_left_undone() -> None:
    cluster = Cluster.from_profile("ocp-4.2")
    cluster.manager.stop()
    cluster.client().patch(REGISTRYCONFIGS, "cluster", {"spec": {"replicas": 2}})
    assert list(guarantees.another_process_has_nothing_to_do(cluster))
