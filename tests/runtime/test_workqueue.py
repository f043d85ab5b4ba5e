from simulator.runtime.clock import Clock
from simulator.runtime.workqueue import BASE_DELAY_S, MAX_DELAY_S, WorkQueue


def test_a_key_that_waits_is_not_added_twice() -> None:
    clock, seen = Clock(), []
    queue: WorkQueue[str] = WorkQueue(clock, seen.append)
    for key in ("a", "b", "a"):
        queue.add(key)
    clock.advance(1)
    assert seen == ["a", "b"]


def test_a_key_added_while_it_is_worked_on_comes_again() -> None:
    clock, seen = Clock(), []

    def work(key: str) -> None:
        seen.append(key)
        if len(seen) == 1:
            queue.add(key)

    queue: WorkQueue[str] = WorkQueue(clock, work)
    queue.add("a")
    clock.advance(1)
    assert seen == ["a", "a"]


def test_add_after_keeps_the_earliest() -> None:
    clock, seen = Clock(), []
    queue: WorkQueue[str] = WorkQueue(clock, lambda key: seen.append(clock.now()))
    queue.add_after("a", 10)
    queue.add_after("a", 3)
    queue.add_after("a", 20)
    clock.advance(100)
    assert len(seen) == 1
    assert 3 <= seen[0] < 4


def test_back_off_doubles_to_its_bound_and_is_forgotten() -> None:
    """client-go's default controller rate limiter: 5 ms, doubling, 1000 s at most."""
    queue: WorkQueue[str] = WorkQueue(Clock(), lambda key: None)
    delays = [queue.retry("a") for _ in range(25)]
    assert delays[:3] == [BASE_DELAY_S, 2 * BASE_DELAY_S, 4 * BASE_DELAY_S]
    assert delays[-1] == MAX_DELAY_S
    queue.forget("a")
    assert queue.retry("a") == BASE_DELAY_S


def test_stop_drops_everything() -> None:
    clock, seen = Clock(), []
    queue: WorkQueue[str] = WorkQueue(clock, seen.append)
    queue.add("a")
    queue.add_after("b", 5)
    queue.stop()
    clock.advance(100)
    assert seen == []
