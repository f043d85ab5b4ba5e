"""Profiles from a dump of a real cluster: the output of ``oc get -o yaml``, a must-gather, an ``oc adm inspect``.

    files -> objects -> kinds -> secrets -> owners, gaps -> machines, stores, sandboxes, adoption -> rehearsal

| module         | concern                                                                       |
|----------------|-------------------------------------------------------------------------------|
| ``files``      | which files hold objects                                                      |
| ``reading``    | the objects in a file, with their lines                                       |
| ``kinds``      | known kinds in the version that is stored; each object once                   |
| ``origin``     | release, moment and server                                                    |
| ``secrets``    | no secret value gets into a profile unasked; ``placeholders`` stand for them  |
| ``stamps``     | metadata that objects came without                                            |
| ``gaps``       | what objects refer to and the dump does not hold                              |
| ``owners``     | owners that are not there, and what would make a controller roll out anew     |
| ``machines``   | what the cluster stands on; ``stores``: its buckets and the registry's files  |
| ``sandboxes``  | what the kubelets know of pods beyond their status                            |
| ``adoption``   | the registry's operator finds its work done                                   |
| ``rehearsal``  | the cluster is started, to tell what its controllers do                       |
| ``report``     | what was kept, replaced, not understood, made up                              |

A profile keeps the dump's objects as they were, with their UIDs, revisions and times; its clock starts at the newest of
those times.
"""

from __future__ import annotations

import gc
import json
from collections.abc import Sequence
from dataclasses import dataclass

from simulator.cluster import Cluster
from simulator.errors import InputError, Object
from simulator.log.entry import Snapshot
from simulator.log.state import State
from simulator.profiles import Profile, profile_of
from simulator.profiles.importing import adoption, machines, origin, owners, sandboxes, secrets, stores
from simulator.profiles.importing.files import File, layout_of, object_files
from simulator.profiles.importing.gaps import Gaps
from simulator.profiles.importing.kinds import Items, Kinds, collect
from simulator.profiles.importing.reading import Found, objects_in
from simulator.profiles.importing.rehearsal import rehearse
from simulator.profiles.importing.report import Report
from simulator.profiles.importing.stamps import revision_of, stamped
from simulator.profiles.packing import pack
from simulator.release import Release

_NO_TIME = 1_577_836_800.0  # 2020-01-01: of a dump in which no object tells a time
_SEED = "import"


@dataclass(frozen=True)
class Imported:
    """``content`` is what the file of a frozen profile holds."""

    content: Object
    report: Report


def import_files(files: Sequence[File], name: str, source: str, mode: secrets.Mode = "replace") -> Imported:
    """Make a profile of a dump. ``source``: what people call it. InputError when there is nothing in it."""
    collects = gc.isenabled()
    gc.disable()  # a million values come to stay: looking for garbage among them takes longer than all the rest
    try:
        return _import(files, name, source, mode)
    finally:
        if collects:
            gc.enable()


def _import(files: Sequence[File], name: str, source: str, mode: secrets.Mode) -> Imported:
    report = Report(source=source, layout=layout_of(files))
    found, versions = _read(files, report)
    if not found:
        raise InputError("no objects of a cluster were found here", file=source)
    objects = [one.object for one in found]
    release = origin.release_of(objects, versions, report)
    start = origin.newest_time(objects, _NO_TIME)
    items, kinds = collect(found, release, report)
    items = _completed(secrets.scrub(items, mode, report), kinds, release, start, report)
    head = _head(items, name, source, release, start, report)
    state = _grounded(profile_of(name, head), items, start, report)
    report.start = rehearse(profile_of(name, head), state)
    touched = any(report.start[what] for what in ("created", "changed", "deleted")) or not report.start["atRest"]
    head = {**head, "settled": not touched}
    snapshot = state.snapshot()
    content = {"profile": head, "revision": snapshot.revision, "time": start, **pack(snapshot.objects)}
    return Imported(content, report)


def _read(files: Sequence[File], report: Report) -> tuple[list[Found], list[Object]]:
    """The objects, and the outputs of ``oc version``."""
    found: list[Found] = []
    versions: list[Object] = []
    for file, text in object_files(files, report):
        for one in objects_in(file, text, report):
            if origin.is_version(one.object):
                versions.append(one.object)
            else:
                found.append(one)
    named = [one for one in found if _is_whole(one, report)]
    return named, versions


def _is_whole(found: Found, report: Report) -> bool:
    """Whether an object has what every object has; the place of one that has not is reported."""
    obj = found.object
    meta = obj.get("metadata")
    reason = ""
    if not (isinstance(obj.get("kind"), str) and obj["kind"] and isinstance(obj.get("apiVersion"), str)):
        reason = "an object needs kind and apiVersion"
    elif not (isinstance(meta, dict) and isinstance(meta.get("name"), str) and meta["name"]):
        reason = f"a {obj['kind']} needs metadata.name"
    elif not isinstance(meta.get("namespace") or "", str):
        reason = f"{obj['kind']} {meta['name']}: metadata.namespace must be a text"
    if reason:
        report.refuse(found.file, found.line, reason)
    return not reason


def _completed(items: Items, kinds: Kinds, release: Release, start: float, report: Report) -> Items:
    """The objects with all that they refer to."""
    report.kept.update(key for key, _, _ in items)
    revision = revision_of(items)
    items = stamped(items, release, start, revision)
    owners.mend(items, kinds, report)
    Gaps(items, kinds, release.kubernetes, start, report).fill()
    return stamped(items, release, start, revision)


def _head(items: Items, name: str, source: str, release: Release, start: float, report: Report) -> Object:
    """The ``profile`` of a frozen profile."""
    objects = [item.object for item in items.values()]
    report.profile = {"name": name, "release": release.version, "kubernetes": release.kubernetes}
    return {
        "title": f"OpenShift {release.version}, imported from {source}",
        "start": start,
        "server": origin.server_of(objects, report),
        "release": {
            "version": release.version,
            "kubernetes": release.kubernetes,
            "uidNodes": list(release.uid_nodes),
        },
    }


def _grounded(profile: Profile, items: Items, start: float, report: Report) -> State:
    """The state with the machines below, in which a healthy registry stays as it is."""
    rows = [(*key, item.object) for key, item in items.items()]
    cluster = Cluster(profile, State.from_frozen(Snapshot(revision_of(items), start, rows)), seed=_SEED)
    for step in (machines, stores, sandboxes):
        step.build(cluster, report)
    made_up = {key for key, item in items.items() if item.found is None}
    return adoption.adopt(cluster, made_up, report)


def to_text(content: Object) -> str:
    """The text of the profile's file."""
    from simulator.profiles.build import to_text as text

    return text(json.loads(json.dumps(content)))
