"""The main program of a container with ``stdin: true`` that waits for it: a task, from the first attach to its end.

It lives in the process that serves the cluster, not in the log: after a restart of that process the next attach finds
a new one. What it wrote is in the container's record once it has ended.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from simulator.infra.kubelet.output import Recorder
from simulator.runtime.tasks import Signal, Task, suspend
from simulator.runtime.terminal import EditorMissing, Terminal
from simulator.shell.process import Reader, Writer
from simulator.shell.streams import Pipe, decode

_KEPT = 1 << 16  # bytes of output, for the container's log


@dataclass(frozen=True)
class Client:
    """Somebody who is attached. ``terminal``: who sits there, where the container has a tty."""

    stdout: Writer
    stderr: Writer
    terminal: Terminal | None = None


class Live:
    """One such program: what it wrote, and who is attached to it.

    ``once``: its input ends with the first client's (``stdinOnce``). Otherwise others may go on.
    """

    def __init__(self, now: Callable[[], float], started: float, once: bool) -> None:
        self.started, self.once = started, once
        self.ended = self.hung_up = False
        self.recorder = Recorder(now, _KEPT)
        self.stdin = Pipe()
        self.clients: list[Client] = []
        self.changed = Signal()  # somebody came or went, or it has ended
        self.task: Task[None] | None = None
        self._listeners: list[Callable[[], None]] = []

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call ``listener`` when it has written something, and at its end; the function returned ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def join(self, client: Client) -> None:
        """Stay attached until the program ends."""
        self.clients.append(client)
        self.changed.notify()
        try:
            while not self.ended:
                await self.changed.wait()
        finally:
            self.clients.remove(client)
            if self.once:
                self.hang_up()
            self.changed.notify()

    async def feed(self, stdin: Reader) -> None:
        """Give the program what a client sends, up to the client's end of input."""
        with contextlib.suppress(BrokenPipeError):
            while data := await stdin.read():
                await self.stdin.write(data)
            if self.once:
                self.hang_up()

    def hang_up(self) -> None:
        """Its input is at its end."""
        self.hung_up = True
        self.stdin.close_writer()

    async def wrote(self, data: bytes | str, *, error: bool = False) -> None:
        """Pass output on to the log and to all who are attached; one who does not read any more is left out."""
        await self.recorder.write(data)
        self._tell()
        for client in tuple(self.clients):
            with contextlib.suppress(BrokenPipeError):
                await (client.stderr if error else client.stdout).write(data)

    def finish(self) -> None:
        self.ended = True
        self.stdin.close_reader()
        self.changed.notify()
        self._tell()

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()


class LiveWriter:
    """Its standard output, or error."""

    def __init__(self, live: Live, *, error: bool = False) -> None:
        self._live, self._error = live, error

    async def write(self, data: bytes | str) -> None:
        await self._live.wrote(data, error=self._error)


class LiveTerminal:
    """Its tty: whoever attached last sits at it; nobody may."""

    def __init__(self, live: Live) -> None:
        self._live = live
        self.columns = 80

    async def write(self, text: str) -> None:
        await self._live.wrote(text)

    async def read_line(self, prompt: str) -> str | None:
        """A line of who is there. Someone who leaves does not end the input, a Ctrl-D does."""
        while True:
            client = next((client for client in reversed(self._live.clients) if client.terminal is not None), None)
            if client is None or client.terminal is None:
                if self._live.hung_up:
                    return None
                await self._live.changed.wait()
                continue
            self.columns = client.terminal.columns
            line = await client.terminal.read_line(prompt)
            if line is not None:
                await self._live.recorder.write(f"{prompt}{line}\r\n")
            if line is not None or client in self._live.clients:
                return line

    async def edit(self, path: str, text: str, command: str) -> str:
        raise EditorMissing(command or "vi")


class Unheard:
    """Stands in for standard input while a program is run ahead, to see whether it waits for it."""

    def __init__(self) -> None:
        self.asked = False

    async def read(self, size: int = 65536) -> bytes:
        self.asked = True
        await suspend(lambda waker: None)
        return b""

    async def read_line(self) -> bytes:
        return await self.read()


class UnheardTerminal:
    """The same for a terminal."""

    columns = 80

    def __init__(self, stdin: Unheard, output: Writer) -> None:
        self._stdin, self._output = stdin, output

    async def write(self, text: str) -> None:
        await self._output.write(text)

    async def read_line(self, prompt: str) -> str | None:
        return decode(await self._stdin.read())

    async def edit(self, path: str, text: str, command: str) -> str:
        raise EditorMissing(command or "vi")
