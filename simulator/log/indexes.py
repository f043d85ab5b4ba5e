"""Finding objects by something else than their names: a pure fold of a state's objects, made when first asked for.

by node, over all namespaces    "worker-1" -> {"demo/web-1": ..., "demo/web-2": ...}
                                "worker-2" -> {"demo/web-3": ...}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, Protocol, TypeVar

from simulator.errors import Object
from simulator.log.maps import Map, Owner


class _HasObject(Protocol):
    @property
    def object(self) -> Object: ...


S = TypeVar("S", bound=_HasObject)


class Index:
    """A way to find objects: ``value`` gives the word under which an object is found; None: it is not. Must be pure."""

    __slots__ = ("name", "value")

    def __init__(self, name: str, value: Callable[[Object], str | None]) -> None:
        self.name, self.value = name, value


class Lookup(Generic[S]):
    """One index over some objects. Those of one word come in the order of their keys in etcd."""

    __slots__ = ("_buckets", "_index", "_owner", "_words")

    def __init__(self, index: Index, items: Iterable[tuple[str, str, S]]) -> None:
        self._index = index
        self._owner = Owner()
        self._words: dict[str, str] = {}  # key -> the word under which it is found
        self._buckets: dict[str, Map[S]] = {}
        for namespace, name, stored in items:
            self.put(namespace, name, stored)

    def find(self, word: str) -> list[S]:
        bucket = self._buckets.get(word)
        return [] if bucket is None else bucket.in_order(str)

    def put(self, namespace: str, name: str, stored: S) -> None:
        key, word = f"{namespace}/{name}", self._index.value(stored.object)
        before = self._words.get(key)
        if before is not None and before != word:
            self._drop(key, before)
        if word is None:
            return
        bucket = self._buckets.get(word)
        if bucket is None:
            bucket = self._buckets[word] = Map(self._owner)
        bucket.put(key, stored)
        if before != word:
            self._words[key] = word

    def remove(self, namespace: str, name: str) -> None:
        key = f"{namespace}/{name}"
        if (word := self._words.get(key)) is not None:
            self._drop(key, word)

    def _drop(self, key: str, word: str) -> None:
        del self._words[key]
        bucket = self._buckets[word]
        bucket.remove(key)
        if not bucket.items:
            del self._buckets[word]
