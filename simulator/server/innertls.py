"""TLS that a simulated program speaks within a forwarded port: the program sees what is inside.

The certificate is the served cluster's own, which is good for localhost, where the forwarded port ends.
"""

from __future__ import annotations

import contextlib
import ssl

from simulator.infra.http import TLS_EXPECTED
from simulator.shell.process import Reader, Writer
from simulator.shell.streams import encode

_HANDSHAKE = 0x16  # what the first byte of a TLS connection is


class InnerTls:
    """The server's end of TLS over two streams, itself a reader and a writer."""

    def __init__(self, context: ssl.SSLContext, reader: Reader, writer: Writer) -> None:
        self._reader, self._writer = reader, writer
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._plain = bytearray()
        self._ended = False

    async def accept(self) -> bool:
        """The handshake. False when the client does not go through with it; one that speaks plain HTTP is told so."""
        first = await self._reader.read()
        if first[:1] != bytes([_HANDSHAKE]):
            if first:
                await self._writer.write(TLS_EXPECTED)
            return False
        self._incoming.write(first)
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._more():
                    return False
            except ssl.SSLError:
                await self._flush()
                return False
            else:
                await self._flush()
                return True

    async def read(self, size: int = 65536) -> bytes:
        while not self._plain and not self._ended:
            await self._decrypt()
        return self._take(size)

    async def read_line(self) -> bytes:
        while b"\n" not in self._plain and not self._ended:
            await self._decrypt()
        end = self._plain.find(b"\n") + 1
        return self._take(end or len(self._plain))

    async def write(self, data: bytes | str) -> None:
        view = memoryview(encode(data))
        while view:
            view = view[self._tls.write(view) :]
        await self._flush()

    async def close(self) -> None:
        """Tell the client that nothing more comes."""
        with contextlib.suppress(ssl.SSLError):  # it has not said so itself, and need not
            self._tls.unwrap()
        await self._flush()

    async def _decrypt(self) -> None:
        try:
            data = self._tls.read(65536)
        except ssl.SSLWantReadError:
            if not await self._more():
                self._ended = True
        except ssl.SSLError:
            self._ended = True
        else:
            self._plain += data
            self._ended = not data

    async def _more(self) -> bool:
        data = await self._reader.read()
        if data:
            self._incoming.write(data)
        return bool(data)

    async def _flush(self) -> None:
        if data := self._outgoing.read():
            await self._writer.write(data)

    def _take(self, size: int) -> bytes:
        data = bytes(self._plain[:size])
        del self._plain[:size]
        return data
