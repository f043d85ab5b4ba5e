"""Rows that several describers share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simulator.oc.printers.tabwriter import TabWriter
from simulator.runtime.clock import parse_rfc3339

_LONGEST_ON_ONE_LINE = 140  # kubectl, describe.go: maxAnnotationLen


def write_map(
    writer: TabWriter, title: str, values: Mapping[str, str] | None, separator: str, indent: str = ""
) -> None:
    """``Labels:  a=b`` with one pair a line; ``separator`` is "=" for labels and ": " for annotations.

    An annotation that is long or has several lines stands below its key, each line cut to 140 characters.
    """
    rows = [row for key, value in sorted((values or {}).items()) for row in _rows(key, str(value), separator)]
    for index, row in enumerate(rows or ["<none>"]):
        writer.line(f"{indent}{title}" if index == 0 else "", row)


def _rows(key: str, value: str, separator: str) -> list[str]:
    if separator == "=" or (len(key) + len(value) + 2 <= _LONGEST_ON_ONE_LINE and "\n" not in value.rstrip("\n")):
        return [f"{key}{separator}{value.rstrip(chr(10)) if separator != '=' else value}"]
    return [f"{key}:", *(f"  {_cut(line)}" for line in value.split("\n"))]


def _cut(line: str) -> str:
    return line if len(line) <= _LONGEST_ON_ONE_LINE - 2 else line[: _LONGEST_ON_ONE_LINE - 2] + "..."


def long_time(timestamp: str) -> str:
    """``Mon, 28 Oct 2019 09:07:09 +0000``: RFC 1123 with a numeric zone."""
    from datetime import UTC, datetime

    return datetime.fromtimestamp(parse_rfc3339(timestamp), UTC).strftime("%a, %d %b %Y %H:%M:%S +0000")


_MODES = {"ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP"}


def access_modes(modes: Sequence[str]) -> str:
    """``RWO,RWX`` in the order in which kubectl names them."""
    return ",".join(short for mode, short in _MODES.items() if mode in modes)
