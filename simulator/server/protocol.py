"""One connection: uvicorn's HTTP/1.1, with the limits of a kube-apiserver and the certificate that a client showed.

What a client may do wrong before there is a request is answered here: headers without end (431), a request that does
not get finished (the connection is closed by :func:`sweep`).
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from collections.abc import Iterable
from typing import Any

from httptools import HttpParserUpgrade
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from simulator.api.authentication import Certificate

MAX_HEADER_BYTES = 1 << 20  # net/http, DefaultMaxHeaderBytes
REQUEST_S = 32.0  # how long a client may take for its headers (kube-apiserver: 32 s), and between two parts of a body
SWEEP_S = 5.0
_TOO_LARGE = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"Connection: close\r\n\r\n431 Request Header Fields Too Large"
)


class Protocol(HttpToolsProtocol):
    """``scope["state"]`` has ``connection`` (this), and ``certificate``, the client's if it showed one."""

    unfinished_since: float | None = None
    """Since when, on the monotonic clock, the client owes the rest of a request."""
    upgrading = False
    """Whether the request at hand wants another protocol; ``early`` is what came behind it."""
    early = b""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.unfinished_since = time.monotonic()
        self._header_bytes = 0
        self.app_state = {"connection": self, "certificate": certificate_of(transport)}

    def connection_lost(self, exc: Exception | None) -> None:
        self.unfinished_since = None
        super().connection_lost(exc)
        self.app_state = {}  # it refers to this connection

    def on_message_begin(self) -> None:
        self._header_bytes = 0
        self.unfinished_since = time.monotonic()
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        self._count(url)
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(name + value)
        super().on_header(name, value)

    def on_body(self, body: bytes) -> None:
        self.unfinished_since = time.monotonic()
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.unfinished_since = None
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        if self.upgrading:
            if len(self.early) < MAX_HEADER_BYTES:
                self.early += data
        elif self.parser is not None:
            self._received = data
            super().data_received(data)

    def _count(self, data: bytes) -> None:
        self._header_bytes += len(data)
        if self._header_bytes > MAX_HEADER_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def _unsupported_upgrade_warning(self) -> None:
        """The application answers: it knows SPDY and WebSocket. What follows is not HTTP."""
        self.upgrading = True
        reason = sys.exception()
        if isinstance(reason, HttpParserUpgrade):
            self.early = self._received[reason.args[0] :]

    def give_away(self) -> asyncio.Transport:
        """The transport, for another protocol; nothing more is read or written here."""
        self.connections.discard(self)
        self._unset_keepalive_if_required()
        self.cycle.disconnected = True  # nothing is missing when the application is done
        self.unfinished_since, self.app_state = None, {}
        return self.transport


def certificate_of(transport: asyncio.Transport) -> Certificate | None:
    """The certificate that the client showed, which TLS has verified; None without one."""
    shown: Any = transport.get_extra_info("peercert")
    if not shown:
        return None
    fields = [pair for part in shown.get("subject", ()) for pair in part]
    names = [value for key, value in fields if key == "commonName"]
    groups = tuple(value for key, value in fields if key == "organizationName")
    der = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return Certificate(names[0] if names else "", groups, hashlib.sha256(der).hexdigest())


def sweep(connections: Iterable[object], now: float) -> None:
    """Close the connections that owe the rest of a request for too long."""
    for connection in tuple(connections):
        since = getattr(connection, "unfinished_since", None)
        if isinstance(connection, Protocol) and since is not None and now - since > REQUEST_S:
            connection.transport.close()
