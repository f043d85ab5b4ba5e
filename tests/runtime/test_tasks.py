import pytest

from simulator.runtime import tasks
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Cancelled, Deadlock, Scheduler, Signal, Task


def test_virtual_time_jumps_while_all_wait() -> None:
    clock = Clock()

    async def nap(seconds: float) -> float:
        await tasks.sleep(seconds)
        return seconds

    async def main() -> list[float]:
        naps = [await tasks.spawn(nap(seconds)) for seconds in (3, 1, 2)]
        return [await task.join() for task in naps]

    assert Scheduler(clock).run(main()) == [3, 1, 2]
    assert clock.now() == 3


def test_pace_is_told_how_far_time_jumps() -> None:
    jumps: list[float] = []
    Scheduler(Clock(), pace=jumps.append).run(tasks.sleep(7))
    assert jumps == [7]


def test_a_task_that_nothing_can_wake_is_a_deadlock() -> None:
    with pytest.raises(Deadlock):
        Scheduler(Clock()).run(Signal().wait())


def test_the_limit_of_virtual_time() -> None:
    clock = Clock()
    with pytest.raises(TimeoutError):
        Scheduler(clock).run(tasks.sleep(100), limit_s=10)


def test_cancel_strikes_where_the_task_waits_and_only_once() -> None:
    seen: list[str] = []

    async def patient() -> str:
        try:
            await tasks.sleep(1000)
        except Cancelled:
            seen.append("cancelled")
        await tasks.sleep(1)
        return "went on"

    async def main() -> str:
        task = await tasks.spawn(patient())
        await tasks.checkpoint()
        task.cancel()
        task.cancel()
        return await task.join()

    assert Scheduler(Clock()).run(main()) == "went on"
    assert seen == ["cancelled"]


def test_cancel_reaches_a_task_that_is_ready_already() -> None:
    signal = Signal()

    async def waiter() -> None:
        await signal.wait()
        await tasks.sleep(1000)

    async def main() -> None:
        task = await tasks.spawn(waiter())
        await tasks.checkpoint()
        signal.notify()
        task.cancel()
        with pytest.raises(Cancelled):
            await task.join()

    Scheduler(Clock()).run(main())


def test_an_error_of_a_task_is_raised_where_it_is_joined() -> None:
    async def bad() -> None:
        raise ValueError("no")

    async def main() -> None:
        task = await tasks.spawn(bad())
        with pytest.raises(ValueError, match="no"):
            await task.join()

    Scheduler(Clock()).run(main())


def test_ctrl_c_cancels_the_main_task() -> None:
    clock = Clock()

    def interrupt() -> None:
        raise KeyboardInterrupt

    clock.call_later(1, interrupt)

    async def main() -> str:
        try:
            await tasks.sleep(1000)
        except Cancelled:
            return "interrupted"
        return "slept"

    assert Scheduler(clock).run(main()) == "interrupted"
    assert clock.now() == 1


def test_notify_wakes_all_that_wait_now() -> None:
    signal, seen = Signal(), []

    async def waiter(name: str) -> None:
        await signal.wait()
        seen.append(name)

    async def main() -> None:
        waiting = [await tasks.spawn(waiter(name)) for name in "ab"]
        await tasks.checkpoint()
        signal.notify()
        for task in waiting:
            await task.join()

    Scheduler(Clock()).run(main())
    assert seen == ["a", "b"]


def test_a_prompt_goes_on_after_a_command_that_can_never_end() -> None:
    seen = []

    async def prompt() -> str:
        for _ in range(2):
            try:
                await Signal().wait()
            except Cancelled:
                seen.append("interrupted")
        return "left"

    assert Scheduler(Clock()).run(prompt()) == "left"
    assert seen == ["interrupted", "interrupted"]


def test_with_pace_there_is_no_deadlock_but_a_wait_for_ctrl_c() -> None:
    asked = []

    def pace(seconds: float) -> None:
        asked.append(seconds)
        raise KeyboardInterrupt

    with pytest.raises(Cancelled):
        Scheduler(Clock(), pace=pace).run(Signal().wait())
    assert asked == [float("inf")]


def test_a_signal_of_an_earlier_wait_does_not_wake_a_later_one() -> None:
    """Ctrl-C leaves the task in the signal's list; its notify must not end what the task waits for by then."""
    stale, fresh, seen = Signal(), Signal(), []

    async def waiter() -> None:
        try:
            await stale.wait()
        except Cancelled:
            await fresh.wait()
            seen.append("fresh")

    async def main() -> None:
        task = await tasks.spawn(waiter())
        await tasks.checkpoint()
        task.cancel()
        await tasks.checkpoint()
        stale.notify()
        await tasks.checkpoint()
        assert seen == []
        fresh.notify()
        await task.join()

    Scheduler(Clock()).run(main())
    assert seen == ["fresh"]


def test_what_main_leaves_behind_before_it_began_is_dropped_in_silence() -> None:
    """A warning of Python's ("never awaited") is no business of the person who typed ``oc get pods -w &``."""
    scheduler = Scheduler(Clock(0.0))
    begun: list[str] = []

    async def child() -> None:
        begun.append("child")

    async def main() -> Task[None]:
        return scheduler.spawn(child())

    task = scheduler.run(main())
    assert (task.done, task.was_cancelled, begun) == (True, True, [])


def test_what_only_the_cluster_will_do_much_later_is_not_waited_for() -> None:
    """A CronJob's midnight ends no script that waits for ever; what a script itself waits for does come."""
    clock = Clock()

    def midnight() -> None:
        clock.call_at(clock.now() + 86_400.0, midnight, of_cluster=True)

    midnight()
    with pytest.raises(Deadlock):
        Scheduler(clock).run(Signal().wait())
    assert clock.now() < 86_400.0
    Scheduler(clock).run(tasks.sleep(200_000.0))
    assert clock.now() >= 200_000.0
