"""A profile's files as one timeline: what appears when."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any

from simulator.api.resourcetable import ResourceTable, ResourceType
from simulator.documents import Path
from simulator.errors import InputError, Object
from simulator.profiles import expand
from simulator.profiles.platform import Platform
from simulator.profiles.source import Source

HEAD = "profile.yaml"
_AGE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


@dataclass(frozen=True)
class Placed:
    """An object of a profile with the place in its files that it came from."""

    object: Object
    source: Source
    path: Path

    @property
    def name(self) -> str:
        meta = self.object.get("metadata") or {}
        return str(meta.get("name") or meta.get("generateName") or "?")

    def error(self, message: str, field: str) -> InputError:
        return self.source.error(message, self.path, f"{self.object.get('kind')}/{self.name}: {field}")


@dataclass(frozen=True)
class Step:
    """What appears at one moment, ``when`` (seconds since the epoch).

    ``late``: it is made after all else and then told to be as old as it says. What nothing waits for and nobody reacts
    to can so be added to a profile without a change of the names and addresses that the others drew.
    """

    when: float
    objects: Sequence[Placed]
    late: bool = False

    @property
    def order(self) -> tuple[bool, float]:
        return self.late, self.when


def seconds_of_age(text: str) -> float:
    """``3h16m`` in seconds; ValueError when it is not an age."""
    match = _AGE.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not an age such as 3h16m: {text!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def read_timeline(
    folder: Traversable,
    platform: Platform,
    label: str = "",
    without: Sequence[str] = (),
    words: Mapping[str, str] | None = None,
) -> list[Step]:
    """All blocks of the files of ``folder``, oldest first; those of one moment in the order of the files.

    ``label``: what errors call the folder; ``without``: files that are not read; ``words``: what is replaced in them.
    """
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml") and entry.name != HEAD)
    for name in without:
        if name not in names:
            raise InputError(f"there is no file {name} to leave out", file=label or platform.name, field="leave-out")
    sources = (
        Source.of(folder / name, f"{label or platform.name}/{name}", words) for name in names if name not in without
    )
    steps = [step for source in sources for step in _steps(source, platform)]
    return sorted(steps, key=lambda step: step.order)


def _steps(source: Source, platform: Platform) -> Iterator[Step]:
    if not isinstance(source.content, list):
        raise source.error("expected a list of blocks", ())
    for index, block in enumerate(source.content):
        when = platform.start - _age(source, index, block)
        placed = [Placed(obj, source, path) for path, obj in expand.objects(block, source, (index,), platform)]
        yield Step(when, placed, bool(block.get("late")))


def _age(source: Source, index: int, block: Any) -> float:
    if not isinstance(block, dict) or "age" not in block:
        raise source.error("each block needs an age such as 3h16m", (index,), "age")
    try:
        return seconds_of_age(str(block["age"]))
    except ValueError as error:
        raise source.error(str(error), (index, "age"), "age") from error


def row_of(placed: Placed, table: ResourceTable) -> ResourceType:
    obj = placed.object
    row = table.by_kind(obj["apiVersion"], obj["kind"])
    if row is None:
        raise placed.error(f"unknown kind {obj['kind']!r} in version {obj['apiVersion']!r}", "kind")
    return row
