"""Cooperative tasks on virtual time: no threads, no event loop of the host, no I/O.

A task is a coroutine. It suspends by yielding a *registration*: a function that takes a :class:`Waker` and sees to it
that ``waker.resume`` is called later. Timers, pipes and watches are all built from that one move.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from simulator.runtime.clock import Clock

T = TypeVar("T")
Registration = Callable[["Waker"], None]


class Cancelled(BaseException):
    """Thrown into a task that is cancelled (Ctrl-C, a closed terminal). It must not be swallowed."""


FAR_S = 3600.0
"""How far ahead the next thing that the cluster does may lie, when all that is left is to wait for it."""


class Deadlock(RuntimeError):
    """Every task waits, and no timer is left that could wake one."""


class _Suspend:
    __slots__ = ("registration",)

    def __init__(self, registration: Registration) -> None:
        self.registration = registration

    def __await__(self) -> Generator[Registration, Any, Any]:
        return (yield self.registration)


def suspend(registration: Registration) -> Awaitable[Any]:
    """Give way until someone calls ``resume`` on the waker that ``registration`` is handed; returns its value."""
    return _Suspend(registration)


class Waker:
    """One wait of one task. A late one does nothing: the task was cancelled, and waits elsewhere by now."""

    __slots__ = ("_task", "_ticket")

    def __init__(self, task: Task[Any], ticket: int) -> None:
        self._task, self._ticket = task, ticket

    @property
    def scheduler(self) -> Scheduler:
        return self._task.scheduler

    def resume(self, value: Any = None) -> None:
        """Make the task ready again; ``value`` is what its wait returns. Only the first call counts."""
        self._task.scheduler._make_ready(self._task, self._ticket, value)


class Task(Generic[T]):
    """A running coroutine. ``done`` tells whether it ended; ``result`` returns its value or raises its error."""

    def __init__(self, scheduler: Scheduler, coroutine: Coroutine[Any, Any, T], name: str) -> None:
        self.scheduler, self.coroutine, self.name = scheduler, coroutine, name
        self.done = False
        self._value: T | None = None
        self._error: BaseException | None = None
        self._waiters: list[Waker] = []
        self._cancelling = False
        self._ticket = 0  # grows at every step, so that a late resume of an earlier wait is ignored

    def cancel(self) -> None:
        """Throw Cancelled at the point where the task waits. A task that has ended is left alone."""
        if not self.done:
            self._cancelling = True
            self.scheduler._make_ready(self, self._ticket, None)

    @property
    def was_cancelled(self) -> bool:
        """Whether it ended by being cancelled."""
        return isinstance(self._error, Cancelled)

    def result(self) -> T:
        assert self.done, f"task {self.name} has not ended"
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    async def join(self) -> T:
        """Wait for the end of the task; its error is raised here."""
        if not self.done:
            await suspend(self._waiters.append)
        return self.result()

    def _step(self, value: Any) -> None:
        self._ticket += 1
        cancelling, self._cancelling = self._cancelling, False
        try:
            registration = self.coroutine.throw(Cancelled()) if cancelling else self.coroutine.send(value)
        except StopIteration as stop:
            self._finish(stop.value, None)
        except BaseException as failure:
            self._finish(None, failure)
        else:
            registration(Waker(self, self._ticket))

    def _finish(self, value: T | None, error: BaseException | None) -> None:
        self.done, self._value, self._error = True, value, error
        for waiter in self._waiters:
            waiter.resume()


class Scheduler:
    """Runs tasks in turn. When all wait, ``pace`` is told how far the next timer lies ahead, then time jumps there.

    With ``pace`` there is no deadlock: it is asked to wait for ever (``math.inf``), until somebody interrupts it. One
    that returns True was woken before its time: time stays as it is, and the tasks have their turn.
    """

    def __init__(self, clock: Clock, pace: Callable[[float], bool | None] | None = None) -> None:
        self.clock = clock
        self.pace = pace
        self._ready: deque[tuple[Task[Any], int, Any]] = deque()

    @property
    def root(self) -> Scheduler:
        """Where tasks belong that outlive the session at hand."""
        return self

    def spawn(self, coroutine: Coroutine[Any, Any, T], name: str = "task") -> Task[T]:
        task = Task(self, coroutine, name)
        self._make_ready(task, 0, None)
        return task

    def run(self, main: Coroutine[Any, Any, T], *, limit_s: float | None = None) -> T:
        """Run ``main`` to its end, and what it spawned as far as ``main`` needs it.

        A KeyboardInterrupt cancels the task, and so does waiting for what can never come (Deadlock) or past ``limit_s``
        of virtual time (TimeoutError): those are raised if the task ends of it. A prompt goes on.
        """
        task = self.spawn(main, "main")
        end = None if limit_s is None else self.clock.now() + limit_s
        reason: Exception | None = None
        while not task.done:
            try:
                stuck = self._turn(end)
            except KeyboardInterrupt:
                task.cancel()
            else:
                if stuck is not None:
                    reason = stuck
                    task.cancel()
        self._drop_new()
        if reason is not None and task.was_cancelled:
            raise reason
        return task.result()

    def _turn(self, end: float | None) -> Exception | None:
        """Run one step, or let time reach the next timer. Returns why neither is possible."""
        if self._ready:
            self._step()
            return None
        due = self.clock.next_due()
        if self.pace is None and (due is None or self._is_far(due)):
            return Deadlock("every task waits, and nothing is left that could wake one")
        if end is not None and due is not None and due > end:
            return TimeoutError("the limit of virtual time was reached")
        if self._waits(due):
            return None
        if due is not None:
            self.clock.run_next()
        return None

    def _waits(self, due: float | None) -> bool:
        """Whether real time passed for what is due, and somebody woke a task before it had."""
        if self.pace is None or (due is not None and due <= self.clock.now()):
            return False
        return bool(self.pace(math.inf if due is None else due - self.clock.now()))

    def _is_far(self, due: float) -> bool:
        """Whether nobody has set a timer but the cluster, for an hour of its own, as a CronJob does for midnight."""
        return due > self.clock.now() + FAR_S and not self.clock.is_awaited()

    def run_ready(self) -> None:
        """Run tasks until all of them wait. For drivers that let time flow themselves."""
        while self._ready:
            self._step()

    def run_some(self, steps: int) -> bool:
        """Run at most so many steps of tasks; whether any is left that could go on."""
        for _ in range(steps):
            if not self._ready:
                return False
            self._step()
        return bool(self._ready)

    def _drop_new(self) -> None:
        """End the tasks that have not begun: Python would complain that nobody awaits them."""
        for task, ticket, _ in self._ready:
            if ticket == 0 and not task.done:
                task.coroutine.close()
                task._finish(None, Cancelled())

    def _step(self) -> None:
        task, ticket, value = self._ready.popleft()
        if not task.done and ticket == task._ticket:
            task._step(value)

    def _make_ready(self, task: Task[Any], ticket: int, value: Any) -> None:
        self._ready.append((task, ticket, value))


class Session(Scheduler):
    """The tasks of one session on a scheduler that others share: ``close`` ends all of them, whoever started them."""

    def __init__(self, root: Scheduler) -> None:
        super().__init__(root.clock)
        self._root = root
        self._tasks: list[Task[Any]] = []

    @property
    def root(self) -> Scheduler:
        return self._root

    def spawn(self, coroutine: Coroutine[Any, Any, T], name: str = "task") -> Task[T]:
        task = super().spawn(coroutine, name)
        self._tasks = [*(one for one in self._tasks if not one.done), task]
        return task

    def close(self) -> None:
        """Cancel what runs; those who hold on to a cancelled task get it cancelled again."""
        for task in self._tasks:
            task.cancel()

    def is_over(self) -> bool:
        """Whether no task is left."""
        return all(task.done for task in self._tasks)

    def _make_ready(self, task: Task[Any], ticket: int, value: Any) -> None:
        self._root._make_ready(task, ticket, value)


async def sleep(delay_s: float) -> None:
    """Wait in virtual time."""

    def register(waker: Waker) -> None:
        waker.scheduler.clock.call_later(delay_s, waker.resume)

    await suspend(register)


async def checkpoint() -> None:
    """Let the other ready tasks run, and give cancellation a place to strike."""
    await suspend(lambda waker: waker.resume())


async def spawn(coroutine: Coroutine[Any, Any, T], name: str = "task") -> Task[T]:
    """Start a task beside the running one, on the same scheduler."""
    scheduler = await current_scheduler()
    return scheduler.spawn(coroutine, name)


async def current_scheduler() -> Scheduler:
    """The scheduler of the running task."""

    def register(waker: Waker) -> None:
        waker.resume(waker.scheduler)

    scheduler = await suspend(register)
    assert isinstance(scheduler, Scheduler)
    return scheduler


class Signal:
    """Something to wait for: ``notify`` wakes all that wait now. Like a condition variable without a lock."""

    def __init__(self) -> None:
        self._waiters: list[Waker] = []

    async def wait(self) -> None:
        await suspend(self._waiters.append)

    def notify(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.resume()
