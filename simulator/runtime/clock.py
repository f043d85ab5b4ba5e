"""Virtual time: a heap of timers over seconds since the epoch. Nothing here reads a wall clock."""

from __future__ import annotations

import heapq
import itertools
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache

RFC3339 = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?Z")


def rfc3339(seconds: float) -> str:
    """``2019-10-28T09:07:09Z``: whole seconds, as metav1.Time serialises itself."""
    return _written(int(seconds))


@lru_cache(maxsize=1024)
def _written(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=1024)
def parse_rfc3339(text: str) -> float:
    """Seconds since the epoch of an RFC 3339 time in UTC; ValueError when it is not one."""
    match = RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"not an RFC 3339 time in UTC: {text!r}")
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    whole = datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    return whole + float(match.group(7) or 0)


class Timer:
    """A callback that is due at a virtual time. ``cancel`` may be called at any moment, also twice.

    ``of_cluster``: something that the cluster does by itself, for which nobody at a prompt waits.
    """

    __slots__ = ("callback", "of_cluster", "when")

    def __init__(self, when: float, callback: Callable[[], None], of_cluster: bool = False) -> None:
        self.when, self.of_cluster = when, of_cluster
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class Clock:
    """Virtual time. Timers of the same moment run in the order in which they were set."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = float(start)
        self._heap: list[tuple[float, int, Timer]] = []
        self._background: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def now(self) -> float:
        """Seconds since the epoch."""
        return self._now

    def call_at(self, when: float, callback: Callable[[], None], *, of_cluster: bool = False) -> Timer:
        """Run ``callback`` at ``when``; a moment in the past means now."""
        timer = Timer(max(when, self._now), callback, of_cluster)
        heapq.heappush(self._heap, (timer.when, next(self._order), timer))
        return timer

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> Timer:
        return self.call_at(self._now + delay_s, callback)

    def call_in_background(self, when: float, callback: Callable[[], None]) -> Timer:
        """The same for what nobody waits for, as a thing that expires: it runs when time passes it, and is not due."""
        timer = Timer(max(when, self._now), callback, of_cluster=True)
        heapq.heappush(self._background, (timer.when, next(self._order), timer))
        return timer

    def next_due(self) -> float | None:
        """The time of the next timer, or None when nothing is set. What runs in the background is not counted."""
        return _first(self._heap)

    def is_awaited(self) -> bool:
        """Whether a timer is set that is not the cluster's own."""
        return any(timer.callback is not None and not timer.of_cluster for _, _, timer in self._heap)

    def run_next(self) -> bool:
        """Jump to the next timer and run it, or what comes before it in the background. False when there is none."""
        due = self.next_due()
        if due is None:
            return False
        passed = _first(self._background)
        self._run(self._background if passed is not None and passed <= due else self._heap)
        return True

    def _run(self, heap: list[tuple[float, int, Timer]]) -> None:
        when, _, timer = heapq.heappop(heap)
        self._now = max(self._now, when)
        callback, timer.callback = timer.callback, None
        assert callback is not None
        callback()

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass and run all that falls due on the way, what is due now included."""
        self.advance_to(self._now + seconds)

    def advance_to(self, when: float) -> None:
        while True:
            due, passed = self.next_due(), _first(self._background)
            if passed is not None and passed <= when and (due is None or passed <= due):
                self._run(self._background)
            elif due is not None and due <= when:
                self._run(self._heap)
            else:
                break
        self._now = max(self._now, when)

    def run_until_idle(self, limit_s: float, quiet_s: float | None = None) -> bool:
        """Jump from timer to timer until none is left, or none within ``quiet_s``. False: ``limit_s`` ran out."""
        end = self._now + limit_s
        while (due := self.next_due()) is not None and (quiet_s is None or due <= self._now + quiet_s):
            if due > end:
                self._now = end
                return False
            self.run_next()
        return True


def _first(heap: list[tuple[float, int, Timer]]) -> float | None:
    """The time of the first timer that was not cancelled."""
    while heap and heap[0][2].callback is None:
        heapq.heappop(heap)
    return heap[0][0] if heap else None
