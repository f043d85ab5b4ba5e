"""What a log holds, and the port behind which the logs stand.

A cluster is one sequence of entries with consecutive revisions. A snapshot of their fold may replace the old ones:

    revision      101   102   103   104   105
    whole log     put   put   del   put   put        read(100) gives all five
    compact(103)  [ snapshot ]      put   put        read(103) gives two, read(102) raises Compacted
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, overload

from simulator.errors import Object

Verb = Literal["put", "delete"]


class LogConflict(Exception):
    """The log does not end at the revision after which the writer meant to append: somebody else took the next one."""


class Compacted(Exception):
    """Entries were asked for that a snapshot has replaced. A watch answers 410 Gone, reason Expired."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One write. ``object`` of a delete is the last state, with this revision as its ``metadata.resourceVersion``."""

    revision: int
    time: float  # virtual seconds since the epoch
    cause: str  # user name of the writer, such as "system:kube-controller-manager"
    verb: Verb
    resource: str  # group-qualified plural: "pods", "deployments.apps"
    namespace: str  # "" for cluster scope
    name: str
    object: Object
    created: bool = False  # a put of what was not there before: a watch tells it as ADDED

    def to_json(self) -> str:
        fields = {field: getattr(self, field) for field in self.__slots__}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Entry:
        return cls(**json.loads(text))


Row = tuple[str, str, str, Object]
"""(resource, namespace, name, object)."""


class LazyRows(Sequence[Row]):
    """Rows that are made when somebody looks at them."""

    def __init__(self, make: Callable[[], list[Row]]) -> None:
        self._make = make
        self._rows: list[Row] | None = None

    @property
    def rows(self) -> list[Row]:
        if self._rows is None:
            self._rows = self._make()
        return self._rows

    @overload
    def __getitem__(self, index: int) -> Row: ...

    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...

    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        return self.rows[index]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The fold of all entries up to ``revision``."""

    revision: int
    time: float  # of the last entry that it contains
    objects: Sequence[Row]

    def to_json(self) -> str:
        fields = {"revision": self.revision, "time": self.time, "objects": list(self.objects)}
        return json.dumps(fields, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes) -> Snapshot:
        fields = json.loads(text)
        objects = [(resource, namespace, name, object) for resource, namespace, name, object in fields["objects"]]
        return cls(fields["revision"], fields["time"], objects)


class Log(Protocol):
    """Append-only, one writer a revision. A log that lives elsewhere may raise ServiceUnavailable at any call."""

    def append(self, after: int, entries: Sequence[Entry]) -> None:
        """Add ``entries``, whose revisions are ``after + 1`` and on: all of them, or none and LogConflict if the log
        does not end at ``after``, be it that it is further on or not there yet.
        """
        ...

    def read(self, after: int) -> list[Entry]:
        """Return all entries newer than ``after``; Compacted if the first of them is gone. Past the head: none."""
        ...

    def wait(self, after: int, timeout_s: float) -> bool:
        """Tell whether there is something newer than ``after``. A log that others can write may block that long (real
        seconds) for it; the memory log answers at once.
        """
        ...

    def head(self) -> int:
        """The revision of the last entry ever appended, compacted or not; where the log starts if there was none."""
        ...

    def snapshot(self) -> Snapshot | None:
        """What the log was last compacted to."""
        ...

    def compact(self, snapshot: Snapshot) -> None:
        """Put ``snapshot`` in place of the entries up to its revision. One older than the present one is ignored.

        A reader that lags behind it loses its place (Compacted), so take the snapshot some time before it is used here.
        """
        ...


def check_consecutive(after: int, entries: Sequence[Entry]) -> None:
    """A programming error if the revisions of ``entries`` are not ``after + 1``, ``after + 2`` and so on."""
    revisions = [entry.revision for entry in entries]
    if revisions != list(range(after + 1, after + 1 + len(entries))):
        raise ValueError(f"revisions {revisions} do not follow {after}")


def check_reached(snapshot: Snapshot, head: int) -> None:
    """A programming error if a snapshot claims to fold entries that the log does not have."""
    if snapshot.revision > head:
        raise ValueError(f"a snapshot of revision {snapshot.revision} of a log that ends at {head}")
