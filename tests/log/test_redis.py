"""What only the log on Redis can get wrong: races, lost connections, a server that forgot."""

import threading
from collections.abc import Callable
from typing import Any

import fakeredis
import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ServiceUnavailable
from simulator.log.entry import Entry, LogConflict, Snapshot
from simulator.log.redis import RedisLog
from simulator.log.state import State

BODY: dict[str, Any] = {"metadata": {"name": "a"}}


def entry(revision: int, cause: str = "") -> Entry:
    return Entry(revision, 0.0, cause, "put", "pods", "demo", "a", BODY)


def causes(log: RedisLog) -> list[str]:
    return [found.cause for found in log.read(0)]


class RivalClient(fakeredis.FakeRedis):
    """Lets a rival act once, right before a single XADD or before an EXEC that writes."""

    rival: Callable[[], None] | None = None

    def strike(self) -> None:
        rival, self.rival = self.rival, None
        if rival is not None:
            rival()

    def xadd(self, *args: Any, **kwargs: Any) -> Any:
        self.strike()
        return super().xadd(*args, **kwargs)

    def pipeline(self, *args: Any, **kwargs: Any) -> Any:
        pipeline = super().pipeline(*args, **kwargs)
        execute = pipeline.execute

        def strike_and_execute(*args: Any, **kwargs: Any) -> Any:
            if any(command[0][0] in ("XADD", "SET") for command in pipeline.command_stack):
                self.strike()
            return execute(*args, **kwargs)

        pipeline.execute = strike_and_execute
        return pipeline


@pytest.fixture
def server() -> fakeredis.FakeServer:
    return fakeredis.FakeServer()


@pytest.fixture
def rival(server: fakeredis.FakeServer) -> RedisLog:
    return RedisLog(fakeredis.FakeRedis(server=server), "lab")


@pytest.fixture
def client(server: fakeredis.FakeServer) -> RivalClient:
    return RivalClient(server=server)


def test_keys_and_ids_are_as_documented():
    client = fakeredis.FakeRedis(decode_responses=True)
    log = RedisLog(client, "class-1")
    log.append(0, [entry(1), entry(2)])
    log.compact(Snapshot(1, 0.0, []))
    assert sorted(client.keys()) == ["ocsim:{class-1}:log", "ocsim:{class-1}:snapshot"]
    assert client.xrange("ocsim:{class-1}:log") == [("2-0", {"entry": entry(2).to_json()})]
    assert client.get("ocsim:{class-1}:snapshot") == Snapshot(1, 0.0, []).to_json()


def test_clusters_on_one_server_are_apart():
    client = fakeredis.FakeRedis()
    first, second = RedisLog(client, "one"), RedisLog(client, "two")
    first.append(0, [entry(1)])
    assert (first.head(), second.head()) == (1, 0)


def test_answers_may_be_decoded():
    log = RedisLog(fakeredis.FakeRedis(decode_responses=True), "lab")
    log.append(0, [entry(1), entry(2)])
    log.compact(Snapshot(1, 0.0, [("pods", "demo", "a", BODY)]))
    assert log.snapshot() == Snapshot(1, 0.0, [("pods", "demo", "a", BODY)])
    assert (log.read(1), log.head(), log.wait(1, 0)) == ([entry(2)], 2, True)


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("rival_length", [1, 2, 3])
@pytest.mark.parametrize("fresh", [False, True], ids=["used", "fresh"])
def test_a_rival_between_check_and_write_wins_alone(client, rival, length, rival_length, fresh):
    log, base = RedisLog(client, "lab"), 0
    if not fresh:
        log.append(0, [entry(1, "common")])
        base = 1
    client.rival = lambda: rival.append(base, [entry(base + 1 + i, "rival") for i in range(rival_length)])
    with pytest.raises(LogConflict):
        log.append(base, [entry(base + 1 + i, "mine") for i in range(length)])
    assert causes(log) == ["common"] * base + ["rival"] * rival_length


def test_an_older_compaction_that_comes_in_between_is_overtaken(client, rival):
    log = RedisLog(client, "lab")
    log.append(0, [entry(1), entry(2), entry(3)])
    client.rival = lambda: rival.compact(Snapshot(1, 0.0, []))
    log.compact(Snapshot(2, 0.0, []))
    assert log.snapshot().revision == 2
    assert log.read(2) == [entry(3)]


def test_a_newer_compaction_that_comes_in_between_stays(client, rival):
    log = RedisLog(client, "lab")
    log.append(0, [entry(1), entry(2), entry(3)])
    client.rival = lambda: rival.compact(Snapshot(3, 0.0, []))
    log.compact(Snapshot(2, 0.0, []))
    assert log.snapshot().revision == 3
    assert (log.read(3), log.head()) == ([], 3)


def test_a_server_that_is_away_is_service_unavailable(server):
    log = RedisLog(fakeredis.FakeRedis(server=server), "lab")
    log.append(0, [entry(1)])
    server.connected = False
    calls: list[Callable[[], Any]] = [
        lambda: log.append(1, [entry(2)]),
        lambda: log.append(1, [entry(2), entry(3)]),
        lambda: log.read(0),
        lambda: log.wait(0, 1),
        log.head,
        log.snapshot,
        lambda: log.compact(Snapshot(1, 0.0, [])),
    ]
    for call in calls:
        with pytest.raises(ServiceUnavailable, match="the log on Redis is not available"):
            call()
    server.connected = True
    log.append(1, [entry(2)])
    assert log.head() == 2


def test_a_state_goes_on_after_an_outage(server):
    state = State(RedisLog(fakeredis.FakeRedis(server=server), "lab"))
    state.commit("put", "pods", "demo", "a", BODY, time=1.0, cause="")
    server.connected = False
    with pytest.raises(ServiceUnavailable):
        state.commit("put", "pods", "demo", "b", BODY, time=2.0, cause="")
    assert (state.revision, len(state.list("pods"))) == (1, 1)
    server.connected = True
    state.commit("put", "pods", "demo", "b", BODY, time=3.0, cause="")
    assert (state.revision, len(state.list("pods"))) == (2, 2)


def test_a_write_whose_answer_was_lost_is_found_by_reading(server):
    class LossyClient(fakeredis.FakeRedis):
        lossy = False

        def xadd(self, *args: Any, **kwargs: Any) -> Any:
            answer = super().xadd(*args, **kwargs)
            if self.lossy:
                raise redis.ConnectionError("reset by peer")
            return answer

    client = LossyClient(server=server)
    state = State(RedisLog(client, "lab"))
    state.commit("put", "pods", "demo", "a", BODY, time=1.0, cause="")
    client.lossy = True
    with pytest.raises(ServiceUnavailable):
        state.commit("put", "pods", "demo", "b", BODY, time=2.0, cause="")
    client.lossy = False
    with pytest.raises(LogConflict):
        state.commit("put", "pods", "demo", "b", BODY, time=2.0, cause="")
    assert state.get("pods", "demo", "b").revision == 2


def test_a_server_that_forgot_everything_gets_no_log_with_a_hole():
    client = fakeredis.FakeRedis()
    state = State(RedisLog(client, "lab"))
    for name in "ab":
        state.commit("put", "pods", "demo", name, BODY, time=1.0, cause="")
    client.flushall()
    with pytest.raises(ServiceUnavailable, match="the log ends before revision 2: it has lost entries"):
        state.commit("put", "pods", "demo", "c", BODY, time=1.0, cause="")
    assert client.keys() == []


def test_a_lost_stream_goes_on_from_its_snapshot():
    client = fakeredis.FakeRedis()
    log = RedisLog(client, "lab")
    log.append(0, [entry(1), entry(2)])
    log.compact(Snapshot(2, 0.0, []))
    client.delete("ocsim:{lab}:log")
    assert (log.head(), log.read(2)) == (2, [])
    log.append(2, [entry(3)])
    assert RedisLog(client, "lab").read(2) == [entry(3)]


def test_wait_blocks_until_another_writes(redis_port):
    reader, writer = (RedisLog(redis.Redis(port=redis_port), "waiting") for _ in range(2))
    timer = threading.Timer(0.05, lambda: writer.append(0, [entry(1)]))
    timer.start()
    assert reader.wait(0, 30)
    timer.join()
    assert reader.read(0) == [entry(1)]


def test_writers_at_the_same_time_share_the_revisions_out(redis_port):
    def write(state: State, name: str) -> None:
        for turn in range(50):
            while True:
                try:
                    body = {"metadata": {"name": name}, "turn": turn}
                    state.commit("put", "pods", "demo", name, body, time=0.0, cause=name)
                    break
                except LogConflict:
                    continue

    states = {name: State(RedisLog(redis.Redis(port=redis_port), "crowd")) for name in ("a", "b", "c")}
    threads = [threading.Thread(target=write, args=(state, name)) for name, state in states.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = states["a"].log.read(0)
    assert [found.revision for found in told] == list(range(1, 151))
    for name, state in states.items():
        assert [found.object["turn"] for found in told if found.cause == name] == list(range(50))
        state.refresh()
        assert state.snapshot() == states["a"].snapshot()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), st.sampled_from("xy"), st.booleans()), max_size=20))
def test_of_two_writers_exactly_one_wins_each_revision(turns):
    """Each turn, one writer puts an object without looking first; sometimes it tries again after a conflict."""
    server = fakeredis.FakeServer()
    states = [State(RedisLog(fakeredis.FakeRedis(server=server), "lab")) for _ in range(2)]
    won: list[tuple[int, str]] = []
    for writer, name, again in turns:
        state, cause = states[writer], f"writer {writer}"
        for _ in range(2 if again else 1):
            behind = state.revision < len(won)
            try:
                written = state.commit("put", "pods", "demo", name, BODY, time=0.0, cause=cause)
            except LogConflict:
                assert behind
                assert state.revision == len(won)
            else:
                assert not behind
                won.append((written.revision, cause))
                break
    told = RedisLog(fakeredis.FakeRedis(server=server), "lab").read(0)
    assert [(found.revision, found.cause) for found in told] == won
    assert [revision for revision, _ in won] == list(range(1, len(won) + 1))
    for state in states:
        state.refresh()
    assert states[0].snapshot() == states[1].snapshot()
