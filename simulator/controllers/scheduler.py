"""The scheduler: a node for each pod that has none.

Source: kube-scheduler, core/generic_scheduler.go (1.14), schedule_one.go and framework/types.go (1.33). Not modelled:
preemption. A pod that fits nowhere is tried again when something changes that may help, not by the clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from simulator.api.gvrs import (
    EVENTS,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    STORAGECLASSES,
)
from simulator.changes.workloads import GIVEN_BACK, PREEMPTION, UNBOUND_CLAIMS, UNFIT_CLAIM
from simulator.controllers.conditions import find_condition, without_condition
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of
from simulator.controllers.events import record
from simulator.controllers.podstate import FINISHED, claim_names, phase
from simulator.controllers.scheduling.affinity import PodAffinity, terms
from simulator.controllers.scheduling.board import board_for, feasible_limit
from simulator.controllers.scheduling.filters import filters, fit_error
from simulator.controllers.scheduling.following import Following
from simulator.controllers.scheduling.model import NodeInfo, Snapshot
from simulator.controllers.scheduling.preemption import verdict
from simulator.controllers.scheduling.scores import scores
from simulator.controllers.scheduling.volumes import UNBOUND, PodVolumes, UnfitClaim
from simulator.errors import Conflict, NotFound, Object
from simulator.log.indexes import Index
from simulator.release import OLDEST, Release
from simulator.runtime.clock import parse_rfc3339, rfc3339

NAME = "default-scheduler"
_FIRST_BACK_OFF_S, _LAST_BACK_OFF_S = 1.0, 10.0  # podBackoff of 1.14


class Unschedulable(Exception):
    """No node takes the pod; the message says why."""


def reconcile(context: Context, key: Key) -> Result:
    """Choose a node for one pod and bind it, or say why there is none."""
    pod = context.client.get_or_none(PODS, key.name, key.namespace)
    if pod is None or not is_ours(pod):
        return DONE
    try:
        _schedule(context, pod)
    except Unschedulable as error:
        _report_failure(context, pod, str(error))
    return DONE


def is_ours(pod: Object) -> bool:
    """A pod that waits for this scheduler."""
    if pod["spec"].get("nodeName") or "deletionTimestamp" in pod["metadata"]:
        return False
    return pod["spec"].get("schedulerName", NAME) == NAME and phase(pod) not in FINISHED


def _schedule(context: Context, pod: Object) -> None:
    snapshot, release = _snapshot(context), context.release
    try:
        volumes = PodVolumes(context, pod)
    except UnfitClaim as error:
        text = _for_all(pod, UNFIT_CLAIM.at(release), str(error), len(snapshot), release)
        raise Unschedulable(text) from None
    chosen = _place(context, pod, snapshot, volumes)
    if volumes.waiting:
        if claim := volumes.given_back():
            _report_failure(context, pod, GIVEN_BACK.at(release).format(node=chosen.name, claim=claim))
        volumes.assume(chosen)  # the pod is bound once its claims are
    else:
        _bind(context, pod, chosen.name)


def _snapshot(context: Context) -> Snapshot:
    """Kept up between passes by the changes; made new where there is nobody to tell of them."""
    memory = context.memo.of(_snapshot)
    if "following" not in memory:
        memory["following"] = Following(context.client)
        context.memo.on_close(memory["following"].close)
    found: Snapshot = memory["following"].snapshot()
    return found


def _place(context: Context, pod: Object, snapshot: Snapshot, volumes: PodVolumes) -> NodeInfo:
    """The node for a pod. Unschedulable when there is none."""
    board = None if volumes.any else board_for(pod, snapshot, context.release)
    if board is not None and (best := board.best(pod)):
        return _one_of(context, best)
    candidates = find_candidates(pod, snapshot, volumes, context.release)
    return _choose(context, pod, candidates, snapshot, volumes.selected_node())


def find_candidates(pod: Object, snapshot: Snapshot, volumes: PodVolumes, release: Release = OLDEST) -> list[NodeInfo]:
    """The nodes that can take the pod. Unschedulable when there is none."""
    nodes = len(snapshot)
    if not nodes:
        raise Unschedulable("no nodes available to schedule pods")
    affinity, tests, limit = PodAffinity(pod, snapshot, release), filters(release), feasible_limit(nodes)
    candidates, refused, unbound = [], [], 0
    start, looked_at = snapshot.next_start % nodes, 0
    for info in snapshot.infos_from(start):
        looked_at += 1
        found = next(filter(None, (test(pod, info, release) for test in tests)), [])
        if not found and volumes.immediate:
            unbound += 1  # an error, not a reason: it outweighs all reasons
            continue
        found = found or volumes.reasons(info) or affinity.reasons(info)
        if found:
            refused.append((info, found))
        else:
            candidates.append(info)
            if len(candidates) == limit:
                break
    snapshot.next_start = (start + looked_at) % nodes
    if unbound:
        raise Unschedulable(_for_all(pod, UNBOUND_CLAIMS.at(release), UNBOUND, nodes, release, tried=unbound))
    if not candidates:
        text = fit_error(nodes, Counter(reason for _, reasons in refused for reason in reasons))
        raise Unschedulable(_with_preemption(text, pod, refused, nodes, release))
    return candidates


def _for_all(pod: Object, form: str, reason: str, nodes: int, release: Release, tried: int = 1) -> str:
    """A refusal that concerns no node more than another."""
    repeated = f" (repeated {tried} times)" if tried > 1 else ""
    text = form.format(reason=reason, nodes=nodes, repeated=repeated)
    return _with_preemption(text, pod, [], nodes, release)


def _with_preemption(
    text: str, pod: Object, refused: list[tuple[NodeInfo, list[str]]], nodes: int, release: Release
) -> str:
    return f"{text} {verdict(pod, refused, nodes, release)}" if PREEMPTION.at(release) else text


def _choose(context: Context, pod: Object, candidates: list[NodeInfo], snapshot: Snapshot, selected: str) -> NodeInfo:
    """The node that was selected for a claim of the pod, or else the best; between equals the seed decides."""
    for info in candidates:
        if info.name == selected:
            return info
    if len(candidates) == 1:
        return candidates[0]
    points = scores(pod, candidates, snapshot)
    most = max(points)
    return _one_of(context, [info for info, score in zip(candidates, points, strict=True) if score == most])


def _one_of(context: Context, best: list[NodeInfo]) -> NodeInfo:
    return best[context.names.integer(len(best))] if len(best) > 1 else best[0]


def _bind(context: Context, pod: Object, node: str) -> None:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
    binding = {
        "apiVersion": "v1",
        "kind": "Binding",
        "metadata": {"name": name, "namespace": namespace, "uid": pod["metadata"]["uid"]},
        "target": {"apiVersion": "v1", "kind": "Node", "name": node},
    }
    try:
        context.client.request("POST", PODS.path(namespace, name, "binding"), body=binding)
    except NotFound:
        return  # deleted meanwhile
    record(context, pod, "Normal", "Scheduled", f"Successfully assigned {namespace}/{name} to {node}")


# -- failure


def _report_failure(context: Context, pod: Object, message: str) -> None:
    if _is_backing_off(context, pod, message):
        return
    record(context, pod, "Warning", "FailedScheduling", message)
    status = pod.get("status") or {}
    known = find_condition(status.get("conditions"), "PodScheduled")
    now = rfc3339(context.now)
    failed = known is not None and known["status"] == "False"
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "lastProbeTime": None,
        "lastTransitionTime": known["lastTransitionTime"] if failed and known else now,
        "reason": "Unschedulable",
        "message": message,
    }
    if known is not None and all(known.get(key) == condition[key] for key in ("status", "reason", "message")):
        return
    conditions = [*without_condition(status.get("conditions"), "PodScheduled"), condition]
    try:
        context.client.update_status(PODS, {**pod, "status": {**status, "conditions": conditions}})
    except (Conflict, NotFound):
        return  # it changed: there will be another attempt


def _is_backing_off(context: Context, pod: Object, message: str) -> bool:
    """Whether the same was said so shortly before that the real scheduler would not have tried again yet."""
    meta = pod["metadata"]
    fields = f"involvedObject.uid={meta['uid']},reason=FailedScheduling"
    events = context.client.list(EVENTS, meta["namespace"], fields=fields)
    for event in events:
        if event["message"] == message:
            delay_s = min(_FIRST_BACK_OFF_S * 2 ** min(event["count"] - 1, 10), _LAST_BACK_OFF_S)
            return bool(context.now < parse_rfc3339(event["lastTimestamp"]) + delay_s)
    return False


# -- what leads here


def _pod_keys(context: Context, pod: Object) -> Iterable[Key]:
    """The pod itself while it waits; those that wait for room when it goes, or for company when it has a node."""
    if is_ours(pod):
        return (key_of(pod),)
    if phase(pod) in FINISHED or _is_going(context, pod):
        return _waiting(context)
    return map(key_of, context.client.find(PODS, _WANTS_COMPANY, "yes", pod["metadata"]["namespace"]))


def _is_going(context: Context, pod: Object) -> bool:
    """Whether the pod is being deleted or is gone (without a grace period it never bears a deletionTimestamp)."""
    meta = pod["metadata"]
    return "deletionTimestamp" in meta or context.client.get_or_none(PODS, meta["name"], meta["namespace"]) is None


def _waiting(context: Context, _changed: Object | None = None) -> Iterable[Key]:
    return map(key_of, _pending(context, None))


def _claim_keys(context: Context, claim: Object) -> Iterable[Key]:
    name = claim["metadata"]["name"]
    return [key_of(pod) for pod in _pending(context, claim["metadata"]["namespace"]) if name in claim_names(pod)]


def _pending(context: Context, namespace: str | None) -> list[Object]:
    return context.client.find(PODS, _PENDING, "yes", namespace)


_PENDING = Index("pending", lambda pod: "yes" if is_ours(pod) else None)
_WANTS_COMPANY = Index("company", lambda pod: "yes" if is_ours(pod) and terms(pod, "podAffinity") else None)


CONTROLLER = Controller(
    name="scheduler",
    user="system:kube-scheduler",
    watches=(
        Watches(PODS, _pod_keys),
        Watches(NODES, _waiting),
        Watches(PERSISTENTVOLUMECLAIMS, _claim_keys),
        Watches(PERSISTENTVOLUMES, _waiting),
        Watches(STORAGECLASSES, _waiting),
    ),
    reconcile=reconcile,
    component=NAME,
)
