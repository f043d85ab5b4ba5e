"""The state as the fold of its log."""

import copy
import json
import time
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ServiceUnavailable
from simulator.log.entry import Compacted, Entry, LogConflict, Snapshot
from simulator.log.memory import MemoryLog
from simulator.log.state import State, freeze, thaw

Key = tuple[str, str, str]


def put(state: State, resource: str, namespace: str, name: str, **fields: Any) -> Entry:
    body = {"metadata": {"name": name, "namespace": namespace}, **fields}
    return state.commit("put", resource, namespace, name, body, time=state.time + 1, cause="kube:admin")


def delete(state: State, resource: str, namespace: str, name: str) -> Entry:
    last = state.get(resource, namespace, name)
    body = last.object if last else {"metadata": {"name": name}}
    return state.commit("delete", resource, namespace, name, body, time=state.time + 1, cause="kube:admin")


def contents(state: State) -> dict[Key, Any]:
    return {(resource, namespace, name): body for resource, namespace, name, body in state.snapshot().objects}


def names(state: State, resource: str, namespace: str | None = None) -> list[str]:
    return [stored.object["metadata"]["name"] for stored in state.list(resource, namespace)]


def profile(count: int) -> Snapshot:
    objects = [(f"kind{i % 60}", f"ns{i % 40}", f"o{i}", {"metadata": {"name": f"o{i}"}}) for i in range(count)]
    return Snapshot(5000, 1e9, objects)


def test_a_put_is_stored_under_the_next_revision(log):
    state = State(log)
    original = {"kind": "Pod", "metadata": {"name": "a", "resourceVersion": "stale"}, "spec": {}}
    entry = state.commit("put", "pods", "demo", "a", original, time=12.5, cause="system:kube-scheduler")
    stored = state.get("pods", "demo", "a")
    assert stored.object == {"kind": "Pod", "metadata": {"name": "a", "resourceVersion": "1"}, "spec": {}}
    assert (stored.revision, stored.time, state.revision, state.time) == (1, 12.5, 1, 12.5)
    assert log.read(0) == [entry]
    assert (entry.cause, entry.created) == ("system:kube-scheduler", True)
    assert original["metadata"]["resourceVersion"] == "stale"


def test_an_object_without_metadata_gets_some(log):
    state = State(log)
    entry = state.commit("put", "pods", "demo", "a", {}, time=0, cause="")
    assert entry.object == {"metadata": {"resourceVersion": "1"}}


def test_a_delete_tells_the_last_state_under_its_own_revision(log):
    state = State(log)
    put(state, "pods", "demo", "a", spec=1)
    entry = delete(state, "pods", "demo", "a")
    assert (entry.verb, entry.revision, entry.created) == ("delete", 2, False)
    assert entry.object == {"metadata": {"name": "a", "namespace": "demo", "resourceVersion": "2"}, "spec": 1}
    assert state.get("pods", "demo", "a") is None
    assert (state.list("pods"), state.list("pods", "demo"), state.resources()) == ([], [], [])


def test_only_what_is_there_can_be_deleted(log):
    state = State(log)
    with pytest.raises(AssertionError, match="no pods demo/a to delete"):
        delete(state, "pods", "demo", "a")
    assert log.head() == 0


def test_lists_come_in_the_order_of_etcd_keys(log):
    state = State(log)
    for namespace, name in [("a", "z"), ("b", "x"), ("a-b", "m"), ("a", "b"), ("ab", "k"), ("a", "b-c"), ("a", "b.c")]:
        put(state, "pods", namespace, name)
    put(state, "nodes", "", "n")
    assert names(state, "pods") == ["m", "b", "b-c", "b.c", "z", "k", "x"]
    assert names(state, "pods", "a") == ["b", "b-c", "b.c", "z"]
    put(state, "pods", "a", "aa")
    delete(state, "pods", "a-b", "m")
    put(state, "pods", "a", "z", spec="new")
    assert names(state, "pods") == ["aa", "b", "b-c", "b.c", "z", "k", "x"]
    assert state.list("pods", "a")[-1].object["spec"] == "new"
    assert state.list("pods", "nowhere") == state.list("nothing") == []
    assert names(state, "nodes", "") == ["n"]
    assert state.resources() == ["nodes", "pods"]


def test_the_serialized_bytes_are_made_once_and_shared_by_forks(log):
    state = State(log)
    put(state, "pods", "demo", "a", text="ü")
    stored = state.get("pods", "demo", "a")
    assert stored.data() == '{"metadata":{"name":"a","namespace":"demo","resourceVersion":"1"},"text":"ü"}'.encode()
    assert state.fork().get("pods", "demo", "a").data() is stored.data()


def test_a_state_opened_later_is_the_same(open_log):
    state = State(open_log())
    for i in range(20):
        put(state, "pods", f"ns{i % 3}", f"p{i % 7}", turn=i)
    delete(state, "pods", "ns0", "p0")
    again = State(open_log())
    assert again.snapshot() == state.snapshot()
    assert (again.revision, again.time) == (21, 21.0)


def test_a_conflict_brings_the_loser_up_to_date(open_log):
    first, second = State(open_log()), State(open_log())
    told: list[int] = []
    second.subscribe(lambda entry: told.append(entry.revision))
    put(first, "pods", "demo", "a", by="first")
    with pytest.raises(LogConflict):
        put(second, "pods", "demo", "a", by="second")
    assert second.get("pods", "demo", "a").object["by"] == "first"
    assert told == [1]
    assert put(second, "pods", "demo", "a", by="second").created is False
    assert (first.refresh(), first.refresh()) == (1, 0)
    assert contents(first) == contents(second)


def test_a_base_is_what_the_log_builds_on(open_log):
    base = Snapshot(100, 5.0, [("nodes", "", "n", {"metadata": {"resourceVersion": "42"}}), ("nodes", "", "m", {})])
    state = State(open_log(start=100), base)
    assert (state.revision, state.time) == (100, 5.0)
    assert [stored.revision for stored in state.list("nodes")] == [100, 42]
    put(state, "pods", "demo", "a")
    again = State(open_log(start=100), base)
    assert again.snapshot() == state.snapshot()
    assert [entry.revision for entry in open_log().read(100)] == [101]


def test_a_log_that_ends_before_its_base_is_refused(log):
    with pytest.raises(ValueError, match="ends at revision 0, before its base at 100"):
        State(log, Snapshot(100, 0, []))


def test_the_newer_of_base_and_snapshot_counts(open_log):
    state = State(open_log())
    put(state, "pods", "demo", "a")
    early = state.snapshot()
    put(state, "pods", "demo", "b")
    open_log().compact(state.snapshot())
    put(state, "pods", "demo", "c")
    late = state.snapshot()
    put(state, "pods", "demo", "d")
    for base in (None, early, late):
        assert contents(State(open_log(), base)) == contents(state)


def test_a_state_that_lags_behind_a_compaction_has_lost_its_place(open_log):
    slow, fast = State(open_log()), State(open_log())
    put(fast, "pods", "demo", "a")
    open_log().compact(fast.snapshot())
    with pytest.raises(Compacted):
        slow.refresh()
    with pytest.raises(Compacted):
        put(slow, "pods", "demo", "a")
    assert contents(State(open_log())) == contents(fast)


def test_a_profile_is_shared_by_a_cluster_on_a_given_log(open_log):
    shared = State.from_frozen(profile(50))
    cluster = shared.fork(open_log(start=5000))
    put(cluster, "pods", "demo", "a")
    assert shared.get("pods", "demo", "a") is None
    assert cluster.get("kind1", "ns1", "o1") is shared.get("kind1", "ns1", "o1")
    reopened = shared.fork(open_log(start=5000))
    assert reopened.snapshot() == cluster.snapshot()
    open_log().compact(cluster.snapshot())
    assert shared.fork(open_log(start=5000)).snapshot() == cluster.snapshot()


def test_a_log_that_lost_its_entries_is_reported():
    class Amnesia(MemoryLog):
        def forget(self) -> None:
            self._entries.clear()

    log = Amnesia()
    state = State(log)
    put(state, "pods", "demo", "a")
    log.forget()
    with pytest.raises(ServiceUnavailable, match="the log ends before revision 1: it has lost entries"):
        put(state, "pods", "demo", "b")


def test_a_fork_of_a_big_profile_is_cheap():
    state = State.from_frozen(profile(2000))

    def measure() -> float:
        begin = time.perf_counter()
        state.fork()
        return time.perf_counter() - begin

    assert min(measure() for _ in range(20)) < 0.001
    tracemalloc.start()
    forks = [state.fork() for _ in range(10)]
    for fork in forks:
        put(fork, "kind1", "ns1", "o1", changed=True)
    used, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert used / len(forks) < 32 * 1024


def test_forks_of_forks_are_apart():
    parent = State(MemoryLog())
    put(parent, "pods", "demo", "a", by="parent")
    child = parent.fork()
    grandchild = child.fork()
    put(parent, "pods", "demo", "a", by="parent again")
    put(child, "pods", "demo", "b")
    delete(grandchild, "pods", "demo", "a")
    assert [names(state, "pods") for state in (parent, child, grandchild)] == [["a"], ["a", "b"], []]
    assert child.get("pods", "demo", "a").object["by"] == "parent"
    assert [state.revision for state in (parent, child, grandchild)] == [2, 2, 2]


@pytest.mark.parametrize(
    "change",
    [
        lambda o: o.update(x=1),
        lambda o: o["metadata"].pop("name"),
        lambda o: o["metadata"].__setitem__("labels", {}),
        lambda o: o["list"].append(1),
        lambda o: o["list"][0].clear(),
        lambda o: o["list"].sort(),
        lambda o: o.__ior__({"x": 1}),
        lambda o: o["list"].__iadd__([1]),
        lambda o: o["list"].__delitem__(0),
    ],
)
def test_what_is_stored_refuses_to_change_in_place(log, change):
    state = State(log)
    entry = put(state, "pods", "demo", "a", list=[{"deep": [1]}])
    put(State(log), "pods", "demo", "b")
    state.refresh()
    for body in (entry.object, state.get("pods", "demo", "a").object):
        with pytest.raises(TypeError, match="never changed in place"):
            change(body)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def types_in(value: Any) -> set[type]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return {type(value)}.union(*(types_in(item) for item in inner))


@settings(max_examples=50)
@given(values)
def test_frozen_values_are_equal_and_their_copies_are_plain(value):
    frozen = freeze(value)
    assert frozen == value
    assert json.dumps(frozen) == json.dumps(value)
    assert freeze(frozen) is frozen or not isinstance(value, dict | list)
    for plain in (copy.deepcopy(frozen), thaw(frozen)):
        assert plain == value
        assert types_in(plain) == types_in(value)
    shallow = copy.copy(frozen)
    assert (shallow, type(shallow)) == (value, type(value))


keys = st.tuples(st.sampled_from(["pods", "nodes"]), st.sampled_from(["", "a", "a-b"]), st.sampled_from("xyz"))
steps = st.lists(st.tuples(st.sampled_from(["put", "put", "delete"]), keys, st.integers(0, 9)), max_size=25)


def run(state: State, model: dict[Key, Any], todo: list[tuple[str, Key, int]]) -> None:
    """Do the same to a state and to a dict, as far as it makes sense."""
    for verb, key, value in todo:
        if verb == "put":
            assert put(state, *key, value=value).created == (key not in model)
            model[key] = value
        elif key in model:
            delete(state, *key)
            del model[key]


def plain(state: State) -> dict[Key, Any]:
    return {key: body["value"] for key, body in contents(state).items()}


@settings(max_examples=60)
@given(steps)
def test_the_fold_equals_a_dict(todo):
    state, model = State(MemoryLog()), {}
    run(state, model, todo)
    assert plain(state) == plain(State(state.log)) == model
    for resource in ("pods", "nodes"):
        expected = sorted((k for k in model if k[0] == resource), key=lambda k: f"{k[1]}/{k[2]}")
        assert names(state, resource) == [name for _, _, name in expected]
        for namespace in ("", "a", "a-b"):
            assert names(state, resource, namespace) == [k[2] for k in expected if k[1] == namespace]
    for stored in (stored for resource in state.resources() for stored in state.list(resource)):
        assert stored.object["metadata"]["resourceVersion"] == str(stored.revision)
        assert json.loads(stored.data()) == stored.object


@settings(max_examples=60)
@given(steps, steps)
def test_snapshot_and_tail_equal_the_whole(before, after):
    state, model = State(MemoryLog()), {}
    run(state, model, before)
    snapshot = Snapshot.from_json(state.snapshot().to_json())
    run(state, model, after)
    assert State(state.log, snapshot).snapshot() == state.snapshot()
    state.log.compact(snapshot)
    assert State(state.log).snapshot() == state.snapshot()
    assert plain(state) == model


@settings(max_examples=60)
@given(steps, steps, steps)
def test_a_fork_never_changes_its_parent_nor_the_parent_its_fork(common, left, right):
    parent, parent_model = State(MemoryLog()), {}
    run(parent, parent_model, common)
    child, child_model = parent.fork(), dict(parent_model)
    run(child, child_model, left)
    assert plain(parent) == plain(State(parent.log))
    run(parent, parent_model, right)
    assert (plain(parent), plain(child)) == (parent_model, child_model)
    run(child, child_model, right)
    assert plain(State(parent.log)) == parent_model
