"""Who a session speaks as: with a cluster in the same process, the server's own functions tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.client import Client
from simulator.client.inprocess import InProcess

if TYPE_CHECKING:
    from simulator.client.identities import Identities


def identities_of(client: Client) -> Identities | None:
    """None for a cluster that is elsewhere: there the transport carries what the server is to know."""
    transport = client.transport
    return transport.identities if isinstance(transport, InProcess) else None
