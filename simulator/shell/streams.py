"""Byte streams between programs: pipes with backpressure, buffers, files, and a person's terminal."""

from __future__ import annotations

import errno

from simulator.runtime.tasks import Signal, checkpoint
from simulator.runtime.terminal import Terminal
from simulator.shell.budget import Budget
from simulator.shell.errors import os_error
from simulator.shell.filesystem import FileSystem
from simulator.shell.process import Reader, Writer

PIPE_CAPACITY = 65536
_WRITES_PER_TURN = 64  # a writer that nobody holds up gives the other tasks a turn this often


def encode(data: bytes | str) -> bytes:
    """Text as bytes; bytes that are not UTF-8 survive the way through ``str`` and back."""
    return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data


def decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


class Buffer:
    """Bytes in memory: write to it, or read what it was made of."""

    def __init__(self, data: bytes | str = b"", limit: int | None = None) -> None:
        self._data = bytearray(encode(data))
        self._limit = limit

    async def write(self, data: bytes | str) -> None:
        """BrokenPipeError once ``limit`` bytes are held, so that an endless writer stops."""
        self._data += encode(data)
        if self._limit is not None and len(self._data) > self._limit:
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")

    async def read(self, size: int = 65536) -> bytes:
        return self._take(min(size, len(self._data)))

    async def read_line(self) -> bytes:
        return self._take(_line_length(self._data) or len(self._data))

    def getvalue(self) -> bytes:
        return bytes(self._data)

    def text(self) -> str:
        return decode(self.getvalue())

    def _take(self, size: int) -> bytes:
        data = bytes(self._data[:size])
        del self._data[:size]
        return data


class Pipe:
    """A bounded byte channel. A reader waits for the writer to close, a writer fails without reader."""

    def __init__(self, capacity: int = PIPE_CAPACITY) -> None:
        self._data = bytearray()
        self._capacity = capacity
        self._changed = Signal()
        self._reading = self._writing = True

    async def write(self, data: bytes | str) -> None:
        rest = memoryview(encode(data))
        while True:
            if not self._reading:
                raise BrokenPipeError(errno.EPIPE, "Broken pipe")
            room = self._capacity - len(self._data)
            if rest and room > 0:
                self._data += rest[:room]
                rest = rest[room:]
                self._changed.notify()
            if not rest:
                return
            await self._changed.wait()

    async def read(self, size: int = 65536) -> bytes:
        while not self._data and self._writing:
            await self._changed.wait()
        return self._take(min(size, len(self._data)))

    async def read_line(self) -> bytes:
        taken = b""
        while not (length := _line_length(self._data)) and self._writing:
            if len(self._data) >= self._capacity:
                taken += self._take(len(self._data))  # a line longer than the pipe
            else:
                await self._changed.wait()
        return taken + self._take(length or len(self._data))

    def close_reader(self) -> None:
        self._reading = False
        self._data.clear()
        self._changed.notify()

    def close_writer(self) -> None:
        self._writing = False
        self._changed.notify()

    def _take(self, size: int) -> bytes:
        data = bytes(self._data[:size])
        del self._data[:size]
        if data:
            self._changed.notify()
        return data


class Metered:
    """A writer that charges a budget, and lets other tasks run now and then."""

    def __init__(self, target: Writer, budget: Budget) -> None:
        self.target, self._budget, self._writes = target, budget, 0

    async def write(self, data: bytes | str) -> None:
        self._budget.spend_bytes(len(data))
        self._writes += 1
        if self._writes % _WRITES_PER_TURN == 0:
            await checkpoint()
        await self.target.write(data)


class NullStream:
    """/dev/null."""

    async def read(self, size: int = 65536) -> bytes:
        return b""

    async def read_line(self) -> bytes:
        return b""

    async def write(self, data: bytes | str) -> None:
        return None


class ZeroReader:
    """/dev/zero."""

    async def read(self, size: int = 65536) -> bytes:
        return bytes(size)

    async def read_line(self) -> bytes:
        raise os_error(errno.EFBIG)


class ClosedStream:
    """What is left of a file descriptor after ``2>&-``."""

    async def read(self, size: int = 65536) -> bytes:
        raise os_error(errno.EBADF)

    async def read_line(self) -> bytes:
        raise os_error(errno.EBADF)

    async def write(self, data: bytes | str) -> None:
        raise os_error(errno.EBADF)


class FileReader:
    """Reads a file as it was when it was opened."""

    def __init__(self, fs: FileSystem, path: str) -> None:
        self._data = fs.read(path)
        self._offset = 0

    async def read(self, size: int = 65536) -> bytes:
        return self._take(self._offset + size)

    async def read_line(self) -> bytes:
        newline = self._data.find(b"\n", self._offset)
        return self._take(newline + 1 if newline >= 0 else len(self._data))

    def _take(self, end: int) -> bytes:
        data = self._data[self._offset : end]
        self._offset += len(data)
        return data


class FileWriter:
    """Appends to a file; ``truncate`` empties (and creates) it at once, as opening for writing does."""

    def __init__(self, fs: FileSystem, path: str, *, truncate: bool) -> None:
        self._fs, self._path = fs, path
        fs.write(path, b"", append=not truncate)

    async def write(self, data: bytes | str) -> None:
        if data:
            self._fs.write(self._path, encode(data), append=True)


class TerminalReader:
    """Standard input of a program that reads from the person: one line of the terminal at a time."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._rest = b""

    async def read(self, size: int = 65536) -> bytes:
        line = await self.read_line()
        self._rest = line[size:] + self._rest
        return line[:size]

    async def read_line(self) -> bytes:
        if self._rest:
            rest, self._rest = self._rest, b""
            return rest
        line = await self._terminal.read_line("")
        return b"" if line is None else encode(line + "\n")


class TerminalWriter:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    async def write(self, data: bytes | str) -> None:
        if data:
            await self._terminal.write(data if isinstance(data, str) else data.decode("utf-8", "replace"))


async def read_all(reader: Reader) -> bytes:
    """Everything up to the end of the stream."""
    chunks = []
    while chunk := await reader.read(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def _line_length(data: bytearray) -> int:
    """Bytes of the first complete line, with its newline; 0 when there is none."""
    return data.find(b"\n") + 1
