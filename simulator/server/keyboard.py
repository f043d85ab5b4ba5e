"""The streams and the terminal of a command on a real cluster: what it waits for does not hold up the rest."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

from simulator.client.kubeconfig.waiting import Doorbell
from simulator.server.hostterminal import HostTerminal
from simulator.shell.streams import TerminalReader, encode


class PipeReader:
    """Standard input that is a pipe or a file."""

    def __init__(self, doorbell: Doorbell, file: int = 0) -> None:
        self._doorbell, self._file, self._rest = doorbell, file, b""

    async def read(self, size: int = 65536) -> bytes:
        if self._rest:
            data, self._rest = self._rest[:size], self._rest[size:]
            return data
        await self._doorbell.readable(self._file)
        return os.read(self._file, size)

    async def read_line(self) -> bytes:
        while b"\n" not in self._rest and (more := await self._more()):
            self._rest += more
        line, newline, self._rest = self._rest.partition(b"\n")
        return line + newline

    async def _more(self) -> bytes:
        await self._doorbell.readable(self._file)
        return os.read(self._file, 65536)


class Keyboard(TerminalReader):
    """Standard input that is a terminal: what the person types, as the terminal hands it over."""

    def __init__(self, terminal: FullTerminal, doorbell: Doorbell) -> None:
        super().__init__(terminal)
        self._keys = PipeReader(doorbell, sys.stdin.fileno())

    async def read(self, size: int = 65536) -> bytes:
        return await self._keys.read(size)

    async def read_line(self) -> bytes:
        return await self._keys.read_line()


class FullTerminal(HostTerminal):
    """The host's terminal, with its size, its raw keys and passwords that do not show."""

    async def read_secret(self, prompt: str) -> str:
        return getpass.getpass(prompt)

    def size(self) -> tuple[int, int]:
        found = shutil.get_terminal_size()
        return found.columns, found.lines

    @contextlib.contextmanager
    def raw(self, on_resize: Callable[[], None]) -> Iterator[None]:
        import termios
        import tty

        keys = sys.stdin.fileno()
        before = termios.tcgetattr(keys)
        handler = signal.signal(signal.SIGWINCH, lambda *_: threading.Thread(target=on_resize, daemon=True).start())
        tty.setraw(keys, termios.TCSANOW)  # what was typed ahead is not lost
        try:
            yield
        finally:
            termios.tcsetattr(keys, termios.TCSADRAIN, before)
            signal.signal(signal.SIGWINCH, handler)


class BytesWriter:
    """The host's stdout or stderr, byte for byte; what is written shows at once."""

    def __init__(self, target: Any) -> None:
        self._target: BinaryIO = target.buffer

    async def write(self, data: bytes | str) -> None:
        self._target.write(encode(data))
        self._target.flush()
