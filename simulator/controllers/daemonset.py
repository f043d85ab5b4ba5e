"""DaemonSets: one pod on each node that fits, bound by the scheduler to the one node that its affinity names.

Source: kube-controller-manager, daemon (1.14), with ScheduleDaemonSetPods.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import CONTROLLERREVISIONS, DAEMONSETS, NODES, PODS
from simulator.controllers import podcontrol, revisions
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key, owner_key
from simulator.controllers.events import record
from simulator.controllers.labels import annotations_of, labels_of
from simulator.controllers.limits import scaled_value
from simulator.controllers.ownership import claim, controller_or_matching_keys
from simulator.controllers.podstate import (
    is_available,
    is_ready,
    phase,
    pod_of_template,
    time_until_available,
)
from simulator.controllers.scheduling.filters import matches_node, untolerated
from simulator.errors import Object

GENERATION = "pod-template-generation"
_GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"
_FIELD = "metadata.name"

# What every daemon pod tolerates. Source: daemon/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations.
_TOLERATIONS = (
    ("node.kubernetes.io/not-ready", "NoExecute"),
    ("node.kubernetes.io/unreachable", "NoExecute"),
    ("node.kubernetes.io/disk-pressure", "NoSchedule"),
    ("node.kubernetes.io/memory-pressure", "NoSchedule"),
    ("node.kubernetes.io/unschedulable", "NoSchedule"),
)
_HOST_NETWORK_TOLERATION = ("node.kubernetes.io/network-unavailable", "NoSchedule")

ByNode = dict[str, list[Object]]
"""Node name to daemon pods, the oldest first."""


def reconcile(context: Context, key: Key) -> Result:
    """Bring the pods of one DaemonSet to its nodes, then to its template, then write the status."""
    daemonset = context.client.get_or_none(DAEMONSETS, key.name, key.namespace)
    if daemonset is None:
        return DONE
    pods = claim(context, PODS, daemonset, daemonset["spec"].get("selector"))
    nodes = context.client.list(NODES)
    if "deletionTimestamp" in daemonset["metadata"]:
        _write_status(context, daemonset, nodes, pods, "")
        return DONE
    current, history = revisions.ensure_current(context, daemonset, revisions.history(context, daemonset))
    hash_ = revisions.hash_of(current)
    if not _manage(context, daemonset, nodes, pods, hash_):
        _roll(context, daemonset, nodes, pods, hash_)
    live = {labels_of(pod).get(revisions.HASH, "") for pod in pods}
    revisions.clean_up(context, daemonset, history, {f"{key.name}-{one}" for one in live})
    _write_status(context, daemonset, nodes, pods, hash_)
    return Result(time_until_available(pods, _min_ready_s(daemonset), context.now))


def _min_ready_s(daemonset: Object) -> int:
    seconds: int = daemonset["spec"].get("minReadySeconds", 0)
    return seconds


def by_node(pods: Iterable[Object]) -> ByNode:
    """The daemon pods of each node, bound there or meant for it."""
    grouped: ByNode = {}
    for pod in sorted(pods, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"])):
        grouped.setdefault(target_node(pod), []).append(pod)
    return grouped


def target_node(pod: Object) -> str:
    """The node of a daemon pod: where it is bound, or the name in its affinity."""
    if pod["spec"].get("nodeName"):
        name: str = pod["spec"]["nodeName"]
        return name
    affinity = (pod["spec"].get("affinity") or {}).get("nodeAffinity") or {}
    required = affinity.get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or ():
        for field in term.get("matchFields") or ():
            if field["key"] == _FIELD and len(field["values"]) == 1:
                return str(field["values"][0])
    return ""


def wants(daemonset: Object, node: Object) -> tuple[bool, bool]:
    """Whether a pod should be started on the node, and whether one that runs there may stay."""
    probe = {"metadata": {}, "spec": _with_tolerations(daemonset["spec"]["template"]["spec"])}
    if not matches_node(probe, node):
        return False, False
    taints = node.get("spec", {}).get("taints") or []
    stays = not untolerated(probe, taints, ("NoExecute",))
    return stays and not untolerated(probe, taints, ("NoSchedule",)), stays


# -- nodes


def _manage(context: Context, daemonset: Object, nodes: list[Object], pods: list[Object], hash_: str) -> bool:
    """Start what is missing and stop what is too much; whether there was anything to do."""
    placed, missing, surplus = by_node(pods), [], []
    for node in nodes:
        here = placed.get(node["metadata"]["name"], [])
        starts, stays = wants(daemonset, node)
        alive = [pod for pod in here if "deletionTimestamp" not in pod["metadata"]]
        failed = [pod for pod in alive if phase(pod) == "Failed"]
        for pod in failed if stays else ():
            _tell_failed(context, daemonset, pod, node)
        if starts and not here:
            missing.append(node["metadata"]["name"])
        running = [pod for pod in alive if pod not in failed]
        surplus += [*failed, *running[1:]] if stays else alive
    known = {node["metadata"]["name"] for node in nodes}
    surplus += [pod for pod in pods if target_node(pod) not in known and "deletionTimestamp" not in pod["metadata"]]
    for name in missing:
        podcontrol.create(context, daemonset, new_pod(daemonset, name, hash_))
    for pod in surplus:
        podcontrol.delete(context, daemonset, pod)
    return bool(missing or surplus)


def _tell_failed(context: Context, daemonset: Object, pod: Object, node: Object) -> None:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    where = node["metadata"]["name"]
    text = f"Found failed daemon pod {namespace}/{name} on node {where}, will try to kill it"
    record(context, daemonset, "Warning", "FailedDaemonPod", text)


def new_pod(daemonset: Object, node: str, hash_: str) -> Object:
    """The pod for one node."""
    labels = {revisions.HASH: hash_, GENERATION: template_generation(daemonset)}
    pod = pod_of_template(daemonset, daemonset["spec"]["template"], labels=labels)
    return {**pod, "spec": _for_node(_with_tolerations(pod["spec"]), node)}


def template_generation(daemonset: Object) -> str:
    annotations = annotations_of(daemonset)
    return str(annotations.get(_GENERATION_ANNOTATION) or daemonset["metadata"].get("generation", 1))


def _with_tolerations(spec: Object) -> Object:
    present = list(spec.get("tolerations") or ())
    wanted = [*_TOLERATIONS, *([_HOST_NETWORK_TOLERATION] if spec.get("hostNetwork") else [])]
    added = [{"key": key, "operator": "Exists", "effect": effect} for key, effect in wanted]
    return {**spec, "tolerations": [*present, *(one for one in added if one not in present)]}


def _for_node(spec: Object, node: str) -> Object:
    """``spec`` for one node only. Its own required terms are replaced: the node was chosen by them."""
    affinity = spec.get("affinity") or {}
    terms = [{"matchFields": [{"key": _FIELD, "operator": "In", "values": [node]}]}]
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    node_affinity = {**(affinity.get("nodeAffinity") or {}), **required}
    return {**spec, "affinity": {**affinity, "nodeAffinity": node_affinity}}


# -- template


def is_updated(daemonset: Object, pod: Object, hash_: str) -> bool:
    """Whether the pod is of the present template, by its hash or by the number of the template."""
    labels = labels_of(pod)
    annotations = annotations_of(daemonset)
    same_generation = labels.get(GENERATION) == annotations.get(_GENERATION_ANNOTATION, "")
    return labels.get(revisions.HASH) == hash_ or same_generation


def _roll(context: Context, daemonset: Object, nodes: list[Object], pods: list[Object], hash_: str) -> None:
    """Delete pods of an older template, at most as many as may be unavailable at a time."""
    strategy = daemonset["spec"].get("updateStrategy") or {}
    if strategy.get("type", "RollingUpdate") != "RollingUpdate":
        return
    old = [pod for pod in pods if not is_updated(daemonset, pod, hash_) and "deletionTimestamp" not in pod["metadata"]]
    if not old:
        return
    wait_s = _min_ready_s(daemonset)
    room = _room(daemonset, nodes, pods, context.now)
    for pod in sorted(old, key=lambda one: is_available(one, wait_s, context.now)):
        if is_available(pod, wait_s, context.now):
            if room <= 0:
                break
            room -= 1
        podcontrol.delete(context, daemonset, pod)


def _room(daemonset: Object, nodes: list[Object], pods: list[Object], now: float) -> int:
    """How many more pods may become unavailable."""
    rolling = (daemonset["spec"].get("updateStrategy") or {}).get("rollingUpdate") or {}
    wanted = [node["metadata"]["name"] for node in nodes if wants(daemonset, node)[0]]
    limit = scaled_value(rolling.get("maxUnavailable", 1), len(wanted), round_up=True)
    placed = by_node(pods)
    served = [name for name in wanted if any(_serves(daemonset, pod, now) for pod in placed.get(name, ()))]
    return limit - (len(wanted) - len(served))


def _serves(daemonset: Object, pod: Object, now: float) -> bool:
    return "deletionTimestamp" not in pod["metadata"] and is_available(pod, _min_ready_s(daemonset), now)


# -- status


def _write_status(context: Context, daemonset: Object, nodes: list[Object], pods: list[Object], hash_: str) -> None:
    status = daemonset_status(daemonset, nodes, pods, hash_, context.now)
    if status != daemonset.get("status"):
        context.client.update_status(DAEMONSETS, {**daemonset, "status": status})


def daemonset_status(daemonset: Object, nodes: list[Object], pods: list[Object], hash_: str, now: float) -> Object:
    """The status, by nodes. The first four counts stand even when they are 0."""
    placed, wait_s = by_node(pods), _min_ready_s(daemonset)
    desired = scheduled = misplaced = ready = available = updated = 0
    for node in nodes:
        here = placed.get(node["metadata"]["name"], [])
        starts, _ = wants(daemonset, node)
        desired += starts
        scheduled += bool(starts and here)
        misplaced += bool(here and not starts)
        if starts and here:
            ready += is_ready(here[0])
            available += is_available(here[0], wait_s, now)
            updated += is_updated(daemonset, here[0], hash_)
    shown = {"currentNumberScheduled": scheduled, "numberMisscheduled": misplaced}
    always = {**shown, "desiredNumberScheduled": desired, "numberReady": ready}
    some = {
        "observedGeneration": daemonset["metadata"].get("generation", 0),
        "updatedNumberScheduled": updated,
        "numberAvailable": available,
        "numberUnavailable": desired - available,
    }
    return {**always, **{name: count for name, count in some.items() if count}}


def _node_keys(context: Context, _node: Object) -> Iterable[Key]:
    found = context.client.list(DAEMONSETS)
    return [key_of(one) for one in found]


CONTROLLER = Controller(
    name="daemonset",
    user="system:serviceaccount:kube-system:daemon-set-controller",
    watches=(
        Watches(DAEMONSETS, own_key),
        Watches(PODS, controller_or_matching_keys("DaemonSet", DAEMONSETS)),
        Watches(NODES, _node_keys),
        Watches(CONTROLLERREVISIONS, owner_key("DaemonSet")),
    ),
    reconcile=reconcile,
    component="daemonset-controller",
)
