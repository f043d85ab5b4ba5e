"""``oc events``: what happened, the latest last. Source: kubectl, cmd/events."""

from __future__ import annotations

from collections.abc import Iterator

from simulator.api.ages import age
from simulator.api.gvrs import EVENTS
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.flags import ALL_NAMESPACES, NO_HEADERS, OUTPUT, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, output_format, print_document
from simulator.oc.printers.tabwriter import TABLE, TabWriter
from simulator.oc.resources import resource_map
from simulator.oc.targets import complete
from simulator.oc.waiting import changed
from simulator.runtime.clock import parse_rfc3339


async def run(invocation: Invocation) -> int:
    """List the events, or with --watch print those that come (those that are there first)."""
    fields = _about(invocation)
    form = await output_format(invocation)
    for word in invocation.flags.texts("types"):
        if word.lower() not in ("normal", "warning"):
            raise fail("valid --types are Normal or Warning")
    namespace = None if invocation.all_namespaces else invocation.namespace
    if invocation.flags.flag("watch"):
        await _watch(invocation, form, namespace, fields)
        return 0
    found = invocation.client.list(EVENTS, namespace, fields=fields)
    events = sorted((event for event in found if _wanted(invocation, event)), key=_time)
    if not events:
        where = "" if namespace is None else f" in {namespace} namespace"
        await invocation.error(f"No events found{where}.")
        return 0
    await _print(invocation, form, events)
    return 0


def _about(invocation: Invocation) -> str:
    """The field selector of --for TYPE/NAME; "" for everything."""
    text = invocation.flags.text("for")
    if not text:
        return ""
    word, slash, name = text.partition("/")
    if not slash:
        raise fail("--for must be in resource/name form")
    if "/" in name:
        raise fail("arguments in resource/name form may not have more than one slash")
    resource = resource_map(invocation.session).find(word)
    if resource is None:
        plural, _, group = word.lower().partition(".")
        where = f' in group "{group}"' if group else ""
        raise CommandError(f'the server doesn\'t have a resource type "{plural}"{where}')
    about = {"kind": resource.kind, "apiVersion": resource.api_version, "name": name}
    return ",".join(f"involvedObject.{key}={value}" for key, value in about.items())


def _wanted(invocation: Invocation, event: Object) -> bool:
    types = [word.lower() for word in invocation.flags.texts("types")]
    return not types or event.get("type", "").lower() in types


def _time(event: Object) -> float:
    series = event.get("series") or {}
    text = series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime")
    return parse_rfc3339(text) if text else 0.0


async def _print(invocation: Invocation, form: Format, events: list[Object]) -> None:
    if not form.name:
        await invocation.out("".join(_Printer(invocation).lines(events)))
        return
    if form.name == "name":  # the real one prints no names of a list
        return
    items = [{"apiVersion": "v1", "kind": "Event", **event} for event in events]
    await print_document(invocation, form, {"apiVersion": "v1", "items": items, "kind": "EventList", "metadata": {}})


class _Printer:
    """Rows in the layout of ``oc get``; the headers once, before the first."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self._writer = TabWriter(TABLE, remember=True)
        self._namespaces = invocation.all_namespaces
        self._headed = invocation.flags.flag("no-headers")

    def lines(self, events: list[Object]) -> Iterator[str]:
        if not self._headed:
            self._row("NAMESPACE", "LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE")
            self._headed = True
        for event in events:
            about, message = event["involvedObject"], event.get("message", "").strip()
            subject = f"{about.get('kind', '')}/{about.get('name', '')}"
            seen = _last_seen(event, self._invocation.now())
            self._row(
                event["metadata"]["namespace"], seen, event.get("type", ""), event.get("reason", ""), subject, message
            )
        yield self._writer.text()

    def _row(self, namespace: str, *cells: str) -> None:
        self._writer.line(*([namespace] if self._namespaces else []), *cells)


def _last_seen(event: Object, now: float) -> str:
    """``61s``; of an event that came more than once ``61s (x2 over 63s)``."""
    first = age(event.get("eventTime") or event.get("firstTimestamp"), now)
    if series := event.get("series"):
        return f"{age(series.get('lastObservedTime'), now)} (x{series.get('count', 0)} over {first})"
    if event.get("count", 0) > 1:
        return f"{age(event.get('lastTimestamp'), now)} (x{event['count']} over {first})"
    return first


async def _watch(invocation: Invocation, form: Format, namespace: str | None, fields: str) -> None:
    stream, printer = invocation.client.watch(EVENTS, namespace, fields=fields), _Printer(invocation)
    resource = invocation.resolve("events")
    try:
        while True:
            while (change := stream.poll()) is not None:
                event = complete(resource, change.object)
                if change.type in ("ADDED", "MODIFIED") and _wanted(invocation, event):
                    if form.name:
                        await _print(invocation, form, [event])
                    else:
                        await invocation.out("".join(printer.lines([event])))
            if stream.closed or not await changed(stream, None):
                return
    finally:
        stream.close()


COMMAND = Command(
    path="oc events",
    usage="oc events [(-o|--output=)FORMAT] [--for TYPE/NAME] [--watch] [--types=Normal,Warning] [flags]",
    short="List events",
    long="A table of the most important things about events, of a project, of all, or of one object.",
    examples=(
        "# What happened in the project",
        "oc events",
        "",
        "# What went wrong with a claim",
        "oc events --for pvc/registry --types=Warning",
    ),
    flags=(
        ALL_NAMESPACES,
        Flag("chunk-size", "Read lists in chunks of this size.", "int", default=500),
        Flag("for", "Only events about this object, as TYPE/NAME."),
        NO_HEADERS,
        OUTPUT,
        TEMPLATE,
        Flag("types", "Only events of these types.", "list"),
        Flag("watch", "After those that are there, print events as they come.", "bool", "w"),
    ),
    run=run,
    since="4.13",
)
