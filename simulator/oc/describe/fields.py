"""Rows and cells that several describers share. Source: kubectl 1.14, describe.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from simulator.errors import Object
from simulator.oc.printers.tabwriter import TabWriter
from simulator.runtime.clock import parse_rfc3339

LONGEST_LINE = 140  # kubectl: maxAnnotationLen


def write_head(writer: TabWriter, meta: Object) -> None:
    """Name, Namespace, Labels and Annotations: how most kinds begin."""
    writer.line("Name:", meta["name"])
    writer.line("Namespace:", meta.get("namespace", ""))
    write_marks(writer, meta)


def write_marks(writer: TabWriter, meta: Object) -> None:
    write_map(writer, "Labels:", meta.get("labels"), "=")
    write_map(writer, "Annotations:", meta.get("annotations"), ": ")


def write_map(
    writer: TabWriter,
    title: str,
    values: Mapping[str, str] | None,
    separator: str,
    indent: str = "",
    before: str = "",
) -> None:
    """``Labels:  a=b`` with one pair a line; ``separator`` is "=" for labels and ": " for annotations.

    An annotation that is long or has several lines stands below its key, each line cut to 138 characters. ``before``
    stands before each pair.
    """
    rows = [row for key, value in sorted((values or {}).items()) for row in _rows(key, str(value), separator)]
    write_rows(writer, f"{indent}{title}", [f"{before}{row}" for row in rows or ["<none>"]])


def write_rows(writer: TabWriter, title: str, rows: Sequence[str]) -> None:
    """One value a line, aligned below the first; ``<none>`` when there is none."""
    for index, row in enumerate(rows or ["<none>"]):
        writer.line(title if index == 0 else "", row)


def write_conditions(writer: TabWriter, conditions: Sequence[Object]) -> None:
    """The table Type, Status, Reason; nothing without conditions."""
    if conditions:
        writer.write("Conditions:\n  Type\tStatus\tReason\n  ----\t------\t------\n")
        for condition in conditions:
            writer.write(f"  {condition['type']} \t{condition['status']}\t{condition.get('reason', '')}\n")


def _rows(key: str, value: str, separator: str) -> list[str]:
    if separator == "=":
        return [f"{key}={value}"]
    value = value.removesuffix("\n")
    if len(key) + len(value) + 2 <= LONGEST_LINE and "\n" not in value:
        return [f"{key}: {value}"]
    return [f"{key}:", *(f"  {_cut(line)}" for line in value.split("\n"))]


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST_LINE - 2 else line[: LONGEST_LINE - 2] + "..."


def pairs(values: Mapping[str, str] | None) -> str:
    """``a=b,c=d`` or ``<none>``."""
    return ",".join(f"{key}={value}" for key, value in sorted((values or {}).items())) or "<none>"


def controlled_by(meta: Object) -> str:
    """``ReplicaSet/web-6c4dbbcdbb``; "" for what nobody controls."""
    for owner in meta.get("ownerReferences") or ():
        if owner.get("controller"):
            return f"{owner['kind']}/{owner['name']}"
    return ""


def selector_text(selector: Object | None, empty: str = "") -> str:
    """``a=b,tier in (c,d)``, by key. Source: apimachinery, labels/selector.go."""
    found = [(key, f"{key}={value}") for key, value in ((selector or {}).get("matchLabels") or {}).items()]
    for term in (selector or {}).get("matchExpressions") or ():
        values = ",".join(sorted(term.get("values") or ()))
        found.append((term["key"], _EXPRESSIONS[term["operator"]](term["key"], values)))
    return ",".join(text for _, text in sorted(found)) or empty


_EXPRESSIONS: Mapping[str, Callable[[str, str], str]] = {
    "In": lambda key, values: f"{key} in ({values})",
    "NotIn": lambda key, values: f"{key} notin ({values})",
    "Exists": lambda key, _: key,
    "DoesNotExist": lambda key, _: f"!{key}",
}


def go_list(values: Sequence[Any] | None) -> str:
    """``[a b]``: a slice as %v prints it."""
    return f"[{' '.join(str(value) for value in values or ())}]"


def lower_bool(value: Any) -> str:
    """``true``: a bool as %v prints it."""
    return "true" if value else "false"


def unset_bool(value: Any) -> str:
    """``True``, ``False``, or ``<unset>`` for a bool that is missing."""
    return "<unset>" if value is None else str(bool(value))


def long_time(timestamp: str | None) -> str:
    """``Mon, 28 Oct 2019 09:07:09 +0000``: RFC 1123 with a numeric zone, in English whatever the locale.

    A time that is not set prints as Go's zero time.
    """
    if not timestamp:
        return "Mon, 01 Jan 0001 00:00:00 +0000"
    moment = datetime.fromtimestamp(parse_rfc3339(timestamp), UTC)
    return f"{_DAYS[moment.weekday()]}, {moment:%d} {_MONTHS[moment.month - 1]} {moment:%Y %H:%M:%S} +0000"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def access_modes(modes: Sequence[str]) -> str:
    """``RWO,RWX`` in the order in which kubectl names them."""
    return ",".join(short for mode, short in _MODES.items() if mode in modes)
