"""What is not the same in two profiles: for ``ocsim profile diff``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from simulator.api.resourcetable import builtin_table
from simulator.api.table import columns_of
from simulator.changes import between
from simulator.errors import Object
from simulator.log.state import State
from simulator.profiles import Profile, facts
from simulator.release import Change, Release

Side = tuple[Profile, State]

AREAS: Final[Mapping[str, str]] = {
    "api": "API server",
    "workloads": "Controllers and scheduler",
    "node": "Kubelet",
    "storage": "Storage",
    "registry": "Image Registry Operator",
    "access": "Users and rights",
    "reads": "Lists and watches",
    "client": "oc",
}
"""The modules of ``simulator.changes`` as a reader calls them."""

_OWN_GROUP = "infra.ocsim.dev"


def difference(old: Side, new: Side) -> Object:
    """As plain data. A group in which nothing differs is empty."""
    before, after = old[0].release, new[0].release
    return {
        "profiles": [{"name": profile.name, "title": profile.title} for profile, _ in (old, new)],
        "release": _fields(_release(before), _release(after)),
        "changes": [_change(*found, before, after) for found in between(before, after)],
        "kinds": _kinds(before, after),
        "columns": list(_columns(before, after)),
        "cluster": _fields(facts.cluster(*old), facts.cluster(*new)),
        "registry": _fields(facts.registry(old[1]), facts.registry(new[1])),
        **{name: _named(group(old[1]), group(new[1])) for name, group in facts.GROUPS.items()},
        "counts": _fields(facts.counts(old[1]), facts.counts(new[1])),
    }


def _release(release: Release) -> Object:
    return {"openshift": release.version, "kubernetes": release.kubernetes}


# -- what changed between the releases


def _change(area: str, name: str, change: Change[Any], before: Release, after: Release) -> Object:
    """``since``: the release that brought the value of the newer one of the two."""
    low, high = sorted((before.minor, after.minor))
    since = next(str(minor) for minor, _ in reversed(change.later) if low < minor <= high)
    return {
        "area": area,
        "name": name,
        "title": change.title,
        "before": change.at(before),
        "after": change.at(after),
        "since": since,
        "source": change.source,
    }


def _kinds(before: Release, after: Release) -> Object:
    """Kinds that only one release serves, and those that it serves in other versions."""
    old, new = _served(before), _served(after)
    both = [kind for kind in old if kind in new and set(old[kind]) != set(new[kind])]
    return {
        "gone": [{"kind": kind, "versions": old[kind]} for kind in old if kind not in new],
        "new": [{"kind": kind, "versions": new[kind]} for kind in new if kind not in old],
        "versions": [{"kind": kind, "before": old[kind], "after": new[kind]} for kind in both],
    }


def _served(release: Release) -> Mapping[str, list[str]]:
    """``PodDisruptionBudget.policy`` and the versions in which it is served."""
    found: dict[str, list[str]] = {}
    for row in builtin_table(release).rows:
        if row.group != _OWN_GROUP:
            found.setdefault(f"{row.kind}.{row.group}" if row.group else row.kind, []).append(row.version)
    return dict(sorted(found.items()))


def _columns(before: Release, after: Release) -> Iterator[Object]:
    """The tables of kinds that both releases serve, where their columns differ."""
    old, new = _tables(before), _tables(after)
    for resource in (name for name in old if name in new):
        gone = [column for column in old[resource] if column not in new[resource]]
        came = [column for column in new[resource] if column not in old[resource]]
        if gone or came or old[resource] != new[resource]:
            yield {"resource": resource, "gone": gone, "new": came, "before": old[resource], "after": new[resource]}


def _tables(release: Release) -> Mapping[str, list[str]]:
    """The headings of each resource; those that only ``-o wide`` shows in brackets."""
    found: dict[str, list[str]] = {}
    for row in builtin_table(release).rows:
        if row.group != _OWN_GROUP and "get" in row.verbs:
            columns = columns_of(row, release)
            found[row.qualified] = [f"({one.name.upper()})" if one.priority else one.name.upper() for one in columns]
    return dict(sorted(found.items()))


# -- what the objects say


def _named(old: facts.Facts, new: facts.Facts) -> Object:
    changed = {name: _fields(old[name], new[name]) for name in old if name in new and old[name] != new[name]}
    return {
        "gone": {name: dict(old[name]) for name in old if name not in new},
        "new": {name: dict(new[name]) for name in new if name not in old},
        "changed": changed,
    }


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> Object:
    """Field by field ``{before, after}``; a side that has no such field is None."""
    names = dict.fromkeys([*old, *new])
    return {name: {"before": old.get(name), "after": new.get(name)} for name in names if old.get(name) != new.get(name)}
