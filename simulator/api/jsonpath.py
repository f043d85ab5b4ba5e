"""The part of JSONPath that printer columns use: ``.a.b``, ``.a\\.b``, ``[0]``, ``[*]`` and ``[?(@.k=="v")]``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

_STEP = re.compile(
    r"""\.(?P<key>(?:\\.|[^.\[\\])+)
      | \[\s*(?P<index>-?\d+|\*)\s*\]
      | \['(?P<quoted>[^']+)'\]
      | \[\?\(\s*@\.(?P<name>(?:\\.|[^=!<>\s\\])+)\s*==\s*["'](?P<value>[^"']*)["']\s*\)\]""",
    re.VERBOSE,
)


@cache
def parse(path: str) -> tuple[tuple[str, str, str], ...]:
    """The steps of a path as (kind, argument, value); ValueError when it is not one of this subset."""
    steps, position = [], 0
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            raise ValueError(f"column path {path!r}: cannot read {path[position:]!r}")
        group = match.groupdict()
        if group["key"] or group["quoted"]:
            steps.append(("key", (group["key"] or group["quoted"]).replace("\\", ""), ""))
        elif group["index"]:
            steps.append(("index", group["index"], ""))
        else:
            steps.append(("where", group["name"].replace("\\", ""), group["value"]))
        position = match.end()
    return tuple(steps)


def find(obj: Any, path: str) -> list[Any]:
    """Every value at ``path``, in order; none where a part of it is missing or null."""
    values = [obj]
    for step in parse(path):
        values = [found for value in values for found in _take(value, step)]
    return values


def _take(value: Any, step: tuple[str, str, str]) -> Iterable[Any]:
    kind, argument, wanted = step
    if kind == "key":
        found = value.get(argument) if isinstance(value, Mapping) else None
        return () if found is None else (found,)
    if not isinstance(value, list):
        return ()
    if kind == "where":
        return [item for item in value if find(item, "." + argument) == [wanted]]
    if argument == "*":
        return value
    return value[int(argument) :][:1]
