"""The objects of a frozen profile in its file, without what can be told from the rest. ``unpack`` gives back all of it.

    {"shared": [...], "places": [["spec", "tolerations"], ...],
     "tables": [{"resource": "pods", "apiVersion": "v1", "kind": "Pod", "path": "/api/v1",
                 "namespaces": {"petclinic": {"petclinic-db-7d9c-x2x4z": {"metadata": ..., "spec": ..., "~": [...]}}}}]}

What goes, and why: apiVersion, kind, name, namespace and selfLink are a third of the text of a small object; a template
stands in its Deployment, its ReplicaSets and, nearly, its Pods; and the tokens of service accounts are a third of a
cluster, though each follows from the account's name and UID (``tokens``).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from simulator.errors import Object
from simulator.profiles import tokens

_text = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode

Row = tuple[str, str, str, Object]
"""(resource, namespace, name, object), as a snapshot has them."""

Place = tuple[str | int, ...]
"""Keys and list indexes that lead from an object to a value in it."""


class Values(Protocol):
    """What several objects have in common, by number."""

    def __getitem__(self, index: int, /) -> Any: ...


_TOLD = ("apiVersion", "kind")
_TOLD_OF_METADATA = ("name", "namespace", "selfLink")
_SHARED = "~"  # in an object: index of a place, index of the shared value that belongs there, and so on
_MIN_SHARED = 36  # characters; taking out a shorter value gains little
_REFERENCE = 12  # about what a reference costs


def pack(rows: Iterable[Row]) -> Object:
    """``shared``, ``places`` and ``tables``; ValueError if an object could not be given back as it is."""
    all_rows = list(rows)
    tables: dict[str, Object] = {}
    for resource, namespace, name, obj in all_rows:
        table = tables.get(resource)
        if table is None:
            table = tables[resource] = _table(resource, obj)
        table["namespaces"].setdefault(namespace, {})[name] = _without_told(obj)
    shelves = [shelf for table in tables.values() for shelf in table["namespaces"].values()]
    for shelf in shelves:
        shelf.update({name: _part(obj) for name, obj in shelf.items()})
    shared = _Shared(part for shelf in shelves for part in shelf.values())
    for shelf in shelves:
        shelf.update({name: shared.take_out(part) for name, part in shelf.items()})
    packed = {"shared": shared.values, "places": list(shared.places), "tables": list(tables.values())}
    copy = json.loads(_text(packed))  # unpack puts things in their places: it uses up what it is given
    for row, again in zip(sorted(all_rows, key=_key), sorted(unpack(copy), key=_key), strict=True):
        if row != again:
            raise ValueError(f"{row[0]} {row[1]}/{row[2]} is not what its place tells")
    return packed


def unpack(packed: Mapping[str, Any]) -> Iterator[Row]:
    """The rows that were packed; ``packed`` is used up. What is shared between them is shared in memory, too."""
    places = places_of(packed)
    for table in packed["tables"]:
        for namespace, shelf in table["namespaces"].items():
            for name, obj in unpack_shelf(table, namespace, shelf, packed["shared"], places):
                yield table["resource"], namespace, name, obj


def places_of(packed: Mapping[str, Any]) -> list[tuple[list[str | int], str | int]]:
    """Each place as the way to what holds the value, and the last step."""
    return [(place[:-1], place[-1]) for place in packed["places"]]


def unpack_shelf(
    table: Mapping[str, Any],
    namespace: str,
    shelf: Mapping[str, Object],
    shared: Values,
    places: Sequence[tuple[list[str | int], str | int]],
) -> Iterator[tuple[str, Object]]:
    """The objects of one resource in one namespace, by their names; ``shelf`` is used up."""
    is_secret, api_version, kind = table["resource"] == "secrets", table["apiVersion"], table["kind"]
    told, links = {"namespace": namespace} if namespace else {}, _links(table, namespace)
    for name, obj in shelf.items():
        references = iter(obj.pop(_SHARED, ()))
        for place, value in zip(references, references, strict=True):
            above, last = places[place]
            target: Any = obj
            for step in above:
                target = target[step]
            target[last] = shared[value]
        meta = {"name": name, **told, **({"selfLink": links + name} if links else {}), **obj.pop("metadata")}
        whole = {"apiVersion": api_version, "kind": kind, "metadata": meta, **obj}
        yield name, tokens.put_in(whole) if is_secret else whole


def _key(row: Row) -> tuple[str, str, str]:
    return row[:3]


# -- what the place tells


def _table(resource: str, obj: Object) -> Object:
    """``path``: of the API group, from the selfLink; "" for a release without them."""
    link: str = obj["metadata"].get("selfLink", "")
    path = "/".join(link.split("/")[: 3 if link.startswith("/api/") else 4])
    return {"resource": resource, "apiVersion": obj["apiVersion"], "kind": obj["kind"], "path": path, "namespaces": {}}


def _without_told(obj: Object) -> Object:
    obj = tokens.take_out(obj)
    meta = {key: value for key, value in obj["metadata"].items() if key not in _TOLD_OF_METADATA}
    return {"metadata": meta, **{key: value for key, value in obj.items() if key not in (*_TOLD, "metadata")}}


def _links(table: Mapping[str, Any], namespace: str) -> str:
    """What the selfLinks of a namespace begin with; "" for a release without them."""
    if not table["path"]:
        return ""
    where = f"{table['path']}/namespaces/{namespace}" if namespace else table["path"]
    return f"{where}/{table['resource'].partition('.')[0]}/"


# -- what several objects have in common


class _Part(NamedTuple):
    """A value with its text, and the parts of a mapping or list: each text is made once, of those of its parts."""

    value: Any
    text: str
    parts: Mapping[Any, _Part] = MappingProxyType({})


def _part(value: Any) -> _Part:
    if isinstance(value, str):
        return _Part(value, encode_basestring(value))
    if isinstance(value, dict):
        named = {key: _part(item) for key, item in value.items()}
        inside = ",".join([f"{encode_basestring(key)}:{part.text}" for key, part in named.items()])
        return _Part(value, f"{{{inside}}}", named)
    if isinstance(value, list):
        numbered = {index: _part(item) for index, item in enumerate(value)}
        return _Part(value, f"[{','.join([part.text for part in numbered.values()])}]", numbered)
    return _Part(value, _text(value))


class _Shared:
    """Values that stand in more than one place. ``values`` and ``places`` grow as they are taken out."""

    def __init__(self, objects: Iterable[_Part]) -> None:
        self.values: list[Any] = []
        self.places: dict[Place, int] = {}
        self._index: dict[str, int] = {}
        counts: Counter[str] = Counter()
        for obj in objects:
            for part in obj.parts.values():
                _count(part, counts)
        self._worthwhile = {text for text, count in counts.items() if (count - 1) * len(text) > count * _REFERENCE}

    def take_out(self, obj: _Part) -> Object:
        """The object with its shared values in ``~``; a 0 keeps the place of each, so that the order of keys stays."""
        references: list[int] = []
        left = {key: self._left(part, (key,), references) for key, part in obj.parts.items()}
        return {**left, _SHARED: references} if references else left

    def _left(self, part: _Part, place: Place, references: list[int]) -> Any:
        if len(part.text) < _MIN_SHARED:
            return part.value  # nor is anything in it worth taking out
        index = self._index_of(part)
        if index is not None and index not in references[1::2]:  # an object never holds the very same thing twice
            references += [self.places.setdefault(place, len(self.places)), index]
            return 0
        if isinstance(part.value, dict):
            return {key: self._left(item, (*place, key), references) for key, item in part.parts.items()}
        if isinstance(part.value, list):
            return [self._left(item, (*place, index), references) for index, item in part.parts.items()]
        return part.value

    def _index_of(self, part: _Part) -> int | None:
        """The number of a value that is worth taking out; None if it is not."""
        if part.text not in self._worthwhile:
            return None
        index = self._index.setdefault(part.text, len(self.values))
        if index == len(self.values):
            self.values.append(part.value)
        return index


def _count(part: _Part, counts: Counter[str]) -> None:
    if len(part.text) < _MIN_SHARED or not isinstance(part.value, str | dict | list):
        return
    counts[part.text] += 1
    if counts[part.text] > 1:
        return  # what is in it was counted when it came first: it will be taken out whole
    for item in part.parts.values():
        _count(item, counts)
