"""CustomResourceDefinitions of apiextensions.k8s.io/v1: names, versions, and that schemas are structural.

Source: apiextensions-apiserver, pkg/apis/apiextensions/validation/validation.go, pkg/apiserver/schema/validation.go
(1.33). Not looked at: CEL rules, defaults that do not fit their schema, printer columns, conversion webhooks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from simulator.api.validation.fields import Errors, Literal, go_literal
from simulator.errors import Object

_LABEL: Final = "[a-z]([-a-z0-9]*[a-z0-9])?"
_SUBDOMAIN: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_LABEL_FAULT: Final = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    f"'{_LABEL}')"
)
_SUBDOMAIN_FAULT: Final = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and "
    f"end with an alphanumeric character (e.g. 'example.com', regex used for validation is '{_SUBDOMAIN}')"
)
_SCOPES: Final = ("Cluster", "Namespaced")
_INT_OR_STRING: Final = [{"type": "integer"}, {"type": "string"}]
_JUNCTORS: Final = ("allOf", "anyOf", "oneOf")
_STRUCTURE: Final = {
    "default": "must be undefined to be structural",
    "nullable": "must be false to be structural",
    "title": "must be empty to be structural",
    "description": "must be empty to be structural",
}
Schema = Mapping[str, Any]


def validate_definition(obj: Object, errors: Errors) -> None:
    """The rules for a definition as it stands; the first version of the API had fewer."""
    if obj.get("apiVersion") != "apiextensions.k8s.io/v1":
        return
    spec = obj.get("spec") or {}
    names, group = spec.get("names") or {}, spec.get("group", "")
    if obj["metadata"]["name"] != f"{names.get('plural', '')}.{group}":
        errors.invalid("metadata.name", obj["metadata"]["name"], 'must be spec.names.plural+"."+spec.group')
    _validate_group(group, errors)
    if spec.get("scope", "") not in _SCOPES:
        if spec.get("scope"):
            errors.unsupported("spec.scope", spec["scope"], _SCOPES)
        else:
            errors.required("spec.scope")
    _validate_versions(spec.get("versions") or [], errors)
    _validate_names(names, errors)
    if spec.get("preserveUnknownFields"):
        text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        errors.invalid("spec.preserveUnknownFields", True, text)


def validate_definition_update(obj: Object, current: Object, errors: Errors) -> None:
    """What may not change once the definition is served; versions that are stored stay."""
    new, old = obj.get("spec") or {}, current.get("spec") or {}
    conditions = (current.get("status") or {}).get("conditions") or ()
    if any(one.get("type") == "Established" and one.get("status") == "True" for one in conditions):
        for path, before, after in (
            ("spec.scope", old.get("scope"), new.get("scope")),
            ("spec.names.kind", (old.get("names") or {}).get("kind"), (new.get("names") or {}).get("kind")),
        ):
            if before != after:
                errors.invalid(path, after, "field is immutable")
    for path, before, after in (
        ("spec.group", old.get("group"), new.get("group")),
        ("spec.names.plural", (old.get("names") or {}).get("plural"), (new.get("names") or {}).get("plural")),
    ):
        if before != after:
            errors.invalid(path, after, "field is immutable")
    _validate_stored(obj, errors)


def _validate_stored(obj: Object, errors: Errors) -> None:
    there = [version["name"] for version in obj["spec"].get("versions") or ()]
    for index, name in enumerate((obj.get("status") or {}).get("storedVersions") or ()):
        if there and name not in there:
            text = (
                f"missing from spec.versions; {name} was previously a storage version, and must remain in "
                f"spec.versions until a storage migration ensures no data remains persisted in {name} and removes "
                f"{name} from status.storedVersions"
            )
            errors.invalid(f"status.storedVersions[{index}]", name, text)


def _validate_group(group: str, errors: Errors) -> None:
    if not group:
        errors.required("spec.group")
    elif not re.fullmatch(_SUBDOMAIN, group):
        errors.invalid("spec.group", group, _SUBDOMAIN_FAULT)
    elif "." not in group:
        errors.invalid("spec.group", group, "should be a domain with at least one dot")


def _validate_names(names: Mapping[str, Any], errors: Errors) -> None:
    for key in ("plural", "singular", "kind", "listKind"):
        value = names.get(key) or ""
        if not value:
            errors.required(f"spec.names.{key}")
        elif not re.fullmatch(_LABEL, value.lower()):
            text = f"may have mixed case, but should otherwise match: {_LABEL_FAULT}" if "ind" in key else _LABEL_FAULT
            errors.invalid(f"spec.names.{key}", value, text)
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        errors.invalid("spec.names.listKind", names["listKind"], "kind and listKind may not be the same")


def _validate_versions(versions: Sequence[Any], errors: Errors) -> None:
    for index, version in enumerate(versions):
        path, schema = f"spec.versions[{index}]", (version.get("schema") or {}).get("openAPIV3Schema")
        if not re.fullmatch(_LABEL, str(version.get("name", ""))):
            errors.invalid(f"{path}.name", version.get("name", ""), _LABEL_FAULT)
        if schema is None:
            errors.required(f"{path}.schema.openAPIV3Schema", "schemas are required")
        else:
            _validate_structure(schema, f"{path}.schema.openAPIV3Schema", errors, "root")
    names = [version.get("name") for version in versions]
    storing = [version for version in versions if version.get("storage")]
    shown = Literal(_go_versions(versions))
    if len(set(names)) != len(names):
        errors.invalid("spec.versions", shown, "must contain unique version names")
    if len(storing) != 1:
        errors.invalid("spec.versions", shown, "must have exactly one version marked as storage version")


def _go_versions(versions: Sequence[Any]) -> str:
    """The names are what a reader needs of the long Go value that the message shows."""
    return (
        "[]apiextensions.CustomResourceDefinitionVersion{"
        + ", ".join(
            f"apiextensions.CustomResourceDefinitionVersion{{Name:{go_literal(version.get('name', ''))}, ...}}"
            for version in versions
        )
        + "}"
    )


# -- structural schemas


def _validate_structure(schema: Schema, path: str, errors: Errors, level: str) -> None:
    kind, items = schema.get("type", ""), schema.get("items")
    if kind == "array" and items is None:
        errors.required(f"{path}.items", "must be specified")
    if isinstance(items, Mapping):
        _validate_structure(items, f"{path}.items", errors, "item")
    for name, below in sorted((schema.get("properties") or {}).items()):
        _validate_structure(below, f"{path}.properties[{name}]", errors, "field")
    rest = schema.get("additionalProperties")
    if rest is not None and level == "root":
        errors.forbidden(f"{path}.additionalProperties", "must not be used at the root")
    if isinstance(rest, Mapping):
        _validate_structure(rest, f"{path}.additionalProperties", errors, "field")
    _validate_junctors(schema, path, errors)
    _validate_type(schema, kind, path, errors, level)
    if pattern := schema.get("pattern"):
        _validate_pattern(pattern, path, errors)
    if level == "root":
        _validate_metadata(schema, path, errors)


def _validate_type(schema: Schema, kind: str, path: str, errors: Errors, level: str) -> None:
    free = schema.get("x-kubernetes-int-or-string") or schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("x-kubernetes-embedded-resource") and kind != "object":
        text = "must be object if x-kubernetes-embedded-resource is true"
        if kind:
            errors.invalid(f"{path}.type", kind, text)
        else:
            errors.required(f"{path}.type", text)
    elif not kind and not free:
        place = {"root": "at the root", "item": "for specified array items", "field": "for specified object fields"}
        errors.required(f"{path}.type", f"must not be empty {place[level]}")
    elif level == "root" and kind and kind != "object":
        errors.invalid(f"{path}.type", kind, "must be object at the root")


def _validate_pattern(pattern: str, path: str, errors: Errors) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        text = f"must be a valid regular expression, but isn't: error parsing regexp: {error}"
        errors.invalid(f"{path}.pattern", pattern, text)


def _validate_metadata(schema: Schema, path: str, errors: Errors) -> None:
    properties = schema.get("properties") or {}
    for name in ("apiVersion", "kind"):
        if name in properties and properties[name].get("type") != "string":
            errors.invalid(f"{path}.properties[{name}].type", properties[name].get("type", ""), "must be string")
    meta = properties.get("metadata")
    if meta is None:
        return
    if meta.get("type") != "object":
        errors.invalid(f"{path}.properties[metadata].type", meta.get("type", ""), "must be object")
    more = set(meta) - {"type", "properties"} or set(meta.get("properties") or {}) - {"name", "generateName"}
    if more - {"description"}:
        text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
        errors.forbidden(f"{path}.properties[metadata]", text)


def _validate_junctors(schema: Schema, path: str, errors: Errors) -> None:
    """Within allOf, anyOf, oneOf and not, a schema only restricts what stands outside of them."""
    free = bool(schema.get("x-kubernetes-int-or-string"))
    for junctor in _JUNCTORS:
        parts = schema.get(junctor) or ()
        if free and junctor == "anyOf" and list(parts) == _INT_OR_STRING:
            continue
        for index, part in enumerate(parts):
            if not (free and junctor == "allOf" and index == 0 and part.get("anyOf") == _INT_OR_STRING):
                _validate_nested(schema, part, f"{path}.{junctor}[{index}]", path, errors)
    if isinstance(schema.get("not"), Mapping):
        _validate_nested(schema, schema["not"], f"{path}.not", path, errors)


def _validate_nested(outer: Schema, part: Schema, path: str, outer_path: str, errors: Errors) -> None:
    if part.get("type"):
        errors.forbidden(f"{path}.type", "must be empty to be structural")
    if part.get("additionalProperties") is not None:
        errors.forbidden(f"{path}.additionalProperties", "must be undefined to be structural")
    for key, text in _STRUCTURE.items():
        if part.get(key) not in (None, "", False):
            errors.forbidden(f"{path}.{key}", text)
    for name, below in sorted((part.get("properties") or {}).items()):
        inside = (outer.get("properties") or {}).get(name)
        if inside is None and not isinstance(outer.get("additionalProperties"), Mapping):
            errors.required(f"{outer_path}.properties[{name}]", f"because it is defined in {path}.properties[{name}]")
        _validate_nested(inside or {}, below, f"{path}.properties[{name}]", f"{outer_path}.properties[{name}]", errors)
    for junctor in _JUNCTORS:
        for index, deeper in enumerate(part.get(junctor) or ()):
            _validate_nested(outer, deeper, f"{path}.{junctor}[{index}]", outer_path, errors)


KEY: Final = "customresourcedefinitions.apiextensions.k8s.io"
CREATE = {KEY: validate_definition}
UPDATE = {KEY: validate_definition_update}
