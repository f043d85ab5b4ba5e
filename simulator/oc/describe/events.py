"""The events at the end of a description. Source: kubectl, describe.go (DescribeEvents)."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.ages import age
from simulator.api.gvrs import EVENTS
from simulator.changes.client import EVENT_HOST
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import TabWriter
from simulator.release import Release

_HEADERS = ("Type", "Reason", "Age", "From", "Message")


def finish(writer: TabWriter, invocation: Invocation, obj: Object) -> str:
    """The text so far with the object's events, unless ``--show-events=false``."""
    if invocation.flags.flag("show-events"):
        write_events(writer, events_of(invocation, obj), invocation)
    return writer.text()


def events_of(invocation: Invocation, obj: Object) -> list[Object]:
    """The events about an object, the oldest first."""
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    fields = {"involvedObject.name": meta["name"], "involvedObject.kind": obj["kind"]}
    if obj["kind"] != "Node":  # the kubelet writes the node's name where its uid belongs
        fields["involvedObject.uid"] = meta["uid"]
    if namespace:
        fields["involvedObject.namespace"] = namespace
    query = ",".join(f"{key}={value}" for key, value in sorted(fields.items()))
    found = invocation.client.list(EVENTS, namespace, fields=query)
    return sorted(found, key=lambda event: str(event.get("lastTimestamp") or ""))


def write_events(writer: TabWriter, events: Sequence[Object], invocation: Invocation) -> None:
    """``Events:  <none>`` in the columns above, or a table of its own."""
    if not events:
        writer.line("Events:", "<none>")
        return
    writer.flush()
    writer.write("Events:\n")
    writer.line(*_indented(_HEADERS))
    writer.line(*_indented(("----", "------", "----", "----", "-------")))
    for event in events:
        source, since = source_of(event, invocation.release), _age(event, invocation.now())
        writer.line(*_indented((event["type"], event["reason"], since, source, event["message"].strip())))


def _indented(cells: Sequence[str]) -> list[str]:
    return [f"  {cells[0]}", *cells[1:]]


def _age(event: Object, now: float) -> str:
    """``61s``; of an event that came more than once ``61s (x2 over 63s)``."""
    first = age(event.get("eventTime") or event.get("firstTimestamp"), now)
    series = event.get("series")
    if series:
        return f"{age(series.get('lastObservedTime'), now)} (x{series.get('count', 0)} over {first})"
    if (event.get("count") or 1) <= 1:
        return first
    return f"{age(event.get('lastTimestamp'), now)} (x{event['count']} over {first})"


def source_of(event: Object, release: Release) -> str:
    """``kubelet, ip-10-0-1-2.ec2.internal``; later releases leave out the host."""
    source = event.get("source") or {}
    if not EVENT_HOST.at(release):
        return str(source.get("component") or event.get("reportingComponent") or "")
    return ", ".join(part for part in (source.get("component", ""), source.get("host", "")) if part)
