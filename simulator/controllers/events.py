"""Events, as client-go's recorder writes them: the same event again raises its count."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from simulator.api.types import GVR
from simulator.controllers.context import Context
from simulator.errors import Forbidden, NotFound, Object
from simulator.runtime.clock import rfc3339

EVENTS = GVR("", "v1", "events")


def record(context: Context, about: Object, kind: str, reason: str, message: str, *, host: str = "",
           field_path: str = "", component: str = "") -> None:  # fmt: skip
    """Record an event of type ``kind`` (Normal or Warning). Its name follows from what it says: no state is needed.

    Source: client-go, tools/record/event.go and events_cache.go.
    """
    meta = about["metadata"]
    namespace = meta.get("namespace") or "default"
    source = {"component": component or context.component, **({"host": host} if host else {})}
    said = "\0".join((meta["uid"], kind, reason, message, source["component"], host, field_path))
    name = f"{meta['name']}.{hashlib.sha256(said.encode()).hexdigest()[:16]}"
    now = rfc3339(context.now)
    existing = context.client.get_or_none(EVENTS, name, namespace)
    if existing is not None:
        again = {"count": existing["count"] + 1, "lastTimestamp": now}
        context.client.patch(EVENTS, name, again, namespace)
        return
    involved = {
        "kind": about["kind"],
        "namespace": meta.get("namespace"),
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": about["apiVersion"],
        "resourceVersion": meta["resourceVersion"],
        "fieldPath": field_path,
    }
    event: Object = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": namespace},
        "involvedObject": {key: value for key, value in involved.items() if value},
        "reason": reason,
        "message": message,
        "source": source,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": kind,
        "eventTime": None,
        "reportingComponent": "",
        "reportingInstance": "",
    }
    with suppress(Forbidden, NotFound):  # a namespace that terminates takes none: dropped, as client-go does
        context.client.create(EVENTS, event)
