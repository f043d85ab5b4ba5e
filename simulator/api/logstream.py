"""A container's log as it grows: the answer to ``pods/log`` with ``follow``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from simulator.runtime.tasks import Signal


class Tail(Protocol):
    """Where a log grows: the kubelet's end of a LogStream."""

    def read(self) -> bytes:
        """What was written since the last call; b"" when there is nothing new."""
        ...

    def pending(self) -> bool:
        """Whether ``read`` would give something."""
        ...

    @property
    def ended(self) -> bool:
        """Whether nothing more can be written."""
        ...

    def subscribe(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call ``callback`` when there may be more, or the end; the function returned ends that."""
        ...


class LogStream:
    """The text of a log, piece by piece. ``next`` never blocks; ``changed`` wakes a task that waits; ``close`` ends it.

    Nothing is kept here: a slow reader finds what it has not read yet where the kubelet keeps it.
    """

    def __init__(self, tail: Tail) -> None:
        self.changed = Signal()
        self.listener: Callable[[], None] | None = None  # called when there may be more, and at the end
        self._tail = tail
        self._closed = False
        self._unsubscribe = tail.subscribe(self._tell)

    def next(self) -> bytes | None:
        """The next piece, whole lines as a rule, or None when there is none yet."""
        return None if self._closed else self._tail.read() or None

    def pending(self) -> bool:
        """Whether ``next`` has a piece."""
        return not self._closed and self._tail.pending()

    @property
    def closed(self) -> bool:
        """Whether it has ended, by ``close`` or because the container has; ``next`` still gives the rest of the log."""
        return self._closed or self._tail.ended

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._unsubscribe()
            self._tell()

    def _tell(self) -> None:
        self.changed.notify()
        if self.listener is not None:
            self.listener()
