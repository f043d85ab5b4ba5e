"""Hearing of what happens to one pod: its object, the kubelet's record of it, and times that were asked for."""

from __future__ import annotations

from collections.abc import Callable

from simulator.api.gvrs import PODS, PODSANDBOXES
from simulator.client.client import Client
from simulator.client.inprocess import InProcessStream
from simulator.errors import Object
from simulator.infra.kubelet.record import sandbox_name
from simulator.runtime.clock import Clock, Timer


class PodChanges:
    """Calls ``callback`` after each change until ``close``. What changed is for the callback to look at."""

    def __init__(self, client: Client, clock: Clock, pod: Object, callback: Callable[[], None]) -> None:
        self._client, self._clock, self._callback = client, clock, callback
        self._timer: Timer | None = None
        meta = pod["metadata"]
        sandbox = sandbox_name(meta["namespace"], meta["name"])
        self._streams: list[InProcessStream] = []
        for resource, namespace, name in ((PODS, meta["namespace"], meta["name"]), (PODSANDBOXES, None, sandbox)):
            stream = client.watch(resource, namespace, fields=f"metadata.name={name}")
            assert isinstance(stream, InProcessStream)
            self._streams.append(stream)
            _drain(stream)
            stream.on_change(self._hear)

    def at(self, when: float | None) -> None:
        """Call back at ``when`` too; a later call replaces that time, None drops it."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if when is None else self._clock.call_at(when, self._callback)

    def close(self) -> None:
        self.at(None)
        streams, self._streams = self._streams, []
        for stream in streams:
            stream.close()

    def _hear(self) -> None:
        for stream in self._streams:
            _drain(stream)
        if self._streams:
            self._callback()


def _drain(stream: InProcessStream) -> None:
    while stream.poll() is not None:
        pass
