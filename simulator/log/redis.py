"""The log as a Redis stream, for every use that outgrows a process: persistence, several workers, a classroom.

One stream a cluster, an entry's ID is ``<revision>-0``. Redis refuses an ID that is not above all it has seen, so XADD
is the compare-and-swap. It would take an ID that leaves a gap, so that is ruled out before (see ``append``). The braces
in the keys keep a cluster on one slot of a Redis Cluster.

What a crash leaves behind is always a prefix of what was meant: one entry is one command, several are one MULTI/EXEC,
which Redis runs (and replays from its append-only file) as a whole. A writer that loses the connection does not know
whether its entry arrived: it gets ServiceUnavailable, or LogConflict if the client library had tried again by itself,
and finds out by reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import redis

from simulator.errors import ServiceUnavailable
from simulator.log.entry import Compacted, Entry, LogConflict, Snapshot, check_consecutive, check_reached

FIELD = "entry"
BLOCK_S = 1.0  # the longest XREAD at a time: less than a client's socket timeout, which is 5 s unless told otherwise


class RedisLog:
    """``start`` is the revision of the state on which the log builds; it counts until the first entry is written.

    ``client`` may decode responses or not. Every RedisError becomes ServiceUnavailable.
    """

    def __init__(self, client: redis.Redis, cluster: str, start: int = 0) -> None:
        self._client: Any = client  # the library's types mix its synchronous and asynchronous answers
        self._start = start
        self._stream = f"ocsim:{{{cluster}}}:log"
        self._compacted = f"ocsim:{{{cluster}}}:snapshot"
        self._known_head = 0  # the newest revision seen so far; the real head is never behind it

    def append(self, after: int, entries: Sequence[Entry]) -> None:
        """A head only grows, so one that has reached ``after`` rules out a gap, and XADD does the rest."""
        check_consecutive(after, entries)
        with _available():
            if self._known_head < after or not entries:
                self._known_head = self._head()
            if self._known_head != after:
                raise LogConflict(f"the log ends at revision {self._known_head}, not {after}")
            if len(entries) == 1:
                self._append_one(entries[0])
            elif entries:
                self._append_all(after, entries)
        self._known_head = after + len(entries)

    def read(self, after: int) -> list[Entry]:
        with _available():
            pipeline = self._client.pipeline(transaction=True)
            pipeline.xrange(self._stream, min=_entry_id(after + 1))
            pipeline.xinfo_stream(self._stream)
            found, info = pipeline.execute(raise_on_error=False)
            entries = [_parse(fields) for _, fields in _checked(found) or ()]
            head = entries[-1].revision if entries else self._head_of(info)
        first = entries[0].revision if entries else head + 1
        if after + 1 < first:
            raise Compacted(f"revision {after} is older than {first - 1}, where the log starts")
        self._known_head = max(self._known_head, head)
        return entries

    def wait(self, after: int, timeout_s: float) -> bool:
        remaining_s = timeout_s
        with _available():
            while self._head() <= after:
                if remaining_s <= 0:
                    return False
                block_ms = max(1, int(min(remaining_s, BLOCK_S) * 1000))  # 0 would block for ever
                self._client.xread({self._stream: _entry_id(after)}, count=1, block=block_ms)
                remaining_s -= BLOCK_S
        return True

    def head(self) -> int:
        with _available():
            return self._head()

    def snapshot(self) -> Snapshot | None:
        with _available():
            text = self._client.get(self._compacted)
        return None if text is None else Snapshot.from_json(text)

    def compact(self, snapshot: Snapshot) -> None:
        """SET, then XTRIM, as one transaction that starts over if another compaction comes between."""
        with _available():
            check_reached(snapshot, self._head())
            while not self._try_compact(snapshot):
                pass

    def _append_one(self, entry: Entry) -> None:
        # NOMKSTREAM: where the server has lost the stream, an entry in the middle must not found a new one.
        if self._xadd(self._client, entry, nomkstream=True) is not None:
            return
        if self._head() != entry.revision - 1:
            raise LogConflict(f"the log ends at revision {self._head()}, not {entry.revision - 1}")
        self._xadd(self._client, entry)

    def _append_all(self, after: int, entries: Sequence[Entry]) -> None:
        """WATCH, because EXEC would go on behind an XADD that fails."""
        with self._client.pipeline() as pipeline:
            pipeline.watch(self._stream)
            head = self._head()
            if head != after:
                raise LogConflict(f"the log ends at revision {head}, not {after}")
            pipeline.multi()
            for entry in entries:
                self._xadd(pipeline, entry)
            try:
                pipeline.execute()
            except redis.WatchError:
                raise LogConflict(f"another writer appended after revision {after}") from None

    def _xadd(self, target: Any, entry: Entry, *, nomkstream: bool = False) -> Any:
        fields = {FIELD: entry.to_json()}
        try:
            return target.xadd(self._stream, fields, id=_entry_id(entry.revision), nomkstream=nomkstream)
        except redis.ResponseError as error:
            if "equal or smaller" in str(error):
                raise LogConflict(f"another writer took revision {entry.revision}") from None
            raise

    def _try_compact(self, snapshot: Snapshot) -> bool:
        with self._client.pipeline() as pipeline:
            pipeline.watch(self._compacted)
            present = pipeline.get(self._compacted)
            if present is not None and Snapshot.from_json(present).revision >= snapshot.revision:
                return True
            pipeline.multi()
            pipeline.set(self._compacted, snapshot.to_json())
            pipeline.xtrim(self._stream, minid=_entry_id(snapshot.revision + 1), approximate=False)
            try:
                pipeline.execute()
            except redis.WatchError:
                return False
        return True

    def _head(self) -> int:
        try:
            info = self._client.xinfo_stream(self._stream)
        except redis.ResponseError as error:
            info = error
        return self._head_of(info)

    def _head_of(self, info: Any) -> int:
        """The head from an answer to XINFO STREAM, which knows the last ID of a stream that was trimmed to nothing."""
        if isinstance(info, redis.ResponseError) and "no such key" in str(info):
            text = self._client.get(self._compacted)
            return self._start if text is None else Snapshot.from_json(text).revision
        return int(_text(_checked(info)["last-generated-id"]).partition("-")[0])


@contextmanager
def _available() -> Iterator[None]:
    try:
        yield
    except redis.RedisError as error:
        raise ServiceUnavailable(f"the log on Redis is not available: {error}") from error


def _checked(answer: Any) -> Any:
    """An answer out of a transaction, where errors are values."""
    if isinstance(answer, Exception):
        raise answer
    return answer


def _entry_id(revision: int) -> str:
    return f"{revision}-0"


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _parse(fields: dict[Any, Any]) -> Entry:
    (text,) = fields.values()
    return Entry.from_json(text)
