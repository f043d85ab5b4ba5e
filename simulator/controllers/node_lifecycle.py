"""Watches the nodes' machines: NotReady after 40 s of silence, tainted, and its pods evicted after 300 s.

A cordoned node is tainted as well. Source: kube-controller-manager, nodelifecycle (1.14, with TaintNodesByCondition and
TaintBasedEvictions) and the NoExecute taint manager.
"""

from __future__ import annotations

from collections.abc import Iterable

from simulator.api.gvrs import FAULTS, NODEMACHINES, NODES, PODS
from simulator.controllers import events
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.errors import Object
from simulator.infra.machine import machine_of
from simulator.runtime.clock import parse_rfc3339, rfc3339

GRACE_S = 40.0
EVICTION_S = 300  # what DefaultTolerationSeconds gives a pod that says nothing
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
_SILENT = {"reason": "NodeStatusUnknown", "message": "Kubelet stopped posting node status."}
_READY = {"reason": "KubeletReady", "message": "kubelet is posting ready status"}
_NOT_FROM_KUBELET = ("NetworkUnavailable",)


def reconcile(context: Context, key: Key) -> Result:
    """Bring a node's conditions and taints into line with its machine, then its pods with its taints."""
    node = context.client.get_or_none(NODES, key.name)
    if node is None or find_condition(node.get("status", {}).get("conditions"), "Ready") is None:
        return DONE  # nobody has reported for it yet
    node = _cordon(context, node)
    up = machine_of(context.client, key.name).up
    if up:
        _revive(context, node)
        return DONE
    if not _is_unknown(node):
        due = _last_heard(context, node) + GRACE_S
        if context.now < due:
            return Result(due - context.now)
        node = _mark(context, node, "Unknown")
        events.record(context, node, "Normal", "NodeNotReady", f"Node {key.name} status is now: NodeNotReady")
    _mark_pods_not_ready(context, key.name)
    node = _taint(context, node)
    return _evict(context, node)


def _cordon(context: Context, node: Object) -> Object:
    """Bring the taint into line with ``spec.unschedulable``; the kubelet tells of the change."""
    name, taints = node["metadata"]["name"], node["spec"].get("taints") or []
    wanted = bool(node["spec"].get("unschedulable"))
    if wanted == any(taint["key"] == UNSCHEDULABLE for taint in taints):
        return node
    reason = "NodeNotSchedulable" if wanted else "NodeSchedulable"
    text = f"Node {name} status is now: {reason}"
    events.record(context, node, "Normal", reason, text, component="kubelet", host=name)
    if wanted:
        taint = {"effect": "NoSchedule", "key": UNSCHEDULABLE, "timeAdded": rfc3339(context.now)}
        return _set_taints(context, node, [*taints, taint])
    return _set_taints(context, node, [taint for taint in taints if taint["key"] != UNSCHEDULABLE])


def _revive(context: Context, node: Object) -> None:
    """The kubelet posts again."""
    if _is_unknown(node):
        node = _mark(context, node, "True")
        events.record(context, node, "Normal", "NodeReady", f"Node {node['metadata']['name']} status is now: NodeReady")
    machine = context.client.get_or_none(NODEMACHINES, node["metadata"]["name"])
    if machine is not None and "offSince" in machine.get("status", {}):
        status = {key: value for key, value in machine["status"].items() if key != "offSince"}
        context.client.update_status(NODEMACHINES, {**machine, "status": status})
    kept = [taint for taint in node["spec"].get("taints") or () if taint["key"] != UNREACHABLE]
    if kept != (node["spec"].get("taints") or []):
        _set_taints(context, node, kept)


def _last_heard(context: Context, node: Object) -> float:
    """When the machine fell: when its Fault was made, or when this loop first saw it off (``status.offSince``)."""
    name = node["metadata"]["name"]
    faults = [one for one in context.client.list(FAULTS) if one["spec"]["target"] == f"node:{name}"]
    if faults:
        return min(parse_rfc3339(one["metadata"]["creationTimestamp"]) for one in faults)
    machine = context.client.get(NODEMACHINES, name)
    since = machine.get("status", {}).get("offSince")
    if since:
        return parse_rfc3339(since)
    status = {**machine.get("status", {}), "offSince": rfc3339(context.now)}
    context.client.update_status(NODEMACHINES, {**machine, "status": status})
    return context.now


def _is_unknown(node: Object) -> bool:
    return (find_condition(node["status"]["conditions"], "Ready") or {}).get("status") == "Unknown"


def _mark(context: Context, node: Object, ready: str) -> Object:
    """All conditions that the kubelet reports become Unknown, or what a healthy kubelet says."""
    now = rfc3339(context.now)
    conditions = []
    for old in node["status"]["conditions"]:
        if old["type"] in _NOT_FROM_KUBELET:
            conditions.append(old)
            continue
        texts = _SILENT if ready == "Unknown" else _healthy(old["type"])
        status = "Unknown" if ready == "Unknown" else ("True" if old["type"] == "Ready" else "False")
        conditions.append({**old, **texts, "status": status, "lastTransitionTime": now})
    return context.client.update_status(NODES, {**node, "status": {**node["status"], "conditions": conditions}})


def _mark_pods_not_ready(context: Context, node: str) -> None:
    """Services stop sending there. The kubelet says otherwise when it is back."""
    for pod in context.client.list(PODS, fields=f"spec.nodeName={node}"):
        conditions = pod.get("status", {}).get("conditions") or []
        if (find_condition(conditions, "Ready") or {}).get("status") != "True":
            continue
        now = rfc3339(context.now)
        unready = {"status": "False", "lastTransitionTime": now}
        changed = [{**one, **unready} if one["type"] == "Ready" else one for one in conditions]
        context.client.update_status(PODS, {**pod, "status": {**pod["status"], "conditions": changed}})


def _healthy(kind: str) -> Object:
    texts = {
        "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    }
    if kind not in texts:
        return dict(_READY)
    return dict(zip(("reason", "message"), texts[kind], strict=True))


def _taint(context: Context, node: Object) -> Object:
    taints = node["spec"].get("taints") or []
    missing = [effect for effect in ("NoSchedule", "NoExecute")
               if not any((one["key"], one["effect"]) == (UNREACHABLE, effect) for one in taints)]  # fmt: skip
    if not missing:
        return node
    now = rfc3339(context.now)
    added = [{"effect": effect, "key": UNREACHABLE, "timeAdded": now} for effect in missing]
    return _set_taints(context, node, [*taints, *added])


def _set_taints(context: Context, node: Object, taints: list[Object]) -> Object:
    spec = {key: value for key, value in node["spec"].items() if key != "taints"}
    return context.client.update(NODES, {**node, "spec": {**spec, **({"taints": taints} if taints else {})}})


def _evict(context: Context, node: Object) -> Result:
    """Delete the pods whose toleration has run out. A kubelet that is down leaves them Terminating."""
    taint = next(one for one in node["spec"]["taints"] if (one["key"], one["effect"]) == (UNREACHABLE, "NoExecute"))
    since = parse_rfc3339(taint["timeAdded"])
    due: list[float] = []
    for pod in context.client.list(PODS, fields=f"spec.nodeName={node['metadata']['name']}"):
        seconds = toleration_s(pod)
        if seconds is None or "deletionTimestamp" in pod["metadata"]:
            continue
        if context.now < since + seconds:
            due.append(since + seconds - context.now)
            continue
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        text = f"Marking for deletion Pod {namespace}/{name}"
        events.record(context, pod, "Normal", "TaintManagerEviction", text, component="taint-eviction-controller")
        context.client.delete(PODS, name, namespace, uid=pod["metadata"]["uid"])
    return Result(min(due)) if due else DONE


def toleration_s(pod: Object) -> float | None:
    """How long a pod stays on an unreachable node; None: for ever (daemons)."""
    for one in pod["spec"].get("tolerations") or ():
        if one.get("effect") not in (None, "", "NoExecute") or one.get("key") not in (None, "", UNREACHABLE):
            continue
        if not one.get("key") and one.get("operator") != "Exists":
            continue
        seconds = one.get("tolerationSeconds")
        return None if seconds is None else float(seconds)
    return float(EVICTION_S)


def _node_of_fault(_context: Context, fault: Object) -> Iterable[Key]:
    target: str = fault["spec"]["target"]
    return [Key("", target.removeprefix("node:"))] if target.startswith("node:") else []


CONTROLLER = Controller(
    name="node-lifecycle",
    user="system:serviceaccount:kube-system:node-controller",
    component="node-controller",
    watches=(
        Watches(NODES, own_key),
        Watches(NODEMACHINES, own_key),
        Watches(FAULTS, _node_of_fault),
    ),
    reconcile=reconcile,
)
CONTROLLERS = (CONTROLLER,)
