"""What has been said about an object before: the memory of loops that keep none."""

from __future__ import annotations

from simulator.api.gvrs import EVENTS
from simulator.controllers import events
from simulator.controllers.context import Context
from simulator.errors import Object
from simulator.runtime.clock import parse_rfc3339


def past_events(context: Context, about: Object, reason: str, component: str = "") -> list[Object]:
    """The events about an object for one reason, of components whose name starts so."""
    uid = about["metadata"]["uid"]
    namespace = about["metadata"].get("namespace") or "default"
    found = context.client.list(EVENTS, namespace, fields=f"involvedObject.uid={uid},reason={reason}")
    return [event for event in found if event.get("source", {}).get("component", "").startswith(component)]


def count_of(said: list[Object]) -> int:
    return sum(event.get("count", 1) for event in said)


def last_of(said: list[Object]) -> float:
    """When the latest of them was said last; 0 if none was."""
    return max((parse_rfc3339(event["lastTimestamp"]) for event in said), default=0.0)


def repeat(context: Context, about: Object, kind: str, reason: str, message: str, period_s: float) -> float:
    """Record an event if its last time is ``period_s`` ago; returns the seconds until it is due again."""
    said = [event for event in past_events(context, about, reason) if event["message"] == message]
    due = last_of(said) + period_s
    if context.now >= due:
        events.record(context, about, kind, reason, message)
        return period_s
    return due - context.now


def record_once(context: Context, about: Object, kind: str, reason: str, message: str) -> None:
    """Record an event that is not to be said twice."""
    if all(event["message"] != message for event in past_events(context, about, reason)):
        events.record(context, about, kind, reason, message)
