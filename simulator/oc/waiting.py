"""Waiting for a change of the cluster or for a moment in virtual time, whichever comes first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from simulator.client import EventStream
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.resources import ResourceInfo
from simulator.runtime.tasks import Cancelled, current_scheduler

A_WEEK_S: Final = 168 * 3600.0  # how long kubectl waits when it is told to wait for ever


async def changed(stream: EventStream, deadline: float | None) -> bool:
    """Suspend until the stream may have an event, or until ``deadline`` (seconds since the epoch): then False."""
    scheduler = await current_scheduler()
    if deadline is not None and scheduler.clock.now() >= deadline:
        return False

    async def quietly() -> bool:
        try:
            await stream.changed()
        except Cancelled:
            return False
        return True

    waiter = scheduler.spawn(quietly(), "watch")
    timer = scheduler.clock.call_at(deadline, waiter.cancel) if deadline is not None else None
    try:
        return await waiter.join()
    finally:
        waiter.cancel()
        if timer is not None:
            timer.cancel()


async def until(
    invocation: Invocation,
    resource: ResourceInfo,
    name: str,
    namespace: str | None,
    condition: Callable[[Object | None], bool],
    deadline: float | None,
) -> bool:
    """Wait until ``condition`` holds for the object (None: it is gone). False when ``deadline`` came first."""
    client = invocation.client
    stream = client.watch(resource.gvr, namespace, fields=f"metadata.name={name}")
    try:
        while not condition(client.get_or_none(resource.gvr, name, namespace)):
            while stream.poll() is not None:
                pass
            if stream.closed or not await changed(stream, deadline):
                return False
    finally:
        stream.close()
    return True
