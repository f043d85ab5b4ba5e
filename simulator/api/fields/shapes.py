"""The shapes of objects: what is merged field by field, item by item, or taken as one.

Built-in kinds have theirs from the type tree and ``schemas/listtypes.json`` (made by ``tools/list_types.py``), custom
resources from their schema. Source: structured-merge-diff, schema/elements.go; kube-openapi, pkg/schemaconv.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from simulator.api.resourcetable import ResourceType
from simulator.api.schema import openapi_of, shown_zeros, type_of, types
from simulator.errors import Object
from simulator.release import Minor

SCALAR, MAP, LIST, ANY = "scalar", "map", "list", "any"
_FREE: Final = {"x-kubernetes-preserve-unknown-fields": True}


class Shape:
    """How a value is merged. This one is of anything: maps field by field, lists as one. The base of the others."""

    kind = ANY
    atomic = False
    """Taken as one, whoever changes a part of it."""
    keys: tuple[str, ...] | None = None
    """What tells the items of a list apart; () for a set; None where a list is taken as one."""
    defaults: Mapping[str, Any] = {}
    """Of the keys that an item may leave out."""
    scalar = ""
    """``numeric``, ``string`` or ``boolean``; "" for any."""

    def field(self, _name: str) -> Shape | None:
        """The shape of a field that the type names; None if it names none such."""
        return None

    def entry(self) -> Shape | None:
        """The shape of the values of a map whose keys are free; None when others than named ones are unknown."""
        return ANYTHING

    def item(self) -> Shape:
        """The shape of the items of a list."""
        return ANYTHING

    def at(self, name: str) -> Shape:
        """The shape of the value under a key."""
        return self.field(name) or self.entry() or ANYTHING

    def kind_of(self, value: Any) -> str:
        """What a value is here: its own kind where anything goes, else that of the shape."""
        if self.kind is not ANY:
            return self.kind
        return MAP if isinstance(value, dict) else LIST if isinstance(value, list) else SCALAR


class _Scalar(Shape):
    kind = SCALAR

    def __init__(self, scalar: str = "") -> None:
        self.scalar = scalar


class _Atomic(Shape):
    atomic = True


ANYTHING: Final = Shape()
_SCALAR: Final = _Scalar()
_NUMERIC, _STRING, _BOOLEAN = _Scalar("numeric"), _Scalar("string"), _Scalar("boolean")
_OF_CODE: Final = {**dict.fromkeys("qtx", _SCALAR), **dict.fromkeys("in", _NUMERIC), **dict.fromkeys("sy", _STRING),
                   "b": _BOOLEAN}  # fmt: skip
_OF_WORD: Final = {"integer": _NUMERIC, "number": _NUMERIC, "string": _STRING, "boolean": _BOOLEAN}
_OPAQUE: Final = _Atomic()


class _Struct(Shape):
    """A type of the tree."""

    kind = MAP

    def __init__(self, minor: Minor, name: str, atomic: bool = False) -> None:
        self._minor, self._fields, self._facts = minor, types(minor)[name], facts(name)
        self.atomic = atomic or self._facts.get("atomic", False)
        self.defaults = self._facts.get("defaults", {})
        self._shapes: dict[str, Shape] = {}

    def field(self, name: str) -> Shape | None:
        found = self._shapes.get(name)
        if found is None and name in self._fields:
            atomic = name in self._facts.get("fields", ())
            found = _of_code(self._minor, self._fields[name], self._facts.get("lists", {}).get(name), atomic)
            self._shapes[name] = found
        return found

    def entry(self) -> None:
        return None


class _Map(Shape):
    kind = MAP

    def __init__(self, values: Shape, atomic: bool = False) -> None:
        self._values, self.atomic = values, atomic

    def entry(self) -> Shape:
        return self._values


class _List(Shape):
    kind = LIST

    def __init__(self, item: Shape, keys: tuple[str, ...] | None) -> None:
        self._item, self.keys, self.atomic = item, keys, keys is None
        self.defaults = item.defaults

    def item(self) -> Shape:
        return self._item


class _Schema(Shape):
    """An object of a CustomResourceDefinition's schema."""

    kind = MAP

    def __init__(self, minor: Minor, schema: Mapping[str, Any], top: bool = False) -> None:
        self._minor, self._schema, self._properties = minor, schema, schema.get("properties") or {}
        self._embedded = top or bool(schema.get("x-kubernetes-embedded-resource"))
        self.atomic = schema.get("x-kubernetes-map-type") == "atomic"
        self.defaults = {key: below["default"] for key, below in self._properties.items() if "default" in below}

    def field(self, name: str) -> Shape | None:
        if self._embedded and name == "metadata":
            return named(self._minor, "ObjectMeta")
        if self._embedded and name in ("apiVersion", "kind"):
            return _SCALAR
        below = self._properties.get(name)
        return None if below is None else of_schema(self._minor, below)

    def entry(self) -> Shape | None:
        rest = self._schema.get("additionalProperties")
        if isinstance(rest, Mapping):
            return of_schema(self._minor, rest)
        return ANYTHING if rest or self._schema.get("x-kubernetes-preserve-unknown-fields") else None


def shape_of(resource: ResourceType) -> Shape:
    """The shape of a kind's objects."""
    schema = openapi_of(resource)
    if schema is not None:
        return _Schema(resource.minor, schema, top=True)
    name = type_of(resource)
    return named(resource.minor, name) if name else _Schema(resource.minor, _FREE, top=True)


def of_schema(minor: Minor, schema: Mapping[str, Any]) -> Shape:
    """The shape of what an OpenAPI schema describes."""
    kind = schema.get("type")
    if schema.get("x-kubernetes-int-or-string"):
        return _SCALAR
    if kind == "array":
        relation = schema.get("x-kubernetes-list-type", "atomic")
        keys = {"map": tuple(schema.get("x-kubernetes-list-map-keys", ())), "set": ()}.get(relation)
        return _List(of_schema(minor, schema.get("items") or {}), keys)
    if kind == "object" or "properties" in schema:
        return _Schema(minor, schema)
    return _OF_WORD.get(str(kind), _SCALAR) if kind else ANYTHING


@cache
def named(minor: Minor, name: str) -> Shape:
    """The shape of a type of the tree."""
    return _Struct(minor, name)


@cache
def _named_atomic(minor: Minor, name: str) -> Shape:
    return _Struct(minor, name, atomic=True)


def _of_code(minor: Minor, code: str, keys: list[str] | None, atomic: bool) -> Shape:
    if code in _OF_CODE:
        return _OF_CODE[code]
    if code in ("m", "o"):
        return _OPAQUE
    if code[0] == "[":
        return _List(_of_code(minor, code[1:], None, False), None if keys is None else tuple(keys))
    if code[0] == "{":
        return _Map(_of_code(minor, code[1:], None, False), atomic)
    return _named_atomic(minor, code) if atomic else named(minor, code)


def zero_object(resource: ResourceType) -> Object:
    """What Go's JSON shows of an object of which nothing is set. Custom resources have no Go type: nothing."""
    name = "" if resource.custom else type_of(resource)
    return _zero(resource.minor, name) if name else {}


@cache
def _zero(minor: Minor, name: str) -> Object:
    known = types(minor)
    return {
        field: _zero(minor, known[name][field]) if zero == {} else zero
        for field, zero in {**shown_zeros().get(name, {}), **facts(name).get("zero", {})}.items()
        if field in known[name] and (zero != {} or known[name][field] in known)
    }


def facts(name: str) -> Mapping[str, Any]:
    """What is known of the lists and maps of a type: its row of ``listtypes.json``."""
    found: Mapping[str, Any] = list_facts().get(name, {})
    return found


@cache
def list_facts() -> Mapping[str, Any]:
    """All rows of ``listtypes.json`` by the names of their types."""
    text = (files("simulator.api") / "schemas" / "listtypes.json").read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)
    return document
