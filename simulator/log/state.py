"""The fold of a log, held in memory. Reads never touch the log; a fork is a copy of references.

Objects lie in two levels of maps, resource -> namespace -> name. Forks share the maps and copy one when writing to it:

    parent   {"pods": A, "nodes": B}        fork, then a pod is written in "demo" of the fork
    fork     {"pods": A', "nodes": B}       A' = {"demo": copied, "openshift-storage": shared with A}
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NoReturn

from simulator.errors import Object, ServiceUnavailable
from simulator.log.encoding import encoded
from simulator.log.entry import Compacted, Entry, LazyRows, Log, LogConflict, Snapshot, Verb
from simulator.log.indexes import Index, Lookup
from simulator.log.maps import LazyMap, Map, Owner
from simulator.log.memory import MemoryLog

Shelf = tuple[str, str, Callable[[], dict[str, Object]]]
"""(resource, namespace, what reads the objects by their names)."""

EVERY_RESOURCE = ""
REMEMBERED = 10_000
"""Of at least how many entries a state knows what they replaced, and a memory log has them; at most twice as many."""
FREEZE: bool = False
"""Whether stored objects are made to refuse changes. Tests switch it on; it costs a deep copy at each write."""


class State:
    """All objects at one revision, and the one way to change them.

    ``base`` is what the log builds on (a profile); the log's own snapshot is taken instead where it is the newer one.
    ValueError if the log ends before the base: it belongs to something else, or has to be given the base's revision as
    its start.
    """

    _holder: Stored | None = None  # of the entry that was delivered last

    def __init__(self, log: Log, base: Snapshot | None = None) -> None:
        self.log = log
        self._begin(revision=0, time=0.0, tables={})
        compacted = log.snapshot()
        if compacted is not None and (base is None or base.revision < compacted.revision):
            base = compacted
        if base is not None:
            self._load(base)
        self._catch_up()

    @classmethod
    def from_frozen(cls, base: Snapshot) -> State:
        """A state over a memory log that starts at ``base``: made once for a profile, then forked for each cluster."""
        return cls(MemoryLog(base.revision), base)

    @classmethod
    def from_shelves(cls, revision: int, time: float, shelves: Iterable[Shelf]) -> State:
        """As ``from_frozen``, of objects that are read when somebody looks at their resource in their namespace."""
        state = cls(MemoryLog(revision), Snapshot(revision, time, []))
        for resource, namespace, load in shelves:
            table = state._tables.setdefault(resource, Map(state._owner))
            table.put(namespace, LazyMap(state._owner, _storing(load, revision, time)))
        return state

    def fork(self, log: Log | None = None) -> State:
        """Return a state that starts from this one and goes its own way.

        It writes to a new memory log, or to ``log``, which builds on this state's revision (a cluster on Redis that
        started from a shared profile) and whose entries are folded in.
        """
        compacted = None if log is None else log.snapshot()
        if log is not None and compacted is not None and compacted.revision > self.revision:
            return State(log, compacted)
        fork = State.__new__(State)
        fork.log = MemoryLog(self.revision) if log is None else log
        fork._begin(self.revision, self.time, dict(self._tables))
        self._owner = Owner()  # from here on both sides copy what they write to
        if log is not None:
            fork._catch_up()
        return fork

    def get(self, resource: str, namespace: str, name: str) -> Stored | None:
        table = self._tables.get(resource)
        shelf = None if table is None else table.items.get(namespace)
        return None if shelf is None else shelf.items.get(name)

    def holder(self, entry: Entry) -> Stored:
        """What holds the object of an entry: one for all who hear of that entry now, so that they share its bytes."""
        held = self._holder
        if held is None or held.object is not entry.object:
            held = self.get(entry.resource, entry.namespace, entry.name)
            if held is None or held.object is not entry.object:  # deleted, or written again meanwhile
                held = Stored(entry.object, entry.revision, entry.time)
            self._holder = held
        return held

    def changed_at(self, resource: str) -> int:
        """The revision of the last write to a resource; 0 while it is as the state began. For who keeps what follows
        from it.
        """
        return self._changed.get(resource, 0)

    def resources(self) -> list[str]:
        """The resources of which there are objects."""
        return sorted(self._tables)

    def history(self, after: int) -> list[Entry]:
        """The entries after a revision, up to the one that this state has reached: what a subscription made now goes on
        from, without a gap and without a repeat. The log itself may be ahead by what other writers added. Compacted as
        ``Log.read``.
        """
        if after < self._horizon:
            raise Compacted(f"revision {after} is older than {self._horizon}, as far back as is remembered")
        return [entry for entry in self.log.read(after) if entry.revision <= self.revision]

    def replaced(self, entry: Entry) -> Stored | None:
        """What an entry of the history replaced or deleted; None when that was nothing."""
        return self._replaced.get(entry.revision)

    def find(self, resource: str, index: Index, word: str, namespace: str | None = None) -> list[Stored]:
        """Those of ``list`` that ``index`` finds under ``word``. The index is kept from the first time on."""
        lookups = self._lookups.setdefault(resource, {})
        lookup = lookups.get((index, namespace))
        if lookup is None:
            lookup = lookups[index, namespace] = Lookup(index, self._items(resource, namespace))
        return lookup.find(word)

    def oldest(self) -> int:
        """The revision before the oldest entry of the history."""
        return self._horizon

    def told(self) -> int:
        """The revision up to which every subscriber has heard of all entries."""
        return self._undelivered[0].revision - 1 if self._undelivered else self.revision

    def list(self, resource: str, namespace: str | None = None) -> list[Stored]:
        """The objects of one namespace, or of all (None), in the order of their keys in etcd."""
        table = self._tables.get(resource)
        if table is None:
            return []
        if namespace is None:
            return [stored for shelf in table.in_order(_etcd_prefix) for stored in shelf.in_order(str)]
        shelf = table.items.get(namespace)
        return [] if shelf is None else shelf.in_order(str)

    def list_at(self, revision: int, resource: str, namespace: str | None = None) -> Sequence[Stored]:
        """The same as it was at a revision; Compacted when that is too long ago."""
        is_newest = revision >= max(self._horizon, self._changed.get(resource, 0))
        entries = [] if is_newest else self.history(revision)
        later = [entry for entry in entries if entry.resource == resource and namespace in (None, entry.namespace)]
        if not later:
            return self.list(resource, namespace)
        namespaces = self._tables[resource].items if resource in self._tables else {}
        found = {
            (_etcd_prefix(place), name): stored
            for place, shelf in namespaces.items()
            if namespace in (None, place)
            for name, stored in shelf.items.items()
        }
        for entry in reversed(later):
            key, before = (_etcd_prefix(entry.namespace), entry.name), self._replaced.get(entry.revision)
            if before is not None:
                found[key] = before
            else:
                found.pop(key, None)
        return [found[key] for key in sorted(found)]

    def changed_since(self, other: State) -> set[tuple[str, str, str]]:
        """(resource, namespace, name) of what another state, of which this is a fork, has otherwise or not at all."""
        changed: set[tuple[str, str, str]] = set()
        for resource in {*self._tables, *other._tables}:
            mine, theirs = _shelves(self, resource), _shelves(other, resource)
            for namespace in {*mine, *theirs}:
                here, there = mine.get(namespace), theirs.get(namespace)
                if here is not there:
                    ours, others = here.items if here else {}, there.items if there else {}
                    names = (name for name in {*ours, *others} if ours.get(name) is not others.get(name))
                    changed.update((resource, namespace, name) for name in names)
        return changed

    def snapshot(self) -> Snapshot:
        """This state as data. The objects are shared, not copied."""
        return Snapshot(self.revision, self.time, list(self._walk()))

    def commit(
        self, verb: Verb, resource: str, namespace: str, name: str, object: Object, *, time: float, cause: str
    ) -> Entry:
        """Write ``object`` under the next revision, which its copy carries as ``metadata.resourceVersion``.

        On LogConflict this state has caught up with the other writer, and the caller has to decide anew.
        """
        assert verb == "put" or self.get(resource, namespace, name), f"no {resource} {namespace}/{name} to delete"
        revision = self.revision + 1
        stamped = _stamp(object, revision)
        content = freeze(stamped) if FREEZE else stamped
        created = verb == "put" and self.get(resource, namespace, name) is None
        entry = Entry(revision, time, cause, verb, resource, namespace, name, content, created)
        try:
            self.log.append(self.revision, [entry])
        except LogConflict:
            if self.refresh() == 0:
                raise ServiceUnavailable(f"the log ends before revision {self.revision}: it has lost entries") from None
            raise
        self._apply(entry)
        self._deliver()
        return entry

    def refresh(self) -> int:
        """Fold in what other writers appended; how many entries that was.

        Compacted if this state lags behind the log's snapshot: it is of no use any more, nor are its watches.
        """
        entries = self.log.read(self.revision)
        for entry in entries:
            self._apply(replace(entry, object=freeze(entry.object)) if FREEZE else entry)
        self._deliver()
        return len(entries)

    def subscribe(self, callback: Callable[[Entry], None], resource: str = EVERY_RESOURCE) -> Callable[[], None]:
        """Call ``callback`` with each entry after the present revision; the function returned ends that, at once.

        Every entry (of that resource) comes once, in order of revisions, after it became visible. A callback may
        commit: what it writes is delivered to all after the entry at hand.
        """
        subscription = _Subscription(callback, self.revision)
        followers = self._subscriptions.setdefault(resource, [])
        followers.append(subscription)

        def unsubscribe() -> None:
            subscription.active = False
            if subscription in followers:
                followers.remove(subscription)

        return unsubscribe

    def _begin(self, revision: int, time: float, tables: dict[str, Map[Map[Stored]]]) -> None:
        self.revision = revision
        self.time = time  # of the last entry, virtual seconds since the epoch
        self._tables = tables
        self._owner = Owner()
        self._lookups: dict[str, dict[tuple[Index, str | None], Lookup[Stored]]] = {}
        self._changed: dict[str, int] = {}
        self._replaced: dict[int, Stored] = {}
        self._horizon = revision  # of what came later it is known what it replaced
        self._mark: State | None = None  # this state as it was some time ago
        self._subscriptions: dict[str, list[_Subscription]] = {}
        self._undelivered: deque[Entry] = deque()
        self._delivering = False

    def _load(self, base: Snapshot) -> None:
        self.revision, self.time = base.revision, base.time
        self._horizon = base.revision
        for resource, namespace, name, object in base.objects:
            content = freeze(object) if FREEZE else object
            self._put(resource, namespace, name, Stored(content, _revision_of(object, base.revision), base.time))

    def _catch_up(self) -> None:
        if self.log.head() < self.revision:
            raise ValueError(f"the log ends at revision {self.log.head()}, before its base at {self.revision}")
        self.refresh()

    def _apply(self, entry: Entry) -> None:
        assert entry.revision == self.revision + 1, f"entry {entry.revision} after revision {self.revision}"
        if (before := self.get(entry.resource, entry.namespace, entry.name)) is not None:
            before.forget()
            self._replaced[entry.revision] = before
        if entry.verb == "put":
            stored = Stored(entry.object, entry.revision, entry.time)
            self._put(entry.resource, entry.namespace, entry.name, stored)
        else:
            self._remove(entry.resource, entry.namespace, entry.name)
        self.revision, self.time = entry.revision, entry.time
        self._changed[entry.resource] = entry.revision
        if self._subscriptions:
            self._undelivered.append(entry)
        if entry.revision - (self._mark.revision if self._mark is not None else self._horizon) >= REMEMBERED:
            self._forget()

    def _forget(self) -> None:
        """Let go of the entries before the last mark, and set another one.

        etcd is compacted in the same way, every five minutes to where it was five minutes ago; here entries count, so
        that undo reaches as far back after a jump of three hours as before it.
        """
        mark, self._mark = self._mark, self.fork()
        if mark is None:
            return
        self._horizon = mark.revision
        for revision in list(itertools.takewhile(lambda revision: revision <= mark.revision, self._replaced)):
            del self._replaced[revision]
        if isinstance(self.log, MemoryLog):
            self.log.compact(Snapshot(mark.revision, mark.time, LazyRows(lambda: list(mark._walk()))))

    def _put(self, resource: str, namespace: str, name: str, stored: Stored) -> None:
        self._writable_shelf(resource, namespace).put(name, stored)
        for (_, place), lookup in self._lookups.get(resource, {}).items():
            if place is None or place == namespace:
                lookup.put(namespace, name, stored)

    def _remove(self, resource: str, namespace: str, name: str) -> None:
        for (_, place), lookup in self._lookups.get(resource, {}).items():
            if place is None or place == namespace:
                lookup.remove(namespace, name)
        shelf = self._writable_shelf(resource, namespace)
        shelf.remove(name)
        if not shelf.items:
            self._tables[resource].remove(namespace)
        if not self._tables[resource].items:
            del self._tables[resource]

    def _writable_shelf(self, resource: str, namespace: str) -> Map[Stored]:
        table = self._tables.get(resource)
        table = self._tables[resource] = Map(self._owner) if table is None else table.owned_by(self._owner)
        shelf = table.items.get(namespace)
        shelf = Map(self._owner) if shelf is None else shelf.owned_by(self._owner)
        table.put(namespace, shelf)
        return shelf

    def _items(self, resource: str, namespace: str | None) -> Iterator[tuple[str, str, Stored]]:
        table = self._tables.get(resource)
        for place, shelf in table.items.items() if table is not None else ():
            if namespace is None or place == namespace:
                yield from ((place, name, stored) for name, stored in shelf.items.items())

    def _walk(self) -> Iterator[tuple[str, str, str, Object]]:
        for resource in self.resources():
            table = self._tables[resource]
            for namespace in table.order(_etcd_prefix):
                shelf = table.items[namespace]
                for name in shelf.order(str):
                    yield resource, namespace, name, shelf.items[name].object

    def _deliver(self) -> None:
        """Hand out what is undelivered. An entry leaves the queue when all had it: an interrupt (Ctrl-C) loses none."""
        if self._delivering:
            return  # a callback committed: the loop further up the stack goes on with that entry
        self._delivering = True
        try:
            while self._undelivered:
                entry = self._undelivered[0]
                for resource in (EVERY_RESOURCE, entry.resource):
                    for subscription in tuple(self._subscriptions.get(resource, ())):
                        subscription.offer(entry)
                self._undelivered.popleft()
        finally:
            self._delivering = False


def _storing(load: Callable[[], dict[str, Object]], revision: int, time: float) -> Callable[[], dict[str, Stored]]:
    def stored() -> dict[str, Stored]:
        return {
            name: Stored(freeze(object) if FREEZE else object, _revision_of(object, revision), time)
            for name, object in load().items()
        }

    return stored


class Stored:
    """An object as it is held: never changed in place, and shared between forks together with its serialized bytes."""

    __slots__ = ("_data", "memo", "object", "revision", "time")

    def __init__(self, object: Object, revision: int, time: float) -> None:
        self.object = object
        self.revision = revision
        self.time = time  # of its last write; of the snapshot, if it comes from one
        self._data: bytes | None = None
        self.memo: Any = None  # what somebody works out of the object and does not want to work out again

    def data(self) -> bytes:
        """The object as JSON without spaces, in UTF-8; serialized at the first use."""
        if self._data is None:
            self._data = encoded(self.object)
        return self._data

    def forget(self) -> None:
        """Let go of the bytes; who needs them yet serializes again."""
        self._data = None

    def line(self) -> bytes:
        """The same with a newline, which ends every document that an API server sends."""
        return self.data() + b"\n"


def encoded_list(head: Mapping[str, Any], items: Iterable[Stored]) -> bytes:
    """A list whose items are bytes already, as a line; ``head`` is the rest of it."""
    return b'%b,"items":[%b]}\n' % (encoded(head)[:-1], b",".join([stored.data() for stored in items]))


def _shelves(state: State, resource: str) -> Mapping[str, Map[Stored]]:
    table = state._tables.get(resource)
    return {} if table is None else table.items


class _Subscription:
    __slots__ = ("_callback", "_seen", "active")

    def __init__(self, callback: Callable[[Entry], None], seen: int) -> None:
        self._callback = callback
        self._seen = seen
        self.active = True

    def offer(self, entry: Entry) -> None:
        if self.active and entry.revision > self._seen:
            self._seen = entry.revision
            self._callback(entry)


class FrozenDict(dict[str, Any]):
    """A dict that refuses to change. It compares and serializes as usual; its copies, deep or not, are plain."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("a stored object is never changed in place: change a copy (copy.deepcopy) and write that")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __deepcopy__(self, memo: object) -> dict[str, Any]:
        return {key: thaw(value) for key, value in self.items()}

    def __reduce__(self) -> tuple[type, tuple[dict[str, Any]]]:
        return dict, (dict(self),)


class FrozenList(list[Any]):
    """A list that refuses to change, as FrozenDict does."""

    __slots__ = ()

    _refuse = FrozenDict._refuse
    __setitem__ = __delitem__ = __iadd__ = __imul__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse

    def __deepcopy__(self, memo: object) -> list[Any]:
        return [thaw(value) for value in self]

    def __reduce__(self) -> tuple[type, tuple[list[Any]]]:
        return list, (list(self),)


def freeze(value: Any) -> Any:
    """A deep copy of a JSON value that refuses to change; what is frozen already is taken as it is."""
    if isinstance(value, FrozenDict | FrozenList):
        return value
    if isinstance(value, dict):
        return FrozenDict((key, freeze(item)) for key, item in value.items())
    if isinstance(value, list):
        return FrozenList(freeze(item) for item in value)
    return value


def thaw(value: Any) -> Any:
    """A deep copy of a JSON value in plain dicts and lists, frozen or not."""
    if isinstance(value, dict):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list):
        return [thaw(item) for item in value]
    return value


def _etcd_prefix(namespace: str) -> str:
    """etcd sorts whole keys, ``/registry/pods/NAMESPACE/NAME``: "a-b" stands before "a", as "-" is less than "/"."""
    return namespace + "/"


def _stamp(object: Object, revision: int) -> Object:
    return {**object, "metadata": {**object.get("metadata", {}), "resourceVersion": str(revision)}}


def _revision_of(object: Object, default: int) -> int:
    """The revision that an object of a snapshot carries; one that a person wrote for a profile may carry none."""
    text = object.get("metadata", {}).get("resourceVersion", "")
    return int(text) if text else default
