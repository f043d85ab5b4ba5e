"""What a watcher of the state may rely on, by the names that etcd gives its guarantees."""

from dataclasses import dataclass, field

import fakeredis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.log.entry import Compacted, Entry, LogConflict
from simulator.log.memory import MemoryLog
from simulator.log.redis import RedisLog
from simulator.log.state import State


@dataclass
class Watcher:
    """A subscription to a state, and what it was told between ``since`` and ``until`` (revisions of that state)."""

    state: State
    since: int
    told: list[Entry] = field(default_factory=list)
    until: int | None = None

    def end(self) -> int:
        return self.state.revision if self.until is None else self.until


def revisions(watcher: Watcher) -> list[int]:
    return [entry.revision for entry in watcher.told]


def ordered(watcher: Watcher) -> bool:
    """An entry never comes after a newer one."""
    return revisions(watcher) == sorted(revisions(watcher))


def unique(watcher: Watcher) -> bool:
    """No entry comes twice."""
    return len(set(revisions(watcher))) == len(watcher.told)


def reliable(watcher: Watcher) -> bool:
    """All that happened while it watched is told, and nothing else."""
    return set(revisions(watcher)) == set(range(watcher.since + 1, watcher.end() + 1))


def resumable(watcher: Watcher, whole: list[Entry]) -> bool:
    """The history from any revision it has seen goes on with exactly what came next, unless that is compacted."""
    for revision in range(watcher.since, watcher.state.revision + 1):
        try:
            rest = watcher.state.history(revision)
        except Compacted:
            snapshot = watcher.state.log.snapshot()
            if snapshot is None or revision >= snapshot.revision:
                return False
        else:
            if rest != whole[revision : watcher.state.revision]:
                return False
    return True


class World:
    """Two writers on one log; watchers come and go, some of them write when they are told of something."""

    def __init__(self, kind: str) -> None:
        server, memory = fakeredis.FakeServer(), MemoryLog()
        self.states = [
            State(memory if kind == "memory" else RedisLog(fakeredis.FakeRedis(server=server), "lab")) for _ in range(2)
        ]
        self.whole: list[Entry] = []
        self.watchers: list[Watcher] = []
        self.endings: list[tuple[Watcher, object]] = []

    def commit(self, state: State, name: str) -> None:
        body = {"metadata": {"name": name}}
        try:
            state.commit("put", "pods", "demo", name, body, time=0.0, cause="")
        except LogConflict:
            assert state.revision == state.log.head()

    def watch(self, state: State, *, writes: bool) -> None:
        watcher = Watcher(state, state.revision)

        def on_entry(entry: Entry) -> None:
            watcher.told.append(entry)
            if writes and not entry.name.startswith("echo"):
                self.commit(state, f"echo-{entry.revision}")

        self.watchers.append(watcher)
        self.endings.append((watcher, state.subscribe(on_entry)))

    def end_watch(self) -> None:
        if self.endings:
            watcher, unsubscribe = self.endings.pop(0)
            unsubscribe()
            unsubscribe()
            watcher.until = watcher.state.revision

    def compact(self, state: State) -> None:
        self.settle()
        state.log.compact(state.snapshot())

    def settle(self) -> None:
        """Bring both up to date, and note what was written before a compaction takes it away."""
        while any(state.refresh() for state in self.states):  # watchers may write when they are told
            pass
        known = [entry for entry in self.whole if entry.revision <= self.compacted()]
        self.whole = known + self.states[0].log.read(self.compacted())

    def compacted(self) -> int:
        snapshot = self.states[0].log.snapshot()
        return 0 if snapshot is None else snapshot.revision


actions = st.sampled_from(["commit", "commit", "commit", "refresh", "watch", "watch and write", "end", "compact"])
histories = st.lists(st.tuples(actions, st.integers(0, 1), st.sampled_from("xyz")), max_size=25)


@pytest.mark.parametrize("kind", ["memory", "redis"])
def test_watch_guarantees(kind):
    @settings(max_examples=60, deadline=None)
    @given(histories)
    def check(history):
        world = World(kind)
        for action, writer, name in history:
            state = world.states[writer]
            match action:
                case "commit":
                    world.commit(state, name)
                case "refresh":
                    state.refresh()
                case "watch" | "watch and write":
                    world.watch(state, writes=action == "watch and write")
                case "end":
                    world.end_watch()
                case "compact":
                    world.compact(state)
        world.settle()
        for watcher in world.watchers:
            assert ordered(watcher)
            assert unique(watcher)
            assert reliable(watcher)
            assert resumable(watcher, world.whole)

    check()


def put(state: State, name: str) -> None:
    state.commit("put", "pods", "demo", name, {"metadata": {"name": name}}, time=0.0, cause="")


def test_an_entry_is_told_when_it_can_be_read():
    state = State(MemoryLog())
    seen: list[bool] = []
    state.subscribe(lambda entry: seen.append(state.get("pods", "demo", entry.name).object == entry.object))
    put(state, "a")
    assert seen == [True]


def test_who_subscribes_to_one_resource_is_told_of_no_other():
    state = State(MemoryLog())
    told: list[str] = []
    every: list[str] = []
    stop = state.subscribe(lambda entry: told.append(entry.resource), "pods")
    state.subscribe(lambda entry: every.append(entry.resource))
    put(state, "a")
    state.commit("put", "nodes", "", "n", {"metadata": {"name": "n"}}, time=0.0, cause="")
    stop()
    put(state, "b")
    assert (told, every) == (["pods"], ["pods", "nodes", "pods"])


def test_what_a_callback_writes_is_told_to_all_after_the_entry_at_hand():
    state = State(MemoryLog())
    first: list[str] = []
    second: list[str] = []

    def on_entry(entry: Entry) -> None:
        first.append(entry.name)
        if entry.name == "a":
            put(state, "b")

    state.subscribe(on_entry)
    state.subscribe(lambda entry: second.append(entry.name))
    put(state, "a")
    assert (first, second) == (["a", "b"], ["a", "b"])


def test_who_subscribes_from_a_callback_is_told_what_comes_after():
    state = State(MemoryLog())
    told: list[str] = []
    once = state.subscribe(lambda entry: (once(), state.subscribe(lambda later: told.append(later.name))))
    put(state, "a")
    put(state, "b")
    assert told == ["b"]


def test_who_is_unsubscribed_by_another_callback_is_told_no_more():
    state = State(MemoryLog())
    told: list[str] = []
    state.subscribe(lambda entry: stop())
    stop = state.subscribe(lambda entry: told.append(entry.name))
    put(state, "a")
    assert told == []


def test_an_interrupted_delivery_is_finished_by_the_next():
    state = State(MemoryLog())
    told: list[str] = []

    def interrupt(entry: Entry) -> None:
        if entry.name == "a":
            raise KeyboardInterrupt

    state.subscribe(interrupt)
    state.subscribe(lambda entry: told.append(entry.name))
    with pytest.raises(KeyboardInterrupt):
        put(state, "a")
    put(state, "b")
    assert told == ["a", "b"]


def test_a_fork_does_not_tell_the_watchers_of_its_parent():
    state = State(MemoryLog())
    told: list[str] = []
    state.subscribe(lambda entry: told.append(entry.name))
    put(state.fork(), "a")
    assert told == []


def test_history_ends_where_a_new_subscription_begins():
    log = MemoryLog()
    mine, other = State(log), State(log)
    put(mine, "a")
    put(mine, "b")
    other.refresh()
    put(mine, "c")
    told = [entry.name for entry in other.history(1)]
    other.subscribe(lambda entry: told.append(entry.name))
    assert told == ["b"]
    other.refresh()
    assert told == ["b", "c"]
