"""Floor 0: JSON values from the events of a YAML parser: twice as fast as by way of nodes, for files of machines.

Times stay texts, keys are texts, and what aliases stand for is counted, so that no small file becomes a large value.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from yaml import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    ScalarNode,
    SequenceEndEvent,
)
from yaml.constructor import ConstructorError

_MAX_VALUES = 1_000_000  # in one document, with every alias written out
_PREFIX = "tag:yaml.org,2002:"
_TEXT = ("!", _PREFIX + "str")
_PLAIN = tuple(_PREFIX + name for name in ("bool", "float", "int", "null", "timestamp"))
_OPEN = object()  # stands for a value that is not complete


def values(text: str, loader_type: Any) -> Iterator[Any]:
    """The documents of a text. MarkedYAMLError; ValueError for aliases that are too many, or contain themselves."""
    loader = loader_type(text)
    try:
        builder = _Builder(loader)
        while loader.check_event():
            if isinstance(loader.get_event(), DocumentStartEvent):
                builder.begin()
                yield builder.value(loader.get_event())
    finally:
        loader.dispose()


class _Builder:
    def __init__(self, loader: Any) -> None:
        self._next = loader.get_event
        self._resolve = _resolver(loader.__class__)
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0

    def begin(self) -> None:
        self._anchors, self._count = {}, 0

    def value(self, event: Any) -> Any:
        """The value that begins with ``event``."""
        if type(event) is ScalarEvent:
            self._count += 1
            made = self._scalar(event)
            if event.anchor:
                self._anchors[event.anchor] = (made, 1)
            return made
        if type(event) is AliasEvent:
            return self._aliased(event)
        before, anchor = self._count, event.anchor
        if anchor:
            self._anchors[anchor] = (_OPEN, 0)
        if event.tag is not None and event.tag not in ("!", _PREFIX + "map", _PREFIX + "seq"):
            raise _unknown(event)
        made = self._mapping() if type(event) is MappingStartEvent else self._sequence()
        self._count += 1
        if anchor:
            self._anchors[anchor] = (made, self._count - before)
        return made

    def _mapping(self) -> dict[str, Any]:
        made: dict[str, Any] = {}
        merged: list[Any] = []
        while type(event := self._next()) is not MappingEndEvent:
            if type(event) is not ScalarEvent:
                raise ConstructorError(None, None, "a key that is no text", event.start_mark)
            key, item = event.value, self.value(self._next())
            if key == "<<" and event.implicit[0]:
                merged += item if isinstance(item, list) else [item]
            else:
                made[key] = item
        for one in merged:
            made = {**one, **made}
        return made

    def _sequence(self) -> list[Any]:
        made = []
        while type(event := self._next()) is not SequenceEndEvent:
            made.append(self.value(event))
        return made

    def _scalar(self, event: Any) -> Any:
        if event.tag is None:
            return self._resolve(event.value) if event.implicit[0] else event.value
        if event.tag in _TEXT:
            return event.value
        if event.tag in _PLAIN:
            return self._resolve(event.value)
        raise _unknown(event)

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise ConstructorError(None, None, "found undefined alias", event.start_mark)
        made, weight = self._anchors[event.anchor]
        self._count += weight
        if made is _OPEN:
            raise ValueError("an alias that contains itself")
        if self._count > _MAX_VALUES:
            raise ValueError("its aliases stand for more than a million values")
        return made


def _unknown(event: Any) -> ConstructorError:
    return ConstructorError(
        None, None, f"could not determine a constructor for the tag {event.tag!r}", event.start_mark
    )


@cache
def _resolver(loader_type: Any) -> Any:
    """From a plain scalar to its value: the rules of the loader, without that for times."""
    patterns = {
        first: [(tag, pattern) for tag, pattern in rows if tag != _PREFIX + "timestamp"]
        for first, rows in loader_type.yaml_implicit_resolvers.items()
    }
    constructor = loader_type("")

    @lru_cache(maxsize=4096)
    def looked_up(text: str) -> Any:
        for tag, pattern in patterns[text[:1]]:
            if pattern.match(text):
                return constructor.construct_object(ScalarNode(tag, text)) if tag in _PLAIN else text
        return text

    def resolve(text: str) -> Any:
        return looked_up(text) if text[:1] in patterns else text

    return resolve
