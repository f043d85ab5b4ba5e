"""Waiting for what threads bring and for the host's files, while a scheduler's clock follows the wall clock."""

from __future__ import annotations

import contextlib
import math
import os
import select
import threading
from collections.abc import Callable

from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Waker, suspend

_LONGEST_S = 3600.0


class Doorbell:
    """Rung by any thread; the thread that runs the tasks sleeps until then. One for each transport."""

    def __init__(self) -> None:
        self._near, self._far = os.pipe()
        os.set_blocking(self._near, False)
        os.set_blocking(self._far, False)
        self._files: dict[int, Waker] = {}

    def ring(self) -> None:
        with contextlib.suppress(BlockingIOError):  # it is ringing all the time
            os.write(self._far, b"\0")

    async def readable(self, file: int) -> None:
        """Suspend until the file has something to read, or is at its end. A plain file always is."""

        def register(waker: Waker) -> None:
            self._files[file] = waker

        try:
            await suspend(register)
        finally:
            self._files.pop(file, None)

    def wait(self, timeout_s: float | None) -> None:
        """Sleep until somebody rings, a file is readable (its task is woken) or the time is over."""
        ready, _, _ = select.select([self._near, *self._files], [], [], timeout_s)
        for file in ready:
            if file == self._near:
                os.read(self._near, 65536)
            elif waker := self._files.pop(file, None):
                waker.resume()

    def pace(self, clock: Clock, now: Callable[[], float]) -> Callable[[float], bool]:
        """For a Scheduler: waits in real time, and tells whether it was woken before its time."""

        def sleep(delay_s: float) -> bool:
            end = clock.now() + delay_s
            if end > now():
                self.wait(None if math.isinf(delay_s) else min(end - now(), _LONGEST_S))
            clock.advance_to(min(now(), end))
            return now() < end

        return sleep

    def close(self) -> None:
        os.close(self._near)
        os.close(self._far)


class Inbox:
    """What a thread receives, for the thread that runs the tasks, or for one that just waits."""

    def __init__(self, doorbell: Doorbell) -> None:
        self._doorbell = doorbell
        self._changed = threading.Condition()
        self._wakers: list[Waker] = []

    def notify(self) -> None:
        """Something is there, or nothing more will come. From any thread."""
        with self._changed:
            wakers, self._wakers = self._wakers, []
            self._changed.notify_all()
        for waker in wakers:
            waker.resume()  # appends to a deque, which any thread may
        self._doorbell.ring()

    def wait_for(self, is_there: Callable[[], bool], timeout_s: float) -> None:
        with self._changed:
            self._changed.wait_for(is_there, max(0.0, timeout_s))

    async def changed(self, is_there: Callable[[], bool]) -> None:
        """Suspend until ``is_there``, or something else has happened."""

        def register(waker: Waker) -> None:
            with self._changed:
                if not is_there():
                    self._wakers.append(waker)
                    return
            waker.resume()

        await suspend(register)
