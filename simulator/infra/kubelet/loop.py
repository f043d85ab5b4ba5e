"""The kubelet's reconcile loop: what is due for one pod. Source: kubelet.go, syncPod (1.14)."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from operator import is_not

from simulator.api.gvrs import (
    BUCKETS,
    CONFIGMAPS,
    FAULTS,
    NODEMACHINES,
    NODES,
    PERSISTENTVOLUMECLAIMS,
    PODS,
    PODSANDBOXES,
    SECRETS,
    VOLUMEATTACHMENTS,
    VOLUMEFILES,
    VOLUMES,
)
from simulator.api.types import User
from simulator.changes.node import ADDED_INTERFACE, MOUNT_TIMEOUT
from simulator.controllers import events
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of
from simulator.controllers.podstate import FINISHED, is_serving, phase
from simulator.errors import Object
from simulator.infra.kubelet import addresses, containers, ending, volumes
from simulator.infra.kubelet.record import Record, load, sandbox_name, save
from simulator.infra.kubelet.status import pod_status
from simulator.infra.kubelet.work import Work
from simulator.infra.machine import Machine, machine_of
from simulator.infra.programs import behaviour_of
from simulator.infra.volumes import Volumes
from simulator.log.state import thaw
from simulator.release import Release

_ADMIT_S = 0.8  # from the binding to the first look at the volumes
_NETWORK_S = 6.0  # to make the sandbox and its network
_MOUNT_RETRY_S, _MAX_MOUNT_RETRY_S = 0.5, 122.0
_MOUNT_TIMEOUT_S, _MOUNT_TIMEOUT_PERIOD_S = 123.0, 135.0


def reconcile(context: Context, key: Key) -> Result:
    """Bring one pod of a node that is up a step further."""
    pod = context.client.get_or_none(PODS, key.name, key.namespace)
    if pod is None:
        _forget(context, key)
        return DONE
    node = pod["spec"].get("nodeName")
    if not node:
        return DONE
    machine = _machine(context, node)
    if not machine.up:
        return DONE  # its NodeMachine or the Fault changes when it is back
    record, stored = load(context.client, pod, context.now)
    before = thaw(record) if stored is None else stored["spec"]
    work = Work(_as_node(context, node), pod, record, machine)
    if "deletionTimestamp" in pod["metadata"]:
        _terminate(work, stored)
    elif phase(pod) not in FINISHED:
        _advance(work)
        _write(work, before, stored)
    return DONE if work.due is None else Result(requeue_after=work.due - work.now)


def _advance(work: Work) -> None:
    if not _mount(work) or not _network(work):
        return
    for spec in work.pod["spec"].get("initContainers") or ():
        if containers.is_sidecar(work.pod, spec["name"]):
            containers.advance(work, spec)
            if not containers.has_started(work, spec):
                return
            continue
        if not containers.is_finished(work, spec):
            containers.advance(work, spec)
        if not containers.is_finished(work, spec) or work.container(spec["name"])["exitCode"] != 0:
            return
    for spec in work.pod["spec"]["containers"]:
        if not containers.advance(work, spec):
            return  # images are pulled one after the other
    containers.end_sidecars(work)
    for spec in work.pod["spec"].get("ephemeralContainers") or ():
        if not containers.is_finished(work, spec):
            containers.advance(work, spec)


def _mount(work: Work) -> bool:
    """Whether all volumes are mounted. FailedMount is told per volume with back-off, the timeout every two minutes."""
    record, now = work.record, work.now
    if "mounted" in record:
        return True
    if now < record["admitted"] + _ADMIT_S:
        work.wake(record["admitted"] + _ADMIT_S)
        return False
    machines = work.machines
    mounts, problems = volumes.resolve(machines, work.context.client, work.pod)
    if not problems:
        for name in ("mountRetry", "mountTimeout"):
            record.pop(name, None)
        record.update(mounts=mounts, mounted=now)
        return True
    loud = [problem for problem in problems if problem.message]
    retry = record.get("mountRetry", {"failures": 0, "next": 0.0})
    if loud and now >= retry["next"]:
        for problem in loud:
            work.event("Warning", "FailedMount", problem.message)
        delay = min(_MOUNT_RETRY_S * 2 ** retry["failures"], _MAX_MOUNT_RETRY_S)
        retry = record["mountRetry"] = {"failures": retry["failures"] + 1, "next": now + delay}
    if loud:
        work.wake(retry["next"])
    timeout = record.setdefault("mountTimeout", record["admitted"] + _MOUNT_TIMEOUT_S)
    if now >= timeout:
        work.event("Warning", "FailedMount", _timeout_text(work, [problem.volume for problem in problems]))
        record["mountTimeout"] = now + _MOUNT_TIMEOUT_PERIOD_S
    work.wake(record["mountTimeout"])
    return False


def _timeout_text(work: Work, unmounted: list[str]) -> str:
    """What the kubelet says every two minutes while it waits."""
    every = [volume["name"] for volume in work.pod["spec"].get("volumes") or ()]
    lists = {"unmounted": " ".join(unmounted), "unattached": " ".join(every)}
    return MOUNT_TIMEOUT.at(work.release).format(**lists, **work.names())


def _network(work: Work) -> bool:
    if work.record.get("ip"):
        return True
    ready = work.record["mounted"] + _NETWORK_S
    if work.now < ready:
        work.wake(ready)
        return False
    address, prefix = addresses.pod_address(work.context.client, work.pod)
    work.record["ip"] = address
    told = ADDED_INTERFACE.at(work.release)
    if told and not work.pod["spec"].get("hostNetwork"):
        events.record(work.context, work.pod, "Normal", "AddedInterface", told.format(address=f"{address}/{prefix}"),
                      component="multus")  # fmt: skip
    return True


def _write(work: Work, before: Record, stored: Object | None) -> None:
    """The record and the status, as far as they changed. A pod that a profile describes is left as it is."""
    adopted = bool(before["containers"]) if stored is None else bool(before.get("adopted"))
    if adopted and work.record == before:
        return
    work.record.pop("adopted", None)
    if work.record != before or (stored is None and work.record.get("mountTimeout")):
        save(work.context.client, work.record, stored)
    _write_status(work)


def _write_status(work: Work) -> None:
    client, pod = work.context.client, work.pod
    host = addresses.host_address(client, work.machine.name)
    status = pod_status(pod, work.record, host, lambda spec: containers.is_finished(work, spec), work.now, work.release)
    if status != pod.get("status"):
        fresh = client.get_or_none(PODS, pod["metadata"]["name"], pod["metadata"]["namespace"])
        if fresh is not None and fresh["metadata"]["uid"] == pod["metadata"]["uid"]:
            client.update_status(PODS, {**fresh, "status": status})


# -- the end


def _terminate(work: Work, stored: Object | None) -> None:
    """The pod goes with its sandbox when its containers have ended."""
    meta, grace_s = work.pod["metadata"], work.pod["metadata"].get("deletionGracePeriodSeconds", 0)
    if grace_s == 0:
        return  # only finalizers hold it now
    before = thaw(work.record["containers"])
    if not ending.advance(work, stored, grace_s):
        return
    if work.record["containers"] != before:
        _write_status(work)
    work.context.client.delete(PODS, meta["name"], meta["namespace"], uid=meta["uid"], grace_period_s=0)
    _forget(work.context, Key(meta["namespace"], meta["name"]))


def _forget(context: Context, key: Key) -> None:
    """Remove what a pod that is gone had on its node; the sandbox last, as it tells who is killed on the way."""
    machines = context.machines
    disk: Volumes = machines.volumes
    for volume in context.client.list(VOLUMES):
        if volume["spec"].get("pod") == f"{key.namespace}/{key.name}":
            disk.delete(volume["metadata"]["name"])
    name = sandbox_name(key.namespace, key.name)
    if context.client.get_or_none(PODSANDBOXES, name) is not None:
        context.client.delete(PODSANDBOXES, name)


# -- what wakes it


def _as_node(context: Context, node: str) -> Context:
    """The same hands, as the node's own user; events come from the kubelet."""
    known: dict[str, Context] = context.memo.of(_as_node)
    if node not in known:
        user = User(f"system:node:{node}", ("system:nodes", "system:masters", "system:authenticated"))
        known[node] = replace(context, client=context.client.as_user(user), component="kubelet")
    return known[node]


def _machine(context: Context, node: str) -> Machine:
    """``machine_of``, worked out again only when one of the objects that it follows from is another one."""
    client, known = context.client, context.memo.of(_machine)
    sources = (client.get_or_none(NODEMACHINES, node), client.get_or_none(NODES, node), *client.list(FAULTS))
    before: tuple[tuple[Object | None, ...], Machine] | None = known.get(node)
    if before is not None and len(before[0]) == len(sources) and not any(map(is_not, before[0], sources)):
        return before[1]
    machine = machine_of(client, node)
    known[node] = sources, machine
    return machine


def _own_key(_context: Context, pod: Object) -> Iterable[Key]:
    if pod["spec"].get("nodeName"):
        yield key_of(pod)


def _waiting_beside(context: Context, obj: Object) -> Iterable[Key]:
    """The pods of the namespace that are bound and not ready: what they wait for may be this object."""
    return _waiting(context.client.list(PODS, obj["metadata"]["namespace"]))


def _waiting_on_node(context: Context, obj: Object) -> Iterable[Key]:
    node = obj.get("spec", {}).get("nodeName") or obj["metadata"]["name"]
    return _waiting(context.client.list(PODS, fields=f"spec.nodeName={node}"))


def _of_machine(context: Context, machine: Object) -> Iterable[Key]:
    return _all_on_node(context, machine["metadata"]["name"])


def _all_on_node(context: Context, node: str) -> list[Key]:
    return [key_of(pod) for pod in context.client.list(PODS, fields=f"spec.nodeName={node}")]


def _of_fault(context: Context, fault: Object) -> Iterable[Key]:
    """Pods of a machine that fell or came back; otherwise those that wait, and registries, whose health may change."""
    target = fault["spec"]["target"]
    if target.startswith("node:"):
        return _all_on_node(context, target.removeprefix("node:"))
    return [*_waiting(context.client.list(PODS)), *_registries(context, fault)]


def _registries(context: Context, _storage: Object) -> Iterable[Key]:
    """Those who look after the health of their storage, which is another one now."""
    pods = [pod for pod in context.client.list(PODS) if pod["spec"].get("nodeName")]
    return [key_of(pod) for pod in pods if _is_registry(pod, context.release)]


def _users_of_store(context: Context, pod: Object) -> Iterable[Key]:
    """A pod of a store inside the cluster came or went."""
    is_store = pod["metadata"]["name"].startswith(("noobaa-", "rook-ceph-rgw-"))
    return _registries(context, pod) if is_store else ()


def _of_file(context: Context, file: Object) -> Iterable[Key]:
    """The pod whose own volume a file lies in: its exec probes may look at it."""
    volume = context.client.get_or_none(VOLUMES, file["spec"]["volume"])
    namespace, _, name = ((volume or {}).get("spec", {}).get("pod") or "").partition("/")
    return [Key(namespace, name)] if name else []


def _unfinished(context: Context, sandbox: Object) -> Iterable[Key]:
    """A sandbox whose pod is gone: whoever deleted the pod did not live to clean up. Or a program has just ended."""
    namespace, name = sandbox["spec"]["namespace"], sandbox["spec"]["pod"]
    ended = any(_is_ended(one, context.now) for one in sandbox["spec"]["containers"].values())
    return [Key(namespace, name)] if ended or not context.client.get_or_none(PODS, name, namespace) else []


def _is_ended(one: Record, now: float) -> bool:
    finished: float = one.get("run", {}).get("finished", math.inf)
    return one["state"] == "running" and finished <= now


def _waiting(pods: Iterable[Object]) -> list[Key]:
    return [key_of(pod) for pod in pods if pod["spec"].get("nodeName") and not is_serving(pod)]


def _is_registry(pod: Object, release: Release) -> bool:
    return any(behaviour_of(pod, spec, release).kind == "registry" for spec in pod["spec"]["containers"])


CONTROLLER = Controller(
    name="kubelet",
    user="system:node",
    watches=(
        Watches(PODS, _own_key),
        Watches(PODS, _users_of_store),
        Watches(BUCKETS, _registries),
        Watches(PODSANDBOXES, _unfinished),
        Watches(CONFIGMAPS, _waiting_beside),
        Watches(SECRETS, _waiting_beside),
        Watches(PERSISTENTVOLUMECLAIMS, _waiting_beside),
        Watches(VOLUMEATTACHMENTS, _waiting_on_node),
        Watches(NODES, _waiting_on_node),
        Watches(NODEMACHINES, _of_machine),
        Watches(FAULTS, _of_fault),
        Watches(VOLUMEFILES, _of_file),
    ),
    reconcile=reconcile,
)
