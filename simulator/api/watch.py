"""A watch: the changes of one resource since a revision, as the log tells them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simulator.api.resourcetable import ResourceType
from simulator.api.selectors import Selectors
from simulator.api.types import WatchEvent
from simulator.errors import Object, StatusError
from simulator.log.entry import Entry
from simulator.log.state import State, Stored
from simulator.runtime.tasks import Signal

Key = tuple[str, str]
Bookmark = Callable[[int, bool], Object]
"""Makes the object of a bookmark: of its revision, and of whether it ends the initial events."""


@dataclass(frozen=True, slots=True)
class Start:
    """Where a watch begins: with an ADDED event for each object there is (``since`` None), or after a revision.

    ``end_mark``: a bookmark tells that the first events are all told. A revision that is still to come is waited for.
    """

    since: int | None = None
    end_mark: bool = False


class Watch:
    """Events in revision order. ``next`` never blocks; ``changed`` wakes a task that waits; ``close`` ends it.

    An object that stops matching the selectors is told as DELETED.

    ``present`` gives the object that the selectors see; ``render`` makes of that one what an event carries;
    ``bookmark`` makes bookmarks, for a watch that asked for them. ``timeout_s``: how long the client wants it to last;
    who carries the events to it sees to that.
    """

    failure: StatusError | None = None
    """Why there are no events but one of ERROR."""

    def __init__(
        self,
        state: State,
        resource: ResourceType,
        namespace: str,
        selectors: Selectors,
        present: Callable[[Object], Object],
        start: Start,
        render: Callable[[Object], Object] | None = None,
        bookmark: Bookmark | None = None,
        timeout_s: int | None = None,
    ) -> None:
        self.changed = Signal()
        self.closed = False
        self.timeout_s = timeout_s
        self.at_end: list[Callable[[], None]] = []  # called once, when it is closed
        self.listener: Callable[[], None] | None = None  # called at every new event, and at the end
        self.content_type = "application/json"
        self.frame: Callable[[WatchEvent], bytes] = WatchEvent.data  # an event as it stands in the body
        self._key, self._namespace, self._selectors, self._present = resource.key, namespace, selectors, present
        self._state, self._render, self._bookmark = state, render, bookmark
        self._events: deque[WatchEvent] = deque()
        self._known: set[Key] = set()
        self._since = start.since or 0
        if start.since is None:
            for stored in state.list(resource.key, namespace or None):
                self._offer("put", stored, created=True)
        else:
            self._replay(start.since)
        self._told = state.revision
        self._unsubscribe = state.subscribe(self._on_entry, resource.key)
        if start.end_mark:
            self._mark(initial_end=True)

    @classmethod
    def failed(cls, error: StatusError, state: State, resource: ResourceType) -> Watch:
        """One that has ended with an ERROR: so a real server tells what is wrong with where it should begin."""
        watch = cls(state, resource, "", Selectors(), lambda obj: obj, Start(state.revision))
        watch.failure = error
        watch._events.append(WatchEvent("ERROR", error.to_status()))
        watch.close()
        return watch

    def next(self) -> WatchEvent | None:
        """The next event, or None when there is none yet."""
        return self._events.popleft() if self._events else None

    def pending(self) -> bool:
        """Whether ``next`` has an event."""
        return bool(self._events)

    def bookmark(self) -> None:
        """Tell how far the watch is, if the client wants that and does not know it yet.

        Who carries the events calls this about every minute, and shortly before the end.
        """
        if not self.closed and self._state.told() > self._told:
            self._told = self._state.told()
            self._mark(initial_end=False)
            self._tell()

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._unsubscribe()
            for end in self.at_end:
                end()
            self._tell()

    def look_again(self, name: str = "") -> None:
        """What the selectors choose may have changed: of one object that lies in no namespace, or of all."""
        before = len(self._events)
        one = self._state.get(self._key, "", name) if name else None
        for stored in [one] if one is not None else [] if name else self._state.list(self._key):
            meta = stored.object["metadata"]
            if ((meta.get("namespace", ""), meta["name"]) in self._known) is not self._matches(stored.object):
                self._offer("put", stored, created=False)
        if len(self._events) > before:
            self._tell()

    def _mark(self, *, initial_end: bool) -> None:
        if self._bookmark is not None:
            self._events.append(WatchEvent("BOOKMARK", self._bookmark(self._told, initial_end)))

    def _replay(self, since: int) -> None:
        if since >= self._state.revision:
            entries: list[Entry] = []
        else:
            entries = [entry for entry in self._state.history(since) if self._concerns(entry)]
        if self._selectors:
            self._known = self._known_before(entries)
        for entry in entries:
            self._offer(entry.verb, Stored(entry.object, entry.revision, entry.time), entry.created)

    def _known_before(self, entries: Sequence[Entry]) -> set[Key]:
        """What matched the selectors before the entries."""
        before: dict[Key, Stored | None] = {}
        for stored in self._state.list(self._key, self._namespace or None):
            meta = stored.object["metadata"]
            before[meta.get("namespace", ""), meta["name"]] = stored
        for entry in reversed(entries):  # back to what there was at ``since``
            before[entry.namespace, entry.name] = self._state.replaced(entry)
        return {key for key, stored in before.items() if stored is not None and self._matches(stored.object)}

    def _on_entry(self, entry: Entry) -> None:
        if entry.revision > self._since and self._concerns(entry):
            before = len(self._events)
            self._offer(entry.verb, self._state.holder(entry), entry.created)
            if len(self._events) > before:
                self._told = entry.revision
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
