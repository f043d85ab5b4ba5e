"""The tables of ``oc get``: the server's Table, with the columns that flags ask for. Source: cli-runtime."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from simulator.errors import Object
from simulator.oc.printers.tabwriter import TABLE, TabWriter
from simulator.oc.printers.values import go_text

_LINE_END = re.compile(r"[\f\n\r]")
_EVENT_WIDTH = 8


class TableOptions(NamedTuple):
    """``kind``: the prefix of names (``deployment.apps``) when several kinds are shown, else "".

    ``with_event``: what happened stands in the first column; ``one_line``: cells are cut at the end of a line.
    """

    wide: bool = False
    no_headers: bool = False
    show_labels: bool = False
    label_columns: tuple[str, ...] = ()
    with_namespace: bool = False
    kind: str = ""
    with_event: bool = False
    one_line: bool = False


class TablePrinter:
    """Prints the tables of one resource. Headers come once; widths never shrink between calls of ``rows``."""

    def __init__(self, options: TableOptions) -> None:
        self.options = options
        self._writer = TabWriter(TABLE, remember=True)
        self._headed = options.no_headers
        self._columns: Sequence[Mapping[str, Any]] = ()

    def rows(self, table: Object, event: str = "") -> str:
        """The aligned lines of a Table (at the first call below its headers). ``event``: what happened, of a watch."""
        columns = self.take_columns(table)
        shown = _shown_columns(columns, wide=self.options.wide)
        if not self._headed:
            self._headed = True
            self._writer.line(*self._headers([columns[at]["name"] for at in shown]))
        names = {at for at, column in enumerate(columns) if column.get("format") == "name"} or {0}
        for row in table["rows"] or ():
            happened = [event.ljust(_EVENT_WIDTH)] if self.options.with_event else []
            self._writer.line(*happened, *self._cells(row, shown, names))
        return self._writer.text()

    def take_columns(self, table: Object) -> Sequence[Mapping[str, Any]]:
        """The columns of a Table; one without any has those of the one before, as all but the first of a watch."""
        self._columns = table["columnDefinitions"] or self._columns
        return self._columns

    def _headers(self, names: Sequence[str]) -> list[str]:
        labels = [key.rsplit("/", 1)[-1].upper() for key in self.options.label_columns]
        first = ["EVENT"] if self.options.with_event else []
        first += ["NAMESPACE"] if self.options.with_namespace else []
        return [*first, *(name.upper() for name in names), *labels, *(["LABELS"] if self.options.show_labels else [])]

    def _cells(self, row: Mapping[str, Any], shown: Sequence[int], names: set[int]) -> list[str]:
        metadata = (row.get("object") or {}).get("metadata", {})
        labels = metadata.get("labels") or {}
        cells = [metadata.get("namespace", "")] if self.options.with_namespace else []
        for at in shown:
            text = cell_text(row["cells"][at], one_line=self.options.one_line)
            cells.append(f"{self.options.kind}/{text}" if self.options.kind and at in names else text)
        cells += [labels.get(key, "") for key in self.options.label_columns]
        if self.options.show_labels:
            cells.append(labels_text(labels))
        return cells


def cell_text(value: Any, *, one_line: bool = False) -> str:
    """One cell; TABs and line ends of a text would break the columns."""
    if value is None:
        return ""
    text = go_text(value)
    first = _LINE_END.split(text, maxsplit=1)[0] if one_line else text
    return (first if first == text else first + "...").replace("\t", " ")


def labels_text(labels: Mapping[str, str]) -> str:
    """``k=v,k=v``, sorted; ``<none>``."""
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels)) or "<none>"


def _shown_columns(columns: Sequence[Mapping[str, Any]], *, wide: bool) -> list[int]:
    return [at for at, column in enumerate(columns) if wide or not column.get("priority")]
