"""StatefulSets: pods with names that stay, and a claim each. Source: kube-controller-manager, statefulset (1.14)."""

from __future__ import annotations

from simulator.api.gvrs import CONTROLLERREVISIONS, PERSISTENTVOLUMECLAIMS, PODS, STATEFULSETS
from simulator.controllers import revisions
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key, owner_key
from simulator.controllers.events import record
from simulator.controllers.labels import labels_of
from simulator.controllers.ownership import claim, controller_or_matching_keys
from simulator.controllers.podstate import FINISHED, is_ready, is_serving, phase, pod_of_template
from simulator.errors import NotFound, Object, StatusError

POD_NAME = "statefulset.kubernetes.io/pod-name"

Pods = dict[int, Object]
"""Ordinal to pod."""


def reconcile(context: Context, key: Key) -> Result:
    """One step of one StatefulSet: create, replace or delete what its order allows now, then the status."""
    owner = context.client.get_or_none(STATEFULSETS, key.name, key.namespace)
    if owner is None:
        return DONE
    pods = _by_ordinal(owner, claim(context, PODS, owner, owner["spec"].get("selector")))
    if "deletionTimestamp" in owner["metadata"]:
        return DONE  # its pods are the garbage collector's business
    update, history = revisions.ensure_current(context, owner, revisions.history(context, owner))
    current = _current_revision(owner, history, update)
    failure = None
    try:
        _step(context, owner, pods, current, update)
    except StatusError as error:
        failure = error
    _write_status(context, owner, pods, current, update)
    live = {labels_of(pod).get(revisions.HASH, "") for pod in pods.values()}
    revisions.clean_up(context, owner, history, {*live, current["metadata"]["name"]})
    if failure is not None:
        raise failure
    return DONE


def _by_ordinal(owner: Object, pods: list[Object]) -> Pods:
    prefix = owner["metadata"]["name"] + "-"
    named = [(pod["metadata"]["name"].removeprefix(prefix), pod) for pod in pods]
    return {int(ordinal): pod for ordinal, pod in sorted(named, key=lambda pair: pair[0]) if ordinal.isdigit()}


def _replicas(owner: Object) -> int:
    replicas: int = owner["spec"].get("replicas", 1)
    return replicas


def _current_revision(owner: Object, history: list[Object], update: Object) -> Object:
    """The revision that the status calls current; the newest when that is unknown."""
    name = owner.get("status", {}).get("currentRevision")
    return next((one for one in history if one["metadata"]["name"] == name), update)


# -- steps


def _step(context: Context, owner: Object, pods: Pods, current: Object, update: Object) -> None:
    """In order, one pod that is not up stops all that follow; in parallel none does."""
    in_order = owner["spec"].get("podManagementPolicy", "OrderedReady") == "OrderedReady"
    for ordinal in range(_replicas(owner)):
        pod = pods.get(ordinal)
        if pod is not None and phase(pod) in FINISHED and "deletionTimestamp" not in pod["metadata"]:
            _delete(context, owner, pod)
        elif pod is None:
            _create(context, owner, ordinal, _revision_for(owner, ordinal, current, update))
        else:
            _ensure_claims(context, owner, ordinal)
        if in_order and (pod is None or not _is_up(pod)):
            return
    surplus = [ordinal for ordinal in sorted(pods, reverse=True) if ordinal >= _replicas(owner)]
    for ordinal in surplus:
        if "deletionTimestamp" not in pods[ordinal]["metadata"]:
            _delete(context, owner, pods[ordinal])
        if in_order:
            return
    _roll(context, owner, pods, update)


def _is_up(pod: Object) -> bool:
    return phase(pod) == "Running" and is_serving(pod)


def _revision_for(owner: Object, ordinal: int, current: Object, update: Object) -> Object:
    """A new pod below the partition keeps the current revision."""
    return current if _rolls(owner) and ordinal < _partition(owner) else update


def _rolls(owner: Object) -> bool:
    return bool((owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") == "RollingUpdate")


def _partition(owner: Object) -> int:
    rolling = (owner["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    partition: int = rolling.get("partition", 0)
    return partition


def _roll(context: Context, owner: Object, pods: Pods, update: Object) -> None:
    """Delete the highest pod of an older revision, once all above it are up."""
    if not _rolls(owner):
        return
    for ordinal in range(_replicas(owner) - 1, _partition(owner) - 1, -1):
        pod = pods.get(ordinal)
        if pod is None:
            return
        if not _has(pod, update) and "deletionTimestamp" not in pod["metadata"]:
            _delete(context, owner, pod)
            return
        if not _is_up(pod):
            return


def _has(pod: Object, revision: Object) -> bool:
    return bool(labels_of(pod).get(revisions.HASH) == revision["metadata"]["name"])


# -- pods and claims


def _create(context: Context, owner: Object, ordinal: int, revision: Object) -> None:
    pod = new_pod(owner, ordinal, revision)
    name, kind = pod["metadata"]["name"], f"StatefulSet {owner['metadata']['name']}"
    try:
        _ensure_claims(context, owner, ordinal)
        context.client.create(PODS, pod)
    except StatusError as error:
        record(context, owner, "Warning", "FailedCreate", f"create Pod {name} in {kind} failed error: {error.message}")
        raise
    record(context, owner, "Normal", "SuccessfulCreate", f"create Pod {name} in {kind} successful")


def _delete(context: Context, owner: Object, pod: Object) -> None:
    meta = pod["metadata"]
    text = f"delete Pod {meta['name']} in StatefulSet {owner['metadata']['name']}"
    try:
        context.client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"])
    except NotFound:
        return
    except StatusError as error:
        record(context, owner, "Warning", "FailedDelete", f"{text} failed error: {error.message}")
        raise
    record(context, owner, "Normal", "SuccessfulDelete", f"{text} successful")


def new_pod(owner: Object, ordinal: int, revision: Object) -> Object:
    """The pod of an ordinal, from the template that ``revision`` keeps."""
    name = f"{owner['metadata']['name']}-{ordinal}"
    template = {key: value for key, value in revision["data"]["spec"]["template"].items() if key != "$patch"}
    labels = {revisions.HASH: revision["metadata"]["name"], POD_NAME: name}
    pod = pod_of_template(owner, template, name=name, labels=labels)
    claims = [_claim_name(owner, one, ordinal) for one in _claim_templates(owner)]
    names = [one["metadata"]["name"] for one in _claim_templates(owner)]
    kept = [volume for volume in pod["spec"].get("volumes") or () if volume["name"] not in names]
    made = [
        {"name": volume, "persistentVolumeClaim": {"claimName": claim_name}}
        for volume, claim_name in zip(names, claims, strict=True)
    ]
    volumes = {"volumes": [*made, *kept]} if made or kept else {}
    subdomain = {"subdomain": owner["spec"]["serviceName"]} if owner["spec"].get("serviceName") else {}
    return {**pod, "spec": {**pod["spec"], **volumes, "hostname": name, **subdomain}}


def _claim_templates(owner: Object) -> list[Object]:
    return owner["spec"].get("volumeClaimTemplates") or []


def _claim_name(owner: Object, template: Object, ordinal: int) -> str:
    return f"{template['metadata']['name']}-{owner['metadata']['name']}-{ordinal}"


def _ensure_claims(context: Context, owner: Object, ordinal: int) -> None:
    namespace, set_name = owner["metadata"]["namespace"], owner["metadata"]["name"]
    for template in _claim_templates(owner):
        name = _claim_name(owner, template, ordinal)
        if context.client.get_or_none(PERSISTENTVOLUMECLAIMS, name, namespace) is not None:
            continue
        labels = {**labels_of(template), **(owner["spec"]["selector"].get("matchLabels") or {})}
        meta = {**template["metadata"], "name": name, "namespace": namespace, "labels": labels}
        claim_ = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": meta, "spec": template["spec"]}
        text = f"create Claim {name} Pod {set_name}-{ordinal} in StatefulSet {set_name}"
        try:
            context.client.create(PERSISTENTVOLUMECLAIMS, claim_)
        except StatusError as error:
            record(context, owner, "Warning", "FailedCreate", f"{text} failed error: {error.message}")
            raise
        record(context, owner, "Normal", "SuccessfulCreate", f"{text} success")


# -- status


def _write_status(context: Context, owner: Object, pods: Pods, current: Object, update: Object) -> None:
    status = statefulset_status(owner, pods, current, update)
    if status != owner.get("status"):
        context.client.update_status(STATEFULSETS, {**owner, "status": status})


def statefulset_status(owner: Object, pods: Pods, current: Object, update: Object) -> Object:
    """The status. When all pods have the update revision and are up, it becomes the current one."""
    alive = [pod for pod in pods.values() if "deletionTimestamp" not in pod["metadata"]]
    updated = sum(_has(pod, update) for pod in alive)
    ready = sum(phase(pod) == "Running" and is_ready(pod) for pod in pods.values())
    of_current = sum(_has(pod, current) for pod in alive)
    if updated == len(pods) == ready == _replicas(owner):
        current, of_current = update, updated
    counts = {
        "readyReplicas": ready,
        "currentReplicas": of_current,
        "updatedReplicas": updated,
        "observedGeneration": owner["metadata"].get("generation", 0),
    }
    return {
        "replicas": len(pods),
        "currentRevision": current["metadata"]["name"],
        "updateRevision": update["metadata"]["name"],
        "collisionCount": (owner.get("status") or {}).get("collisionCount") or 0,
        **{name: count for name, count in counts.items() if count},
    }


CONTROLLER = Controller(
    name="statefulset",
    user="system:serviceaccount:kube-system:statefulset-controller",
    watches=(
        Watches(STATEFULSETS, own_key),
        Watches(PODS, controller_or_matching_keys("StatefulSet", STATEFULSETS)),
        Watches(CONTROLLERREVISIONS, owner_key("StatefulSet")),
    ),
    reconcile=reconcile,
    component="statefulset-controller",
)
