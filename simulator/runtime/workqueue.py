"""A deduplicating queue with back-off and delays, on virtual time. Source: client-go, util/workqueue."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from simulator.runtime.clock import Clock, Timer

K = TypeVar("K", bound=Hashable)

BASE_DELAY_S = 0.005  # DefaultControllerRateLimiter: 5 ms doubling per failure, 1000 s at most
MAX_DELAY_S = 1000.0
LATENCY_S = 0.005  # from a change to its reconcile; keeps two loops that fight from stopping the clock


class WorkQueue(Generic[K]):
    """Calls ``work`` for each key, one at a time, in the order of adding. A key that waits is not added twice.

    ``add_after`` keeps the earliest of several delays. ``retry`` waits longer at each failure, ``forget`` resets that.
    """

    def __init__(self, clock: Clock, work: Callable[[K], None]) -> None:
        self._clock, self._work = clock, work
        self._keys: deque[K] = deque()
        self._waiting: set[K] = set()
        self._delayed: dict[K, tuple[float, Timer]] = {}
        self._failures: dict[K, int] = {}
        self._timer: Timer | None = None

    def add(self, key: K) -> None:
        if key not in self._waiting:
            self._waiting.add(key)
            self._keys.append(key)
            self._schedule()

    def add_after(self, key: K, delay_s: float) -> None:
        when = self._clock.now() + max(delay_s, 0.0)
        planned = self._delayed.get(key)
        if planned is not None:
            if planned[0] <= when:
                return
            planned[1].cancel()
        self._delayed[key] = (when, self._clock.call_at(when, lambda: self._due(key), of_cluster=True))

    def retry(self, key: K) -> float:
        """Add the key again after its back-off; returns the delay in seconds."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        delay_s: float = min(BASE_DELAY_S * 2 ** min(failures, 30), MAX_DELAY_S)
        self.add_after(key, delay_s)
        return delay_s

    def forget(self, key: K) -> None:
        """The key was done: its next failure is the first, and a delay planned before is void."""
        self._failures.pop(key, None)
        planned = self._delayed.pop(key, None)
        if planned is not None:
            planned[1].cancel()

    def stop(self) -> None:
        """Drop everything that waits: the process is gone."""
        for _, timer in self._delayed.values():
            timer.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._delayed.clear()
        self._keys.clear()
        self._waiting.clear()

    def _due(self, key: K) -> None:
        del self._delayed[key]
        self.add(key)

    def _schedule(self) -> None:
        if self._timer is None:
            self._timer = self._clock.call_later(LATENCY_S, self._run)

    def _run(self) -> None:
        self._timer = None
        if not self._keys:
            return
        key = self._keys.popleft()
        self._waiting.discard(key)
        try:
            self._work(key)
        finally:
            if self._keys:
                self._schedule()
