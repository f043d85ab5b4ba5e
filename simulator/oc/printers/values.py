"""Values as Go prints them (``%v`` and ``%#v``), for JSONPath, custom columns and templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.api.yamltext import format_float


def go_text(value: Any) -> str:
    """``fmt.Sprint`` of a JSON value: ``map[a:1 b:[x y]]``, ``<nil>``, ``true``."""
    if isinstance(value, str):
        return value
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return format_float(value)
    if isinstance(value, Mapping):
        return "map[" + " ".join(f"{key}:{go_text(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(go_text(item) for item in value) + "]"
    return str(value)


def go_syntax(value: Any) -> str:
    """``%#v`` of a JSON value: ``map[string]interface {}{"a":1}``."""
    from simulator.oc import gojson  # tables do without it, and should print fast

    if isinstance(value, str):
        return gojson.dumps(value)
    if value is None:
        return "interface {}(nil)"
    if isinstance(value, Mapping):
        inner = ", ".join(f"{gojson.dumps(key)}:{go_syntax(value[key])}" for key in sorted(value))
        return "map[string]interface {}{" + inner + "}"
    if isinstance(value, list | tuple):
        return "[]interface {}{" + ", ".join(go_syntax(item) for item in value) + "}"
    return go_text(value)


def go_type(value: Any) -> str:
    """``%T`` of a JSON value."""
    if isinstance(value, Mapping):
        return "map[string]interface {}"
    names = {bool: "bool", int: "int64", float: "float64", str: "string", list: "[]interface {}"}
    return names.get(type(value), "<nil>")
