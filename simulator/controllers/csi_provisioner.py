"""What the two Ceph drivers share: provisioning, deleting, attaching, all only while a provisioner pod is ready.

A volume is made in steps that the log tells apart: the event Provisioning, the subvolume or image (the driver's journal
knows it by the name of the persistent volume), the PersistentVolume. A loop that is killed between them goes on there.
Source: external-provisioner 1.3, external-attacher 1.2, ceph-csi 1.2.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simulator.api.gvrs import (
    CEPHS,
    FAULTS,
    PERSISTENTVOLUMECLAIMS,
    PERSISTENTVOLUMES,
    PODS,
    SECRETS,
    STORAGECLASSES,
    VOLUMEATTACHMENTS,
)
from simulator.api.quantity import parse
from simulator.api.types import GVR
from simulator.controllers import events
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.pastevents import count_of, last_of, past_events
from simulator.controllers.persistentvolume import PROVISIONED_BY, awaits, claim_reference, class_of, is_released
from simulator.controllers.podstate import is_serving, ready_since
from simulator.errors import Object
from simulator.infra import csi, faults
from simulator.infra.ceph import CephDown
from simulator.runtime.clock import parse_rfc3339

_IDENTITY = "storage.kubernetes.io/csiProvisionerIdentity"
_SECRET = "csi.storage.k8s.io/{}-secret-{}"
_TIMEOUT_S = 10.0  # of one gRPC call
_MIN_S, _MAX_S = 1.0, 5.0  # from the request to the volume
_RETRY_S, _MAX_RETRY_S = 1.0, 300.0
_TIMED_OUT = "rpc error: code = DeadlineExceeded desc = context deadline exceeded"


class Refusal(Exception):
    """The driver says no; the text is that of its gRPC error."""


@dataclass(frozen=True)
class Provisioner:
    """A driver: what its claims may ask for, how it makes a volume, and what it tells in the volume's attributes."""

    driver: csi.Driver
    check: Callable[[Object], None]  # claim -> None, or Refusal
    make: Callable[[Context, Object, str, str, int], Object]  # context, parameters, request, uuid, bytes -> Volume
    location: Callable[[Context, Object], int]  # id of the pool or filesystem, for the handle
    attributes: tuple[str, ...]  # the class parameters that become volumeAttributes

    @property
    def name(self) -> str:
        return self.driver.driver

    def controllers(self) -> tuple[Controller, ...]:
        """Provisioning (by claim), deleting (by volume), attaching (by attachment)."""
        user = f"system:serviceaccount:{csi.NAMESPACE}:rook-{self.driver.provisioner_app.replace('plugin', '')}-sa"
        claims = (
            Watches(PERSISTENTVOLUMECLAIMS, own_key),
            Watches(SECRETS, lambda context, secret: self._keys_of_secret(context, secret)),
            Watches(STORAGECLASSES, lambda context, _: _all(context, PERSISTENTVOLUMECLAIMS)),
            Watches(CEPHS, lambda context, _: _all(context, PERSISTENTVOLUMECLAIMS)),
            self._on_pods(PERSISTENTVOLUMECLAIMS),
            _on_faults(PERSISTENTVOLUMECLAIMS),
        )
        own = Watches(PERSISTENTVOLUMES, own_key)
        volumes = (own, self._on_pods(PERSISTENTVOLUMES), _on_faults(PERSISTENTVOLUMES))
        mine = Watches(VOLUMEATTACHMENTS, own_key)
        attachments = (mine, self._on_pods(VOLUMEATTACHMENTS), _on_faults(VOLUMEATTACHMENTS))
        short = self.driver.backend
        return (
            Controller(f"provisioner-{short}", user, claims, self.provision, self.name),
            Controller(f"deleter-{short}", user, volumes, self.delete, self.name),
            Controller(f"attacher-{short}", user, attachments, self.attach, self.name),
        )

    # -- provisioning

    def provision(self, context: Context, key: Key) -> Result:
        """Make the volume of one claim."""
        claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, key.name, key.namespace)
        pod = self.leader(context)
        if claim is None or pod is None or not awaits(claim, self.name):
            return DONE
        storage_class = context.client.get_or_none(STORAGECLASSES, class_of(claim))
        request = f"pvc-{claim['metadata']['uid']}"
        if storage_class is None or context.client.get_or_none(PERSISTENTVOLUMES, request) is not None:
            return DONE
        volume = context.machines.volumes.find(self.driver.backend, request)
        if volume is not None:
            return self._finish(context, claim, storage_class, pod, volume)
        return self._try(context, claim, storage_class, pod, request)

    def _try(self, context: Context, claim: Object, storage_class: Object, pod: Object, request: str) -> Result:
        """One attempt: begun by the event Provisioning, ended by the volume or by ProvisioningFailed."""
        begun = past_events(context, claim, "Provisioning", self.name)
        failed = past_events(context, claim, "ProvisioningFailed", self.name)
        under_way = count_of(begun) > count_of(failed)
        if not under_way:
            due = last_of(failed) + _back_off(count_of(failed))
            if failed and context.now < due:
                return Result(due - context.now)
            meta = claim["metadata"]
            text = f'External provisioner is provisioning volume for claim "{meta["namespace"]}/{meta["name"]}"'
            events.record(context, claim, "Normal", "Provisioning", text, component=self.identity(pod))
            begun = past_events(context, claim, "Provisioning", self.name)
        try:
            self._check(context, claim, storage_class)
            size = int(parse(claim["spec"]["resources"]["requests"]["storage"]))
            parameters = storage_class.get("parameters") or {}
            self.make(context, parameters, request, self._uuid(context, pod), size)
        except Refusal as refusal:
            return self._fail(context, claim, pod, str(refusal))
        except CephDown:
            due = last_of(begun) + _TIMEOUT_S
            if context.now < due:
                return Result(due - context.now)
            aborted = f"rpc error: code = Aborted desc = an operation with the given Volume ID {request} already exists"
            return self._fail(context, claim, pod, aborted if failed else _TIMED_OUT)
        return Result(self._duration(claim))

    def _check(self, context: Context, claim: Object, storage_class: Object) -> None:
        fault = faults.find(context.client, f"provisioner:{self.name}", effects=("error",))
        if fault is not None:
            raise Refusal(fault["spec"].get("message", "rpc error: code = Internal desc = internal error"))
        parameters = storage_class.get("parameters") or {}
        name, namespace = (parameters.get(_SECRET.format("provisioner", part), "") for part in ("name", "namespace"))
        if name and context.client.get_or_none(SECRETS, name, namespace) is None:
            raise Refusal(f'error getting secret {name} in namespace {namespace}: secrets "{name}" not found')
        self.check(claim)

    def _fail(self, context: Context, claim: Object, pod: Object, reason: str) -> Result:
        text = f'failed to provision volume with StorageClass "{class_of(claim)}": {reason}'
        events.record(context, claim, "Warning", "ProvisioningFailed", text, component=self.identity(pod))
        return Result(_back_off(count_of(past_events(context, claim, "ProvisioningFailed", self.name))))

    def _finish(self, context: Context, claim: Object, storage_class: Object, pod: Object, volume: Object) -> Result:
        due = parse_rfc3339(volume["metadata"]["creationTimestamp"]) + self._duration(claim)
        if context.now < due:
            return Result(due - context.now)
        persistent = self.persistent_volume(context, claim, storage_class, pod, volume)
        context.client.create(PERSISTENTVOLUMES, persistent)
        text = f"Successfully provisioned volume {persistent['metadata']['name']}"
        events.record(context, claim, "Normal", "ProvisioningSucceeded", text, component=self.identity(pod))
        return DONE

    def persistent_volume(
        self, context: Context, claim: Object, storage_class: Object, pod: Object, volume: Object
    ) -> Object:
        """The PersistentVolume of a finished subvolume or image."""
        parameters = storage_class.get("parameters") or {}
        handle = csi.volume_handle(self.location(context, parameters), volume["metadata"]["name"][-36:])
        attributes = {key: parameters[key] for key in self.attributes if key in parameters}
        source: Object = {
            "driver": self.name,
            "fsType": parameters.get("csi.storage.k8s.io/fstype", "ext4"),
            "volumeAttributes": {**attributes, _IDENTITY: self._provisioner_identity(pod)},
            "volumeHandle": handle,
        }
        name, namespace = (parameters.get(_SECRET.format("node-stage", part), "") for part in ("name", "namespace"))
        if name:
            source["nodeStageSecretRef"] = {"name": name, "namespace": namespace}
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {
                "name": f"pvc-{claim['metadata']['uid']}",
                "annotations": {PROVISIONED_BY: self.name},
                "finalizers": ["kubernetes.io/pv-protection"],
            },
            "spec": {
                "accessModes": claim["spec"]["accessModes"],
                "capacity": {"storage": claim["spec"]["resources"]["requests"]["storage"]},
                "claimRef": claim_reference(claim),
                "csi": source,
                "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
                "storageClassName": class_of(claim),
                "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            },
        }

    # -- deleting

    def delete(self, context: Context, key: Key) -> Result:
        """Remove a released volume whose policy is Delete, with what it stands for."""
        volume = context.client.get_or_none(PERSISTENTVOLUMES, key.name)
        pod = self.leader(context)
        if volume is None or pod is None or not is_released(volume, self.name):
            return DONE
        try:
            context.machines.ceph.delete(csi.volume_name(volume["spec"]["csi"]["volumeHandle"]))
        except CephDown:
            failed = past_events(context, volume, "VolumeFailedDelete", self.name)
            due = last_of(failed) + _back_off(count_of(failed)) + _TIMEOUT_S if failed else 0.0
            if context.now >= due:
                component = self.identity(pod)
                events.record(context, volume, "Warning", "VolumeFailedDelete", _TIMED_OUT, component=component)
                return Result(_back_off(count_of(failed) + 1) + _TIMEOUT_S)
            return Result(due - context.now)
        context.client.delete(PERSISTENTVOLUMES, key.name)
        return DONE

    # -- attaching

    def attach(self, context: Context, key: Key) -> Result:
        """Both drivers have nothing to do on a server: the attacher only says that it is done."""
        attachment = context.client.get_or_none(VOLUMEATTACHMENTS, key.name)
        if attachment is None or attachment["spec"]["attacher"] != self.name or self.leader(context) is None:
            return DONE
        if not attachment.get("status", {}).get("attached"):
            context.client.update_status(VOLUMEATTACHMENTS, {**attachment, "status": {"attached": True}})
        return DONE

    # -- who does it

    def leader(self, context: Context) -> Object | None:
        """The provisioner pod that acts: the one that has been ready longest. None while a fault has it down."""
        if faults.find(context.client, f"provisioner:{self.name}", effects=("down",)):
            return None
        pods = context.client.list(PODS, csi.NAMESPACE, labels=f"app={self.driver.provisioner_app}")
        return min(filter(is_serving, pods), key=lambda pod: ready_since(pod) or 0.0, default=None)

    def identity(self, pod: Object) -> str:
        """The source of its events: driver, pod, and an id made when the process started."""
        seed = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()[:16]
        return f"{self.name}_{pod['metadata']['name']}_{uuid.UUID(bytes=seed, version=4)}"

    def _provisioner_identity(self, pod: Object) -> str:
        started = pod.get("status", {}).get("startTime") or pod["metadata"]["creationTimestamp"]
        millis = int.from_bytes(hashlib.sha256(pod["metadata"]["uid"].encode()).digest()[:2], "big") % 1000
        return f"{int(parse_rfc3339(started))}{millis:03d}-8081-{self.name}"

    def _uuid(self, context: Context, pod: Object) -> str:
        """Version 1, its node the MAC of the pod: 0a:58 and the four bytes of its address."""
        parts = pod.get("status", {}).get("podIP", "10.128.0.2").split(".")
        return context.names.uid(context.now, "0a58" + "".join(f"{int(part):02x}" for part in parts))

    def _duration(self, claim: Object) -> float:
        share = int.from_bytes(hashlib.sha256(claim["metadata"]["uid"].encode()).digest()[:2], "big") / 65536
        return round(_MIN_S + share * (_MAX_S - _MIN_S), 3)

    # -- what wakes it

    def _on_pods(self, resource: GVR) -> Watches:
        return Watches(PODS, lambda context, pod: self._keys_of_pod(context, pod, resource))

    def _keys_of_pod(self, context: Context, pod: Object, resource: GVR) -> Iterable[Key]:
        """A provisioner pod, or a Ceph daemon, came or went."""
        labels = pod["metadata"].get("labels") or {}
        concerned = (self.driver.provisioner_app, "rook-ceph-mon", "rook-ceph-mds")
        if pod["metadata"].get("namespace") != csi.NAMESPACE or labels.get("app") not in concerned:
            return ()
        return _all(context, resource)

    def _keys_of_secret(self, context: Context, secret: Object) -> Iterable[Key]:
        return _all(context, PERSISTENTVOLUMECLAIMS) if secret["metadata"]["namespace"] == csi.NAMESPACE else ()


def _on_faults(resource: GVR) -> Watches:
    return Watches(FAULTS, lambda context, _: _all(context, resource))


def _all(context: Context, resource: GVR) -> list[Key]:
    """The keys of what is not settled: claims without volume, released volumes, attachments not attached."""
    if resource is PERSISTENTVOLUMECLAIMS:
        chosen = [one for one in context.client.list(PERSISTENTVOLUMECLAIMS) if not one["spec"].get("volumeName")]
    elif resource is PERSISTENTVOLUMES:
        volumes = context.client.list(PERSISTENTVOLUMES)
        chosen = [one for one in volumes if one.get("status", {}).get("phase") == "Released"]
    else:
        attachments = context.client.list(VOLUMEATTACHMENTS)
        chosen = [one for one in attachments if not one.get("status", {}).get("attached")]
    return [key_of(one) for one in chosen]


def _back_off(failures: int) -> float:
    return float(min(_RETRY_S * 2 ** max(failures - 1, 0), _MAX_RETRY_S))
