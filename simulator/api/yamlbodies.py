"""A request's body in YAML: read from the parser's events, so that neither depth nor aliases can make it a burden."""

from __future__ import annotations

import math
from typing import Any, NamedTuple, NoReturn

from simulator.api import jsontext
from simulator.api.yamltext import go_message, json_key, resolve_plain

_MAX_VALUES = 400_000  # with every alias written out; go-yaml refuses what is mostly aliases from there on
_OPEN = object()  # stands for a value that is not complete
_PREFIX = "tag:yaml.org,2002:"


class YamlBody(NamedTuple):
    """The value, and (line, key) of the keys that a mapping has twice."""

    value: Any
    repeated: list[tuple[int, str]]


def load(text: str) -> YamlBody:
    """The first document as JSON values; ValueError ``yaml: line 2: ...`` in go-yaml's words."""
    import yaml

    kind: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader = None
    try:
        loader = kind(text)
        reader = _Reader(loader.get_event)
        return YamlBody(reader.document(), reader.repeated)
    except yaml.MarkedYAMLError as error:
        raise ValueError("yaml: " + go_message(error)) from None
    except yaml.YAMLError:
        raise ValueError("yaml: control characters are not allowed") from None
    finally:
        if loader is not None:
            loader.dispose()


class _Reader:
    def __init__(self, get_event: Any) -> None:
        self._next = get_event
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = self._depth = 0
        self.repeated: list[tuple[int, str]] = []

    def document(self) -> Any:
        """None when there is none."""
        from yaml import DocumentStartEvent, StreamEndEvent

        while not isinstance(event := self._next(), DocumentStartEvent):
            if isinstance(event, StreamEndEvent):
                return None
        return self._value(self._next())

    def _value(self, event: Any) -> Any:
        from yaml import AliasEvent, MappingStartEvent, ScalarEvent

        self._count += 1
        if isinstance(event, AliasEvent):
            return self._aliased(event)
        before = self._count
        if event.anchor:
            self._anchors[event.anchor] = (_OPEN, 0)
        if isinstance(event, ScalarEvent):
            made = _scalar(event)
        else:
            self._depth += 1
            if self._depth > jsontext.MAX_DEPTH:
                raise ValueError("yaml: exceeded max depth")
            made = self._mapping() if isinstance(event, MappingStartEvent) else self._sequence()
            self._depth -= 1
        if event.anchor:
            self._anchors[event.anchor] = (made, self._count - before)
        return made

    def _mapping(self) -> dict[str, Any]:
        from yaml import MappingEndEvent

        made: dict[str, Any] = {}
        merged: list[Any] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            line = event.start_mark.line + 1
            is_merge = getattr(event, "value", None) == "<<" and event.implicit[0]
            key, item = self._value(event), self._value(self._next())
            if is_merge:
                merged += _sources(item)
                continue
            if isinstance(key, dict | list):
                raise ValueError(f"yaml: invalid map key: {key!r}")
            name = json_key(key)
            if name in made:
                self.repeated.append((line, name))
            made[name] = item
        for one in merged:
            made = {**one, **made}
        return made

    def _sequence(self) -> list[Any]:
        from yaml import SequenceEndEvent

        made = []
        while not isinstance(event := self._next(), SequenceEndEvent):
            made.append(self._value(event))
        return made

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise ValueError(f"yaml: unknown anchor '{event.anchor}' referenced")
        made, weight = self._anchors[event.anchor]
        self._count += weight
        if made is _OPEN:
            raise ValueError(f"yaml: anchor '{event.anchor}' value contains itself")
        if self._count > _MAX_VALUES:
            raise ValueError("yaml: document contains excessive aliasing")
        return made


def _scalar(event: Any) -> Any:
    """A time stays text, as JSON has none."""
    text: str = event.value
    tagged = event.tag not in (None, "!", _PREFIX + "str") and event.tag.startswith(_PREFIX)
    if not (tagged or (event.tag is None and event.implicit[0])):
        return text
    value = resolve_plain(text)
    if isinstance(value, float) and not math.isfinite(value):
        _no_number(value)
    if type(value) is int and not -(2**63) <= value < 2**64:
        return float(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        return int(value)  # as JSON it has no fraction
    return value if value is None or isinstance(value, bool | int | float) else text


def _no_number(value: float) -> NoReturn:
    name = "NaN" if math.isnan(value) else "+Inf" if value > 0 else "-Inf"
    raise ValueError(f"json: unsupported value: {name}")


def _sources(value: Any) -> list[Any]:
    """What a merge key brings: mappings only. Source: go-yaml v2, decode.go, merge."""
    sources = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in sources):
        raise ValueError("yaml: map merge requires map or sequence of maps as the value")
    return sources
