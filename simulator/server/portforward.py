"""Port-forwarding: each connection that the client takes is a pair of streams, and a task that serves it.

Source: kubelet, cri/streaming/portforward (httpstream.go, websocket.go). No sockets, no event loop.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simulator.api.types import Upgrade
from simulator.errors import StatusError
from simulator.infra.kubelet import Kubelet
from simulator.infra.listeners import ForwardError
from simulator.runtime.tasks import Scheduler, Session
from simulator.server.channels import ChannelProtocol
from simulator.server.connections import SpdyHandler, WebSocketHandler
from simulator.server.innertls import InnerTls
from simulator.server.pipes import Inlet, Outlet
from simulator.server.spdy import Aborted, Data, Ended, Event, Opened
from simulator.server.spdyframes import Reset

_MOST_PAIRS = 500
_logger = logging.getLogger("ocsim.server")


@dataclass(frozen=True)
class Forwarder:
    """Serves connections to one pod. ``tls`` is for programs that speak it."""

    kubelet: Kubelet
    target: Upgrade
    tls: ssl.SSLContext
    session: Session

    @classmethod
    def of(cls, kubelet: Kubelet, scheduler: Scheduler, target: Upgrade, tls: ssl.SSLContext) -> Forwarder:
        return cls(kubelet, target, tls, Session(scheduler))

    async def serve(self, port: int, reader: Inlet, writer: Outlet) -> str:
        """One connection to its end; what the error stream says of it."""
        try:
            listener = self.kubelet.listener(self.target, port)
            if not listener.tls:
                await listener.serve(reader, writer)
                return ""
            inner = InnerTls(self.tls, reader, writer)
            if await inner.accept():
                await listener.serve(inner, inner)
                await inner.close()
        except ForwardError as error:
            return str(error)
        except StatusError as error:
            return error.message
        except BrokenPipeError:
            return ""
        except Exception:  # a bug of ours: the connection ends, the server goes on
            _logger.exception("port-forward to %s/%s", self.target.namespace, self.target.pod)
        finally:
            reader.drop()
        return ""


@dataclass
class _Pair:
    """``data`` and ``error`` are numbers of streams, 0 until they are there."""

    port: int
    inlet: Inlet
    data: int = 0
    error: int = 0
    cancel: Callable[[], None] = field(default=lambda: None)


class SpdyForward:
    """Pairs of streams that are opened over SPDY; they find each other by the header ``requestID``."""

    def __init__(self, handler: SpdyHandler, forwarder: Forwarder) -> None:
        self._handler, self._forwarder = handler, forwarder
        self._pairs: dict[str, _Pair] = {}
        self._by_data: dict[int, _Pair] = {}

    def event(self, event: Event) -> None:
        if isinstance(event, Opened):
            self._opened(event.stream, event.headers)
        elif isinstance(event, Data) and event.stream in self._by_data:
            self._by_data[event.stream].inlet.feed(event.data)
        elif isinstance(event, Ended) and event.stream in self._by_data:
            self._by_data[event.stream].inlet.end()
        elif isinstance(event, Aborted) and event.stream in self._by_data:
            self._by_data[event.stream].cancel()

    def lost(self) -> None:
        self._handler.output.gate.lose()
        self._forwarder.session.close()

    def is_over(self) -> bool:
        return self._forwarder.session.is_over()

    def _opened(self, stream: int, headers: Mapping[str, str]) -> None:
        kind, port = headers.get("streamtype", ""), headers.get("port", "")
        if kind not in ("data", "error") or not port.isdecimal() or not 0 < int(port) < 65536:
            self._handler.spdy.reset(stream, Reset.PROTOCOL_ERROR)
            return
        key = headers.get("requestid") or str(stream if kind == "error" else stream - 2)  # clients before 1.1
        pair = self._pairs.get(key)
        if pair is None and len(self._pairs) < _MOST_PAIRS:
            pair = self._pairs[key] = _Pair(int(port), Inlet(self._weigh))
        if pair is None or getattr(pair, kind):
            self._handler.spdy.reset(stream, Reset.REFUSED_STREAM)
            return
        setattr(pair, kind, stream)
        self._handler.spdy.accept(stream)
        if kind == "data":
            self._by_data[stream] = pair
        if pair.data and pair.error:
            pair.cancel = self._forwarder.session.spawn(self._forward(key, pair), f"port {port}").cancel

    async def _forward(self, key: str, pair: _Pair) -> None:
        spdy, handler = self._handler.spdy, self._handler

        def send(data: bytes) -> None:
            if not spdy.is_open(pair.data):
                raise BrokenPipeError
            spdy.send(pair.data, data)
            handler.flush()

        try:
            failure = await self._forwarder.serve(pair.port, pair.inlet, Outlet(handler.output.gate, send))
            spdy.send(pair.error, failure.encode(), fin=True)
        finally:
            spdy.send(pair.data, b"", fin=True)
            spdy.send(pair.error, b"", fin=True)
            self._pairs.pop(key, None)
            self._by_data.pop(pair.data, None)
            handler.flush()

    def _weigh(self) -> None:
        self._handler.output.hold(any(pair.inlet.is_full for pair in self._by_data.values()))


class ChannelForward:
    """The ports of a URL over WebSocket: channel 2n has the data of the nth, 2n + 1 its errors.

    Both begin with the port, in two bytes. The connection ends when all ports have.
    """

    def __init__(self, handler: WebSocketHandler, protocol: ChannelProtocol, forwarder: Forwarder) -> None:
        self._handler, self._protocol, self._forwarder = handler, protocol, forwarder
        self._inlets = [Inlet(self._weigh) for _ in forwarder.target.ports]
        self._left = len(self._inlets)

    def begin(self) -> None:
        for number, port in enumerate(self._forwarder.target.ports):
            for channel in (2 * number, 2 * number + 1):
                self._send(channel, port.to_bytes(2, "little"))
            self._forwarder.session.spawn(self._forward(number, port), f"port {port}")

    def message(self, data: bytes) -> None:
        channel, data = self._protocol.decode(data)
        if channel % 2 == 0 and channel // 2 < len(self._inlets):
            self._inlets[channel // 2].feed(data)

    def lost(self) -> None:
        self._handler.output.gate.lose()
        self._forwarder.session.close()
        for inlet in self._inlets:
            inlet.drop()

    def is_over(self) -> bool:
        return self._forwarder.session.is_over()

    async def _forward(self, number: int, port: int) -> None:
        outlet = Outlet(self._handler.output.gate, lambda data: self._send(2 * number, data))
        failure = await self._forwarder.serve(port, self._inlets[number], outlet)
        if failure:
            self._send(2 * number + 1, failure.encode())
        self._left -= 1
        if not self._left:
            self._handler.finish()

    def _send(self, channel: int, data: bytes) -> None:
        self._handler.send(self._protocol.encode(channel, data))

    def _weigh(self) -> None:
        self._handler.output.hold(any(inlet.is_full for inlet in self._inlets))
