"""``oc get -w``: objects as they change. Source: kubectl, cmd/get/get.go (watch).

The rows of a table are made here and not by the server: that of 4.2 cannot answer a watch with Tables, and its client
has the columns of the built-in kinds itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from simulator.api.resourcetable import builtin_table
from simulator.api.table import to_table
from simulator.api.types import TABLE_V1BETA1, Request
from simulator.client import EventStream
from simulator.errors import NotFound, Object
from simulator.oc.errors import fail
from simulator.oc.flags import parse_duration
from simulator.oc.get import selector_query, table_printer
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
    name = query.names[0] if query.names else ""
    selectors = {"fieldSelector": f"metadata.name={name}"} if name else selector_query(invocation)
    path = query.resource.path(namespace, name)
    first = invocation.client.request("GET", path, query={} if name else selectors).body
    stream = _stream(invocation, query.resource, namespace, selectors, first["metadata"]["resourceVersion"])
    try:
        printer = _Printer(invocation, form, query.resource)
        if not invocation.flags.flag("watch-only"):
            await printer.show([first] if name else first["items"])
        await _follow(stream, printer, invocation.now() + limit_s if limit_s else None)
    finally:
        stream.close()
    return 0


def _stream(
    invocation: Invocation, resource: ResourceInfo, namespace: str | None, selectors: dict[str, str], since: str
) -> EventStream:
    query = {"watch": "true", "resourceVersion": since, **selectors}
    client = invocation.client
    return client.transport.stream(Request("GET", resource.path(namespace), query, user=client.user))


async def _follow(stream: EventStream, printer: _Printer, deadline: float | None) -> None:
    """Print events until the server closes the stream, ``deadline`` comes (--request-timeout), or a Ctrl-C."""
    while True:
        event = stream.poll()
        if event is not None:
            if event.type in ("ADDED", "MODIFIED", "DELETED"):
                await printer.show([event.object])
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

    async def show(self, objects: Sequence[Object]) -> None:
        if self._form.is_table:
            await self._invocation.out(self._rows(objects) if objects else "")
            return
        for item in objects:
            obj = complete(self._resource, item)
            if self._form.name == "name":
                await self._invocation.line(self._resource.named(obj["metadata"]["name"]))
            elif self._form.name == "custom-columns":
                await self._invocation.out(self._custom_columns(obj))
            else:
                await print_document(self._invocation, self._form, obj)

    def _rows(self, objects: Sequence[Object]) -> str:
        row = builtin_table().find(*self._resource.gvr)
        if row is not None:
            return self._table.rows(to_table(row, objects, self._invocation.now(), {}))
        return "".join(self._table.rows(table) for obj in objects if (table := self._asked(obj)))

    def _asked(self, obj: Object) -> Any:
        """The Table of an object whose kind came with a CRD of this cluster; None when it is gone already."""
        metadata = obj["metadata"]
        path = self._resource.path(metadata.get("namespace"), metadata["name"])
        try:
            return self._invocation.client.request("GET", path, accept=TABLE_V1BETA1).body
        except NotFound:
            return None

    def _custom_columns(self, obj: Object) -> str:
        from simulator.oc.printers.customcolumns import CustomColumns

        if self._columns is None:
            self._columns = CustomColumns(self._form.template, no_headers=self._invocation.flags.flag("no-headers"))
        return self._columns.rows([obj])
