"""Builds a profile's frozen state: applies its objects at their moments, lets the controllers work, takes a snapshot.

Run as ``python -m simulator.profiles.build NAME`` to print it, with ``--write`` to store it, with ``--check`` to
compare it with what is stored (``make profiles``).
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from simulator.api.resourcetable import builtin_table
from simulator.api.types import User
from simulator.client.client import Client
from simulator.cluster import Cluster
from simulator.errors import InputError, Object, StatusError
from simulator.log.entry import Snapshot
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.profiles import Profile, profile_of
from simulator.profiles.layers import Layers, read_layers
from simulator.profiles.packing import Row, pack
from simulator.profiles.platform import Platform
from simulator.profiles.references import check
from simulator.profiles.source import Source
from simulator.profiles.timeline import Placed, Step, row_of, seconds_of_age
from simulator.runtime.clock import parse_rfc3339, rfc3339

INSTALLER = User("system:ocsim:installer", ("system:masters", "system:authenticated"))
REST_S = 3600.0  # how long nothing is due after the start: a CronJob may wait for its hour
SETTLE_S = 60.0  # how long before the clock's first moment all must have come to rest
_BUILD_ONLY = ("pins", "platform", "seed", "revision", "eventTTL")  # of profile.yaml: not part of the frozen profile
_REQUIRED = ("title", "start", "server", "release", "platform")


def _ignore(_warning: str) -> None:
    """Nobody asked."""


def build(name: str, folder: Traversable | None = None, warn: Callable[[str], None] = _ignore) -> Object:
    """The content of ``NAME.json``: profile, revision, time and what ``pack`` makes. InputError names what is wrong.

    ``warn`` is told of what may be meant: more than one default storage class.
    """
    folder = folder or files("simulator") / "profiles" / name
    layers = read_layers(name, folder)
    head, source = layers.head, layers.source
    start = _start(layers)
    content = {key: value for key, value in head.items() if key not in _BUILD_ONLY} | {"start": start}
    profile = profile_of(name, content)
    steps = layers.steps(Platform(name, start, head["platform"], profile.release))
    if not steps:
        raise source.error("a profile needs at least one block of objects", ())
    for warning in check(steps, builtin_table(profile.release)):
        warn(warning)
    cluster = run(profile, steps, head.get("seed", 0), start)
    if (cluster.clock.next_due() or math.inf) < start + REST_S:
        raise source.error(f"the cluster does not come to rest: {_unrest(cluster)}", ())
    ages = _add_late(cluster, steps)
    return _frozen(cluster.state.snapshot(), layers, content, start, ages)


def run(profile: Profile, steps: Sequence[Step], seed: int | str, start: float) -> Cluster:
    """A cluster in which the steps have happened, at the clock's first moment."""
    cluster = Cluster(replace(profile, start=steps[0].when), State(MemoryLog()), seed=seed)
    cluster.manager.start()
    client = cluster.client(INSTALLER)
    for step in steps:
        if not step.late:
            cluster.clock.advance_to(step.when)
            _apply_all(cluster, client, step)
    cluster.clock.advance_to(start - SETTLE_S)
    cluster.settle(limit_s=SETTLE_S, quiet_s=SETTLE_S)
    return cluster


def _start(layers: Layers) -> float:
    """The clock's first moment, when all that a profile.yaml needs is there."""
    for field in _REQUIRED:
        if field not in layers.head:
            raise layers.source.error("is missing", (), field)
    try:
        return parse_rfc3339(layers.head["start"])
    except (TypeError, ValueError) as error:
        raise layers.source.error(f"expected a quoted time in UTC ({error})", ("start",), "start") from error


def _unrest(cluster: Cluster) -> str:
    due = cluster.clock.next_due() or 0.0
    errors = cluster.manager.errors[-3:]
    last = [f"{name} {key.namespace}/{key.name}: {error.message}" for _, name, key, error in errors]
    return "; ".join([f"something is due at {rfc3339(due)}", *last])


# -- writing


def _add_late(cluster: Cluster, steps: Sequence[Step]) -> list[Object]:
    """Make what comes late, when no controller looks any more. How old it all is comes back, as pins."""
    client, pins = cluster.client(INSTALLER), []
    for step in steps:
        if step.late:
            _apply_all(cluster, client, step)
            pins += [_age_of(placed, step, cluster) for placed in step.objects]
    return pins


def _age_of(placed: Placed, step: Step, cluster: Cluster) -> Object:
    meta, resource = placed.object["metadata"], row_of(placed, cluster.api.table).key
    which = {"resource": resource, "namespace": meta.get("namespace", ""), "name": meta["name"]}
    return {**which, "set": {"metadata": {"creationTimestamp": rfc3339(step.when)}}}


def _apply_all(cluster: Cluster, client: Client, step: Step) -> None:
    for placed in step.objects:
        _apply(cluster, client, placed)


def _apply(cluster: Cluster, client: Client, placed: Placed) -> None:
    """Create an object, or lay it over the one that is there; set its status where it brings one."""
    row = row_of(placed, cluster.api.table)
    try:
        obj = _with_owners(cluster, client, placed.object)
        namespace, name = obj["metadata"].get("namespace"), obj["metadata"]["name"]
        if client.get_or_none(row.gvr, name, namespace) is None:
            stored = client.create(row.gvr, obj, namespace)
        else:
            stored = client.patch(row.gvr, name, obj, namespace)
        if "status" in row.subresources and "status" in obj:
            client.update_status(row.gvr, {**stored, "status": obj["status"]})
    except StatusError as error:
        raise placed.error(error.message, "refused") from error


def _with_owners(cluster: Cluster, client: Client, obj: Object) -> Object:
    """The object with the UIDs of its owners, which a profile cannot know."""
    meta = obj["metadata"]
    if "ownerReferences" not in meta:
        return obj
    owners = [_with_uid(cluster, client, owner, meta.get("namespace")) for owner in meta["ownerReferences"]]
    return {**obj, "metadata": {**meta, "ownerReferences": owners}}


def _with_uid(cluster: Cluster, client: Client, owner: Object, namespace: str | None) -> Object:
    row = cluster.api.table.by_kind(owner["apiVersion"], owner["kind"])
    if row is None:
        raise InputError(f"unknown kind of owner {owner['kind']!r} in version {owner['apiVersion']!r}")
    found = client.get(row.gvr, owner["name"], namespace if row.namespaced else None)
    return {**owner, "uid": found["metadata"]["uid"]}


# -- freezing


def _frozen(snapshot: Snapshot, layers: Layers, content: Object, start: float, ages: Sequence[Object]) -> Object:
    """``ages``: pins of the build's own."""
    head = layers.head
    oldest = rfc3339(start - seconds_of_age(head.get("eventTTL", "3h")))
    kept = [row for row in snapshot.objects if row[0] != "events" or _time_of(row[3]) >= oldest]
    packed = pack(_pinned(kept, [*ages, *(head.get("pins") or [])], layers.source))
    revision = max(head.get("revision", 0), snapshot.revision)
    return {"profile": content, "revision": revision, "time": start, **packed}


def _time_of(event: Object) -> str:
    """When it was seen last; events of the new kind have one time only."""
    return str(event.get("lastTimestamp") or event.get("eventTime") or event["metadata"]["creationTimestamp"])


def _pinned(objects: Sequence[Row], pins: Sequence[Mapping[str, Any]], source: Source) -> Iterator[Row]:
    """The objects with what the profile pins: facts of the recorded cluster, as a UID, laid over what was computed."""
    wanted = {(pin["resource"], pin.get("namespace", ""), pin["name"]): pin["set"] for pin in pins}
    for resource, namespace, name, obj in objects:
        pin = wanted.pop((resource, namespace, name), None)
        yield resource, namespace, name, obj if pin is None else overlay(obj, pin)
    if wanted:
        raise source.error(f"there is no {' '.join(filter(None, next(iter(wanted))))} to pin", ("pins",), "pins")


def overlay(target: Any, pin: Any) -> Any:
    """``target`` with ``pin`` laid over it: mappings field by field, lists of conditions by type, the rest whole."""
    if isinstance(target, dict) and isinstance(pin, dict):
        return {**target, **{key: overlay(target.get(key), value) for key, value in pin.items()}}
    if isinstance(target, list) and isinstance(pin, list) and all("type" in item for item in [*target, *pin]):
        pins = {item["type"]: item for item in pin}
        return [overlay(item, pins.get(item["type"], {})) for item in target]
    return pin


def to_text(content: Object) -> str:
    """JSON with one object a line, so that a change of a profile shows as the lines of what changed."""
    head = {key: value for key, value in content.items() if key not in ("shared", "tables")}
    shared = ",\n".join(_json(value) for value in content["shared"])
    tables = ",\n".join(_table_text(table) for table in content["tables"])
    return f'{_json(head)[:-1]},"shared":[\n{shared}\n],"tables":[\n{tables}\n]}}\n'


def _table_text(table: Object) -> str:
    head = {key: value for key, value in table.items() if key != "namespaces"}
    shelves = ",\n".join(f"{_json(name)}:{_shelf_text(shelf)}" for name, shelf in table["namespaces"].items())
    return f'{_json(head)[:-1]},"namespaces":{{\n{shelves}\n}}}}'


def _shelf_text(shelf: Object) -> str:
    return "{" + ",\n".join(f"{_json(name)}:{_json(obj)}" for name, obj in shelf.items()) + "}"


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _tell(warning: str) -> None:
    sys.stderr.write(f"warning: {warning}\n")


def main(arguments: list[str]) -> int:
    name = arguments[0]
    text, stored = to_text(build(name, warn=_tell)), Path(__file__).parent / f"{name}.json"
    if "--check" in arguments:
        return 0 if stored.is_file() and stored.read_text(encoding="utf-8") == text else 1
    if "--write" in arguments:
        stored.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
