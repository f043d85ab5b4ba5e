"""A connection after its upgrade, as asyncio drives it: bytes to and from a handler, and the tasks behind it awake."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from simulator.server.connections import Handler
from simulator.server.flow import Flow
from simulator.server.pipes import HIGH_WATER, Gate
from simulator.server.upgrades import Switch

_logger = logging.getLogger("ocsim.server")
_LINGER_S = 3.0  # how long a client may take to read the last words, of real time
_INSISTENCE = 20  # how often a task that does not let itself be ended is told again


class Upgraded(asyncio.Protocol):
    """The output of a handler, on the transport of the HTTP connection before it. ``connections``: who is connected."""

    def __init__(self, transport: asyncio.Transport, flow: Flow, connections: set[Any]) -> None:
        self.gate = Gate()
        self.transport, self._flow, self._connections = transport, flow, connections
        self._handler: Handler | None = None
        self._closing = False
        self._farewell: asyncio.TimerHandle | None = None

    def take_over(self, switch: Switch, early: bytes) -> None:
        """Answer the request, and go on in the other protocol; ``early``: what has come of it already."""
        self._connections.add(self)
        self.transport.set_protocol(self)
        self.transport.set_write_buffer_limits(high=HIGH_WATER)
        self.transport.write(switch.head)
        try:
            self._handler = switch.begin(self)
            if early:
                self._handler.receive(early)
        except Exception:
            self._fail()
        self._flow.turn()

    # -- asyncio's side

    def data_received(self, data: bytes) -> None:
        if self._handler is None:
            return
        try:
            self._handler.receive(data)
        except Exception:
            self._fail()
        self._flow.turn()

    def pause_writing(self) -> None:
        self.gate.pause()

    def resume_writing(self) -> None:
        self.gate.resume()
        self._flow.turn()

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.discard(self)
        if self._farewell is not None:
            self._farewell.cancel()
        self.gate.lose()
        if self._handler is None:
            return
        for _ in range(_INSISTENCE):
            self._handler.lost()
            self._flow.turn()
            if self._handler.is_over():
                break
        self._handler = None

    def shutdown(self) -> None:
        """The server goes down."""
        self.transport.close()

    def _fail(self) -> None:
        """A bug of ours: this connection ends, the server goes on."""
        _logger.exception("an upgraded connection")
        self.transport.abort()

    # -- the handler's side

    def write(self, data: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(data)

    def hold(self, full: bool) -> None:
        if self.transport.is_closing():
            return
        if full and not self._closing:
            self.transport.pause_reading()
        elif not full:
            self.transport.resume_reading()

    def close(self, *, now: bool = False) -> None:
        """Wait for the client to close, as it may lose what it has not read if we do; ``now``: it has read all."""
        if now:
            self.transport.close()
        elif not self._closing:
            self._closing = True
            self.hold(False)
            self._farewell = asyncio.get_running_loop().call_later(_LINGER_S, self.transport.close)
