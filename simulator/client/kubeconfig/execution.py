"""A command in a container over WebSocket: channels of v5.channel.k8s.io, or v4 from an older server.

Source: apimachinery, util/remotecommand/constants.go; client-go, tools/remotecommand/websocket.go.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any, Final, Protocol, runtime_checkable

import websocket

from simulator.client.kubeconfig.waiting import Doorbell, Inbox
from simulator.errors import InternalError, from_status
from simulator.runtime.tasks import Cancelled, Task, spawn
from simulator.runtime.terminal import Terminal
from simulator.shell.process import Reader, Writer

V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
PROTOCOLS: Final = (V5, V4)
_STDIN, _STDOUT, _STDERR, _ERROR, _RESIZE, _CLOSE = 0, 1, 2, 3, 4, 255
_BLOCK = 32 * 1024


@runtime_checkable
class Screen(Protocol):
    """A terminal that can hand over its keys one by one, and has a size."""

    def raw(self, on_resize: Callable[[], None]) -> AbstractContextManager[None]:
        """Until the end of the context every key goes through, and ``on_resize`` hears of another size."""
        ...

    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        ...


class Execution:
    """One command on its streams, over a WebSocket that is open."""

    def __init__(self, socket: websocket.WebSocket, doorbell: Doorbell) -> None:
        self._socket, self._inbox = socket, Inbox(doorbell)
        self._frames: deque[bytes] = deque()
        self._ended = False
        threading.Thread(target=self._read, name="exec", daemon=True).start()

    async def run(self, stdin: Reader | None, stdout: Writer, stderr: Writer, terminal: Terminal | None) -> int:
        """Carry the streams until the command ends; its exit status. A failure to run it at all is a StatusError."""
        pump: Task[None] | None = None
        try:
            with self._screen(terminal):
                if stdin is not None:
                    pump = await spawn(_until_cancelled(self._send(stdin)), "stdin")
                return await self._receive({_STDOUT: stdout, _STDERR: stderr})
        finally:
            if pump is not None:
                pump.cancel()
            with contextlib.suppress(Exception):
                self._socket.shutdown()  # type: ignore[no-untyped-call]

    @contextlib.contextmanager
    def _screen(self, terminal: Terminal | None) -> Any:
        if not isinstance(terminal, Screen):
            yield
            return

        def tell() -> None:
            columns, rows = terminal.size()
            self._write(_RESIZE, json.dumps({"Width": columns, "Height": rows}).encode())

        tell()
        with terminal.raw(tell):
            yield

    async def _send(self, stdin: Reader) -> None:
        while data := await stdin.read(_BLOCK):
            self._write(_STDIN, data)
        if self._socket.getsubprotocol() == V5:  # v4 has no word for the end of stdin
            self._write(_CLOSE, bytes([_STDIN]))

    def _write(self, channel: int, data: bytes) -> None:
        with contextlib.suppress(websocket.WebSocketException, OSError):  # the reader tells how it ended
            self._socket.send_binary(bytes([channel]) + data)

    async def _receive(self, writers: dict[int, Writer]) -> int:
        while True:
            while self._frames:
                frame = self._frames.popleft()
                if frame[0] == _ERROR:
                    return _exit_status(frame[1:])
                if frame[0] in writers and len(frame) > 1:
                    await writers[frame[0]].write(frame[1:])
            if self._ended and not self._frames:
                raise InternalError("the connection ended before the command did")
            await self._inbox.changed(lambda: bool(self._frames) or self._ended)

    def _read(self) -> None:
        try:
            while True:
                try:
                    code, data = self._socket.recv_data()
                except websocket.WebSocketTimeoutException:
                    continue
                if code == websocket.ABNF.OPCODE_CLOSE:
                    return
                if data:
                    self._frames.append(bytes(data))
                    self._inbox.notify()
        except Exception:  # the connection broke, or was shut down under the reader's feet
            pass
        finally:
            self._ended = True
            self._inbox.notify()


async def _until_cancelled(coroutine: Coroutine[Any, Any, None]) -> None:
    with contextlib.suppress(Cancelled):
        await coroutine


def _exit_status(data: bytes) -> int:
    """What the error channel says: Success, an exit code, or why the command could not be run."""
    status: Any = json.loads(data)
    if status.get("status") == "Success":
        return 0
    if status.get("reason") == "NonZeroExitCode":
        causes = (status.get("details") or {}).get("causes") or ()
        codes = [cause.get("message") for cause in causes if cause.get("reason") == "ExitCode"]
        return int(codes[0]) if codes else 1
    raise from_status(status)
