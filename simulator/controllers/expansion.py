"""Claims that ask for more: the controller's word, the driver's resizer, and the node that grows the filesystem.

A quota is larger at once and for everybody; a disk needs a node, on which a pod uses it, to grow what lies on it.
Source: kube-controller-manager, volume/expand; external-resizer, pkg/controller; kubelet, operation_generator.go.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from simulator.api.gvrs import FAULTS, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS
from simulator.api.quantity import parse
from simulator.changes.storage import (
    ALLOCATED_RESOURCES,
    EXPANSION,
    EXTERNAL_EXPANDING,
    NODE_EXPANDED,
    ONLINE_EXPANSION,
)
from simulator.controllers import events, provisioner_cephfs, provisioner_ebs_csi, provisioner_rbd
from simulator.controllers.conditions import find_condition
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.csi_provisioner import Provisioner
from simulator.controllers.pastevents import count_of, last_of, past_events
from simulator.controllers.podstate import claim_names
from simulator.errors import Object
from simulator.infra import csi
from simulator.infra.ceph import CephDown
from simulator.infra.ebs import EbsDown
from simulator.infra.machine import machine_of
from simulator.runtime.clock import rfc3339

_IN_TREE = "awsElasticBlockStore"
_RESIZING, _PENDING = "Resizing", "FileSystemResizePending"
_DONE_REASONS = ("VolumeResizeSuccessful", "FileSystemResizeSuccessful")
_PENDING_TEXT = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
_MIN_S, _MAX_S, _MAX_RETRY_S = 1.0, 4.0, 300.0


def wanted(claim: Object) -> str:
    return str(claim["spec"]["resources"]["requests"]["storage"])


def is_asking(claim: Object) -> bool:
    """Whether a bound claim wants more than it has been given."""
    has = (claim.get("status") or {}).get("capacity", {}).get("storage")
    return has is not None and claim["status"].get("phase") == "Bound" and parse(wanted(claim)) > parse(has)


# -- the controller


def announce(context: Context, key: Key) -> Result:
    """Say that somebody else expands the volumes of drivers."""
    claim, volume = _pair(context, key)
    if claim is None or volume is None or "csi" not in volume["spec"] or not is_asking(claim):
        return DONE
    if _count(context, claim, "ExternalExpanding") <= _count(context, claim, *_DONE_REASONS):
        kind, text = EXTERNAL_EXPANDING.at(context.release)
        events.record(context, claim, kind, "ExternalExpanding", text)
    return DONE


# -- the resizers


@dataclass(frozen=True)
class Resizer:
    """One driver's, or the controller's own for the disks that need no driver (``provisioner`` None)."""

    provisioner: Provisioner | None

    @property
    def component(self) -> str:
        return f"external-resizer {self.provisioner.name}" if self.provisioner else "volume_expand"

    def reconcile(self, context: Context, key: Key) -> Result:
        """Expand the volume of one claim, or go on where an earlier attempt ended."""
        claim, volume = _pair(context, key)
        if claim is None or volume is None or not is_asking(claim) or not self._is_ours(context, volume):
            return DONE
        if parse(volume["spec"]["capacity"]["storage"]) < parse(wanted(claim)):
            return self._expand(context, claim, volume)
        if not self._is_disk(volume):
            finish(context, claim)
            events.record(context, claim, "Normal", "VolumeResizeSuccessful", "Resize volume succeeded")
        elif find_condition(claim["status"].get("conditions"), _PENDING) is None:
            _write(context, claim, _PENDING, "NodeResizePending", _PENDING_TEXT)
            text = "Require file system resize of volume on node"
            events.record(context, claim, "Normal", "FileSystemResizeRequired", text)
        return DONE

    def _expand(self, context: Context, claim: Object, volume: Object) -> Result:
        condition = find_condition(claim["status"].get("conditions"), _RESIZING)
        if condition is None:
            claim = _write(context, claim, _RESIZING, "ControllerResizeInProgress")
        failed = past_events(context, claim, "VolumeResizeFailed", self.component)
        begun = past_events(context, claim, "Resizing", self.component)
        if count_of(begun) <= count_of(failed) + _count(context, claim, *_DONE_REASONS):
            due = last_of(failed) + min(2.0 ** (count_of(failed) - 1), _MAX_RETRY_S) if failed else 0.0
            if context.now < due:
                return Result(due - context.now)
            text = f"External resizer is resizing volume {volume['metadata']['name']}"
            events.record(context, claim, "Normal", "Resizing", text)
            return Result(_duration(claim))
        if context.now < last_of(begun) + _duration(claim):
            return Result(last_of(begun) + _duration(claim) - context.now)
        return self._grow(context, claim, volume)

    def _grow(self, context: Context, claim: Object, volume: Object) -> Result:
        name, size = volume["metadata"]["name"], int(parse(wanted(claim)))
        try:
            if self.provisioner is None:
                context.machines.ebs.grow(volume["spec"][_IN_TREE]["volumeID"].rpartition("/")[2], size)
            else:
                self.provisioner.grow(context, csi.volume_name(volume["spec"]["csi"]["volumeHandle"]), size)
        except (CephDown, EbsDown):
            resizer = self.component.rpartition(" ")[2]
            cause = "rpc error: code = DeadlineExceeded desc = context deadline exceeded"
            text = f'resize volume "{name}" by resizer "{resizer}" failed: {cause}'
            events.record(context, claim, "Warning", "VolumeResizeFailed", text)
            return Result(1.0)
        spec = {**volume["spec"], "capacity": {"storage": wanted(claim)}}
        context.client.update(PERSISTENTVOLUMES, {**volume, "spec": spec})
        return Result(0.0)

    def _is_ours(self, context: Context, volume: Object) -> bool:
        if self.provisioner is None:
            return _IN_TREE in volume["spec"]
        if volume["spec"].get("csi", {}).get("driver") != self.provisioner.name:
            return False
        able = self.provisioner.driver is csi.EBS or EXPANSION.at(context.release)
        return able and self.provisioner.leader(context) is not None

    def _is_disk(self, volume: Object) -> bool:
        is_disk = self.provisioner is None or self.provisioner.is_disk
        return is_disk and volume["spec"].get("volumeMode") != "Block"

    def controller(self) -> Controller:
        short = "in-tree" if self.provisioner is None else self.provisioner.driver.driver
        return Controller(
            name=f"resizer-{short}",
            user=self.provisioner.user if self.provisioner else _USER,
            component=self.component,
            watches=(
                Watches(PERSISTENTVOLUMECLAIMS, own_key),
                Watches(PERSISTENTVOLUMES, _claim_of),
                *self._pods(),
                Watches(FAULTS, _asking),
            ),
            reconcile=self.reconcile,
        )

    def _pods(self) -> Iterable[Watches]:
        """Those in which the resizer runs."""
        if self.provisioner is None:
            return ()
        driver = self.provisioner.driver

        def keys(context: Context, pod: Object) -> Iterable[Key]:
            labels = pod["metadata"].get("labels") or {}
            return _asking(context, pod) if labels.get("app") == driver.controller(context.release) else ()

        return (Watches(PODS, keys, (driver.namespace,)),)


# -- the node


def grow_filesystem(context: Context, key: Key) -> Result:
    """Grow the filesystem on a disk that has become larger, on the node where a pod uses it."""
    claim, volume = _pair(context, key)
    if claim is None or volume is None:
        return DONE
    condition = find_condition(claim["status"].get("conditions"), _PENDING)
    pod = None if condition is None else _user_of(context, claim, condition)
    if pod is None:
        return DONE
    source = volume["spec"]
    name = csi.volume_name(source["csi"]["volumeHandle"]) if "csi" in source else source[_IN_TREE]["volumeID"]
    context.machines.volumes.grow_filesystem(name.rpartition("/")[2])
    node, claim = pod["spec"]["nodeName"], finish(context, claim)
    text = NODE_EXPANDED.at(context.release).format(volume=volume["metadata"]["name"], node=node)
    for about in (pod, claim):
        events.record(context, about, "Normal", "FileSystemResizeSuccessful", text, host=node)
    return DONE


def _user_of(context: Context, claim: Object, condition: Mapping[str, Any]) -> Object | None:
    """A running pod that uses the claim, on a node that is up; an old kubelet minds only those that came since."""
    since = "" if ONLINE_EXPANSION.at(context.release) else str(condition["lastTransitionTime"])
    for pod in context.client.list(PODS, claim["metadata"]["namespace"]):
        if claim["metadata"]["name"] not in claim_names(pod) or not pod["spec"].get("nodeName"):
            continue
        states = [one.get("state") or {} for one in pod.get("status", {}).get("containerStatuses") or ()]
        started = [state["running"].get("startedAt", "") for state in states if "running" in state]
        if started and max(started) >= since and machine_of(context.client, pod["spec"]["nodeName"]).up:
            return pod
    return None


# -- writing


def finish(context: Context, claim: Object) -> Object:
    """The claim has what it asked for."""
    status = {key: value for key, value in claim["status"].items() if key != "allocatedResourceStatuses"}
    status["capacity"] = {**status["capacity"], "storage": wanted(claim)}
    others = [one for one in status.pop("conditions", ()) if one["type"] not in (_RESIZING, _PENDING)]
    if others:
        status["conditions"] = others
    return context.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": status})


def _write(context: Context, claim: Object, kind: str, stage: str, message: str = "") -> Object:
    """Set the condition in the place of the one before it, and how far the size in the making is."""
    condition: Object = {"lastProbeTime": None, "lastTransitionTime": rfc3339(context.now)}
    condition |= {"message": message} if message else {}
    condition |= {"status": "True", "type": kind}
    kept = [one for one in claim["status"].get("conditions") or () if one["type"] not in (_RESIZING, _PENDING)]
    status = {**claim["status"], "conditions": [*kept, condition]}
    if ALLOCATED_RESOURCES.at(context.release):
        status["allocatedResourceStatuses"] = {"storage": stage}
        status["allocatedResources"] = {"storage": wanted(claim)}
    return context.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": status})


def _pair(context: Context, key: Key) -> tuple[Object | None, Object | None]:
    """A claim that is not being deleted, and its volume."""
    claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, key.name, key.namespace)
    if claim is None or "deletionTimestamp" in claim["metadata"] or not claim["spec"].get("volumeName"):
        return None, None
    return claim, context.client.get_or_none(PERSISTENTVOLUMES, claim["spec"]["volumeName"])


def _count(context: Context, claim: Object, *reasons: str) -> int:
    return sum(count_of(past_events(context, claim, reason)) for reason in reasons)


def _duration(claim: Object) -> float:
    digest = hashlib.sha256(f"{claim['metadata']['uid']}/{wanted(claim)}".encode()).digest()
    return round(_MIN_S + digest[0] / 256 * (_MAX_S - _MIN_S), 3)


# -- what wakes them


def _asking(context: Context, _obj: Object) -> Iterable[Key]:
    return [key_of(one) for one in context.client.list(PERSISTENTVOLUMECLAIMS) if is_asking(one)]


def _claim_of(_context: Context, volume: Object) -> Iterable[Key]:
    reference = volume["spec"].get("claimRef") or {}
    return [Key(reference["namespace"], reference["name"])] if reference.get("name") else []


def _claims_of_pod(_context: Context, pod: Object) -> Iterable[Key]:
    return [Key(pod["metadata"]["namespace"], name) for name in claim_names(pod)]


_USER = "system:serviceaccount:kube-system:expand-controller"
_RESIZERS = tuple(Resizer(module.PROVISIONER) for module in (provisioner_cephfs, provisioner_rbd, provisioner_ebs_csi))
CONTROLLERS = (
    Controller(
        name="volume-expand",
        user=_USER,
        component="volume_expand",
        watches=(Watches(PERSISTENTVOLUMECLAIMS, own_key),),
        reconcile=announce,
    ),
    *(resizer.controller() for resizer in (*_RESIZERS, Resizer(None))),
    Controller(
        name="kubelet-expand",
        user="system:node",
        component="kubelet",
        watches=(Watches(PERSISTENTVOLUMECLAIMS, own_key), Watches(PODS, _claims_of_pod), Watches(FAULTS, _asking)),
        reconcile=grow_filesystem,
    ),
)
