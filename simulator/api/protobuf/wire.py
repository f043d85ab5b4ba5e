"""The wire format of protobuf: a message as its fields. Source: protobuf.dev, programming-guides/encoding."""

from __future__ import annotations

import struct
from collections.abc import Iterator

Value = int | bytes
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class Malformed(ValueError):
    """The bytes are no message."""


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """(number, value) of each field: an integer of a varint, the raw bytes of anything else. Malformed."""
    position, end = 0, len(data)
    while position < end:
        key, position = varint(data, position)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, position = varint(data, position)
            yield number, value
            continue
        if kind == _BYTES:
            size, position = varint(data, position)
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
        else:
            raise Malformed(f"proto: illegal wireType {kind}")
        if number == 0 or size > end - position:
            raise Malformed("unexpected EOF")
        yield number, data[position : position + size]
        position += size


def varint(data: bytes, position: int) -> tuple[int, int]:
    """The unsigned integer at ``position``, and where it ends."""
    result = 0
    for shift in range(0, 7 * _LONGEST_VARINT, 7):
        if position >= len(data):
            raise Malformed("unexpected EOF")
        byte = data[position]
        position += 1
        result |= (byte & 0x7F) << shift
        if byte < 0x80:
            return result & 0xFFFFFFFFFFFFFFFF, position
    raise Malformed("proto: integer overflow")


_SMALL = tuple(bytes((value,)) for value in range(0x80))


def to_varint(value: int) -> bytes:
    """An integer in base 128, the least significant group first; a negative one is one of 64 bits."""
    if 0 <= value < 0x80:
        return _SMALL[value]
    value &= 0xFFFFFFFFFFFFFFFF
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def to_field(number: int, data: bytes) -> bytes:
    """A field of bytes: a text, a message, raw bytes."""
    return to_varint(number << 3 | _BYTES) + to_varint(len(data)) + data


def signed(value: Value) -> int:
    """A varint as int32 and int64 mean it."""
    number = value if isinstance(value, int) else int.from_bytes(value, "little")
    return number - (1 << 64) if number >> 63 else number


def floating(value: Value) -> float:
    """A double or a float."""
    if not isinstance(value, bytes) or len(value) not in (4, 8):
        raise Malformed("proto: wrong wireType for a number")
    number: float = struct.unpack("<d" if len(value) == 8 else "<f", value)[0]
    return number
