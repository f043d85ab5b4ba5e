"""SPDY/3.1 without I/O: two ends that talk to each other, bytes in any pieces, ends that do not play by the rules."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.server.spdy import Aborted, Data, Ended, Event, Gone, Opened, Ponged, Replied, Spdy
from simulator.server.spdydictionary import DICTIONARY
from simulator.server.spdyframes import MAX_CONTROL, FrameReader, Headers, Reset, SpdyError, Type, control, data_frame

HEADERS = {"streamtype": "stdout", "port": "8080", "requestid": "0"}


def joined(events: Iterable[Event]) -> list[Event]:
    """Data that follows one another on a stream in one piece: how it was cut means nothing."""
    result: list[Event] = []
    for event in events:
        last = result[-1] if result else None
        if isinstance(event, Data) and isinstance(last, Data) and last.stream == event.stream:
            result[-1] = Data(event.stream, last.data + event.data)
        else:
            result.append(event)
    return result


def talk(sender: Spdy, receiver: Spdy) -> list[Event]:
    return joined(receiver.receive(sender.to_send()))


def pair() -> tuple[Spdy, Spdy, int]:
    """A client and a server with an open stream between them."""
    client, server = Spdy(server=False), Spdy()
    stream = client.open(HEADERS)
    assert talk(client, server) == [Opened(stream, HEADERS)]
    server.accept(stream)
    assert talk(server, client) == [Replied(stream, {})]
    return client, server, stream


def test_the_dictionary_is_that_of_the_draft() -> None:
    """Its checksum stands in the header of every stream that a SPDY/3 client compresses."""
    assert (len(DICTIONARY), zlib.adler32(DICTIONARY)) == (1423, 0xE3C6A7C2)


def test_a_stream_from_its_begin_to_its_end() -> None:
    client, server, stream = pair()
    client.send(stream, b"question", fin=True)
    assert talk(client, server) == [Data(stream, b"question"), Ended(stream)]
    assert server.is_open(stream)
    server.send(stream, b"answer", fin=True)
    assert talk(server, client) == [Data(stream, b"answer"), Ended(stream)]
    assert not client.is_open(stream)
    server.send(stream, b"too late")
    assert server.to_send() == b""


def test_streams_of_the_client_are_odd_those_of_the_server_even() -> None:
    client, server = Spdy(server=False), Spdy()
    assert ([client.open({}), client.open({})], [server.open({}), server.open({})]) == ([1, 3], [2, 4])
    assert talk(server, client) == [Opened(2, {}), Opened(4, {})]


def test_a_reset_ends_both_directions() -> None:
    client, server, stream = pair()
    client.reset(stream, Reset.CANCEL)
    assert talk(client, server) == [Aborted(stream, Reset.CANCEL)]
    assert not server.is_open(stream)
    client.send(stream, b"x")
    server.send(stream, b"y")
    assert client.to_send() == server.to_send() == b""


def test_pings_come_back_and_a_farewell_is_heard() -> None:
    client, server, _ = pair()
    client.ping(1)
    assert talk(client, server) == []
    assert talk(server, client) == [Ponged(1)]
    client.go_away()
    assert talk(client, server) == [Gone()]


def test_what_kubernetes_does_not_use_is_read_over() -> None:
    client, server, stream = pair()
    settings_frame = control(Type.SETTINGS, struct.pack(">III", 1, 7, 65536))
    window = control(Type.WINDOW_UPDATE, struct.pack(">II", stream, 65536))
    assert server.receive(settings_frame + window + control(12, b"?")) == []  # type: ignore[arg-type]
    client.send(stream, b"still here")
    assert talk(client, server) == [Data(stream, b"still here")]


def test_data_for_a_stream_that_nobody_opened_is_refused() -> None:
    server = Spdy()
    assert server.receive(data_frame(5, b"x")) == []
    assert server.to_send() == control(Type.RST_STREAM, struct.pack(">II", 5, Reset.INVALID_STREAM))


def test_too_many_streams_are_refused() -> None:
    client, server = Spdy(server=False), Spdy()
    opened = [client.open({}) for _ in range(1001)]
    assert len(talk(client, server)) == 1000
    assert talk(server, client) == [Aborted(opened[-1], Reset.REFUSED_STREAM)]


PLANS = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.dictionaries(st.sampled_from(["port", "x"]), st.text("ab,\0", max_size=9))),
        st.tuples(st.just("send"), st.integers(0, 3), st.binary(max_size=40), st.booleans()),
        st.tuples(st.just("reset"), st.integers(0, 3)),
        st.tuples(st.just("ping"), st.integers(0, 9).map(lambda n: 2 * n + 1)),
    ),
    max_size=15,
)  # fmt: skip


def play(plan: list[tuple[Any, ...]]) -> bytes:
    """What a client sends that does all that."""
    client, streams = Spdy(server=False), [0]
    for verb, *details in plan:
        if verb == "open":
            streams.append(client.open(details[0]))
        elif verb == "ping":
            client.ping(details[0])
        else:
            stream = streams[details[0] % len(streams)]
            client.send(stream, details[1], fin=details[2]) if verb == "send" else client.reset(stream)
    return client.to_send()


@given(PLANS, st.data())
@settings(max_examples=40, deadline=None)
def test_any_pieces_of_the_bytes_give_the_same_events(plan: list[tuple[Any, ...]], data: st.DataObject) -> None:
    sent = play(plan)
    whole = Spdy()
    expected = joined(whole.receive(sent))
    cuts = sorted({0, len(sent), *data.draw(st.lists(st.integers(0, len(sent)), max_size=12))})
    pieces = Spdy()
    heard = [event for begin, end in pairwise(cuts) for event in pieces.receive(sent[begin:end])]
    assert joined(heard) == expected
    assert pieces.to_send() == whole.to_send()


@given(
    st.lists(
        st.dictionaries(st.from_regex(r"[a-z-]{1,12}", fullmatch=True), st.text("abc\0é", max_size=20)), max_size=5
    )
)
def test_headers_survive_the_compression(blocks: list[dict[str, str]]) -> None:
    sender, receiver = Headers(), Headers()
    assert [receiver.unpack(sender.pack(block)) for block in blocks] == blocks


@given(st.binary(max_size=200))
@settings(max_examples=150)
def test_noise_gives_a_clean_error_or_nothing(noise: bytes) -> None:
    server = Spdy()
    try:
        server.receive(noise)
    except SpdyError:
        assert server.to_send()[-16:-8] == control(Type.GOAWAY, bytes(8))[:8]
        assert server.receive(noise) == []


BOMB = zlib.compressobj(zdict=DICTIONARY)
_BOMB = BOMB.compress(bytes(1 << 20)) + BOMB.flush(zlib.Z_SYNC_FLUSH)


def syn(stream: int, block: bytes) -> bytes:
    return control(Type.SYN_STREAM, struct.pack(">IIBB", stream, 0, 0, 0) + block)


def plain(block: bytes) -> bytes:
    packer = zlib.compressobj(zdict=DICTIONARY)
    return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)


@pytest.mark.parametrize(
    "frame",
    [
        pytest.param(b"\x80\x02" + bytes(6), id="another version"),
        pytest.param(control(Type.SYN_STREAM, bytes(MAX_CONTROL + 1)), id="a control frame that is too long"),
        pytest.param(control(Type.PING, b""), id="a ping without a number"),
        pytest.param(control(Type.RST_STREAM, bytes(4)), id="a reset without a reason"),
        pytest.param(syn(1, b"no zlib"), id="headers that are not compressed"),
        pytest.param(syn(1, _BOMB), id="headers that explode"),
        pytest.param(syn(1, plain(struct.pack(">II", 1, 1 << 31))), id="a header longer than its block"),
        pytest.param(syn(1, plain(struct.pack(">I", 1 << 31))), id="more headers than there are"),
        pytest.param(syn(2, Headers().pack({})), id="a stream of ours"),
        pytest.param(syn(0, Headers().pack({})), id="stream 0"),
    ],
)  # fmt: skip
def test_hostile_frames(frame: bytes) -> None:
    server = Spdy()
    with pytest.raises(SpdyError):
        server.receive(frame)
    assert server.to_send()[:8] == control(Type.GOAWAY, bytes(8))[:8]


def test_a_stream_is_opened_once() -> None:
    client, server, stream = pair()
    with pytest.raises(SpdyError):
        server.receive(syn(stream, client._headers.pack({})))


def test_a_long_frame_is_not_kept() -> None:
    """Sixteen mebibytes are announced; what has come of them is told at once."""
    reader = FrameReader()
    list(reader.feed(struct.pack(">IBBH", 1, 0, 0xFF, 0xFFFF)))
    for _ in range(20):
        (piece,) = reader.feed(bytes(1000))
        assert (piece.data, piece.last) == (bytes(1000), False)  # type: ignore[union-attr]
    assert len(reader._buffer) == 0
