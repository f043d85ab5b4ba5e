"""``oc describe`` of custom resources: every field, by name.

Source: kubectl, describe.go (genericDescriber, printUnstructuredContent).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from simulator.errors import Object
from simulator.oc.describe.events import finish
from simulator.oc.describe.fields import write_head
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter

_SKIPPED = {("metadata", key) for key in ("name", "namespace", "labels", "annotations", "managedFields")}
_ACRONYMS = frozenset({"API", "URL", "UID", "OSB", "GUID"})
_INDENT = "  "


def describe(invocation: Invocation, obj: Object) -> str:
    writer = TabWriter(DESCRIBE)
    write_head(writer, obj["metadata"])
    _write_fields(writer, obj, "", ())
    return finish(writer, invocation, obj)


def label_of(key: str) -> str:
    """``httpSecret`` as ``Http Secret``; a key with anything but letters and dashes stays as it is (``s3``)."""
    if not re.fullmatch(r"[A-Za-z-]+", key):
        return key
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]*|[a-z]+|-+", key)
    return " ".join(word.upper() if word.upper() in _ACRONYMS else word[0].upper() + word[1:] for word in words)


def _write_fields(writer: TabWriter, fields: Mapping[str, Any], indent: str, path: tuple[str, ...]) -> None:
    for key in sorted(fields):
        if (*path, key) not in _SKIPPED:
            _write_field(writer, indent, label_of(key), fields[key], (*path, key))


def _write_field(writer: TabWriter, indent: str, label: str, value: Any, path: tuple[str, ...]) -> None:
    if isinstance(value, Mapping):
        writer.write(f"{indent}{label}:\n")
        _write_fields(writer, value, indent + _INDENT, path)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        writer.write(f"{indent}{label}:\n")
        for item in value:
            if isinstance(item, Mapping):
                _write_fields(writer, item, indent + _INDENT, path)
            else:
                writer.write(f"{indent}{_INDENT}{_scalar(item)}\n")
    else:
        writer.line(f"{indent}{label}:", _scalar(value))


def _scalar(value: Any) -> str:
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
