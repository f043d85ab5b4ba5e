"""``oc get -w``: objects as they change. Source: kubectl, cmd/get/get.go (watch)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from simulator.client import EventStream
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.flags import parse_duration
from simulator.oc.get import accept_table, selector_query, table_printer
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, print_document
from simulator.oc.resources import ResourceInfo
from simulator.oc.targets import Query, complete
from simulator.oc.waiting import changed

if TYPE_CHECKING:
    from simulator.oc.printers.customcolumns import CustomColumns

_BAD_TIMEOUT = (
    "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding "
    "time unit (e.g. 1s | 2m | 3h)"
)


async def watch(invocation: Invocation, form: Format, queries: Sequence[tuple[Query, str | None]]) -> int:
    """Print the objects of the one query that there may be, then each that changes, until the watch ends."""
    if len(queries) != 1 or len(queries[0][0].names) > 1:
        count = sum(len(query.names) or 1 for query, _ in queries)
        what = "individual resources and resource collections"
        raise fail(f"watch is only supported on {what} - {count} resources were found")
    (query, namespace), limit_s = queries[0], _request_timeout_s(invocation)
    printer = _Printer(invocation, form, query.resource)
    begin = _watch_one if query.names else _watch_list
    stream = await begin(invocation, printer, query, namespace)
    try:
        await _follow(stream, printer, invocation.now() + limit_s if limit_s else None)
    finally:
        stream.close()
    return 0


async def _watch_one(invocation: Invocation, printer: _Printer, query: Query, namespace: str | None) -> EventStream:
    """From "0" and not from the object's own version, which a server may have forgotten: the first event shows it."""
    resource, name = query.resource, query.names[0]
    invocation.client.request("GET", resource.path(namespace, name), accept=printer.accept)
    stream = invocation.client.watch(
        resource.gvr, namespace, fields=f"metadata.name={name}", resource_version="0", accept=printer.accept
    )
    if invocation.flags.flag("watch-only") and (first := stream.poll()):
        printer.skip(first.object)
    return stream


async def _watch_list(invocation: Invocation, printer: _Printer, query: Query, namespace: str | None) -> EventStream:
    """The objects there are, then the changes since that list."""
    resource, client, selectors = query.resource, invocation.client, selector_query(invocation)
    listed = client.request("GET", resource.path(namespace), query=selectors, accept=printer.accept).body
    stream = client.watch(
        resource.gvr,
        namespace,
        labels=selectors.get("labelSelector", ""),
        fields=selectors.get("fieldSelector", ""),
        resource_version=listed["metadata"]["resourceVersion"],
        accept=printer.accept,
    )
    if not invocation.flags.flag("watch-only"):
        await printer.show_list(listed)
    return stream


async def _follow(stream: EventStream, printer: _Printer, deadline: float | None) -> None:
    """Print events until the server closes the stream, ``deadline`` comes (--request-timeout), or a Ctrl-C."""
    while True:
        event = stream.poll()
        if event is not None:
            if event.type in ("ADDED", "MODIFIED", "DELETED"):
                await printer.show(event.object, event.type)
        elif stream.closed or not await changed(stream, deadline):
            return


def _request_timeout_s(invocation: Invocation) -> float:
    text = invocation.flags.text("request-timeout")
    try:
        return float(text) if text.isdigit() else parse_duration(text)
    except ValueError:
        raise fail(_BAD_TIMEOUT) from None


class _Printer:
    """Prints objects in the form of the command. A table keeps the widths of its columns from one call to the next."""

    def __init__(self, invocation: Invocation, form: Format, resource: ResourceInfo) -> None:
        self._invocation, self._form, self._resource = invocation, form, resource
        self._table = table_printer(invocation, form, resource, with_kind=invocation.flags.flag("show-kind"))
        self._columns: CustomColumns | None = None

    @property
    def accept(self) -> str:
        """What to ask the server for: Tables, or the objects themselves."""
        return accept_table(self._invocation.release) if self._form.is_table else "application/json"

    async def show_list(self, listed: Object) -> None:
        """The list, or its Table, that came before the events. Nothing is printed of an empty one."""
        if self._form.is_table:
            if listed["rows"]:
                await self.show(listed)
            return
        for item in listed["items"]:
            await self.show(complete(self._resource, item))

    def skip(self, shown: Object) -> None:
        """Print nothing of it; of its Table, the columns are those of the events to come."""
        if self._form.is_table:
            self._table.take_columns(shown)

    async def show(self, shown: Object, event: str = "ADDED") -> None:
        """An object, or a Table of such. ``event``: what happened to it."""
        if self._form.is_table:
            await self._invocation.out(self._table.rows(shown, event))
        elif self._form.name == "name":
            await self._invocation.line(self._resource.named(shown["metadata"]["name"]))
        elif self._form.name == "custom-columns":
            await self._invocation.out(self._custom_columns(shown))
        else:
            with_event = self._invocation.flags.flag("output-watch-events")
            shown = {"type": event, "object": shown} if with_event else shown
            if with_event and self._form.name == "json":
                from simulator.oc.gojson import dumps

                await self._invocation.line(f'{{"type":"{event}","object":{dumps(shown["object"])}}}')
                return
            await print_document(self._invocation, self._form, shown)

    def _custom_columns(self, obj: Object) -> str:
        from simulator.oc.printers.customcolumns import CustomColumns

        if self._columns is None:
            self._columns = CustomColumns(self._form.template, no_headers=self._invocation.flags.flag("no-headers"))
        return self._columns.rows([obj])
