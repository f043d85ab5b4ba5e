"""Rows of the describers of OpenShift's own kinds, which align with TABs.

Source: oc, pkg/helpers/describe/helpers.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.api.ages import long_duration
from simulator.errors import Object
from simulator.oc.printers.tabwriter import TabWriter
from simulator.runtime.clock import parse_rfc3339

_DESCRIPTION = "description"


def write_text(writer: TabWriter, title: str, value: Any = "") -> None:
    """``Title:`` and the value, ``<none>`` for an empty one; further lines of it stand below."""
    for index, line in enumerate((str(value) or "<none>").split("\n")):
        writer.line(f"{title}:" if index == 0 else "", line)


def write_meta(writer: TabWriter, meta: Object, now: float) -> None:
    """Name, Namespace, Created, Labels, Description and Annotations."""
    write_text(writer, "Name", meta["name"])
    if meta.get("namespace"):
        write_text(writer, "Namespace", meta["namespace"])
    if meta.get("creationTimestamp"):
        write_text(writer, "Created", f"{ago(meta['creationTimestamp'], now)} ago")
    write_pairs(writer, "Labels", meta.get("labels") or {})
    annotations = dict(meta.get("annotations") or {})
    description = annotations.pop(_DESCRIPTION, "")
    if description:
        write_text(writer, "Description", description)
    write_pairs(writer, "Annotations", annotations)


def write_pairs(writer: TabWriter, title: str, values: Mapping[str, str]) -> None:
    """``Labels:  a=b``, one pair a line."""
    first, *more = [f"{key}={value}" for key, value in sorted(values.items())] or [""]
    write_text(writer, title, first)
    writer.write("".join(f"\t{row}\n" for row in more))


def ago(timestamp: str, now: float) -> str:
    """``3 hours``: to be followed by ``ago``."""
    return long_duration(now - parse_rfc3339(timestamp))
