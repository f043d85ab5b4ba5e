"""A snapshot that keeps itself up to date: the fold of what watches of nodes and pods tell."""

from __future__ import annotations

from functools import partial

from simulator.api.gvrs import NODES, PODS
from simulator.api.types import GVR, WatchEvent
from simulator.client.client import Client
from simulator.client.inprocess import InProcessStream
from simulator.controllers.scheduling.model import Snapshot, pod_key


class Following:
    """Made new from a list when a watch has ended, as after a restart: nothing is lost with it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._snapshot = Snapshot()
        self._streams: list[tuple[GVR, InProcessStream]] = []

    def snapshot(self) -> Snapshot:
        """All that there is now."""
        if not self._streams or any(stream.closed for _, stream in self._streams):
            self.close()
            self._begin()
        return self._snapshot

    def close(self) -> None:
        for _, stream in self._streams:
            stream.close()
        self._streams = []

    def _begin(self) -> None:
        self._snapshot = Snapshot()
        for resource in (NODES, PODS):
            stream = self._client.watch(resource)
            assert isinstance(stream, InProcessStream)
            self._streams.append((resource, stream))
            stream.on_change(partial(self._drain, resource, stream))
            self._drain(resource, stream)

    def _drain(self, resource: GVR, stream: InProcessStream) -> None:
        while (event := stream.poll()) is not None:
            _fold(self._snapshot, resource, event)


def _fold(snapshot: Snapshot, resource: GVR, event: WatchEvent) -> None:
    gone, obj = event.type == "DELETED", event.object
    if resource == NODES:
        snapshot.remove_node(obj["metadata"]["name"]) if gone else snapshot.put_node(obj)
    elif gone:
        snapshot.remove_pod(pod_key(obj))
    else:
        snapshot.put_pod(obj)
