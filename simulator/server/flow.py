"""How virtual time flows behind a server: with the wall clock, at a speed, or by leaps.

At speed ``LEAPS`` time jumps from timer to timer while there is something to do soon after a request, as it does in a
lab after every command; then it goes on with the wall clock. Work is done in slices, between which requests are heard.
"""

from __future__ import annotations

import asyncio
import time

from simulator.cluster import SETTLE_LIMIT_S, SETTLE_QUIET_S
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler

LEAPS = 0.0
_SLICE_S = 0.005  # of real time
_STEPS = 64  # of tasks, between two looks at the wall clock
_PATIENCE_S = 3600.0  # the longest time for which a timer of the event loop is set


class Flow:
    """Drives a clock, and the tasks on it, from an asyncio event loop. ``speed``: virtual seconds per real one."""

    def __init__(self, clock: Clock, speed: float = 1.0) -> None:
        self.scheduler = Scheduler(clock)
        self.clock = clock
        self._leaps, self._speed = speed == LEAPS, speed or 1.0
        self._leap_until = 0.0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.Handle | None = None
        self._armed_for = float("inf")
        self._virtual, self._wall = clock.now(), time.monotonic()

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._rebase()
        self.turn()

    def stop(self) -> None:
        """Nothing moves any more."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop = self._timer = None

    def wrote(self) -> None:
        """Somebody acted: what follows from it may come by leaps."""
        if self._leaps:
            self._leap_until = self.clock.now() + SETTLE_LIMIT_S

    def turn(self) -> None:
        """Let tasks run, and time reach the present; at most for a slice, the rest soon after."""
        began = time.monotonic()
        present = self._present(began)
        if not self._run_tasks(began):
            return
        while (due := self.clock.next_due()) is not None and (due <= present or self._may_leap(due)):
            self.clock.run_next()
            if not self._run_tasks(began) or self._is_over(began):
                return
        if self.clock.now() <= present:
            self.clock.advance_to(present)
        else:
            self._rebase()
        self.arm()

    def _run_tasks(self, began: float) -> bool:
        """Run the tasks until all of them wait; False when the slice ended before."""
        return not any(self._is_over(began) for _ in iter(lambda: self.scheduler.run_some(_STEPS), False))

    def _is_over(self, began: float) -> bool:
        """Whether the slice is over; then the rest comes soon."""
        if time.monotonic() - began <= _SLICE_S:
            return False
        self._again_soon()
        return True

    def arm(self) -> None:
        """See to it that ``turn`` comes when the next timer is due."""
        due = self.clock.next_due()
        if due is None or self._loop is None or due >= self._armed_for:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed_for = due
        delay = 0.0 if self._may_leap(due) else max(0.0, (due - self._present(time.monotonic())) / self._speed)
        self._timer = self._loop.call_later(min(delay, _PATIENCE_S), self._on_timer)

    def _on_timer(self) -> None:
        self._timer, self._armed_for = None, float("inf")
        self.turn()

    def _again_soon(self) -> None:
        if self._loop is not None and self._armed_for > float("-inf"):
            if self._timer is not None:
                self._timer.cancel()
            self._armed_for = float("-inf")
            self._timer = self._loop.call_soon(self._on_timer)

    def _may_leap(self, due: float) -> bool:
        return due <= self._leap_until and due <= self.clock.now() + SETTLE_QUIET_S

    def _present(self, wall: float) -> float:
        return self._virtual + (wall - self._wall) * self._speed

    def _rebase(self) -> None:
        """Time was moved further than the wall clock says: it goes on from there."""
        self._virtual, self._wall = self.clock.now(), time.monotonic()
