"""Streams between a connection and the tasks behind it: fed and drained by callbacks on one side, awaited on the other.

Everything here runs in one thread, that of the event loop; whoever feeds an ``Inlet`` lets the tasks run afterwards.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from simulator.runtime.tasks import Signal
from simulator.shell.streams import encode

HIGH_WATER, LOW_WATER = 1 << 18, 1 << 16  # bytes that wait for a reader before the connection is not read any more
_CHUNK = 1 << 15  # bytes a message: what Go's io.Copy takes at a time


class Gate:
    """Whether the connection takes more: closed while the other end is slow, for good when it is gone."""

    def __init__(self) -> None:
        self._paused = self._gone = False
        self._changed = Signal()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        self._changed.notify()

    def lose(self) -> None:
        self._gone = True
        self._changed.notify()

    async def passing(self) -> None:
        """Wait until the connection takes more. BrokenPipeError when it never will."""
        while self._paused and not self._gone:
            await self._changed.wait()
        if self._gone:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")


class Outlet:
    """A writer into a connection. ``send`` passes a piece on at once."""

    def __init__(self, gate: Gate, send: Callable[[bytes], None]) -> None:
        self._gate, self._send = gate, send

    async def write(self, data: bytes | str) -> None:
        data = encode(data)
        for begin in range(0, len(data), _CHUNK):
            await self._gate.passing()
            self._send(data[begin : begin + _CHUNK])


class Inlet:
    """A reader of what a connection brings. ``on_change`` is told when much, or little again, waits for its reader."""

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self._data = bytearray()
        self._ended = False
        self._arrived = Signal()
        self._on_change = on_change
        self.is_full = False

    def feed(self, data: bytes) -> None:
        if not self._ended:
            self._data += data
            self._arrived.notify()
            self._weigh()

    def end(self) -> None:
        """Nothing more comes; what is there may still be read."""
        self._ended = True
        self._arrived.notify()

    def drop(self) -> None:
        """Nobody reads any more: what is there and what comes is thrown away."""
        self._ended = True
        self._data.clear()
        self._weigh()

    async def read(self, size: int = 65536) -> bytes:
        while not self._data and not self._ended:
            await self._arrived.wait()
        return self._take(size)

    async def read_line(self) -> bytes:
        line = bytearray()
        while True:
            length = self._data.find(b"\n") + 1
            if length or self._ended:
                return bytes(line + self._take(length or len(self._data)))
            if self.is_full:
                line += self._take(len(self._data))  # a line longer than what may wait
            await self._arrived.wait()

    def _take(self, size: int) -> bytes:
        data = bytes(self._data[:size])
        del self._data[:size]
        self._weigh()
        return data

    def _weigh(self) -> None:
        waiting = len(self._data)
        full = waiting > (LOW_WATER if self.is_full else HIGH_WATER)
        if full != self.is_full:
            self.is_full = full
            self._on_change()
