"""Watches and logs on the wire: in chunks, as they grow, until they end or the client is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from simulator.api.logstream import LogStream
from simulator.api.watch import Watch

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_DEFAULT_TIMEOUT_S = 2700.0  # apiserver, endpoints/handlers/get.go: from --min-request-timeout (1800) to twice that
_BATCH = 200  # events a chunk, so that a long beginning does not hold up the others


async def send_watch(watch: Watch, query: Mapping[str, str], receive: Receive, send: Send) -> None:
    """Tell the events of ``watch`` until its end, ``timeoutSeconds`` of real time, or the client's leave."""
    changed = asyncio.Event()
    watch.listener = changed.set
    loop = asyncio.get_running_loop()
    seconds = query.get("timeoutSeconds", "")
    timer = loop.call_later(int(seconds) if seconds.isdigit() and int(seconds) else _DEFAULT_TIMEOUT_S, watch.close)
    leaving = asyncio.create_task(_leave(watch, receive))
    headers = [(b"cache-control", b"no-cache, private"), (b"content-type", watch.content_type.encode())]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            data = _events(watch)
            if data:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            elif watch.closed:
                break
            else:
                await changed.wait()
            changed.clear()
        await send({"type": "http.response.body", "body": b""})
    finally:
        timer.cancel()
        leaving.cancel()
        watch.close()


async def send_log(log: LogStream, receive: Receive, send: Send) -> None:
    """Tell the text of ``log`` until its end, or the client's leave."""
    changed = asyncio.Event()
    log.listener = changed.set
    leaving = asyncio.create_task(_leave(log, receive))
    headers = [(b"cache-control", b"no-cache, private"), (b"content-type", b"text/plain")]
    try:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        while True:
            if (data := log.next()) is not None:
                await send({"type": "http.response.body", "body": data, "more_body": True})
            elif log.closed:
                break
            else:
                await changed.wait()
            changed.clear()
        await send({"type": "http.response.body", "body": b""})
    finally:
        leaving.cancel()
        log.close()


async def _leave(stream: Watch | LogStream, receive: Receive) -> None:
    """End the stream when the client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.close()


def _events(watch: Watch) -> bytes:
    lines: list[bytes] = []
    while len(lines) < _BATCH and (event := watch.next()) is not None:
        lines.append(watch.frame(event))
    return b"".join(lines)
