"""Events that are gone after their time: each write of one gives it a lease, and etcd deletes it when that runs out.

Source: kube-apiserver, --event-ttl (1h; OpenShift's operator sets 3h), pkg/registry/core/event/storage.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Final

from simulator.log.entry import Entry, LogConflict
from simulator.log.state import State
from simulator.runtime.clock import Clock

EVENTS: Final = "events"
EVENT_TTL_S: Final = 3 * 3600.0
_SWEEP_S: Final = 600.0  # one sweep for all leases of ten minutes: some run that much longer
_ETCD: Final = "etcd"


class EventLeases:
    """Deletes events ``ttl_s`` after their last write. What was there at the start has its lease from the start on."""

    def __init__(self, state: State, clock: Clock, ttl_s: float = EVENT_TTL_S) -> None:
        self._state, self._clock, self._ttl_s = state, clock, ttl_s
        self._leases: deque[tuple[float, str, str, int]] = deque()  # (end, namespace, name, revision), soonest first
        self._found = state.revision  # the last that was there at the start
        self._found_end = clock.now() + ttl_s
        self._armed = False
        self._stop = state.subscribe(self._on_entry, EVENTS)
        if EVENTS in state.resources():
            self._arm(self._found_end)

    def stop(self) -> None:
        self._stop()
        self._leases.clear()
        self._found = 0

    def _on_entry(self, entry: Entry) -> None:
        if entry.verb == "put":
            end = entry.time + self._ttl_s
            self._leases.append((end, entry.namespace, entry.name, entry.revision))
            self._arm(end)

    def _arm(self, end: float) -> None:
        if not self._armed:
            self._armed = True
            self._clock.call_in_background(math.ceil(end / _SWEEP_S) * _SWEEP_S, self._sweep)

    def _sweep(self) -> None:
        self._armed = False
        now = self._clock.now()
        if self._found and now >= self._found_end:
            found, self._found = self._found, 0
            for stored in self._state.list(EVENTS):
                if stored.revision <= found:
                    meta = stored.object["metadata"]
                    self._expire(meta["namespace"], meta["name"], stored.revision)
        while self._leases and self._leases[0][0] <= now:
            _, namespace, name, revision = self._leases.popleft()
            self._expire(namespace, name, revision)
        if self._leases:
            self._arm(self._leases[0][0])

    def _expire(self, namespace: str, name: str, revision: int) -> None:
        """Delete it, unless it was written again: then it has another lease."""
        while (stored := self._state.get(EVENTS, namespace, name)) is not None and stored.revision == revision:
            try:
                self._state.commit(
                    "delete", EVENTS, namespace, name, stored.object, time=self._clock.now(), cause=_ETCD
                )
            except LogConflict:
                continue
