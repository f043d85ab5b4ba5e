"""Real time: virtual time follows the wall clock at a chosen speed, between waits for file descriptors."""

from __future__ import annotations

import selectors
import time
from collections.abc import Callable
from typing import Any

from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler


class RealTimeLoop:
    """Runs tasks, timers and readers of sockets until ``stop``. ``speed``: virtual seconds per real one."""

    def __init__(self, clock: Clock, speed: float = 1.0) -> None:
        self.scheduler = Scheduler(clock)
        self._clock, self._speed = clock, speed
        self._selector = selectors.DefaultSelector()
        self._wall, self._virtual = time.monotonic(), clock.now()
        self._running = True

    def add_reader(self, file: Any, callback: Callable[[], None]) -> None:
        self._selector.register(file, selectors.EVENT_READ, callback)

    def remove_reader(self, file: Any) -> None:
        self._selector.unregister(file)

    def stop(self) -> None:
        self._running = False

    def run(self) -> None:
        while self._running:
            self._catch_up()
            self.scheduler.run_ready()
            for key, _ in self._selector.select(self._patience()):
                key.data()

    def _catch_up(self) -> None:
        """Let the virtual clock reach what the wall clock says. A command may have moved it further: then it waits."""
        self._clock.advance_to(self._virtual + (time.monotonic() - self._wall) * self._speed)

    def _patience(self) -> float | None:
        """Real seconds until the next timer."""
        due = self._clock.next_due()
        if due is None:
            return None
        wall = self._wall + (due - self._virtual) / self._speed
        return max(0.0, wall - time.monotonic())
