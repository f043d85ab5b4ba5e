"""Reading without a request: for the parts of the cluster itself, which may read everything.

Real controllers read from the caches of their informers, found by indexes; here the state itself is at hand, and is
never stale. What such a read gives is what the API would answer to somebody who may see all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from simulator.api.resourcetable import ResourceType
from simulator.api.selectors import Selectors
from simulator.api.subresources import builtin_subresource
from simulator.api.types import GVR
from simulator.errors import Object, not_found
from simulator.log.indexes import Index

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


def _field(first: str, second: str) -> Callable[[Object], str]:
    def value(obj: Object) -> str:
        return (obj.get(first) or {}).get(second) or ""

    return value


FIELDS = {
    ("pods", "spec.nodeName"): Index("spec.nodeName", _field("spec", "nodeName")),
    ("events", "involvedObject.name"): Index("involvedObject.name", _field("involvedObject", "name")),
}
"""Fields by which objects are found without looking at all. The first is a real one: NodeNameTriggerFunc."""
_ONE_FIELD = re.compile(r"([A-Za-z.]+)=([^,!=]*)")


class Reader:
    """Plain objects of built-in kinds, straight from the state. ``row`` is None for all else: send a request."""

    def __init__(self, server: ApiServer) -> None:
        self._server, self._state = server, server.state
        self._rows: dict[GVR, ResourceType | None] = {}

    def row(self, resource: GVR) -> ResourceType | None:
        """The kind, if its objects can be read so."""
        try:
            return self._rows[resource]
        except KeyError:
            row = self._rows[resource] = self._plain(resource)
            return row

    def _plain(self, resource: GVR) -> ResourceType | None:
        row = self._server.table.find(*resource)
        if row is None or row.stored_as or not {"get", "list"} <= set(row.verbs):
            return None
        special = builtin_subresource(row, "") or self._server.subresources.get((row.qualified, ""))
        return None if special else row

    def get_or_none(self, row: ResourceType, name: str, namespace: str | None) -> Object | None:
        stored = self._state.get(row.key, namespace or "", name)
        return None if stored is None else stored.object

    def get(self, row: ResourceType, name: str, namespace: str | None) -> Object:
        """NotFound."""
        stored = self._state.get(row.key, namespace or "", name)
        if stored is None:
            raise not_found(row.plural, name, row.group)
        return stored.object

    def find(self, row: ResourceType, index: Index, word: str, namespace: str | None = None) -> list[Object]:
        """Those of ``list`` that an index finds under a word."""
        return [stored.object for stored in self._state.find(row.key, index, word, namespace or None)]

    def list(self, row: ResourceType, namespace: str | None, labels: str = "", fields: str = "") -> list[Object]:
        if not labels and not fields:
            return [stored.object for stored in self._state.list(row.key, namespace or None)]
        if not labels and (found := _ONE_FIELD.fullmatch(fields)):
            index = FIELDS.get((row.key, found.group(1)))
            if index is not None:
                return self.find(row, index, found.group(2), namespace)
        selectors = Selectors.of(row, {"labelSelector": labels, "fieldSelector": fields})
        return [obj for obj in self.list(row, namespace) if selectors.match(obj)]
