"""Frames of SPDY/3.1 as bytes and back, without I/O. Source: the SPDY protocol, draft 3.1, section 2.

A data frame is told piece by piece, as its bytes come: nothing here is larger than what one call was given, and than a
control frame may be.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from simulator.server.spdydictionary import DICTIONARY

VERSION: Final = 3
MAX_CONTROL: Final = 1 << 16  # bytes of a control frame: headers of streams are short
MAX_HEADERS: Final = 1 << 16  # bytes of a header block when it is decompressed
MAX_DATA: Final = (1 << 24) - 1
FIN: Final = 0x01
_HEADER: Final = struct.Struct(">IBBH")


class Type(IntEnum):
    SYN_STREAM = 1
    SYN_REPLY = 2
    RST_STREAM = 3
    SETTINGS = 4
    PING = 6
    GOAWAY = 7
    HEADERS = 8
    WINDOW_UPDATE = 9


class Reset(IntEnum):
    """Why a stream ends early."""

    PROTOCOL_ERROR = 1
    INVALID_STREAM = 2
    REFUSED_STREAM = 3
    CANCEL = 5
    STREAM_ALREADY_CLOSED = 9


class SpdyError(Exception):
    """The other end does not speak SPDY/3.1: the connection is of no use any more."""


@dataclass(frozen=True, slots=True)
class Control:
    """A control frame. ``payload`` follows its eight bytes."""

    type: int
    flags: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a data frame; ``last``: its end, with ``fin`` as its flags have it."""

    stream: int
    data: bytes
    last: bool
    fin: bool


class FrameReader:
    """Bytes in, frames out."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._data: tuple[int, int, bool] | None = None  # the data frame at hand: stream, bytes to come, fin

    def feed(self, data: bytes) -> Iterator[Control | Piece]:
        """The frames, and pieces of frames, that ``data`` completes. SpdyError."""
        self._buffer += data
        while True:
            if self._data is not None:
                if not self._buffer and self._data[1]:
                    return
                yield self._piece(*self._data)
            elif len(self._buffer) < 8:
                return
            elif self._buffer[0] & 0x80:
                frame = self._control()
                if frame is None:
                    return
                yield frame
            else:
                stream, flags, *length = _HEADER.unpack_from(self._buffer)
                del self._buffer[:8]
                self._data = (stream, length[0] << 16 | length[1], bool(flags & FIN))

    def _piece(self, stream: int, left: int, fin: bool) -> Piece:
        data = bytes(self._buffer[:left])
        del self._buffer[:left]
        left -= len(data)
        self._data = (stream, left, fin) if left else None
        return Piece(stream, data, not left, fin and not left)

    def _control(self) -> Control | None:
        head, flags, *length = _HEADER.unpack_from(self._buffer)
        version, size = head >> 16 & 0x7FFF, length[0] << 16 | length[1]
        if version != VERSION:
            raise SpdyError(f"version {version} of SPDY")
        if size > MAX_CONTROL:
            raise SpdyError(f"a control frame of {size} bytes")
        if len(self._buffer) < 8 + size:
            return None
        payload = bytes(self._buffer[8 : 8 + size])
        del self._buffer[: 8 + size]
        return Control(head & 0xFFFF, flags, payload)


def control(kind: Type, payload: bytes, flags: int = 0) -> bytes:
    """A control frame."""
    size = len(payload)
    return _HEADER.pack(0x80000000 | VERSION << 16 | kind, flags, size >> 16, size & 0xFFFF) + payload


def data_frame(stream: int, data: bytes, *, fin: bool = False) -> bytes:
    size = len(data)
    return _HEADER.pack(stream, FIN if fin else 0, size >> 16, size & 0xFFFF) + data


def numbers(payload: bytes, count: int) -> Sequence[int]:
    """The first ``count`` words of four bytes of a payload. SpdyError."""
    if len(payload) < 4 * count:
        raise SpdyError("a frame that is too short")
    return struct.unpack_from(f">{count}I", payload)


class Headers:
    """The compression of header blocks: one stream of zlib in each direction, for the whole connection."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(zdict=DICTIONARY)
        self._inflate = zlib.decompressobj(zdict=DICTIONARY)

    def pack(self, headers: Mapping[str, str]) -> bytes:
        parts = [struct.pack(">I", len(headers))]
        for text in (text for pair in headers.items() for text in pair):
            raw = text.encode("latin-1", "replace")
            parts += [struct.pack(">I", len(raw)), raw]
        return self._deflate.compress(b"".join(parts)) + self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def unpack(self, block: bytes) -> dict[str, str]:
        """Names in lower case; a name's values are parted by NUL. SpdyError."""
        try:
            plain = self._inflate.decompress(block, MAX_HEADERS)
        except zlib.error as error:
            raise SpdyError(f"a header block that is not compressed as it should be: {error}") from None
        if self._inflate.unconsumed_tail:
            raise SpdyError("a header block that is too large")
        (count,) = numbers(plain, 1)
        headers: dict[str, str] = {}
        position = 4
        for _ in range(count):
            name, position = _text(plain, position)
            headers[name.lower()], position = _text(plain, position)
        return headers


def _text(plain: bytes, position: int) -> tuple[str, int]:
    (size,) = numbers(plain[position : position + 4], 1)
    begin, end = position + 4, position + 4 + size
    if end > len(plain):
        raise SpdyError("a header block that ends within a header")
    return plain[begin:end].decode("latin-1"), end
