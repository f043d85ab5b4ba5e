"""Custom resources against the OpenAPI schema of their definition. Unknown fields are kept: v1beta1 does not prune.

Source: apiextensions-apiserver, pkg/apiserver/validation, over go-openapi/validate.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from simulator.api.validation.fields import Errors, Literal

_TYPES: Mapping[str, tuple[type, ...]] = {
    "array": (list,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "object": (dict,),
    "string": (str,),
}


def validate_schema(schema: Mapping[str, Any], value: Any, errors: Errors, path: str = "") -> None:
    """Add what is wrong with ``value`` under ``path``."""
    wanted = str(schema.get("type", ""))
    if value is None and schema.get("nullable"):
        return
    if wanted in _TYPES and not _is(value, wanted):
        found = _name_of(value)
        shown = Literal(json.dumps(found))
        errors.invalid(path, shown, f"{path or 'value'} in body must be of type {wanted}: {json.dumps(found)}")
        return
    if isinstance(value, dict):
        _validate_object(schema, value, errors, path)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            validate_schema(schema.get("items") or {}, item, errors, f"{path}[{index}]")
    elif isinstance(value, str):
        _validate_string(schema, value, errors, path)
    elif isinstance(value, int | float):
        _validate_number(schema, value, errors, path)


def _validate_object(schema: Mapping[str, Any], value: Mapping[str, Any], errors: Errors, path: str) -> None:
    for name in schema.get("required") or ():
        if name not in value:
            errors.required(f"{path}.{name}" if path else name)
    properties, rest = schema.get("properties") or {}, schema.get("additionalProperties")
    for name, item in value.items():
        below = properties.get(name) or (rest if isinstance(rest, Mapping) else None)
        if below is not None:
            validate_schema(below, item, errors, f"{path}.{name}" if path else name)


def _validate_string(schema: Mapping[str, Any], value: str, errors: Errors, path: str) -> None:
    pattern, enum = schema.get("pattern"), schema.get("enum")
    if pattern and re.search(pattern, value) is None:
        errors.invalid(path, value, f"{path} in body should match '{pattern}'")
    if enum and value not in enum:
        errors.unsupported(path, value, [str(item) for item in enum])
    if len(value) < schema.get("minLength", 0):
        errors.invalid(path, value, f"{path} in body should be at least {schema['minLength']} chars long")
    if len(value) > schema.get("maxLength", len(value)):
        errors.invalid(path, value, f"{path} in body should be at most {schema['maxLength']} chars long")


def _validate_number(schema: Mapping[str, Any], value: float, errors: Errors, path: str) -> None:
    if value < schema.get("minimum", value):
        errors.invalid(path, value, f"{path} in body should be greater than or equal to {schema['minimum']}")
    if value > schema.get("maximum", value):
        errors.invalid(path, value, f"{path} in body should be less than or equal to {schema['maximum']}")


def _is(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == "boolean"
    if wanted == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[wanted])


def _name_of(value: Any) -> str:
    if value is None:
        return "null"
    return next((name for name in ("boolean", "integer", "number", "string", "array") if _is(value, name)), "object")
