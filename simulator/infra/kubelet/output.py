"""What a program writes, line by line with its times: how it is kept while it runs, and in a container's record.

In a record, ``output`` is the text and ``times`` tells when its lines came: ``[[seconds after the start, lines], …]``,
left out where all came at the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from simulator.shell.streams import decode, encode


class Line(NamedTuple):
    """``text`` ends with a newline, unless the program ended before it wrote one."""

    time: float
    text: str


class Recorder:
    """A writer that keeps lines with the times at which they were finished; of more than ``limit`` bytes the newest."""

    def __init__(self, now: Callable[[], float], limit: int) -> None:
        self._now, self._limit = now, limit
        self._lines: list[Line] = []
        self._size = 0
        self._rest = b""
        self.dropped = 0  # lines that are no longer kept

    async def write(self, data: bytes | str) -> None:
        *whole, self._rest = (self._rest + encode(data)).split(b"\n")
        now = self._now()
        for line in whole:
            self._add(Line(now, decode(line + b"\n")))
        if len(self._rest) > self._limit:
            self._add(Line(now, decode(self._rest)))
            self._rest = b""

    def lines(self, *, finished: bool = False) -> list[Line]:
        """The lines that are kept; with ``finished`` what stands after the last newline as well."""
        rest = [Line(self._now(), decode(self._rest))] if finished and self._rest else []
        return [*self._lines, *rest]

    def _add(self, line: Line) -> None:
        self._lines.append(line)
        self._size += len(line.text)
        surplus = 0
        while self._size > self._limit and surplus < len(self._lines) - 1:
            self._size -= len(self._lines[surplus].text)
            surplus += 1
        if surplus:
            del self._lines[:surplus]
            self.dropped += surplus


def recorded(lines: Sequence[Line], started: float) -> dict[str, Any]:
    """The fields of a record for these lines."""
    counts: list[list[float]] = []
    for line in lines:
        offset = round(line.time - started, 3)
        if counts and counts[-1][0] == offset:
            counts[-1][1] += 1
        else:
            counts.append([offset, 1])
    fields: dict[str, Any] = {"output": "".join(line.text for line in lines)}
    if any(offset for offset, _ in counts):
        fields["times"] = counts
    return fields


def lines_of(fields: Mapping[str, Any], started: float) -> list[Line]:
    """The lines of a record's ``output`` and ``times``."""
    texts = _split(fields.get("output", ""))
    offsets = [offset for offset, count in fields.get("times") or () for _ in range(int(count))]
    offsets += [offsets[-1] if offsets else 0.0] * (len(texts) - len(offsets))
    return [Line(started + offset, text) for offset, text in zip(offsets, texts, strict=False)]


def beginning(lines: Iterable[Line], limit: int) -> list[Line]:
    """The first lines, ``limit`` characters of them at most."""
    kept: list[Line] = []
    for line in lines:
        limit -= len(line.text)
        if limit < 0:
            break
        kept.append(line)
    return kept


def _split(text: str) -> list[str]:
    *whole, rest = text.split("\n")
    return [f"{line}\n" for line in whole] + ([rest] if rest else [])
