"""What a connection becomes once it was upgraded: SPDY, or WebSocket with channels or with a tunnel for SPDY in it.

A handler is fed bytes and writes bytes to its :class:`Output`; it knows no sockets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import SERVER, State
from websockets.protocol import Protocol as WebSocket

from simulator.errors import Object
from simulator.server.channels import CLOSE, ChannelProtocol
from simulator.server.pipes import Gate
from simulator.server.remotecommand import ERROR, RESIZE, STDERR, STDIN, STDOUT, RemoteCommand, Wire
from simulator.server.spdy import Aborted, Data, Ended, Event, Gone, Opened, Spdy
from simulator.server.spdyframes import SpdyError

MAX_MESSAGE: Final = 32 << 20  # golang.org/x/net/websocket, DefaultMaxPayloadBytes
_CHANNELS: Final = {"stdin": STDIN, "stdout": STDOUT, "stderr": STDERR, "error": ERROR, "resize": RESIZE}


class Output(Protocol):
    """The way out of a handler."""

    gate: Gate

    def write(self, data: bytes) -> None: ...
    def hold(self, full: bool) -> None:
        """Whether the other end has to wait, as much of what it sent is not read yet."""
        ...

    def close(self, *, now: bool = False) -> None:
        """Nothing more is written: the connection ends when the other end has read everything; ``now``: it has."""
        ...


class Handler(Protocol):
    def receive(self, data: bytes) -> None: ...
    def lost(self) -> None:
        """The connection is gone."""
        ...

    def is_over(self) -> bool:
        """Whether nothing runs behind it any more."""
        ...


class Streams(Protocol):
    """What lies behind a SPDY connection: told of its events."""

    def event(self, event: Event) -> None: ...
    def lost(self) -> None: ...
    def is_over(self) -> bool: ...


class SpdyHandler:
    """SPDY between an output and what ``streams`` makes of its events. ``spdy.to_send`` is flushed after each."""

    def __init__(self, output: Output, streams: Callable[[SpdyHandler], Streams]) -> None:
        self.spdy, self.output = Spdy(), output
        self._streams = streams(self)

    def receive(self, data: bytes) -> None:
        try:
            for event in self.spdy.receive(data):
                self._streams.event(event)
                if isinstance(event, Gone):
                    self.output.close()
        except SpdyError:
            self._streams.lost()
            self.flush()
            self.output.close()
        self.flush()

    def flush(self) -> None:
        if data := self.spdy.to_send():
            self.output.write(data)

    def finish(self) -> None:
        """All is said."""
        self.spdy.go_away()
        self.flush()
        self.output.close()

    def lost(self) -> None:
        self._streams.lost()

    def is_over(self) -> bool:
        return self._streams.is_over()


class SpdyCommand:
    """Exec or attach over SPDY: a stream for each channel. It begins when all of them are there.

    Source: kubelet, cri/streaming/remotecommand/httpstream.go. ``version``: the number of the stream protocol.
    """

    def __init__(self, handler: SpdyHandler, command: Callable[[Wire], RemoteCommand], wanted: set[int], version: int):
        self._handler, self._version = handler, version
        self._command = command(self)
        self._missing = set(wanted)
        self._streams: dict[int, int] = {}
        self._channels: dict[int, int] = {}

    def event(self, event: Event) -> None:
        if isinstance(event, Opened):
            self._opened(event)
        elif isinstance(event, Data) and event.stream in self._channels:
            self._command.received(self._channels[event.stream], event.data)
        elif isinstance(event, Ended | Aborted) and event.stream in self._channels:
            self._command.ended(self._channels[event.stream])

    def _opened(self, event: Opened) -> None:
        channel = _CHANNELS.get(event.headers.get("streamtype", ""))
        if channel is None or channel in self._streams:
            self._handler.spdy.reset(event.stream)
            return
        self._handler.spdy.accept(event.stream)
        self._streams[channel], self._channels[event.stream] = event.stream, channel
        if channel in self._missing:
            self._missing.remove(channel)
            if not self._missing:
                self._command.start()

    def send(self, channel: int, data: bytes) -> None:
        if channel in self._streams:
            self._handler.spdy.send(self._streams[channel], data)
            self._handler.flush()

    def hold(self, full: bool) -> None:
        self._handler.output.hold(full)

    def finish(self, status: Object) -> None:
        self.send(ERROR, error_text(status, plain=self._version < 4))
        for channel in (STDOUT, STDERR, ERROR):
            if channel in self._streams:
                self._handler.spdy.send(self._streams[channel], b"", fin=True)
        self._handler.finish()

    def lost(self) -> None:
        self._command.lost()

    def is_over(self) -> bool:
        return self._command.is_over()


class Messages(Protocol):
    """What lies behind a WebSocket: told of its messages."""

    def message(self, data: bytes) -> None:
        """ValueError when it is none."""
        ...

    def lost(self) -> None: ...
    def is_over(self) -> bool: ...


class WebSocketHandler:
    """WebSocket between an output and what ``messages`` makes of its messages."""

    def __init__(self, output: Output, messages: Callable[[WebSocketHandler], Messages]) -> None:
        self.output = output
        self._socket = WebSocket(SERVER, max_size=MAX_MESSAGE)
        self._closing = False
        self._parts = bytearray()  # of a message that comes in several frames
        self._messages = messages(self)

    def receive(self, data: bytes) -> None:
        self._socket.receive_data(data)
        for frame in self._socket.events_received():
            if isinstance(frame, Frame):
                self._frame(frame)
        self._flush()

    def send(self, message: str | bytes) -> None:
        if self._closing:
            return
        if isinstance(message, str):
            self._socket.send_text(message.encode())
        else:
            self._socket.send_binary(message)
        self._flush()

    def finish(self, code: int = CloseCode.NORMAL_CLOSURE, reason: str = "") -> None:
        """All is said."""
        if not self._closing and self._socket.state is State.OPEN:
            self._socket.send_close(code, reason)
        self._closing = True
        self._flush()
        self.output.close()

    def lost(self) -> None:
        self._messages.lost()

    def is_over(self) -> bool:
        return self._messages.is_over()

    def _frame(self, frame: Frame) -> None:
        if frame.opcode is Opcode.CLOSE:
            self._closing = True
            self._messages.lost()
        elif frame.opcode in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT) and not self._closing:
            self._parts += frame.data
            try:
                if len(self._parts) > MAX_MESSAGE:
                    raise ValueError("a message that is too large")
                if frame.fin:
                    data, self._parts = bytes(self._parts), bytearray()
                    self._messages.message(data)
            except ValueError as error:
                self._messages.lost()
                self.finish(CloseCode.PROTOCOL_ERROR, str(error)[:100])

    def _flush(self) -> None:
        for data in self._socket.data_to_send():
            if data:
                self.output.write(data)
            else:  # both have said farewell, or the other end broke the protocol
                self._messages.lost()
                self.output.close(now=True)


class ChannelCommand:
    """Exec or attach over the channels of a WebSocket. It begins at once."""

    def __init__(self, handler: WebSocketHandler, protocol: ChannelProtocol, first: int) -> None:
        """``first``: the channel on which an empty message tells that all is set up."""
        self._handler, self._protocol, self._first = handler, protocol, first
        self._command: RemoteCommand | None = None

    def begin(self, command: RemoteCommand) -> None:
        self._command = command
        self.send(self._first, b"")
        command.start()

    def message(self, data: bytes) -> None:
        channel, data = self._protocol.decode(data)
        assert self._command is not None
        if channel == CLOSE and self._protocol.closes:
            for closed in data:
                self._command.ended(closed)
        else:
            self._command.received(channel, data)

    def send(self, channel: int, data: bytes) -> None:
        self._handler.send(self._protocol.encode(channel, data))

    def hold(self, full: bool) -> None:
        self._handler.output.hold(full)

    def finish(self, status: Object) -> None:
        if data := error_text(status, plain=self._protocol.plain_errors):
            self.send(ERROR, data)
        self._handler.finish()

    def lost(self) -> None:
        if self._command is not None:
            self._command.lost()

    def is_over(self) -> bool:
        return self._command is None or self._command.is_over()


class Tunnel:
    """SPDY in the binary messages of a WebSocket, an output of its own to the SPDY within.

    Source: Kubernetes 1.30, KEP-4006, ``SPDY/3.1+portforward.k8s.io``.
    """

    def __init__(self, handler: WebSocketHandler, streams: Callable[[SpdyHandler], Streams]) -> None:
        self._handler = handler
        self.gate = handler.output.gate
        self._inner = SpdyHandler(self, streams)

    def message(self, data: bytes) -> None:
        self._inner.receive(data)

    def write(self, data: bytes) -> None:
        self._handler.send(data)

    def hold(self, full: bool) -> None:
        self._handler.output.hold(full)

    def close(self, *, now: bool = False) -> None:
        self._handler.finish()

    def lost(self) -> None:
        self._inner.lost()

    def is_over(self) -> bool:
        return self._inner.is_over()


def error_text(status: Mapping[str, object], *, plain: bool) -> bytes:
    """What the error channel says: a Status, or to old clients the message of a failure."""
    if not plain:
        return json.dumps(status, separators=(",", ":")).encode()
    return b"" if status.get("status") == "Success" else str(status.get("message", "")).encode()
