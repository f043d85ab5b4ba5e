"""A healthy registry is left alone: what its operator wants counts as written.

The operator of another patch release, or of a registry whose secrets were replaced, would word some object a little
differently, write it, and roll out. Whether it must write it tells from annotations of its own. So the operator makes
its pass on a copy of the cluster; objects that it would only word differently get the annotations that it left there.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from typing import Final

from simulator.api.gvrs import REGISTRYCONFIGS
from simulator.cluster import Cluster
from simulator.controllers import image_registry, service_ca, trusted_ca
from simulator.controllers.conditions import find_condition
from simulator.controllers.labels import annotations_of
from simulator.controllers.ownership import controlled_by
from simulator.errors import Object
from simulator.log.entry import Snapshot
from simulator.log.state import State
from simulator.profiles.importing.kinds import place_of
from simulator.profiles.importing.rehearsal import settle
from simulator.profiles.importing.report import Report

Key = tuple[str, str, str]
"""(resource, namespace, name)."""

_OURS: Final = ("imageregistry.operator.openshift.io/checksum", "operator.openshift.io/spec-hash")
_CONTENT: Final = ("configmaps", "secrets")
_HEALTHY: Final = (("Available", "True"), ("Progressing", "False"), ("Degraded", "False"))
_WHY: Final = "what the registry operator wants counts as written"
_PASSES = 3  # until the operator has nothing more to say
_PASS_S = 60.0


def adopt(cluster: Cluster, made_up: Container[Key], report: Report) -> State:
    """The state in which the operator has nothing to write; the cluster's own if the registry is not healthy.

    ``made_up`` objects take the content that the operator gives them.
    """
    state = cluster.state
    if not is_healthy(cluster):
        return state
    for _ in range(_PASSES):
        changed = dict(_reworded(cluster, state, made_up))
        if not changed:
            break
        for key, obj in list(changed.items()):
            changed.update(_carried(state, key, obj))
            if state.get(*key) is None:
                report.make_up(place_of(key), "what the registry's operator would make")
            elif key not in made_up:
                report.replace(f"{place_of(key)} metadata.annotations", _WHY)
        state = _with(state, changed)
    return state


def _carried(state: State, key: Key, deployment: Object) -> Iterator[tuple[Key, Object]]:
    """The ReplicaSets of a Deployment with the annotations that its controller would carry over to them."""
    if key[0] != "deployments.apps":
        return
    told = _told(deployment)
    for stored in state.list("replicasets.apps", key[1]):
        replicaset = stored.object
        if controlled_by(deployment, [replicaset]) and set(told) & set(annotations_of(replicaset)):
            yield ("replicasets.apps", key[1], replicaset["metadata"]["name"]), _annotated(replicaset, told)


def is_healthy(cluster: Cluster) -> bool:
    config = cluster.machines.client.get_or_none(REGISTRYCONFIGS, "cluster") or {}
    if (config.get("spec") or {}).get("managementState") != "Managed":
        return False
    conditions = (config.get("status") or {}).get("conditions")
    return all((find_condition(conditions, kind) or {}).get("status") == value for kind, value in _HEALTHY)


def _reworded(cluster: Cluster, state: State, made_up: Container[Key]) -> Iterator[tuple[Key, Object]]:
    """The objects that the operator would write, with its annotations and otherwise as they are."""
    copy = Cluster(cluster.profile, state.fork(), seed=cluster.seed)
    acting = (*image_registry.CONTROLLERS, *service_ca.CONTROLLERS, trusted_ca.CONTROLLER)
    copy.manager.runners = [one for one in copy.manager.runners if one.controller in acting]
    copy.manager.start()
    settle(copy, _PASS_S)
    copy.stop()
    for key in sorted(copy.state.changed_since(state)):
        before, after = state.get(*key), copy.state.get(*key)
        if after is not None and key[0] in _CONTENT and (before is None or key in made_up):
            kept = {"resourceVersion": str(state.revision)}
            yield key, {**after.object, "metadata": {**after.object["metadata"], **kept}}
        elif before is not None and after is not None and _told(after.object) != _told(before.object):
            yield key, _annotated(before.object, _told(after.object))


def _told(obj: Object) -> dict[str, str]:
    """The annotations by which the operator decides."""
    return {name: value for name, value in annotations_of(obj).items() if name in _OURS}


def _annotated(obj: Object, annotations: dict[str, str]) -> Object:
    return {**obj, "metadata": {**obj["metadata"], "annotations": {**annotations_of(obj), **annotations}}}


def _with(state: State, changed: dict[Key, Object]) -> State:
    """The state with objects changed as if they had always been so: at their own resourceVersions."""
    snapshot = state.snapshot()
    rows = [(*row[:3], changed.get(row[:3], row[3])) for row in snapshot.objects]
    known = {row[:3] for row in rows}
    rows += [(*key, obj) for key, obj in changed.items() if key not in known]
    return State.from_frozen(Snapshot(snapshot.revision, snapshot.time, rows))
