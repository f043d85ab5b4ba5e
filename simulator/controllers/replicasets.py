"""The ReplicaSets of a Deployment: which is of the present template, its name, revision and annotations. Pure.

Source: kube-controller-manager, deployment/util/deployment_util.go (1.14).
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.controllers.context import owner_reference
from simulator.controllers.hashing import template_hash
from simulator.controllers.labels import annotations_of
from simulator.controllers.limits import desired, max_surge, size_of_new, taken
from simulator.errors import Object

HASH = "pod-template-hash"
REVISION = "deployment.kubernetes.io/revision"
REVISION_HISTORY = "deployment.kubernetes.io/revision-history"
DESIRED = "deployment.kubernetes.io/desired-replicas"
MAXIMUM = "deployment.kubernetes.io/max-replicas"
_NOT_CARRIED = (
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    REVISION_HISTORY,
    DESIRED,
    MAXIMUM,
    "deprecated.deployment.rollback.to",
)


def created(replicaset: Object) -> tuple[str, str]:
    """Sorts by age, the oldest first."""
    return replicaset["metadata"]["creationTimestamp"], replicaset["metadata"]["name"]


def find_new(deployment: Object, replicasets: Iterable[Object]) -> Object | None:
    """The oldest ReplicaSet whose template is the Deployment's, or None."""
    wanted = _without_hash(deployment["spec"]["template"])
    same = [one for one in replicasets if _without_hash(one["spec"]["template"]) == wanted]
    return min(same, key=created, default=None)


def _without_hash(template: Object) -> Object:
    meta = template.get("metadata") or {}
    labels = {key: value for key, value in (meta.get("labels") or {}).items() if key != HASH}
    return {**template, "metadata": {**meta, "labels": labels}}


def revision_of(replicaset: Object) -> int:
    text = annotations_of(replicaset).get(REVISION, "0")
    return int(text) if text.isdigit() else 0


def next_revision(deployment: Object, replicasets: Iterable[Object], new: Object | None = None) -> int:
    """One more than the highest of the others."""
    return 1 + max((revision_of(one) for one in replicasets if one is not new), default=0)


def new_replicaset(deployment: Object, replicasets: list[Object]) -> Object:
    """The ReplicaSet of the present template, as it is to be created."""
    meta, spec = deployment["metadata"], deployment["spec"]
    hash_ = template_hash(deployment)
    template_meta = spec["template"].get("metadata") or {}
    labels = {**(template_meta.get("labels") or {}), HASH: hash_}
    selector = {**spec["selector"], "matchLabels": {**(spec["selector"].get("matchLabels") or {}), HASH: hash_}}
    replicaset: Object = {
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": f"{meta['name']}-{hash_}",
            "namespace": meta["namespace"],
            "labels": labels,
            "ownerReferences": [owner_reference(deployment)],
        },
        "spec": {
            "replicas": size_of_new(deployment, 0, sum(map(taken, replicasets))),
            "selector": selector,
            "template": {**spec["template"], "metadata": {**template_meta, "labels": labels}},
        },
    }
    if spec.get("minReadySeconds"):
        replicaset["spec"]["minReadySeconds"] = spec["minReadySeconds"]
    carried = carry_annotations(deployment, replicaset, next_revision(deployment, replicasets))
    annotations = annotations_for_scale(deployment, carried)
    return {**carried, "metadata": {**carried["metadata"], "annotations": annotations}}


def carry_annotations(deployment: Object, replicaset: Object, revision: int) -> Object:
    """``replicaset`` with the Deployment's annotations and minReadySeconds; ``revision`` unless its own is higher."""
    own = annotations_of(replicaset)
    given = annotations_of(deployment)
    annotations = {**own, **{key: value for key, value in given.items() if key not in _NOT_CARRIED}}
    if revision_of(replicaset) < revision:
        annotations[REVISION] = str(revision)
        if before := own.get(REVISION):
            history = [*filter(None, own.get(REVISION_HISTORY, "").split(",")), before]
            annotations[REVISION_HISTORY] = ",".join(history)
    wait_s, spec = deployment["spec"].get("minReadySeconds", 0), replicaset["spec"]
    if spec.get("minReadySeconds", 0) != wait_s:
        spec = {**spec, "minReadySeconds": wait_s}
    return {**replicaset, "metadata": {**replicaset["metadata"], "annotations": annotations}, "spec": spec}


def annotations_for_scale(deployment: Object, replicaset: Object) -> Object:
    """The annotations that remember for which size of the Deployment the ReplicaSet was scaled."""
    replicas = desired(deployment)
    annotations = annotations_of(replicaset)
    return {**annotations, DESIRED: str(replicas), MAXIMUM: str(replicas + max_surge(deployment))}


def collision(status: Object) -> Object:
    return {**status, "collisionCount": status.get("collisionCount", 0) + 1}
