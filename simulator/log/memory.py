"""The log as a list: the embedded default, in tests, in the shell, in the page."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.log.entry import Compacted, Entry, LogConflict, Snapshot, check_consecutive, check_reached


class MemoryLog:
    """``start`` is the revision of the state on which the log builds; what led to that is not in the log."""

    def __init__(self, start: int = 0) -> None:
        self._first = start  # the revision before the first entry held
        self._entries: list[Entry] = []
        self._snapshot: Snapshot | None = None

    def append(self, after: int, entries: Sequence[Entry]) -> None:
        check_consecutive(after, entries)
        if after != self.head():
            raise LogConflict(f"the log ends at revision {self.head()}, not {after}")
        self._entries.extend(entries)

    def read(self, after: int) -> list[Entry]:
        if after < self._first:
            raise Compacted(f"revision {after} is older than {self._first}, where the log starts")
        return self._entries[after - self._first :]

    def wait(self, after: int, timeout_s: float) -> bool:
        return self.head() > after

    def head(self) -> int:
        return self._first + len(self._entries)

    def snapshot(self) -> Snapshot | None:
        return self._snapshot

    def compact(self, snapshot: Snapshot) -> None:
        check_reached(snapshot, self.head())
        if snapshot.revision <= self._first and self._snapshot is not None:
            return
        del self._entries[: snapshot.revision - self._first]
        self._first, self._snapshot = snapshot.revision, snapshot
