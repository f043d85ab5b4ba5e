"""A profile's files as one timeline: what appears when, checked for references that lead nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
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

    def error(self, message: str, field: str) -> InputError:
        meta = self.object.get("metadata") or {}
        name = meta.get("name") or meta.get("generateName") or "?"
        return self.source.error(message, self.path, f"{self.object.get('kind')}/{name}: {field}")


@dataclass(frozen=True)
class Step:
    """What appears at one moment, ``when`` (seconds since the epoch)."""

    when: float
    objects: Sequence[Placed]


def seconds_of_age(text: str) -> float:
    """``3h16m`` in seconds; ValueError when it is not an age."""
    match = _AGE.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not an age such as 3h16m: {text!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def read_timeline(folder: Traversable, platform: Platform) -> list[Step]:
    """All blocks of the files of ``folder``, oldest first; those of one moment in the order of the files."""
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".yaml") and entry.name != HEAD)
    steps = [step for name in names for step in _steps(Source.of(folder / name, f"{platform.name}/{name}"), platform)]
    return sorted(steps, key=lambda step: step.when)


def _steps(source: Source, platform: Platform) -> Iterator[Step]:
    if not isinstance(source.content, list):
        raise source.error("expected a list of blocks", ())
    for index, block in enumerate(source.content):
        when = platform.start - _age(source, index, block)
        yield Step(when, [Placed(obj, source, path) for path, obj in expand.objects(block, source, (index,), platform)])


def _age(source: Source, index: int, block: Any) -> float:
    if not isinstance(block, dict) or "age" not in block:
        raise source.error("each block needs an age such as 3h16m", (index,), "age")
    try:
        return seconds_of_age(str(block["age"]))
    except ValueError as error:
        raise source.error(str(error), (index, "age"), "age") from error


def check_references(steps: Sequence[Step], table: ResourceTable) -> None:
    """InputError for an unknown kind, no name, or a namespace, owner or storage class that is not there by then."""
    known: set[tuple[str, str, str]] = set()
    for placed in (placed for step in steps for placed in step.objects):
        row = row_of(placed, table)
        meta = placed.object["metadata"]
        if not meta.get("name"):
            raise placed.error("is missing", "metadata.name")
        namespace = meta.get("namespace", "")
        if row.namespaced:
            _expect(placed, known, ("Namespace", "", namespace), "metadata.namespace")
        for owner in meta.get("ownerReferences", ()):
            if not {(owner["kind"], namespace, owner["name"]), (owner["kind"], "", owner["name"])} & known:
                raise placed.error(f"{owner['kind']} {owner['name']!r} does not exist yet", "metadata.ownerReferences")
        for field, name in _storage_classes(placed.object):
            _expect(placed, known, ("StorageClass", "", name), field)
        known.add((row.kind, namespace if row.namespaced else "", meta["name"]))


def row_of(placed: Placed, table: ResourceTable) -> ResourceType:
    obj = placed.object
    row = table.by_kind(obj["apiVersion"], obj["kind"])
    if row is None:
        raise placed.error(f"unknown kind {obj['kind']!r} in version {obj['apiVersion']!r}", "kind")
    return row


def _expect(placed: Placed, known: set[tuple[str, str, str]], wanted: tuple[str, str, str], field: str) -> None:
    if wanted not in known:
        raise placed.error(f"{wanted[0]} {wanted[2]!r} does not exist yet", field)


def _storage_classes(obj: Object) -> Iterator[tuple[str, str]]:
    """The storage classes that an object names, with the field."""
    if obj["kind"] == "PersistentVolumeClaim" and "storageClassName" in obj.get("spec", {}):
        yield "spec.storageClassName", obj["spec"]["storageClassName"]
    if obj["kind"] == "StatefulSet":
        for template in obj["spec"].get("volumeClaimTemplates", ()):
            yield "spec.volumeClaimTemplates", template["spec"]["storageClassName"]
