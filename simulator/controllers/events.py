"""Events, as client-go's recorder writes them: the same event again raises its count."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from simulator.api.gvrs import EVENTS
from simulator.api.reader import FIELDS
from simulator.changes.workloads import EVENT_REPORTERS
from simulator.controllers.context import Context
from simulator.controllers.eventcorrelation import COMBINED, is_combined, is_too_much
from simulator.errors import Object, StatusError
from simulator.runtime.clock import rfc3339

_ABOUT = FIELDS["events", "involvedObject.name"]


def record(context: Context, about: Object, kind: str, reason: str, message: str, *, host: str = "",
           field_path: str = "", component: str = "") -> None:  # fmt: skip
    """Record an event of type ``kind`` (Normal or Warning), or raise the count of the one that says the same.

    An event that the API refuses is dropped, and its recorder goes on: a pod does not wait for its own diary.
    Source: client-go, tools/record/event.go and events_cache.go.
    """
    meta = about["metadata"]
    namespace = meta.get("namespace") or "default"
    source = {"component": component or context.component, **({"host": host} if host else {})}
    involved = {
        "kind": about["kind"],
        "namespace": meta.get("namespace"),
        "name": meta["name"],
        "uid": meta["uid"],
        "apiVersion": about["apiVersion"],
        "resourceVersion": meta["resourceVersion"],
        "fieldPath": field_path,
    }
    now = rfc3339(context.now)
    said = context.client.find(EVENTS, _ABOUT, meta["name"], namespace)
    own = [old for old in said if old["involvedObject"].get("uid") == meta["uid"] and old["source"] == source]
    alike = [
        old
        for old in own
        if (old["type"], old["reason"], old["involvedObject"].get("fieldPath", "")) == (kind, reason, field_path)
    ]
    combined = is_combined(alike, message, context.now)
    if combined and is_too_much(own, context.now):
        return
    message = COMBINED + message if combined else message
    for old in alike:
        if old["message"] == message or (combined and old["message"].startswith(COMBINED)):
            _repeat(context, old, message, now)
            return
    told = EVENT_REPORTERS.at(context.release)
    event: Object = {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": _name(meta["name"], context.now, said), "namespace": namespace},
        "involvedObject": {key: value for key, value in involved.items() if value},
        "reason": reason,
        "message": message,
        "source": source,
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "type": kind,
        "eventTime": None,
        "reportingComponent": source["component"] if told else "",
        "reportingInstance": host if told else "",
    }
    with suppress(StatusError):
        context.client.create(EVENTS, event)


def _repeat(context: Context, event: Object, message: str, now: str) -> None:
    again: Object = {"count": event["count"] + 1, "lastTimestamp": now}
    if message != event["message"]:
        again["message"] = message
    with suppress(StatusError):
        context.client.patch(EVENTS, event["metadata"]["name"], again, event["metadata"]["namespace"])


def _name(about: str, now: float, said: Iterable[Object]) -> str:
    """``NAME.NANOSECONDS`` in hex: a list by name is in the order in which things were first said."""
    taken = {event["metadata"]["name"] for event in said}
    nanoseconds = round(now * 1e6) * 1000
    while f"{about}.{nanoseconds:x}" in taken:
        nanoseconds += 1
    return f"{about}.{nanoseconds:x}"
