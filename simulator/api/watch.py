"""A watch: the changes of one resource since a revision, as the log tells them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from simulator.api.resourcetable import ResourceType
from simulator.api.selectors import Selectors
from simulator.api.types import WatchEvent
from simulator.errors import BadRequest, Object
from simulator.log.entry import Entry
from simulator.log.state import State, Stored
from simulator.runtime.tasks import Signal


class Watch:
    """Events in revision order. ``next`` never blocks; ``changed`` wakes a task that waits; ``close`` ends it.

    ``since`` is the resourceVersion of a list: only what came after it is told. "" or "0" starts with an ADDED event
    for each object that is there. An object that stops matching the selectors is told as DELETED.

    ``present`` gives the object that the selectors see; ``render`` makes of that one what an event carries.
    """

    def __init__(
        self,
        state: State,
        resource: ResourceType,
        namespace: str,
        selectors: Selectors,
        present: Callable[[Object], Object],
        since: str = "",
        render: Callable[[Object], Object] | None = None,
    ) -> None:
        self.changed = Signal()
        self.closed = False
        self.listener: Callable[[], None] | None = None  # called at every new event, and at the end
        self.content_type = "application/json"
        self.frame: Callable[[WatchEvent], bytes] = WatchEvent.data  # an event as it stands in the body
        self._key, self._namespace, self._selectors, self._present = resource.key, namespace, selectors, present
        self._state, self._render = state, render
        self._events: deque[WatchEvent] = deque()
        self._known: set[tuple[str, str]] = set()
        if since in ("", "0"):
            for stored in state.list(resource.key, namespace or None):
                self._offer("put", stored, created=True)
        else:
            self._replay(state, since)
        self._unsubscribe = state.subscribe(self._on_entry, resource.key)

    def next(self) -> WatchEvent | None:
        """The next event, or None when there is none yet."""
        return self._events.popleft() if self._events else None

    def pending(self) -> bool:
        """Whether ``next`` has an event."""
        return bool(self._events)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._unsubscribe()
            self._tell()

    def _replay(self, state: State, since: str) -> None:
        if not since.isdigit():
            raise BadRequest(f'Invalid value: "{since}": must be a non-negative integer')
        entries = [entry for entry in state.history(int(since)) if self._concerns(entry)]
        if self._selectors:
            self._known = self._known_before(state, entries)
        for entry in entries:
            self._offer(entry.verb, Stored(entry.object, entry.revision, entry.time), entry.created)

    def _known_before(self, state: State, entries: Sequence[Entry]) -> set[tuple[str, str]]:
        """What matched the selectors before the entries."""
        before: dict[tuple[str, str], Object | None] = {}
        for stored in state.list(self._key, self._namespace or None):
            meta = stored.object["metadata"]
            before[meta.get("namespace", ""), meta["name"]] = stored.object
        for entry in reversed(entries):  # back to what there was at ``since``
            known = None if entry.created else state.replaced(entry) or entry.object
            before[entry.namespace, entry.name] = known
        return {key for key, obj in before.items() if obj is not None and self._matches(obj)}

    def _on_entry(self, entry: Entry) -> None:
        if self._concerns(entry):
            self._offer(entry.verb, self._state.holder(entry), entry.created)
            if self._events:
                self._tell()

    def _tell(self) -> None:
        self.changed.notify()
        if self.listener is not None:
            self.listener()

    def _concerns(self, entry: Entry) -> bool:
        return entry.resource == self._key and self._namespace in ("", entry.namespace)

    def _matches(self, obj: Object) -> bool:
        return self._selectors.match(self._present(obj))

    def _offer(self, verb: str, stored: Stored, created: bool) -> None:
        obj = stored.object
        if not self._selectors:  # everything was there, or is created
            kind = "DELETED" if verb == "delete" else "ADDED" if created else "MODIFIED"
            self._tell_of(kind, self._present(obj), stored)
            return
        meta = obj["metadata"]
        key = (meta.get("namespace", ""), meta["name"])
        was, shown = key in self._known, self._present(obj)
        if verb == "delete" or not self._selectors.match(shown):
            if was:
                self._known.discard(key)
                self._tell_of("DELETED", shown, stored)
            return
        self._known.add(key)
        self._tell_of("MODIFIED" if was else "ADDED", shown, stored)

    def _tell_of(self, kind: str, shown: Object, stored: Stored) -> None:
        """The bytes of an event are those of the stored object where it carries that one."""
        if self._render is not None:
            self._events.append(WatchEvent(kind, self._render(shown)))
        else:
            self._events.append(WatchEvent(kind, shown, stored.data if shown is stored.object else None))
