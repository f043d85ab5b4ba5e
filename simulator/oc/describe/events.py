"""The events at the end of a description. Source: kubectl, describe.go (DescribeEvents)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.ages import human_duration
from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import TabWriter
from simulator.runtime.clock import parse_rfc3339

EVENTS = GVR("", "v1", "events")
_HEADERS = ("Type", "Reason", "Age", "From", "Message")


def events_of(invocation: Invocation, obj: Object) -> list[Object]:
    """The events about an object, the oldest first."""
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    fields = {
        "involvedObject.name": meta["name"],
        "involvedObject.kind": obj["kind"],
        "involvedObject.uid": meta["uid"],
    }
    if namespace:
        fields["involvedObject.namespace"] = namespace
    query = ",".join(f"{key}={value}" for key, value in sorted(fields.items()))
    found = invocation.client.list(EVENTS, namespace, fields=query)
    return sorted(found, key=lambda event: str(event["lastTimestamp"]))


def write_events(writer: TabWriter, events: Sequence[Object], now: float) -> None:
    """``Events:  <none>`` in the columns above, or a table of its own."""
    if not events:
        writer.line("Events:", "<none>")
        return
    writer.flush()
    writer.write("Events:\n")
    write_event_rows(writer, events, now)


def write_event_rows(writer: TabWriter, events: Sequence[Object], now: float) -> None:
    writer.line(*_indented(_HEADERS))
    writer.line(*_indented(tuple("-" * len(header) for header in _HEADERS)))
    for event in events:
        writer.line(
            *_indented((event["type"], event["reason"], _age(event, now), source_of(event), event["message"].strip()))
        )


def _indented(cells: Sequence[str]) -> list[str]:
    return [f"  {cells[0]}", *cells[1:]]


def _age(event: Object, now: float) -> str:
    last = human_duration(now - parse_rfc3339(event["lastTimestamp"]))
    if event.get("count", 1) <= 1:
        return last
    return f"{last} (x{event['count']} over {human_duration(now - parse_rfc3339(event['firstTimestamp']))})"


def source_of(event: Object) -> str:
    """``kubelet, ip-10-0-1-2.ec2.internal``."""
    source = event.get("source") or {}
    return ", ".join(part for part in (source.get("component", ""), source.get("host", "")) if part)
