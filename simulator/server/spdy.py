"""One end of a SPDY/3.1 connection, without I/O: bytes in, events out; calls in, bytes out.

As its peers in Kubernetes do, it obeys no windows: moby/spdystream, which every Go client uses, never tells the other
end that it may send more. What holds a sender back is the transport; ``WINDOW_UPDATE`` and ``SETTINGS`` are read over.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from simulator.server.spdyframes import (
    FIN,
    MAX_DATA,
    Control,
    FrameReader,
    Headers,
    Piece,
    Reset,
    SpdyError,
    Type,
    control,
    data_frame,
    numbers,
)

MAX_STREAMS: Final = 1000  # open at a time
_STREAM_BITS: Final = 0x7FFFFFFF
_GOAWAY_OK, _GOAWAY_PROTOCOL_ERROR = 0, 1


@dataclass(frozen=True, slots=True)
class Opened:
    """The other end has opened a stream."""

    stream: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Replied:
    """The other end has accepted a stream of ours."""

    stream: int
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Data:
    stream: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing more comes on a stream: the other end has closed its half."""

    stream: int


@dataclass(frozen=True, slots=True)
class Aborted:
    """The other end wants nothing more of a stream, in neither direction."""

    stream: int
    status: int


@dataclass(frozen=True, slots=True)
class Ponged:
    number: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The other end opens no streams any more."""


Event = Opened | Replied | Data | Ended | Aborted | Ponged | Gone


class State(Enum):
    """Of a stream, as long as one of the ends may still send on it."""

    OPEN = auto()
    SENT_ALL = auto()  # we have
    HEARD_ALL = auto()  # the other end has
    CLOSED = auto()


_AFTER_SENDING_FIN: Final = {State.OPEN: State.SENT_ALL, State.HEARD_ALL: State.CLOSED}
_AFTER_HEARING_FIN: Final = {State.OPEN: State.HEARD_ALL, State.SENT_ALL: State.CLOSED}
_MAY_SEND: Final = frozenset(_AFTER_SENDING_FIN)
_MAY_HEAR: Final = frozenset(_AFTER_HEARING_FIN)


class Spdy:
    """``receive`` takes what has come, ``to_send`` gives what is to go out; after a SpdyError that is a farewell."""

    def __init__(self, *, server: bool = True) -> None:
        self._reader, self._headers = FrameReader(), Headers()
        self._streams: dict[int, State] = {}
        self._next_id, self._their_parity = (2, 1) if server else (1, 0)
        self._last_heard = 0
        self._out = bytearray()
        self._dead = False

    # -- what comes

    def receive(self, data: bytes) -> list[Event]:
        """The events of some bytes. SpdyError when they are no SPDY; nothing is heard any more after that."""
        events: list[Event] = []
        if self._dead:
            return events
        try:
            for frame in self._reader.feed(data):
                if isinstance(frame, Piece):
                    self._hear_data(frame, events)
                elif (hear := _HEARD.get(frame.type)) is not None:
                    hear(self, frame, events)
        except SpdyError:
            self._dead = True
            self._out += _goaway(self._last_heard, _GOAWAY_PROTOCOL_ERROR)
            raise
        return events

    def to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def is_open(self, stream: int) -> bool:
        """Whether we may send on a stream."""
        return self._streams.get(stream) in _MAY_SEND

    # -- what goes

    def open(self, headers: Mapping[str, str]) -> int:
        """Begin a stream; returns its number."""
        stream, self._next_id = self._next_id, self._next_id + 2
        self._streams[stream] = State.OPEN
        payload = struct.pack(">IIBB", stream, 0, 0, 0) + self._headers.pack(headers)
        self._out += control(Type.SYN_STREAM, payload)
        return stream

    def accept(self, stream: int) -> None:
        """Answer to a stream that the other end has opened."""
        self._out += control(Type.SYN_REPLY, struct.pack(">I", stream) + self._headers.pack({}))

    def send(self, stream: int, data: bytes, *, fin: bool = False) -> None:
        """Data on a stream; with ``fin`` its last. On a stream that is closed to us it is dropped."""
        state = self._streams.get(stream)
        if state not in _MAY_SEND:
            return
        while len(data) > MAX_DATA:
            self._out += data_frame(stream, data[:MAX_DATA])
            data = data[MAX_DATA:]
        self._out += data_frame(stream, data, fin=fin)
        if fin:
            self._move(stream, _AFTER_SENDING_FIN[state])

    def reset(self, stream: int, status: int = Reset.CANCEL) -> None:
        if self._streams.pop(stream, None) is not None:
            self._out += control(Type.RST_STREAM, struct.pack(">II", stream, status))

    def ping(self, number: int) -> None:
        self._out += control(Type.PING, struct.pack(">I", number))

    def go_away(self) -> None:
        self._out += _goaway(self._last_heard, _GOAWAY_OK)

    # -- frames

    def _hear_data(self, piece: Piece, events: list[Event]) -> None:
        stream = piece.stream
        if stream > self._last_heard and stream not in self._streams:
            if piece.last:
                self._out += control(Type.RST_STREAM, struct.pack(">II", stream, Reset.INVALID_STREAM))
            return
        if self._streams.get(stream) not in _MAY_HEAR:
            return  # it was on its way when we closed
        if piece.data:
            events.append(Data(stream, piece.data))
        if piece.fin:
            self._hear_fin(stream, events)

    def _hear_fin(self, stream: int, events: list[Event]) -> None:
        self._move(stream, _AFTER_HEARING_FIN[self._streams[stream]])
        events.append(Ended(stream))

    def _hear_syn_stream(self, frame: Control, events: list[Event]) -> None:
        stream = numbers(frame.payload, 2)[0] & _STREAM_BITS
        headers = self._headers.unpack(frame.payload[10:])
        if stream % 2 != self._their_parity or stream <= self._last_heard:
            raise SpdyError(f"stream {stream} after {self._last_heard}")
        self._last_heard = stream
        if len(self._streams) >= MAX_STREAMS:
            self._out += control(Type.RST_STREAM, struct.pack(">II", stream, Reset.REFUSED_STREAM))
            return
        self._streams[stream] = State.OPEN
        events.append(Opened(stream, headers))
        if frame.flags & FIN:
            self._hear_fin(stream, events)

    def _hear_syn_reply(self, frame: Control, events: list[Event]) -> None:
        stream = numbers(frame.payload, 1)[0] & _STREAM_BITS
        headers = self._headers.unpack(frame.payload[4:])
        if stream in self._streams:
            events.append(Replied(stream, headers))
            if frame.flags & FIN and self._streams[stream] in _MAY_HEAR:
                self._hear_fin(stream, events)

    def _hear_headers(self, frame: Control, events: list[Event]) -> None:
        """More headers of a stream mean nothing here; they belong to the stream of the compression all the same."""
        stream = numbers(frame.payload, 1)[0] & _STREAM_BITS
        self._headers.unpack(frame.payload[4:])
        if frame.flags & FIN and self._streams.get(stream) in _MAY_HEAR:
            self._hear_fin(stream, events)

    def _hear_reset(self, frame: Control, events: list[Event]) -> None:
        stream, status = numbers(frame.payload, 2)
        if self._streams.pop(stream & _STREAM_BITS, None) is not None:
            events.append(Aborted(stream & _STREAM_BITS, status))

    def _hear_ping(self, frame: Control, events: list[Event]) -> None:
        (number,) = numbers(frame.payload, 1)
        if number % 2 == self._their_parity:
            self.ping(number)
        else:
            events.append(Ponged(number))

    def _hear_goaway(self, frame: Control, events: list[Event]) -> None:
        numbers(frame.payload, 1)
        events.append(Gone())

    def _move(self, stream: int, state: State) -> None:
        if state is State.CLOSED:
            del self._streams[stream]
        else:
            self._streams[stream] = state


def _goaway(last: int, status: int) -> bytes:
    return control(Type.GOAWAY, struct.pack(">II", last, status))


_HEARD: Final[Mapping[int, Callable[[Spdy, Control, list[Event]], None]]] = {
    Type.SYN_STREAM: Spdy._hear_syn_stream,
    Type.SYN_REPLY: Spdy._hear_syn_reply,
    Type.RST_STREAM: Spdy._hear_reset,
    Type.PING: Spdy._hear_ping,
    Type.GOAWAY: Spdy._hear_goaway,
    Type.HEADERS: Spdy._hear_headers,
}  # what is not here is read over
