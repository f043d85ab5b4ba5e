"""The schemas of all types of a release, as OpenAPI v2 and v3 have them, from the type trees and the facts beside them.

A definition is made when it is asked for. ``Dialect`` is what the two versions differ in. Source: kube-openapi,
pkg/builder and pkg/builder3; apiextensions-apiserver, pkg/controller/openapi/builder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.api import typefacts
from simulator.api.openapi import listtypes
from simulator.api.openapi.descriptions import common, describe
from simulator.api.resourcetable import ResourceType
from simulator.api.schema import openapi_of, types
from simulator.changes.api import LIST_TYPES, OPENAPI_ENUMS
from simulator.errors import Object
from simulator.release import Release

META: Final = "meta.v1."
_LEAVES: Final[Mapping[str, Object]] = {
    "s": {"type": "string"},
    "y": {"type": "string", "format": "byte"},
    "i": {"type": "integer", "format": "int32"},
    "l": {"type": "integer", "format": "int64"},
    "b": {"type": "boolean"},
    "n": {"type": "number", "format": "double"},
}
_SHARED: Final[Mapping[str, tuple[str, Object]]] = {
    "q": ("io.k8s.apimachinery.pkg.api.resource.Quantity", {"type": "string"}),
    "t": ("io.k8s.apimachinery.pkg.apis.meta.v1.Time", {"type": "string", "format": "date-time"}),
    "u": ("io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", {"type": "string", "format": "date-time"}),
    "d": ("io.k8s.apimachinery.pkg.apis.meta.v1.Duration", {"type": "string"}),
    "x": ("io.k8s.apimachinery.pkg.util.intstr.IntOrString", {"type": "string", "format": "int-or-string"}),
    "r": ("io.k8s.apimachinery.pkg.runtime.RawExtension", {"type": "object"}),
    "f": ("io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1", {"type": "object"}),
    "o": ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON", {}),
}
_EITHER: Final[Mapping[str, Object]] = {  # how v3 tells what v2 cannot
    "q": {"oneOf": [{"type": "string"}, {"type": "number"}]},
    "x": {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
}
_SHARED_KEYS: Final = {name: code for code, (name, _) in _SHARED.items()}
_ANY_GROUP: Final = ("DeleteOptions", "WatchEvent")  # kinds that every group version has


@dataclass(frozen=True)
class Dialect:
    """OpenAPI v2 or v3."""

    prefix: str
    three: bool

    def reference(self, name: str, beside: Object) -> Object:
        """A reference to a definition; in v3 nothing stands beside one, which ``allOf`` helps."""
        target = {"$ref": self.prefix + name}
        if not beside or not self.three:
            return {**beside, **target}
        return {**beside, "allOf": [target]}


V2: Final = Dialect("#/definitions/", three=False)
V3: Final = Dialect("#/components/schemas/", three=True)


class Definitions:
    """Those of one release in one dialect, of the kinds of ``rows``."""

    def __init__(self, release: Release, rows: Iterable[ResourceType], dialect: Dialect) -> None:
        self.release, self.dialect = release, dialect
        self._tree = {typefacts.key_of_name(name): fields for name, fields in types(release.minor).items()}
        self._rows: dict[str, ResourceType] = {}  # of the custom resources, by the names of their definitions
        self._kinds: dict[str, list[Object]] = {}  # name: the kinds that are of this type
        for row in rows:
            self._add(row)

    def _add(self, row: ResourceType) -> None:
        name = self.name_of(row)
        kinds = [(name, row.kind), (f"{name}List", f"{row.kind}List")]
        if not typefacts.key_of(row):
            self._rows[name] = row
        for one, kind in kinds:
            known = self._kinds.setdefault(one, [])
            gvk = {"group": row.group, "kind": kind, "version": row.version}
            if gvk not in known:
                known.append(gvk)
        if not row.custom:
            for kind in _ANY_GROUP:
                known = self._kinds.setdefault(definition_name(META + kind), [])
                gvk = {"group": row.group, "kind": kind, "version": row.version}
                if gvk not in known:
                    known.append(gvk)

    def name_of(self, row: ResourceType) -> str:
        """``io.k8s.api.core.v1.Pod``, ``com.example.v1.Widget``."""
        key = typefacts.key_of(row)
        if key:
            return definition_name(key)
        return ".".join([*reversed(row.group.split(".")), row.version, row.kind])

    def definition(self, name: str) -> Object:
        """The schema with this name."""
        if name in _SHARED_KEYS:
            return self._shared(_SHARED_KEYS[name])
        if name in self._rows:
            return self._custom(self._rows[name], name)
        if name.endswith("List") and name in self._kinds and not self._is_type(name):
            return self._list(name)
        return self._typed(_key_of_definition(name), name)

    def reach(self, names: Iterable[str]) -> dict[str, Object]:
        """The definitions with these names, and all that they refer to, by name and in its order."""
        found: dict[str, Object] = {}
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in found:
                found[name] = self.definition(name)
                todo.extend(_references(found[name], self.dialect.prefix))
        return dict(sorted(found.items()))

    # -- kinds of definitions

    def _is_type(self, name: str) -> bool:
        key = _key_of_definition(name)
        return "items" not in typefacts.codes(key) and (key in self._tree or typefacts.is_known(key))

    def _shared(self, code: str) -> Object:
        schema = dict(_SHARED[code][1])
        if self.dialect.three and code in _EITHER:
            schema = dict(_EITHER[code])
        name = _SHARED[code][0]
        text = describe(_key_of_definition(name))
        return {"description": text, **schema} if text else schema

    def _typed(self, key: str, name: str) -> Object:
        schema: Object = {}
        if text := describe(key):
            schema["description"] = text
        schema["type"] = "object"
        wire, tree = typefacts.codes(key), self._tree.get(key)
        fields = wire if tree is None else {field: wire.get(field) or typefacts.code_of(tree[field]) for field in tree}
        if needed := [field for field in typefacts.required(key) if field in fields]:
            schema["required"] = needed
        if fields:
            schema["properties"] = {field: self._field(key, field, code) for field, code in sorted(fields.items())}
        if LIST_TYPES.at(self.release):
            schema.update(listtypes.of_type(key))
        if name in self._kinds:
            schema["x-kubernetes-group-version-kind"] = self._kinds[name]
        return schema

    def _field(self, key: str, field: str, code: str) -> Object:
        beside: Object = {}
        if text := describe(key, field):
            beside["description"] = text
        values = typefacts.enums(key).get(field)
        if values and OPENAPI_ENUMS.at(self.release):
            beside["enum"] = list(values)
        beside.update(listtypes.of_field(key, field, code, list_types=LIST_TYPES.at(self.release)))
        return self.schema(code, beside)

    def schema(self, code: str, beside: Object) -> Object:
        """The schema of a code, with what stands beside its type."""
        if code in _LEAVES:
            return {**beside, **_LEAVES[code]}
        if code[0] == "[":
            return {**beside, "type": "array", "items": self.schema(code[1:], {})}
        if code[0] == "{":
            return {**beside, "type": "object", "additionalProperties": self.schema(code[1:], {})}
        name = _SHARED[code][0] if code in _SHARED else definition_name(code)
        return self.dialect.reference(name, beside)

    def _list(self, name: str) -> Object:
        item = name.removesuffix("List")
        key = _key_of_definition(name)
        needed = describe(key, "items") or f"The items of the list: {item.rpartition('.')[2]}."
        items = {"description": needed, "type": "array", "items": self.dialect.reference(item, {})}
        return {
            "description": describe(key) or f"{item.rpartition('.')[2]}List is a list of {item.rpartition('.')[2]}",
            "type": "object",
            "required": ["items"],
            "properties": {
                **_type_meta({field: common(field) for field in _EVERYWHERE}),
                "items": items,
                "metadata": self._meta("ListMeta"),
            },
            "x-kubernetes-group-version-kind": self._kinds[name],
        }

    def _custom(self, row: ResourceType, name: str) -> Object:
        found = openapi_of(row)
        own: Object = dict(found) if found else {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        if not self.dialect.three:
            own = for_v2(own)
        own.setdefault("type", "object")
        inside: Object = dict(own.get("properties") or {})
        texts = {field: common(field) or (inside.get(field) or {}).get("description", "") for field in _EVERYWHERE}
        metadata = self._meta("ObjectMeta", texts["metadata"])
        own["properties"] = inside | _type_meta(texts) | {"metadata": metadata}
        return {**own, "x-kubernetes-group-version-kind": self._kinds[name]}

    def _meta(self, kind: str, text: str = "") -> Object:
        return self.dialect.reference(definition_name(META + kind), {"description": text or _META_TEXTS[kind]})


_EVERYWHERE: Final = ("apiVersion", "kind", "metadata")
_META_TEXTS: Final = {"ObjectMeta": "What every object has.", "ListMeta": "What every list has."}


def definition_name(key: str) -> str:
    """``io.k8s.api.core.v1.Pod`` of ``core.v1.Pod``."""
    package, _, name = key.rpartition(".")
    return f"{typefacts.package_name(package)}.{name}"


def _key_of_definition(name: str) -> str:
    package, _, plain = name.rpartition(".")
    return f"{typefacts.short_of(package)}.{plain}"


def _type_meta(texts: Mapping[str, str]) -> Object:
    return {
        field: {**({"description": texts[field]} if texts[field] else {}), "type": "string"}
        for field in _EVERYWHERE
        if field != "metadata"
    }


def _references(node: Any, prefix: str) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref" and isinstance(value, str):
                yield value.removeprefix(prefix)
            elif isinstance(value, dict | list):
                yield from _references(value, prefix)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item, prefix)


_NOT_IN_V2: Final = frozenset({"allOf", "anyOf", "not", "nullable", "oneOf", "x-kubernetes-validations"})


def for_v2(schema: Mapping[str, Any]) -> Object:
    """The schema of a custom resource without what OpenAPI v2 does not know. Source: openapi/v2/conversion.go"""
    loose = schema.get("nullable") or schema.get("x-kubernetes-int-or-string")
    dropped = _NOT_IN_V2 | {"type"} if loose else _NOT_IN_V2
    if loose or schema.get("x-kubernetes-preserve-unknown-fields"):
        dropped |= {"items", "properties", "required", "additionalProperties"} if schema.get("nullable") else set()
    kept: Object = {key: value for key, value in schema.items() if key not in dropped}
    if isinstance(kept.get("properties"), Mapping):
        kept["properties"] = {name: for_v2(below) for name, below in kept["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(kept.get(key), Mapping):
            kept[key] = for_v2(kept[key])
    return kept
