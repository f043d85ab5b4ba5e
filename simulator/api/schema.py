"""What fields each kind has: the type trees of Kubernetes, and the OpenAPI schemas of some custom resources.

There are two trees, of 1.14 and of 1.33 (made by ``tools/kubernetes_types.py``); a release between them has the newer
one, which lacks next to nothing of what came before it. What OpenShift adds (``tools/openshift_types.py``) grew little
and stands beside either. A tree is read when it is first needed.

A type is a map from field to code: ``s`` string, ``i`` integer, ``n`` number, ``b`` boolean, ``q`` quantity,
``t`` time, ``x`` integer or string, ``y`` bytes in base64, ``m`` any map, ``o`` anything, ``[T`` a list of T,
``{T`` a map from string to T, else the name of a type.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from simulator import documents
from simulator.api.resourcetable import ResourceType
from simulator.api.schemareleases import schema_at
from simulator.errors import Object
from simulator.release import OLDEST, Minor, is_part

Fields = Mapping[str, str]
_TREES: tuple[Mapping[str, str], ...] = (
    {"file": "kubernetes-1.14.json", "until": "4.3"},
    {"file": "kubernetes-1.33.json", "since": "4.3"},
)
_OPENSHIFT = "openshift.json"
_WORDS = {"s": "string", "i": "integer", "n": "number", "b": "boolean", "q": "string", "t": "string", "x": "string",
          "y": "string"}  # fmt: skip
_NAMES = {"q": "Quantity", "x": "IntOrString"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field as ``oc explain`` shows it. ``type`` is ``[]Object`` and its like; a ``leaf`` has no fields below."""

    name: str
    type: str
    description: str = ""
    required: bool = False
    leaf: bool = True
    enum: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A resource, or the field at a path of it, with the fields below. ``of_type``: what its type is for."""

    type: str
    description: str
    fields: tuple[Field, ...]
    enum: tuple[str, ...] = ()
    of_type: str = ""


def types(minor: Minor = OLDEST.minor) -> Mapping[str, Fields]:
    """All types of a release by name."""
    found: Mapping[str, Fields] = _tree(minor)["types"]
    return found


def openshift_types() -> Mapping[str, Fields]:
    """The types that OpenShift adds, by name."""
    found: Mapping[str, Fields] = _document(_OPENSHIFT)["types"]
    return found


def shown_zeros() -> Mapping[str, Object]:
    """TYPE: the zero values that OpenShift's types show when nothing is given."""
    zeros: Mapping[str, Object] = _document(_OPENSHIFT)["shown"]
    return zeros


def type_of(resource: ResourceType, key_kind: str = "") -> str:
    """The name of the type of a kind's objects; "" when it is not described."""
    if resource.custom:
        return ""
    group = resource.key.partition(".")[2]
    kinds: Mapping[str, str] = _tree(resource.minor)["kinds"]
    kind = {"Project": "Namespace"}.get(resource.kind, resource.kind)
    return kinds.get(f"{kind}.{group}" if group else kind, "")


@cache
def openapi(name: str, minor: Minor = OLDEST.minor) -> Object:
    """The OpenAPI v3 schema of a custom resource in a release, from ``schemas/NAME.yaml``."""
    return schema_at(_yaml(f"{name}.yaml"), minor)


def openapi_of(resource: ResourceType) -> Object | None:
    """The schema that a custom resource is validated by: its CRD's own, or the one that its row names."""
    schema = resource.extra.get("schema")
    return openapi(schema, resource.minor) if isinstance(schema, str) else schema


def fields_of(resource: ResourceType, path: Sequence[str] = (), *, named: bool = False) -> Explanation | None:
    """The fields at ``path`` (``("spec", "storage")``) of a kind; None when there is no such field.

    ``named``: types are told by their names (``PodSpec``) where they have one, and not as ``Object``.
    """
    schema = openapi_of(resource)
    if schema is not None:
        return _explain_schema(schema, path, named)
    name = type_of(resource)
    return _explain_type(name, path, resource, _name_word if named else _word) if name else None


# -- explaining


def _explain_schema(schema: Object, path: Sequence[str], named: bool) -> Explanation | None:
    node, word = schema, "Object"
    for step in path:
        found = _inside(node).get("properties", {}).get(step)
        if found is None:
            return None
        node, word = found, _schema_word(found)
    inner = _inside(node)
    required = set(inner.get("required", ()))
    fields = tuple(
        Field(
            name,
            "ObjectMeta" if named and not path and name == "metadata" else _schema_word(sub),
            sub.get("description", ""),
            name in required,
            "properties" not in _inside(sub),
            tuple(sub.get("enum") or ()),
        )
        for name, sub in sorted(inner.get("properties", {}).items())
    )
    return Explanation(word, node.get("description", ""), fields, tuple(node.get("enum") or ()))


def _inside(schema: Object) -> Object:
    items: Object = schema.get("items", schema)
    return items


def _schema_word(schema: Object) -> str:
    if "items" in schema:
        return "[]" + _schema_word(schema["items"])
    if "additionalProperties" in schema:
        return "map[string]" + _schema_word(schema["additionalProperties"])
    return "Object" if schema.get("type", "object") == "object" else str(schema["type"])


def _explain_type(
    name: str, path: Sequence[str], resource: ResourceType, word: Callable[[str], str]
) -> Explanation | None:
    from simulator.api import typefacts  # which reads this module's trees

    notes, known = _descriptions(), types(resource.minor)
    code, description = name, notes.get(resource.kind, {}).get("", "")
    members: tuple[str, ...] = ()
    for step in path:
        owner = code.lstrip("[{")
        code = known.get(owner, {}).get(step, "")
        if not code:
            return None
        description = _note(owner, step, "" if word is _name_word else code)
        members = typefacts.members(owner, step, resource)
    of_type = notes.get(code.lstrip("[{"), {}).get("", "") if path else ""
    return Explanation(word(code), description, _type_fields(code.lstrip("[{"), resource, word), members, of_type)


def _type_fields(owner: str, resource: ResourceType, word: Callable[[str], str]) -> tuple[Field, ...]:
    """The fields of a type. Where types are told by their names, what a type is for is told elsewhere."""
    from simulator.api import typefacts

    known, named = types(resource.minor), word is _name_word
    needed = typefacts.required(typefacts.key_of_name(owner)) if owner in known else ()
    return tuple(
        Field(
            field,
            (typefacts.opaque_name(owner, field) if code in "mo" and named else "") or word(code),
            _note(owner, field, "" if named else code),
            field in needed,
            code.lstrip("[{") not in known,
            typefacts.members(owner, field, resource),
        )
        for field, code in sorted(known.get(owner, {}).items())
    )


def _note(owner: str, field: str, code: str) -> str:
    notes = _descriptions()
    return str(notes.get(owner, {}).get(field) or notes.get(code.lstrip("[{"), {}).get("", ""))


def _word(code: str) -> str:
    if code[0] == "[":
        return "[]" + _word(code[1:])
    if code[0] == "{":
        return "map[string]" + _word(code[1:])
    return _WORDS.get(code, "Object")


def _name_word(code: str) -> str:
    """Types that are no plain JSON ones have a name: ``Quantity``, ``PodSpec``."""
    if code[0] in "[{":
        return ("[]" if code[0] == "[" else "map[string]") + _name_word(code[1:])
    if code in _NAMES:
        return _NAMES[code]
    return _WORDS.get(code) or (code.rpartition(".")[2] if len(code) > 1 else "Object")


# -- reading


@cache
def _tree(minor: Minor) -> Mapping[str, Any]:
    tree = _document(next(tree["file"] for tree in _TREES if is_part(minor, tree)))
    added = _document(_OPENSHIFT)
    return {part: {**tree[part], **added[part]} for part in ("kinds", "types")}


@cache
def _document(file: str) -> Mapping[str, Any]:
    text = (files("simulator.api") / "schemas" / file).read_text(encoding="utf-8")
    document: Mapping[str, Any] = json.loads(text)
    return document


@cache
def _descriptions() -> Mapping[str, Mapping[str, str]]:
    notes: Mapping[str, Mapping[str, str]] = _yaml("descriptions.yaml")
    return notes


def read_yaml(name: str) -> Any:
    """A data file of ``schemas/``."""
    return _yaml(name)


@cache
def _yaml(name: str) -> Any:
    return documents.packaged("simulator.api", f"schemas/{name}")
