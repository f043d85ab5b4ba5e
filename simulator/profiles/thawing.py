"""Reads a frozen profile no further than it is looked at: a resource in a namespace when somebody asks for it.

The file is JSON with one object a line, as ``build.to_text`` writes it, so that its parts can be told by their lines:

    {"profile":...,"places":[...],"shared":[          the head
    "a long text",                                    a shared value a line
    ],"tables":[
    {"resource":"pods",...,"namespaces":{             the head of a table
    "petclinic":{"petclinic-db-7d9c":{"metadata":...},     a namespace, with its first object
    "web-5f5d":{"metadata":...}},                     further objects of that namespace
    }},
"""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from simulator.errors import Object
from simulator.log.entry import Snapshot
from simulator.log.state import Shelf, State
from simulator.profiles.packing import places_of, unpack, unpack_shelf
from simulator.profiles.shifting import Shift, shifting, unshifted

_SHARED, _TABLES = ',"shared":[', '],"tables":['


def read(text: str, shift_s: float = 0.0) -> tuple[Mapping[str, Any], State]:
    """The ``profile`` of a frozen profile, and its state, all of it ``shift_s`` later.

    JSON that is laid out in another way is read at once.
    """
    shift = shifting(shift_s) if shift_s else unshifted
    lines = text.split("\n")
    if not lines[0].endswith(_SHARED) or _TABLES not in lines:
        content = json.loads(shift("", text))
        rows = list(unpack(content))
        return content["profile"], State.from_frozen(Snapshot(content["revision"], content["time"] + shift_s, rows))
    head = json.loads(lines[0].removesuffix(_SHARED) + "}")
    tables = lines.index(_TABLES)
    shelves = _Shelves(lines[1:tables], places_of(head), shift)
    return head["profile"], State.from_shelves(
        head["revision"], head["time"] + shift_s, shelves.of(lines[tables + 1 :])
    )


class _Shelves:
    """What the lines of the tables hold, and the shared values that belong into it."""

    def __init__(
        self, shared: Sequence[str], places: Sequence[tuple[list[str | int], str | int]], shift: Shift
    ) -> None:
        self._shared, self._places, self._shift = _SharedLines(shared, shift), places, shift

    def of(self, lines: Sequence[str]) -> Iterator[Shelf]:
        """Each namespace of each table, with what reads it."""
        table: Mapping[str, Any] = {}
        mine: list[str] = []
        for line in lines:
            if line.startswith('"') and _goes_on(line):
                mine.append(line)
                continue
            if mine:
                yield self._shelf(table, mine)
                mine = []
            if line.startswith('"'):
                mine = [line]
            elif line.startswith("{"):
                table = json.loads(line + "}}")

    def _shelf(self, table: Mapping[str, Any], lines: list[str]) -> Shelf:
        namespace: str = json.loads(lines[0][: lines[0].index('":') + 1])
        return table["resource"], namespace, partial(self._load, table, namespace, lines)

    def _load(self, table: Mapping[str, Any], namespace: str, lines: list[str]) -> dict[str, Object]:
        collects = gc.isenabled()
        gc.disable()  # what is read comes to stay: looking for garbage in it takes longer than reading it
        try:
            text = self._shift(table["resource"], "".join(lines).removesuffix(","))
            shelf = json.loads(f"{{{text}}}")[namespace]
            return dict(unpack_shelf(table, namespace, shelf, self._shared, self._places))
        finally:
            if collects:
                gc.enable()


class _SharedLines:
    """Shared values, each parsed when it is first needed."""

    def __init__(self, lines: Sequence[str], shift: Shift) -> None:
        self._lines, self._shift = lines, shift
        self._values: dict[int, Any] = {}

    def __getitem__(self, index: int) -> Any:
        if index not in self._values:
            self._values[index] = json.loads(self._shift("", self._lines[index].removesuffix(",")))
        return self._values[index]


def _goes_on(line: str) -> bool:
    """Whether a line is another object of a namespace: its first key is ``metadata``, that of a namespace an object."""
    first = line.index('":{"') + 4
    return line.startswith('metadata":', first) and not line.startswith('metadata":{"metadata":', first)
