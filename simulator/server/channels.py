"""Channels over WebSocket: the first byte of a message is the number of its channel.

Source: apimachinery, util/httpstream/wsstream; ``v5`` adds a channel 255, on which a channel's number closes it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

CLOSE: Final = 255


@dataclass(frozen=True, slots=True)
class ChannelProtocol:
    """How one subprotocol writes its messages. ``plain_errors``: the error channel has a text instead of a Status."""

    name: str
    text: bool = False
    plain_errors: bool = False
    closes: bool = False

    def encode(self, channel: int, data: bytes) -> str | bytes:
        """A message; text for the protocols in Base64."""
        return f"{channel}{base64.b64encode(data).decode()}" if self.text else bytes([channel]) + data

    def decode(self, message: bytes) -> tuple[int, bytes]:
        """Channel and data of a message. ValueError when it is none."""
        if not message:
            raise ValueError("a message without a channel")
        if not self.text:
            return message[0], message[1:]
        if not message[:1].isdigit():
            raise ValueError(f"no channel: {message[:1]!r}")
        try:
            return int(message[:1]), base64.b64decode(message[1:], validate=True)
        except binascii.Error as error:
            raise ValueError(f"no Base64: {error}") from None


COMMANDS: Final = {
    one.name: one
    for one in (
        ChannelProtocol("v5.channel.k8s.io", closes=True),
        ChannelProtocol("v4.channel.k8s.io"),
        ChannelProtocol("v4.base64.channel.k8s.io", text=True),
        ChannelProtocol("channel.k8s.io", plain_errors=True),
        ChannelProtocol("base64.channel.k8s.io", text=True, plain_errors=True),
        ChannelProtocol("", plain_errors=True),
    )
}
FORWARDING: Final = {
    one.name: one
    for one in (
        ChannelProtocol("v4.channel.k8s.io"),
        ChannelProtocol("v4.base64.channel.k8s.io", text=True),
        ChannelProtocol(""),
    )
}
