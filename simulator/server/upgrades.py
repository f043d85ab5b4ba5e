"""Requests that make another protocol of their connection: what is agreed on, and what is answered when it is not.

Source: apimachinery, util/httpstream (Handshake) and wsstream; kubelet, cri/streaming; apiserver, util/proxy.
"""

from __future__ import annotations

import base64
import binascii
import ssl
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from websockets.utils import accept_key

from simulator.api.subresources.containers import NO_UPGRADE
from simulator.api.types import Response, Upgrade
from simulator.changes.node import WEBSOCKET_COMMANDS, WEBSOCKET_TUNNEL
from simulator.errors import BadRequest, InternalError, Object
from simulator.infra.kubelet import Kubelet
from simulator.release import Release
from simulator.runtime.tasks import Scheduler
from simulator.server.channels import COMMANDS, FORWARDING
from simulator.server.connections import (
    ChannelCommand,
    Handler,
    Output,
    SpdyCommand,
    SpdyHandler,
    Tunnel,
    WebSocketHandler,
)
from simulator.server.portforward import ChannelForward, Forwarder, SpdyForward
from simulator.server.remotecommand import ERROR, RESIZE, STDERR, STDIN, STDOUT, RemoteCommand, Wire

Headers = Sequence[tuple[str, str]]
Begin = Callable[[Output], Handler]

_SPDY: Final = "SPDY/3.1"
_WEBSOCKET: Final = (("Upgrade", "websocket"),)
_V5: Final = "v5.channel.k8s.io"
_STREAM_VERSION: Final = "X-Stream-Protocol-Version"
_ACCEPTED: Final = "X-Accepted-Stream-Protocol-Versions"
_VERSIONS: Final = {
    "v4.channel.k8s.io": 4,
    "v3.channel.k8s.io": 3,
    "v2.channel.k8s.io": 2,
    "channel.k8s.io": 1,
}  # in the order in which a kubelet likes them
_FORWARD: Final = "portforward.k8s.io"
_TUNNEL: Final = f"{_SPDY}+{_FORWARD}"


class Switch:
    """An agreement: ``head`` is the answer, ``begin`` makes what serves the connection from then on."""

    def __init__(self, headers: Headers, begin: Begin) -> None:
        lines = ["Connection: Upgrade", *(f"{name}: {text}" for name, text in headers)]
        self.head = "\r\n".join(["HTTP/1.1 101 Switching Protocols", *lines, "", ""]).encode("latin-1")
        self.begin = begin


class Upgrades:
    """Answers to an :class:`Upgrade` of the API server."""

    def __init__(
        self,
        kubelet: Kubelet,
        scheduler: Scheduler,
        release: Release,
        tls: ssl.SSLContext,
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        """``tls`` is for programs behind forwarded ports; ``acted`` is called when somebody has typed something."""
        self._kubelet, self._scheduler, self._release, self._tls, self._acted = kubelet, scheduler, release, tls, acted

    def answer(self, headers: Mapping[str, Sequence[str]], target: Upgrade) -> Switch | Response:
        """What becomes of the connection. ``headers``: the values of each, by its name in lower case."""
        wanted = " ".join(headers.get("upgrade", ())).lower()
        if "upgrade" not in _listed(headers, "connection", lower=True) or wanted not in ("websocket", _SPDY.lower()):
            error = BadRequest("Upgrade request required")
            return Response(error.code, error.to_status())
        if wanted == "websocket":
            return self._websocket(headers, target)
        return self._spdy(headers, target)

    def refused(self, headers: Mapping[str, Sequence[str]], reply: Response) -> Switch | Response:
        """What the kubelet refused, as the client understands it.

        The kubelet answers with a text, to which a client adds that it is "unable to upgrade connection". With v5 the
        API server has agreed before it asks the kubelet, and tells of it on the error channel.
        """
        message = reply.body.get("message", "") if isinstance(reply.body, dict) else ""
        if not message.startswith(NO_UPGRADE):
            return reply
        key, wanted = "".join(headers.get("sec-websocket-key", ())), _listed(headers, "sec-websocket-protocol")
        if _V5 not in wanted or not WEBSOCKET_COMMANDS.at(self._release) or not _is_key(key):
            return Response(reply.code, message.removeprefix(NO_UPGRADE))
        status = InternalError(f"Internal error occurred: {message}", causes=[{"message": message}]).to_status()
        agreed = [*_WEBSOCKET, ("Sec-WebSocket-Accept", accept_key(key)), ("Sec-WebSocket-Protocol", _V5)]
        return Switch(agreed, lambda output: WebSocketHandler(output, lambda handler: _told(handler, status)))

    def _spdy(self, headers: Mapping[str, Sequence[str]], target: Upgrade) -> Switch | Response:
        known: Collection[str] = [_FORWARD] if target.kind == "portforward" else list(_VERSIONS)
        offered = _listed(headers, _STREAM_VERSION.lower())
        chosen = next((name for name in offered if name in known), "")
        if offered and not chosen:
            text = f"unable to upgrade: unable to negotiate protocol: client supports [{' '.join(offered)}], "
            text += f"server accepts [{' '.join(known)}]"
            return Response(403, text, headers=tuple((_ACCEPTED, name) for name in known))
        agreed = [("Upgrade", _SPDY), *([(_STREAM_VERSION, chosen)] if chosen else [])]
        if target.kind == "portforward":
            return Switch(agreed, lambda output: SpdyHandler(output, self._forward(target)))
        return Switch(agreed, lambda output: self._spdy_command(target, _VERSIONS.get(chosen, 1), output))

    def _websocket(self, headers: Mapping[str, Sequence[str]], target: Upgrade) -> Switch | Response:
        key = "".join(headers.get("sec-websocket-key", ()))
        if not _is_key(key) or headers.get("sec-websocket-version") != ["13"]:
            return Response(400, "bad handshake: not a WebSocket of version 13")
        offered = _listed(headers, "sec-websocket-protocol")
        known = self._subprotocols(target)
        chosen = next((name for name in offered if name in known), "" if not offered else None)
        if chosen is None:
            return Response(403, "")
        if target.kind == "portforward" and chosen != _TUNNEL and not target.ports:
            return Response(400, 'query parameter "port" is required')
        agreed = [*_WEBSOCKET, ("Sec-WebSocket-Accept", accept_key(key))]
        agreed += [("Sec-WebSocket-Protocol", chosen)] if chosen else []
        return Switch(agreed, lambda output: self._websocket_handler(target, chosen, output))

    def _subprotocols(self, target: Upgrade) -> Collection[str]:
        if target.kind == "portforward":
            return [*FORWARDING, *([_TUNNEL] if WEBSOCKET_TUNNEL.at(self._release) else [])]
        return [name for name, one in COMMANDS.items() if not one.closes or WEBSOCKET_COMMANDS.at(self._release)]

    # -- what serves the connection

    def _spdy_command(self, target: Upgrade, version: int, output: Output) -> SpdyHandler:
        wanted = {ERROR, *_asked(target)} | ({RESIZE} if target.tty and version >= 3 else set())
        return SpdyHandler(
            output,
            lambda handler: SpdyCommand(
                handler,
                lambda wire: self._command(target, wire, output),
                wanted,
                version,
            ),
        )

    def _websocket_handler(self, target: Upgrade, chosen: str, output: Output) -> WebSocketHandler:
        if chosen == _TUNNEL:
            return WebSocketHandler(output, lambda handler: Tunnel(handler, self._forward(target)))
        if target.kind == "portforward":
            return WebSocketHandler(output, lambda handler: self._channel_forward(handler, target, chosen))
        return WebSocketHandler(output, lambda handler: self._channel_command(handler, target, chosen))

    def _channel_command(self, handler: WebSocketHandler, target: Upgrade, chosen: str) -> ChannelCommand:
        first = next((channel for channel in (STDOUT, STDERR) if channel in _asked(target)), ERROR)
        made = ChannelCommand(handler, COMMANDS[chosen], first)
        made.begin(self._command(target, made, handler.output))
        return made

    def _command(self, target: Upgrade, wire: Wire, output: Output) -> RemoteCommand:
        return RemoteCommand(self._kubelet, self._scheduler, target, wire, output.gate, self._acted)

    def _channel_forward(self, handler: WebSocketHandler, target: Upgrade, chosen: str) -> ChannelForward:
        forwarder = Forwarder.of(self._kubelet, self._scheduler, target, self._tls)
        made = ChannelForward(handler, FORWARDING[chosen], forwarder)
        made.begin()
        return made

    def _forward(self, target: Upgrade) -> Callable[[SpdyHandler], SpdyForward]:
        forwarder = Forwarder.of(self._kubelet, self._scheduler, target, self._tls)
        return lambda handler: SpdyForward(handler, forwarder)


def _told(handler: WebSocketHandler, status: Object) -> ChannelCommand:
    """A command that could not begin."""
    made = ChannelCommand(handler, COMMANDS[_V5], ERROR)
    made.finish(status)
    return made


def _asked(target: Upgrade) -> set[int]:
    """The channels of data that the request names."""
    flags = ((STDIN, target.stdin), (STDOUT, target.stdout), (STDERR, target.stderr))
    return {channel for channel, asked in flags if asked}


def _listed(headers: Mapping[str, Sequence[str]], name: str, *, lower: bool = False) -> list[str]:
    """The words of a header that has them parted by commas, or comes several times."""
    words = [word.strip() for value in headers.get(name, ()) for word in value.split(",")]
    return [word.lower() if lower else word for word in words if word]


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
