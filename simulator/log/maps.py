"""The maps that hold a state: shared between forks, copied by who writes, and read when first needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

V = TypeVar("V")


class Owner:
    """Stands for one state between two forks: only the maps that bear its mark are not shared."""

    __slots__ = ()


class Map(Generic[V]):
    """A dict that is copied when another than its owner writes; its sorted keys are kept until one comes or goes."""

    __slots__ = ("_order", "_owner", "items")

    def __init__(self, owner: Owner, items: dict[str, V] | None = None, order: list[str] | None = None) -> None:
        self._owner = owner
        self._order = order
        self.items: dict[str, V] = {} if items is None else items

    def owned_by(self, owner: Owner) -> Map[V]:
        return self if self._owner is owner else Map(owner, self.items.copy(), self._order)

    def put(self, key: str, value: V) -> None:
        if key not in self.items:
            self._order = None
        self.items[key] = value

    def remove(self, key: str) -> None:
        del self.items[key]
        self._order = None

    def order(self, sort_key: Callable[[str], str]) -> list[str]:
        if self._order is None:
            self._order = sorted(self.items, key=sort_key)
        return self._order

    def in_order(self, sort_key: Callable[[str], str]) -> list[V]:
        return [*map(self.items.__getitem__, self.order(sort_key))]


class LazyMap(Map[V]):
    """A map whose items are read when somebody looks at them."""

    __slots__ = ("_load", "_read")

    def __init__(self, owner: Owner, load: Callable[[], dict[str, V]]) -> None:
        self._load: Callable[[], dict[str, V]] | None = load
        self._read: dict[str, V] = {}
        self._owner = owner
        self._order = None

    @property
    def items(self) -> dict[str, V]:  # type: ignore[override]
        if self._load is not None:
            self._read, self._load = self._load(), None
        return self._read
