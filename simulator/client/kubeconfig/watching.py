"""A watch over HTTP: a thread reads its lines, ``poll`` hands them out."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import deque
from collections.abc import Iterator
from typing import Any

import urllib3

from simulator.api.types import WatchEvent
from simulator.client.kubeconfig.waiting import Doorbell, Inbox
from simulator.errors import InternalError

_CHUNK = 65536


class HttpStream:
    """One response that does not end. A connection that breaks ends it: to go on is the caller's business."""

    def __init__(self, response: urllib3.BaseHTTPResponse, doorbell: Doorbell) -> None:
        self._response, self._inbox = response, Inbox(doorbell)
        self._events: deque[WatchEvent] = deque()
        self._ended = self._stopped = False
        threading.Thread(target=self._read, name="watch", daemon=True).start()

    def poll(self) -> WatchEvent | None:
        return self._events.popleft() if self._events and not self._stopped else None

    def wait(self, timeout_s: float) -> bool:
        self._inbox.wait_for(self._has_news, timeout_s)
        return bool(self._events) and not self._stopped

    async def changed(self) -> None:
        if not self._has_news():
            await self._inbox.changed(self._has_news)

    @property
    def closed(self) -> bool:
        return self._ended or self._stopped

    def close(self) -> None:
        if self._stopped:
            return
        self._stopped = True
        with contextlib.suppress(Exception):  # it may have ended by itself; the thread is not to be left waiting
            self._response.shutdown()
        self._inbox.notify()

    def _has_news(self) -> bool:
        return bool(self._events) or self.closed

    def _read(self) -> None:
        try:
            for line in _lines(self._response):
                self._events.append(_event(line))
                self._inbox.notify()
        except ValueError as error:
            self._events.append(_undecodable(error))
        except Exception:  # the connection broke, or was shut down under the reader's feet
            pass
        finally:
            self._ended = True
            with contextlib.suppress(Exception):
                self._response.close()
            self._inbox.notify()


def _lines(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    rest = bytearray()
    for chunk in _chunks(response):
        begin = len(rest)
        rest += chunk
        while (end := rest.find(b"\n", begin)) >= 0:
            line = bytes(rest[:end])
            del rest[: end + 1]
            begin = 0
            if line.strip():
                yield line
    if rest.strip():
        yield bytes(rest)


def _chunks(response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    """What arrives, as it arrives."""
    if getattr(response, "chunked", False):
        yield from response.read_chunked(decode_content=True)
        return
    while data := response.read1(_CHUNK, decode_content=True):
        yield data


def _event(line: bytes) -> WatchEvent:
    event: Any = json.loads(line)
    if not isinstance(event, dict) or not isinstance(event.get("object"), dict):
        raise ValueError(f"no watch event: {line[:80]!r}")
    return WatchEvent(str(event.get("type")), event["object"])


def _undecodable(error: ValueError) -> WatchEvent:
    """Source: client-go, watch/streamwatcher.go."""
    text = f"unable to decode an event from the watch stream: {error}"
    return WatchEvent("ERROR", InternalError(text).to_status())
