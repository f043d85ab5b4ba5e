"""The terminal of somebody at the other end of a connection, with a tty of the container in between."""

from __future__ import annotations

import re
from collections.abc import Callable

from simulator.runtime.tasks import Signal
from simulator.runtime.terminal import EditorMissing
from simulator.server.lineeditor import LineEditor
from simulator.server.pipes import Gate, Outlet
from simulator.shell.streams import encode

_BARE_NEWLINE = re.compile(rb"(?<!\r)\n")
_MOST_COLUMNS = 1000
_TYPED_AHEAD = 1000  # lines and ends of input that wait for a program to read them


class RemoteTerminal:
    """A Terminal, and a writer for the program's output. ``typed``, ``resize`` and ``hang_up`` are the connection's."""

    def __init__(self, gate: Gate, send: Callable[[bytes], None], interrupt: Callable[[], None]) -> None:
        self.columns = 80
        self._send = send
        self._outlet = Outlet(gate, send)
        self._editor = LineEditor(lambda text: send(encode(text)), interrupt)
        self._typed = Signal()
        self._hung_up = False

    async def write(self, data: bytes | str) -> None:
        """As the tty shows it: a newline moves to the begin of the line as well."""
        await self._outlet.write(_BARE_NEWLINE.sub(b"\r\n", encode(data)))

    async def read_line(self, prompt: str) -> str | None:
        lines = self._editor.lines
        if not self._hung_up:
            self._editor.prompt(prompt)
        while not lines and not self._hung_up:
            await self._typed.wait()
        self._editor.done()
        return lines.popleft() if lines else None

    async def edit(self, path: str, text: str, command: str) -> str:
        raise EditorMissing(command or "vi")

    def typed(self, data: bytes) -> None:
        if len(self._editor.lines) < _TYPED_AHEAD:
            self._editor.keys(data)
            self._typed.notify()

    def resize(self, columns: int) -> None:
        if 0 < columns <= _MOST_COLUMNS:
            self.columns = columns

    def hang_up(self) -> None:
        """Nobody is there any more: the input is at its end."""
        self._hung_up = True
        self._typed.notify()
