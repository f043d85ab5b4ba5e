"""Reads the tables of this package, each as one release has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from simulator import documents
from simulator.release import Release, is_part

Rows = Sequence[Mapping[str, Any]]


@cache
def parts(file: str, release: Release) -> Mapping[str, Rows]:
    """The rows of each table in a file that belong to ``release``. They are shared: nobody changes them."""
    tables = documents.packaged(__package__, file)
    return {name: [row for row in rows if is_part(release.minor, row)] for name, rows in tables.items()}


def settings(rows: Rows) -> dict[str, Any]:
    """All that ``rows`` set, a later row over an earlier one."""
    return {key: value for row in rows for key, value in row["set"].items()}
