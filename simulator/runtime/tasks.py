"""Cooperative tasks on virtual time: no threads, no event loop of the host, no I/O.

A task is a coroutine. It suspends by yielding a *registration*: a function that takes the task and sees to it that
``task.resume`` is called later. Timers, pipes and watches are all built from that one move.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar

from simulator.runtime.clock import Clock

T = TypeVar("T")
Registration = Callable[["Task[Any]"], None]


class Cancelled(BaseException):
    """Thrown into a task that is cancelled (Ctrl-C, a closed terminal). It must not be swallowed."""


class Deadlock(RuntimeError):
    """Every task waits, and no timer is left that could wake one."""


class _Suspend:
    __slots__ = ("registration",)

    def __init__(self, registration: Registration) -> None:
        self.registration = registration

    def __await__(self) -> Generator[Registration, Any, Any]:
        return (yield self.registration)


def suspend(registration: Registration) -> Awaitable[Any]:
    """Give way until someone resumes the task that ``registration`` is handed; returns the value given there."""
    return _Suspend(registration)


class Task(Generic[T]):
    """A running coroutine. ``done`` tells whether it ended; ``result`` returns its value or raises its error."""

    def __init__(self, scheduler: Scheduler, coroutine: Coroutine[Any, Any, T], name: str) -> None:
        self.scheduler, self.coroutine, self.name = scheduler, coroutine, name
        self.done = False
        self._value: T | None = None
        self._error: BaseException | None = None
        self._waiters: list[Task[Any]] = []
        self._cancelling = False
        self._ticket = 0  # grows at every step, so that a late resume of an earlier wait is ignored

    def resume(self, value: Any = None) -> None:
        """Make the task ready again. Only the first call after a suspension counts."""
        self.scheduler._make_ready(self, self._ticket, value)

    def cancel(self) -> None:
        """Throw Cancelled at the point where the task waits. A task that has ended is left alone."""
        if not self.done:
            self._cancelling = True
            self.scheduler._make_ready(self, self._ticket, None)

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
            registration(self)

    def _finish(self, value: T | None, error: BaseException | None) -> None:
        self.done, self._value, self._error = True, value, error
        for waiter in self._waiters:
            waiter.resume()


class Scheduler:
    """Runs tasks in turn. When all wait, ``pace`` is told how far the next timer lies ahead, then time jumps there."""

    def __init__(self, clock: Clock, pace: Callable[[float], None] | None = None) -> None:
        self.clock = clock
        self.pace = pace
        self._ready: deque[tuple[Task[Any], int, Any]] = deque()

    def spawn(self, coroutine: Coroutine[Any, Any, T], name: str = "task") -> Task[T]:
        task = Task(self, coroutine, name)
        self._make_ready(task, 0, None)
        return task

    def run(self, main: Coroutine[Any, Any, T], *, limit_s: float | None = None) -> T:
        """Run ``main`` to its end, and what it spawned as far as ``main`` needs it.

        ``limit_s`` bounds the virtual time; past it the task is cancelled and TimeoutError raised. A KeyboardInterrupt
        cancels the task. Deadlock when nothing can ever wake it.
        """
        task = self.spawn(main, "main")
        end = None if limit_s is None else self.clock.now() + limit_s
        while not task.done:
            try:
                self._turn(task, end)
            except KeyboardInterrupt:
                task.cancel()
        return task.result()

    def _turn(self, task: Task[Any], end: float | None) -> None:
        if self._ready:
            self._step()
            return
        due = self.clock.next_due()
        if due is None or (end is not None and due > end):
            task.cancel()
            self.run_ready()
            if due is None:
                raise Deadlock("every task waits and no timer is set")
            raise TimeoutError("the limit of virtual time was reached")
        if self.pace is not None and due > self.clock.now():
            self.pace(due - self.clock.now())
        self.clock.run_next()

    def run_ready(self) -> None:
        """Run tasks until all of them wait. For drivers that let time flow themselves."""
        while self._ready:
            self._step()

    def _step(self) -> None:
        task, ticket, value = self._ready.popleft()
        if not task.done and ticket == task._ticket:
            task._step(value)

    def _make_ready(self, task: Task[Any], ticket: int, value: Any) -> None:
        self._ready.append((task, ticket, value))


async def sleep(delay_s: float) -> None:
    """Wait in virtual time."""

    def register(task: Task[Any]) -> None:
        task.scheduler.clock.call_later(delay_s, task.resume)

    await suspend(register)


async def checkpoint() -> None:
    """Let the other ready tasks run, and give cancellation a place to strike."""
    await suspend(lambda task: task.resume())


async def spawn(coroutine: Coroutine[Any, Any, T], name: str = "task") -> Task[T]:
    """Start a task beside the running one, on the same scheduler."""
    scheduler = await current_scheduler()
    return scheduler.spawn(coroutine, name)


async def current_scheduler() -> Scheduler:
    """The scheduler of the running task."""

    def register(task: Task[Any]) -> None:
        task.resume(task.scheduler)

    scheduler = await suspend(register)
    assert isinstance(scheduler, Scheduler)
    return scheduler


class Signal:
    """Something to wait for: ``notify`` wakes all that wait now. Like a condition variable without a lock."""

    def __init__(self) -> None:
        self._waiters: list[Task[Any]] = []

    async def wait(self) -> None:
        await suspend(self._waiters.append)

    def notify(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            waiter.resume()
