"""Column alignment as Go's ``text/tabwriter`` does it, with the three layouts that ``oc`` uses.

A cell is text that ends in a TAB; text after the last TAB of a line is no cell and is never padded. A column block is
a run of consecutive lines that have that cell; a line without it, or a flush, ends the block, and the width belongs to
the block. Source: text/tabwriter/tabwriter.go, and its fork that remembers widths between flushes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple


class Layout(NamedTuple):
    """``min_width`` and ``padding`` in characters. ``pad`` is a space or a TAB, which rounds up to ``tab_width``."""

    min_width: int
    tab_width: int
    padding: int
    pad: str


TABLE: Final = Layout(6, 4, 3, " ")
"""``oc get`` and custom-columns."""
DESCRIBE: Final = Layout(0, 8, 2, " ")
"""``oc describe`` of Kubernetes' own kinds and of custom resources; indents are part of the cell's text."""
OC_DESCRIBE: Final = Layout(0, 8, 1, "\t")
"""``oc describe`` of the kinds of OpenShift (projects, routes, image streams, …)."""


class TabWriter:
    """Collects text and aligns it at ``flush``. With ``remember`` a column never gets narrower than before."""

    def __init__(self, layout: Layout, *, remember: bool = False) -> None:
        self._layout = layout
        self._widths: list[int] | None = [] if remember else None
        self._pending: list[str] = []
        self._done: list[str] = []

    def write(self, text: str) -> None:
        self._pending.append(text)

    def line(self, *cells: str) -> None:
        """Write one line; all cells but the last end in a TAB."""
        self._pending.append("\t".join(cells) + "\n")

    def flush(self) -> None:
        """Align what was written so far; what follows starts new blocks."""
        if self._pending:
            self._done.append(align("".join(self._pending), self._layout, self._widths))
            self._pending.clear()

    def text(self) -> str:
        """Flush, and return all that was aligned since the last call."""
        self.flush()
        text = "".join(self._done)
        self._done.clear()
        return text


def align(text: str, layout: Layout, remembered: list[int] | None = None) -> str:
    """``text`` with its cells padded. ``remembered`` holds the widest width of each column and is updated."""
    lines = [line.split("\t") for line in text.split("\n")]
    widths: list[list[int]] = [[] for _ in lines]
    _measure(lines, widths, 0, len(lines), layout, remembered)
    return "\n".join(_padded(cells, wide, layout) for cells, wide in zip(lines, widths, strict=True))


def _measure(
    lines: Sequence[list[str]],
    widths: list[list[int]],
    start: int,
    end: int,
    layout: Layout,
    remembered: list[int] | None,
) -> None:
    """Append to the widths of the lines in ``start..end`` (a block of the columns so far) those of further cells."""
    column = len(widths[start]) if start < end else 0
    row = start
    while row < end:
        if column >= len(lines[row]) - 1:
            row += 1
            continue
        first = row
        while row < end and column < len(lines[row]) - 1:
            row += 1
        width = max(layout.min_width, *(len(lines[at][column]) + layout.padding for at in range(first, row)))
        if remembered is not None:
            width = _remember(remembered, column, width)
        for at in range(first, row):
            widths[at].append(width)
        _measure(lines, widths, first, row, layout, remembered)


def _remember(remembered: list[int], column: int, width: int) -> int:
    remembered.extend([0] * (column + 1 - len(remembered)))
    remembered[column] = max(remembered[column], width)
    return remembered[column]


def _padded(cells: list[str], widths: Sequence[int], layout: Layout) -> str:
    """One line. ``widths`` has an entry for each cell but the last."""
    if layout.pad != "\t":
        return "".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=False)) + cells[-1]
    parts = []
    for cell, width in zip(cells, widths, strict=False):
        full = -(-width // layout.tab_width) * layout.tab_width
        parts.append(cell + "\t" * -(-(full - len(cell)) // layout.tab_width))
    return "".join(parts) + cells[-1]
