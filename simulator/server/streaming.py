"""Watches and logs on the wire: in chunks, as they grow, until they end or the client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from simulator.api.logstream import LogStream
from simulator.api.watch import Watch

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_DEFAULT_TIMEOUT_S = 2700.0  # apiserver, endpoints/handlers/get.go: from --min-request-timeout (1800) to twice that
_LONGEST_TIMEOUT_S = 10 * 24 * 3600.0  # what a timer of the event loop can wait for with ease
_BOOKMARK_S, _LAST_BOOKMARK_S = 60.0, 2.0
_BATCH = 200  # events a chunk, so that a long beginning does not hold up the others


async def send_watch(watch: Watch, receive: Receive, send: Send) -> None:
    """Tell the events of ``watch`` until its end, ``timeoutSeconds`` of real time, or the client's leave.

    A watch that takes bookmarks gets one every minute and two seconds before its end. Source: storage/cacher (1.33).
    """
    loop = asyncio.get_running_loop()
    asked = watch.timeout_s or 0
    timeout_s = min(asked, _LONGEST_TIMEOUT_S) if asked > 0 else _DEFAULT_TIMEOUT_S
    timer = loop.call_later(timeout_s, watch.close)
    last_word = loop.call_later(max(timeout_s - _LAST_BOOKMARK_S, 0), watch.bookmark)
    beat = asyncio.create_task(_beat(watch))
    try:
        await _send_all(watch, lambda: _events(watch), watch.content_type, receive, send)
    finally:
        timer.cancel()
        last_word.cancel()
        beat.cancel()


async def send_log(log: LogStream, receive: Receive, send: Send) -> None:
    """Tell the text of ``log`` until its end, or the client's leave."""
    await _send_all(log, log.next, "text/plain", receive, send)


async def _send_all(
    stream: Watch | LogStream, read: Callable[[], bytes | None], content_type: str, receive: Receive, send: Send
) -> None:
    """Send what ``read`` gives, None for nothing yet, until the stream is closed."""
    changed = asyncio.Event()
    stream.listener = changed.set
    leaving = asyncio.create_task(_leave(stream, receive))
    headers = [(b"cache-control", b"no-cache, private"), (b"content-type", content_type.encode())]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            if (data := read()) is not None:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            elif stream.closed:
                break
            else:
                await changed.wait()
            changed.clear()
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()
        stream.close()


async def _beat(watch: Watch) -> None:
    while True:
        await asyncio.sleep(_BOOKMARK_S)
        watch.bookmark()


async def _leave(stream: Watch | LogStream, receive: Receive) -> None:
    """End the stream when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()


def _events(watch: Watch) -> bytes | None:
    lines: list[bytes] = []
    while len(lines) < _BATCH and (event := watch.next()) is not None:
        lines.append(watch.frame(event))
    return b"".join(lines) or None
