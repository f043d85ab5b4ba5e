"""Builds a profile's frozen state: applies its objects at their moments, lets the controllers work, and takes a snapshot.

Run as ``python -m simulator.profiles.build NAME`` to print it, with ``--write`` to store it (``make profiles``).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from simulator.api.patch import merge_patch
from simulator.api.types import GVR, User
from simulator.client.client import Client
from simulator.cluster import Cluster
from simulator.errors import InputError, Object, StatusError
from simulator.log.entry import Snapshot
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.profiles import expand, profile_of
from simulator.runtime.clock import parse_rfc3339

INSTALLER = User("system:ocsim:installer", ("system:masters", "system:authenticated"))
_AGE = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


class Step:
    """Objects of one moment of one file."""

    def __init__(self, when: float, file: str, objects: list[Object]) -> None:
        self.when, self.file, self.objects = when, file, objects


def seconds_of_age(text: str) -> float:
    """``3h16m`` in seconds; ValueError when it is not an age."""
    match = _AGE.fullmatch(text)
    if not text or match is None:
        raise ValueError(f"not an age such as 3h16m: {text!r}")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def build(name: str) -> Object:
    """The content of ``NAME.json``: profile, revision, time, objects."""
    folder = files("simulator") / "profiles" / name
    head = _load(folder / "profile.yaml", f"{name}/profile.yaml")
    start = parse_rfc3339(head["start"])
    content = {**head, "start": start}
    content.pop("pins", None)
    steps = sorted(_steps(name, start), key=lambda step: step.when)
    profile = replace(profile_of(name, content), start=steps[0].when)
    cluster = Cluster(profile, State(MemoryLog(head.get("firstRevision", 0))), seed=head.get("seed", 0))
    cluster.manager.start()
    client = cluster.client(INSTALLER)
    for step in steps:
        cluster.clock.advance_to(step.when)
        for obj in step.objects:
            _create(cluster, client, obj, step.file)
    cluster.clock.advance_to(start - 1)
    cluster.settle(limit_s=1.0, quiet_s=1.0)
    snapshot = cluster.state.snapshot()
    objects = [[*where, obj] for *where, obj in _pinned(snapshot, head.get("pins", []), name)]
    revision = max(head.get("revision", 0), snapshot.revision)
    return {"profile": content, "revision": revision, "time": start, "objects": objects}


def _steps(name: str, start: float) -> Iterator[Step]:
    folder = files("simulator") / "profiles" / name
    for entry in sorted(folder.iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".yaml") or entry.name == "profile.yaml":
            continue
        file = f"{name}/{entry.name}"
        for block in _load(entry, file):
            try:
                when = start - seconds_of_age(block["age"])
            except (KeyError, ValueError, TypeError) as error:
                raise InputError(f"each block needs an age such as 3h16m ({error})", file=file, field="age") from error
            yield Step(when, file, list(expand.objects(block, file)))


def _create(cluster: Cluster, client: Client, obj: Object, file: str) -> None:
    """Create an object, and set its status where it brings one."""
    row = cluster.api.table.by_kind(obj.get("apiVersion", ""), obj.get("kind", ""))
    if row is None:
        raise InputError(f"unknown kind {obj.get('kind')!r} in {obj.get('apiVersion')!r}", file=file, field="kind")
    meta = obj["metadata"]
    namespace = meta.get("namespace")
    try:
        _store(client, row.gvr, obj, namespace, "status" in row.subresources)
    except StatusError as error:
        raise InputError(error.message, file=file, field=f"{obj['kind']}/{meta.get('name')}") from error


def _store(client: Client, resource: GVR, obj: Object, namespace: str | None, has_status: bool) -> None:
    name = obj["metadata"].get("name", "")
    existing = client.get_or_none(resource, name, namespace) if name else None
    if existing is None:
        stored = client.create(resource, obj, namespace)
    else:
        stored = client.patch(resource, name, obj, namespace)
    if has_status and "status" in obj:
        client.update_status(resource, {**stored, "status": obj["status"]})


def _pinned(snapshot: Snapshot, pins: list[Mapping[str, Any]], name: str) -> Iterator[tuple[str, str, str, Object]]:
    """The objects with what the profile pins: facts of the recorded cluster, as a UID, laid over what was computed."""
    wanted = {(pin["resource"], pin.get("namespace", ""), pin["name"]): pin["set"] for pin in pins}
    for resource, namespace, object_name, obj in snapshot.objects:
        pin = wanted.pop((resource, namespace, object_name), None)
        yield resource, namespace, object_name, obj if pin is None else merge_patch(obj, pin)
    if wanted:
        raise InputError(f"pins an object that does not exist: {next(iter(wanted))}", file=f"{name}/profile.yaml", field="pins")


def _load(source: Any, file: str) -> Any:
    try:
        return yaml.safe_load(source.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(str(getattr(error, "problem", error)), file=file, line=mark and mark.line + 1) from error


def main(arguments: list[str]) -> int:
    name = arguments[0]
    text = json.dumps(build(name), separators=(",", ":"), ensure_ascii=False)
    if "--write" in arguments:
        (Path(__file__).parent / f"{name}.json").write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
