"""The scheduler's view of nodes and pods: kept up change by change, it is what a fresh look gives."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.controllers.scheduler import find_candidates
from simulator.controllers.scheduling.board import board_for, feasible_limit
from simulator.controllers.scheduling.model import NodeInfo, Snapshot
from simulator.controllers.scheduling.scores import scores
from simulator.errors import Object
from simulator.release import Release

RELEASE = Release("4.20.1")
NODES = [f"node-{number}" for number in range(4)]
ZONE = "failure-domain.beta.kubernetes.io/zone"
TAINTS = [
    [],
    [{"key": "dedicated", "value": "x", "effect": "NoSchedule"}],
    [{"key": "slow", "effect": "PreferNoSchedule"}],
]
OWNER = {"kind": "ReplicaSet", "apiVersion": "apps/v1", "controller": True}


def node(name: str, cpu: str, taints: list[Object], zone: str, *, cordoned: bool) -> Object:
    labels = {"kubernetes.io/hostname": name, **({ZONE: zone} if zone else {})}
    spec = {"taints": taints, **({"unschedulable": True} if cordoned else {})}
    status = {"allocatable": {"cpu": cpu, "memory": "4Gi", "pods": "3"}}
    return {"metadata": {"name": name, "labels": labels}, "spec": spec, "status": status}


def pod(number: int, where: str, asks: dict[str, str], owner: str, extra: dict[str, Any], **meta: str) -> Object:
    own = {"name": f"pod-{number}", "namespace": "demo", "labels": {"app": owner or "none"}, **meta}
    if owner:
        own["ownerReferences"] = [{**OWNER, "name": owner, "uid": owner}]
    spec = {"containers": [{"name": "c", "resources": {"requests": asks}}], **({"nodeName": where} if where else {})}
    return {"metadata": own, "spec": {**spec, **extra}, "status": {"phase": "Running"}}


nodes = st.builds(node, st.sampled_from(NODES), st.sampled_from(["500m", "2"]), st.sampled_from(TAINTS),
                  st.sampled_from(["", "a", "b"]), cordoned=st.booleans())  # fmt: skip
REPELS = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [
    {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "a"}}}]}}  # fmt: skip
ASKS = st.sampled_from([{}, {"cpu": "100m"}, {"cpu": "300m", "memory": "1Gi"}])
EXTRAS = st.sampled_from([{}, {"affinity": REPELS}, {"tolerations": [{"operator": "Exists"}]}])
pods = st.builds(pod, st.integers(0, 5), st.sampled_from([*NODES, "elsewhere", ""]), ASKS,
                 st.sampled_from(["", "a", "b"]), EXTRAS)  # fmt: skip
changes = st.lists(
    st.one_of(
        st.tuples(st.just("node"), nodes),
        st.tuples(st.just("no node"), st.sampled_from(NODES)),
        st.tuples(st.just("pod"), pods),
        st.tuples(st.just("over"), st.integers(0, 5)),
        st.tuples(st.just("going"), st.integers(0, 5)),
        st.tuples(st.just("no pod"), st.integers(0, 5)),
        st.tuples(st.just("look"), st.none()),
    ),
    max_size=30,
)
PLAIN = [pod(99, "", asks, owner, {}) for asks in ({}, {"cpu": "300m"}) for owner in ("", "a")]


class World:
    """A snapshot that follows, beside what there really is."""

    def __init__(self) -> None:
        self.snapshot = Snapshot()
        self.nodes: dict[str, Object] = {}
        self.pods: dict[str, Object] = {}

    def change(self, kind: str, what: Any) -> None:
        key = f"demo/pod-{what}"
        if kind == "node":
            self.nodes[what["metadata"]["name"]] = what
            self.snapshot.put_node(what)
        elif kind == "no node":
            self.nodes.pop(what, None)
            self.snapshot.remove_node(what)
        elif kind == "pod":
            self._put(what)
        elif kind == "no pod":
            self.pods.pop(key, None)
            self.snapshot.remove_pod(key)
        elif key in self.pods:
            before = self.pods[key]  # another status or other metadata, the very same spec
            over = {**before, "status": {"phase": "Succeeded"}}
            going = {**before, "metadata": {**before["metadata"], "deletionTimestamp": "2025-10-28T09:00:00Z"}}
            self._put(over if kind == "over" else going)

    def _put(self, obj: Object) -> None:
        self.pods[f"demo/{obj['metadata']['name']}"] = obj
        self.snapshot.put_pod(obj)

    def fresh(self) -> Snapshot:
        ordered = [self.nodes[name] for name in sorted(self.nodes)]
        return Snapshot(ordered, self.pods.values())


class NoVolumes:
    immediate = False

    def reasons(self, _info: NodeInfo) -> list[str]:
        return []


def told(info: NodeInfo) -> Any:
    asked = {name: amount for name, amount in info.requested.items() if amount}
    names = sorted(one["metadata"]["name"] for one in info.pods)
    return info.node, names, asked, info.assumed_cpu, info.assumed_memory, info.owned, info.allocatable


def best_of(snapshot: Snapshot, wanted: Object) -> list[str]:
    """By asking every node."""
    candidates = find_candidates(wanted, snapshot, NoVolumes(), RELEASE)  # type: ignore[arg-type]
    points = scores(wanted, candidates, snapshot)
    return [info.name for info, score in zip(candidates, points, strict=True) if score == max(points)]


def by_board(snapshot: Snapshot, wanted: Object) -> list[str]:
    board = board_for(wanted, snapshot, RELEASE)
    return [] if board is None else [info.name for info in board.best(wanted)]


@settings(max_examples=150, deadline=None)
@given(changes)
def test_a_snapshot_that_follows_is_a_fresh_one(steps: list[tuple[str, Any]]) -> None:
    world = World()
    for kind, what in steps:
        world.change(kind, what)
    assert [told(info) for info in world.snapshot.infos] == [told(info) for info in world.fresh().infos]
    repelling = sorted((info.name, one["metadata"]["name"]) for info, one in world.snapshot.repelling("demo"))
    assert repelling == sorted((info.name, one["metadata"]["name"]) for info, one in world.fresh().repelling("demo"))


@settings(max_examples=150, deadline=None)
@given(changes)
def test_a_board_says_what_asking_every_node_gives(steps: list[tuple[str, Any]]) -> None:
    """At each look, though the board knows only of what changed since the last. An empty answer is no answer."""
    world = World()
    for kind, what in [*steps, ("look", None)]:
        world.change(kind, what)
        if kind == "look":
            for wanted in PLAIN:
                if found := by_board(world.snapshot, wanted):
                    assert found == best_of(world.fresh(), wanted)


def many(count: int, full: set[int]) -> Snapshot:
    made = [node(f"n-{number:04}", "0" if number in full else "8", [], "", cordoned=False) for number in range(count)]
    return Snapshot(made)


def test_of_many_nodes_a_part_is_looked_at_and_the_next_search_goes_on_behind_it() -> None:
    """Source: kube-scheduler, schedule_one.go, numFeasibleNodesToFind: 50 less a percent for each 125 nodes."""
    assert [feasible_limit(count) for count in (50, 100, 200, 1000, 5000)] == [50, 100, 100, 420, 500]
    asked, wanted = {0, 5, 119, 150}, PLAIN[1]
    by_boards, by_asking = many(200, asked), many(200, asked)
    for _ in range(5):
        assert by_board(by_boards, wanted) == best_of(by_asking, wanted)
        assert by_boards.next_start == by_asking.next_start


def test_a_pod_with_rules_about_others_has_no_board() -> None:
    assert board_for(pod(1, "", {}, "a", {"affinity": REPELS}), many(3, set()), RELEASE) is None
    snapshot = many(3, set())
    snapshot.put_pod(pod(1, "n-0001", {}, "b", {"affinity": REPELS}))
    assert board_for(PLAIN[1], snapshot, RELEASE) is None, "it does not want pods of app a near it"
    assert board_for(PLAIN[0], snapshot, RELEASE) is not None
