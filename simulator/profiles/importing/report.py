"""What an import did with what it found: kept, replaced, not understood, made up. As data, and as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from simulator.errors import InputError, Object

_BRIEF = 5  # lines of a kind in the summary
_SHOWN = 40  # lines of a section in the text; the data have all of them


@dataclass(frozen=True)
class Entry:
    """One thing and why. ``place``: an object's field, or a file with its line."""

    place: str
    why: str

    def to_data(self) -> Object:
        return {"place": self.place, "why": self.why}


@dataclass
class Report:
    """Filled in as the import goes on."""

    source: str = ""
    layout: str = ""
    files: int = 0
    skipped: Counter[str] = field(default_factory=Counter)  # by what they are
    kept: Counter[str] = field(default_factory=Counter)  # by resource
    converted: Counter[str] = field(default_factory=Counter)  # "apiVersion Kind → apiVersion"
    repeated: int = 0  # objects that stood there more than once, all alike
    replaced: list[Entry] = field(default_factory=list)
    not_understood: list[Object] = field(default_factory=list)
    made_up: list[Entry] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    profile: Object = field(default_factory=dict)
    start: Object = field(default_factory=dict)  # what the controllers did when they were started

    def replace(self, place: str, why: str) -> None:
        self.replaced.append(Entry(place, why))

    def make_up(self, place: str, why: str) -> None:
        self.made_up.append(Entry(place, why))

    def refuse(self, file: str, line: int | None, reason: str) -> None:
        """Something that is not part of the profile."""
        self.not_understood.append({"file": file, "line": line, "reason": reason})

    def refuse_error(self, error: InputError) -> None:
        self.refuse(error.file, error.line, error.message)

    def to_data(self) -> Object:
        return {
            "source": self.source,
            "layout": self.layout,
            "profile": self.profile,
            "files": {"read": self.files, "skipped": dict(sorted(self.skipped.items()))},
            "kept": dict(sorted(self.kept.items())),
            "converted": dict(sorted(self.converted.items())),
            "repeated": self.repeated,
            "replaced": [entry.to_data() for entry in self.replaced],
            "notUnderstood": self.not_understood,
            "madeUp": [entry.to_data() for entry in self.made_up],
            "notes": self.notes,
            "start": self.start,
        }

    def to_text(self) -> str:
        return "\n".join(self._lines()) + "\n"

    def to_summary(self) -> str:
        """What a person wants to know first; what was not understood comes whole."""
        return "\n".join(self._summary()) + "\n"

    def _summary(self) -> Iterator[str]:
        release = f"OpenShift {self.profile.get('release')}"
        kinds = f"{sum(self.kept.values())} objects of {len(self.kept)} kinds"
        yield f"Imported {kinds} from {self.source} ({self.layout}, {release})"
        counts = (("replaced", self.replaced), ("made up", self.made_up), ("not understood", self.not_understood))
        yield "  " + ", ".join(f"{what}: {len(entries)}" for what, entries in counts) + "; --report - tells which"
        yield from (f"  {line}" for line in _refusals(self.not_understood)[:_BRIEF])
        if len(self.not_understood) > _BRIEF:
            yield f"  ... and {len(self.not_understood) - _BRIEF} more"
        yield from (f"  {note}" for note in self.notes[:_BRIEF])
        started = list(_start(self.start))
        yield "Started, with all controllers: " + started[0]
        yield from (f"  {line}" for line in started[1:])

    def _lines(self) -> Iterator[str]:
        yield f"Imported from {self.source} ({self.layout})"
        yield from (f"  {key}: {value}" for key, value in self.profile.items())
        yield from _section(f"Kept: {sum(self.kept.values())} objects", _columns(self.kept))
        yield from _section("Converted to a version that is served", _columns(self.converted))
        yield from _section(f"Replaced: {len(self.replaced)} places", _grouped(self.replaced))
        yield from _section(f"Not understood: {len(self.not_understood)}", _refusals(self.not_understood))
        yield from _section(f"Made up: {len(self.made_up)}", _grouped(self.made_up))
        yield from _section(f"Files: {self.files} read", [f"{count:>5}  {what} skipped" for what, count in
                                                          self.skipped.most_common()])  # fmt: skip
        yield from _section("Notes", self.notes)
        yield from _section("Started, with all controllers", list(_start(self.start)))


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if not lines:
        return
    yield f"\n{title}"
    yield from (f"  {line}" for line in lines[:_SHOWN])
    if len(lines) > _SHOWN:
        yield f"  ... and {len(lines) - _SHOWN} more; --report FILE.json tells all"


def _columns(counts: Counter[str]) -> list[str]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [f"{count:>5}  {name}" for name, count in ordered]


def _grouped(entries: Sequence[Entry]) -> list[str]:
    """A line for each reason with how often it was one, then the first places."""
    by_reason: dict[str, list[str]] = {}
    for entry in entries:
        by_reason.setdefault(entry.why, []).append(entry.place)
    return [line for why, places in by_reason.items() for line in (f"{len(places):>5}  {why}", *_first(places))]


def _first(places: Sequence[str], shown: int = 3) -> Iterator[str]:
    yield from (f"         {place}" for place in places[:shown])
    if len(places) > shown:
        yield f"         ... and {len(places) - shown} more"


def _refusals(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{row['file']}{':' + str(row['line']) if row['line'] else ''}: {row['reason']}" for row in rows]


def _start(start: Mapping[str, Any]) -> Iterator[str]:
    if not start:
        return
    rest = f"at rest after {start['seconds']} s" if start["atRest"] else f"still busy after {start['seconds']} s"
    yield rest if any(start[what] for what in ("created", "changed", "deleted")) else f"{rest}; nothing was touched"
    for what in ("created", "changed", "deleted"):
        counts = Counter(place.split()[0] for place in start[what])
        if counts:
            yield f"{what}: " + ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    yield from start["errors"]
