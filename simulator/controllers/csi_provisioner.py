"""What the CSI drivers share: provisioning, deleting, attaching, all only while a provisioner pod is ready.

A volume is made in steps that the log tells apart: the event Provisioning, the subvolume or image (the driver's journal
knows it by the name of the persistent volume), the PersistentVolume. A loop that is killed between them goes on there.
Source: external-provisioner, external-attacher, ceph-csi, aws-ebs-csi-driver.
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
from simulator.changes.storage import (
    DELETION_PROTECTION,
    DELETION_SECRET_NOTES,
    RANDOM_IDENTITIES,
    VOLUME_UUIDS_BY_TIME,
)
from simulator.controllers import events
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.labels import annotations_of
from simulator.controllers.pastevents import count_of, last_of, past_events
from simulator.controllers.persistentvolume import (
    DELETION_FINALIZER,
    PROVISIONED_BY,
    SELECTED_NODE,
    awaits,
    claim_reference,
    class_of,
    is_delayed,
    is_released,
    reschedule,
)
from simulator.controllers.podstate import is_serving, ready_since
from simulator.errors import Object
from simulator.infra import csi, faults
from simulator.infra.ceph import CephDown
from simulator.infra.ebs import EbsDown
from simulator.runtime.clock import parse_rfc3339

_IDENTITY = "storage.kubernetes.io/csiProvisionerIdentity"
_SECRET = "csi.storage.k8s.io/{}-secret-{}"
_SECRET_REFERENCES = {
    "controller-publish": "controllerPublishSecretRef",
    "node-stage": "nodeStageSecretRef",
    "node-publish": "nodePublishSecretRef",
    "controller-expand": "controllerExpandSecretRef",
    "node-expand": "nodeExpandSecretRef",
}
_TIMEOUT_S = 10.0  # of one gRPC call
_MIN_S, _MAX_S = 1.0, 5.0  # from the request to the volume
_RETRY_S, _MAX_RETRY_S = 1.0, 300.0
_TIMED_OUT = "rpc error: code = DeadlineExceeded desc = context deadline exceeded"


class Refusal(Exception):
    """The driver says no; the text is that of its gRPC error."""


Make = Callable[[Context, Object, Object, str, Object], Object]
"""(context, claim, parameters, request, pod that does it) -> the Volume; Refusal, CephDown, EbsDown."""


@dataclass(frozen=True)
class Provisioner:
    """A driver: what its claims may ask for, how it makes and removes a volume, and what it tells of one."""

    driver: csi.Driver
    check: Callable[[Context, Object], None]  # claim -> None, or Refusal
    make: Make
    handle: Callable[[Context, Object, Object], str]  # parameters, Volume -> volumeHandle
    attributes: Callable[[Context, Object, Object], dict[str, str]]  # parameters, Volume -> volumeAttributes
    delete_volume: Callable[[Context, str], None]  # the Volume's name; CephDown, EbsDown
    grow: Callable[[Context, str, int], None]  # the Volume's name, bytes; CephDown, EbsDown
    fs_type: Callable[[Context], str]  # where the class names none; "" for none
    user: str
    is_disk: bool = True  # a filesystem on it must be grown on the node
    affinity: Callable[[Context, Object], Object | None] = lambda _context, _volume: None
    attachment_notes: Callable[[Context, Object], Object] = lambda _context, _attachment: {}

    @property
    def name(self) -> str:
        return self.driver.driver

    def controllers(self) -> tuple[Controller, ...]:
        """Provisioning (by claim), deleting (by volume), attaching (by attachment)."""
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
        short = self.driver.backend if self.driver is not csi.EBS else "ebs-csi"
        return (
            Controller(f"provisioner-{short}", self.user, claims, self.provision, self.name),
            Controller(f"deleter-{short}", self.user, volumes, self.delete, self.name),
            Controller(f"attacher-{short}", self.user, attachments, self.attach, self.name),
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
        if is_delayed(storage_class) and SELECTED_NODE not in annotations_of(claim):
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
            self.make(context, claim, storage_class.get("parameters") or {}, request, pod)
        except Refusal as refusal:
            result = self._fail(context, claim, pod, str(refusal))
            reschedule(context, claim)
            return result
        except (CephDown, EbsDown):
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
        self.check(context, claim)

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
        """The PersistentVolume of a finished subvolume, image or disk."""
        parameters = storage_class.get("parameters") or {}
        affinity, policy = self.affinity(context, volume), storage_class.get("reclaimPolicy") or "Delete"
        is_protected = policy == "Delete" and DELETION_PROTECTION.at(context.release)
        metadata: Object = {
            "name": f"pvc-{claim['metadata']['uid']}",
            "annotations": {PROVISIONED_BY: self.name, **self._deletion_secret(context, parameters)},
            "finalizers": [*([DELETION_FINALIZER] if is_protected else []), "kubernetes.io/pv-protection"],
        }
        return {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": metadata,
            "spec": {
                "accessModes": claim["spec"]["accessModes"],
                "capacity": {"storage": self._capacity(claim, volume)},
                "claimRef": claim_reference(claim),
                "csi": self._source(context, parameters, pod, volume),
                **({"nodeAffinity": affinity} if affinity else {}),
                "persistentVolumeReclaimPolicy": policy,
                "storageClassName": class_of(claim),
                "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
            },
        }

    def _source(self, context: Context, parameters: Object, pod: Object, volume: Object) -> Object:
        """The ``csi`` part of a PersistentVolume."""
        fs_type = parameters.get("csi.storage.k8s.io/fstype") or self.fs_type(context)
        references = {
            reference: {"name": name, "namespace": parameters.get(_SECRET.format(stage, "namespace"), "")}
            for stage, reference in _SECRET_REFERENCES.items()
            if (name := parameters.get(_SECRET.format(stage, "name"), ""))
        }
        identity = self._provisioner_identity(context, pod)
        return {
            "driver": self.name,
            **({"fsType": fs_type} if fs_type else {}),
            "volumeAttributes": {**self.attributes(context, parameters, volume), _IDENTITY: identity},
            "volumeHandle": self.handle(context, parameters, volume),
            **references,
        }

    def _deletion_secret(self, context: Context, parameters: Object) -> dict[str, str]:
        if not DELETION_SECRET_NOTES.at(context.release):
            return {}
        name, namespace = (parameters.get(_SECRET.format("provisioner", part), "") for part in ("name", "namespace"))
        return {f"volume.kubernetes.io/provisioner-deletion-secret-{part}": value
                for part, value in (("name", name), ("namespace", namespace))}  # fmt: skip

    def _capacity(self, claim: Object, volume: Object) -> str:
        """What was asked for, unless the driver made more of it."""
        wanted: str = claim["spec"]["resources"]["requests"]["storage"]
        made: int = volume["spec"]["capacity"]
        return wanted if int(parse(wanted)) == made else f"{made >> 30}Gi"

    # -- deleting

    def delete(self, context: Context, key: Key) -> Result:
        """Remove a released volume whose policy is Delete, with what it stands for."""
        volume = context.client.get_or_none(PERSISTENTVOLUMES, key.name)
        pod = self.leader(context)
        if volume is None or pod is None or annotations_of(volume).get(PROVISIONED_BY) != self.name:
            return DONE
        if volume["spec"].get("persistentVolumeReclaimPolicy") != "Delete":
            free(context, volume)
        if not is_released(volume, self.name):
            return DONE
        try:
            self.delete_volume(context, csi.volume_name(volume["spec"]["csi"]["volumeHandle"]))
        except (CephDown, EbsDown):
            failed = past_events(context, volume, "VolumeFailedDelete", self.name)
            due = last_of(failed) + _back_off(count_of(failed)) + _TIMEOUT_S if failed else 0.0
            if context.now >= due:
                component = self.identity(pod)
                events.record(context, volume, "Warning", "VolumeFailedDelete", _TIMED_OUT, component=component)
                return Result(_back_off(count_of(failed) + 1) + _TIMEOUT_S)
            return Result(due - context.now)
        free(context, volume)
        if "deletionTimestamp" not in volume["metadata"]:
            context.client.delete(PERSISTENTVOLUMES, key.name)
        return DONE

    # -- attaching

    def attach(self, context: Context, key: Key) -> Result:
        """Ceph's drivers have nothing to do on a server: the attacher only says that it is done."""
        attachment = context.client.get_or_none(VOLUMEATTACHMENTS, key.name)
        if attachment is None or attachment["spec"]["attacher"] != self.name or self.leader(context) is None:
            return DONE
        if not attachment.get("status", {}).get("attached"):
            status = {"attached": True, **self.attachment_notes(context, attachment)}
            context.client.update_status(VOLUMEATTACHMENTS, {**attachment, "status": status})
        return DONE

    # -- who does it

    def leader(self, context: Context) -> Object | None:
        """The provisioner pod that acts: the one that has been ready longest. None while a fault has it down."""
        if faults.find(context.client, f"provisioner:{self.name}", effects=("down",)):
            return None
        labels = f"app={self.driver.controller(context.release)}"
        pods = context.client.list(PODS, self.driver.namespace, labels=labels)
        return min(filter(is_serving, pods), key=lambda pod: ready_since(pod) or 0.0, default=None)

    def identity(self, pod: Object) -> str:
        """The source of its events: driver, pod, and an id made when the process started."""
        seed = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()[:16]
        return f"{self.name}_{pod['metadata']['name']}_{uuid.UUID(bytes=seed, version=4)}"

    def _provisioner_identity(self, context: Context, pod: Object) -> str:
        """The moment in which its process started, and a number that it drew then."""
        started = pod.get("status", {}).get("startTime") or pod["metadata"]["creationTimestamp"]
        digest = hashlib.sha256(pod["metadata"]["uid"].encode()).digest()
        millis = int.from_bytes(digest[:2], "big") % 1000
        number = 8081 if RANDOM_IDENTITIES.at(context.release) else int.from_bytes(digest[2:6], "big") % 10000
        return f"{int(parse_rfc3339(started))}{millis:03d}-{number}-{self.name}"

    def _duration(self, claim: Object) -> float:
        share = int.from_bytes(hashlib.sha256(claim["metadata"]["uid"].encode()).digest()[:2], "big") / 65536
        return round(_MIN_S + share * (_MAX_S - _MIN_S), 3)

    # -- what wakes it

    def _on_pods(self, resource: GVR) -> Watches:
        places = (self.driver.namespace, csi.NAMESPACE)
        return Watches(PODS, lambda context, pod: self._keys_of_pod(context, pod, resource), places)

    def _keys_of_pod(self, context: Context, pod: Object, resource: GVR) -> Iterable[Key]:
        """A provisioner pod, or a Ceph daemon, came or went."""
        labels = pod["metadata"].get("labels") or {}
        mine = (self.driver.namespace, self.driver.controller(context.release))
        found = (pod["metadata"].get("namespace"), labels.get("app"))
        below = found in ((csi.NAMESPACE, "rook-ceph-mon"), (csi.NAMESPACE, "rook-ceph-mds"))
        return _all(context, resource) if found == mine or below else ()

    def _keys_of_secret(self, context: Context, secret: Object) -> Iterable[Key]:
        return _all(context, PERSISTENTVOLUMECLAIMS) if secret["metadata"]["namespace"] == csi.NAMESPACE else ()


def free(context: Context, volume: Object) -> None:
    """Take the provisioner's own finalizer off a volume whose storage is gone."""
    finalizers = volume["metadata"].get("finalizers") or []
    if DELETION_FINALIZER in finalizers:
        left = [one for one in finalizers if one != DELETION_FINALIZER]
        context.client.update(PERSISTENTVOLUMES, {**volume, "metadata": {**volume["metadata"], "finalizers": left}})


def volume_uuid(context: Context, pod: Object) -> str:
    """Of version 1 with the MAC of the pod as its node (0a:58 and the four bytes of its address), or of version 4."""
    if not VOLUME_UUIDS_BY_TIME.at(context.release):
        return context.names.uid4()
    parts = pod.get("status", {}).get("podIP", "10.128.0.2").split(".")
    return context.names.uid(context.now, "0a58" + "".join(f"{int(part):02x}" for part in parts))


def size_of(claim: Object) -> int:
    """The bytes that a claim asks for."""
    return int(parse(claim["spec"]["resources"]["requests"]["storage"]))


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
