"""Binds claims to volumes, moves both through their phases. Source: kube-controller-manager, volume/persistentvolume.

A claim is bound in four writes (volume, its status, claim, its status); each may be the last before a crash, and the
next pass goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, STORAGECLASSES
from simulator.api.quantity import parse
from simulator.changes.storage import (
    DEFAULT_CLASS_LATER,
    EXTERNAL_PROVISIONING,
    STORAGE_PROVISIONER_NOTE,
    WAITS_FOR_POD,
)
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.labels import annotations_of, labels_of, selects
from simulator.controllers.pastevents import repeat
from simulator.controllers.podstate import FINISHED, claim_names, phase
from simulator.errors import Object

USER = "system:serviceaccount:kube-system:persistent-volume-binder"
COMPONENT = "persistentvolume-controller"
RESYNC_S = 15.0  # how often the controller says what a pending claim waits for
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"
PROVISIONER_SINCE_1_23 = "volume.kubernetes.io/storage-provisioner"
DELETION_FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
IN_TREE = ("kubernetes.io/aws-ebs",)


# -- claims


def reconcile_claim(context: Context, key: Key) -> Result:
    """Bind a claim, ask for a volume, or say what it waits for."""
    claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, key.name, key.namespace)
    if claim is None or "deletionTimestamp" in claim["metadata"]:
        return DONE
    if BIND_COMPLETED in annotations_of(claim):
        _keep_bound(context, claim)
        return DONE
    if claim.get("status", {}).get("phase") != "Pending":
        claim = context.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": {"phase": "Pending"}})
    wanted = claim["spec"].get("volumeName")
    if wanted:
        return _bind_wanted(context, claim, wanted)
    claim = _with_default_class(context, claim)
    delayed = _waits_for_consumer(context, claim)
    volume = find_volume(claim, context.client.list(PERSISTENTVOLUMES), prebound_only=delayed)
    if volume is not None:
        bind(context, claim, volume)
        return DONE
    return _without_volume(context, claim)


def _keep_bound(context: Context, claim: Object) -> None:
    """Bound, or Lost when the volume is gone or belongs to another."""
    volume = context.client.get_or_none(PERSISTENTVOLUMES, claim["spec"].get("volumeName", ""))
    if volume is None or not refers_to(volume, claim):
        if claim["status"].get("phase") != "Lost":
            text = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
            repeat(context, claim, "Warning", "ClaimLost", text, RESYNC_S)
            context.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": {"phase": "Lost"}})
        return
    _write_claim_status(context, claim, volume)


def _bind_wanted(context: Context, claim: Object, wanted: str) -> Result:
    volume = context.client.get_or_none(PERSISTENTVOLUMES, wanted)
    if volume is None:
        return DONE  # the volume's coming wakes us
    reference = volume["spec"].get("claimRef")
    if reference is not None and not refers_to(volume, claim):
        text = f'volume "{wanted}" already bound to a different claim.'
        return Result(repeat(context, claim, "Warning", "FailedBinding", text, RESYNC_S))
    bind(context, claim, volume, chosen=False)
    return DONE


def _without_volume(context: Context, claim: Object) -> Result:
    """Nothing fits: provision, or tell why not. Every text comes again after 15 s, as from the real controller."""
    name = class_of(claim)
    if not name:
        text = "no persistent volumes available for this claim and no storage class is set"
        return Result(repeat(context, claim, "Normal", "FailedBinding", text, RESYNC_S))
    storage_class = context.client.get_or_none(STORAGECLASSES, name)
    if storage_class is None:
        text = f'storageclass.storage.k8s.io "{name}" not found'
        return Result(repeat(context, claim, "Warning", "ProvisioningFailed", text, RESYNC_S))
    if _waits_for_consumer(context, claim):
        reason, text = _delay(context, claim)
        return Result(repeat(context, claim, "Normal", reason, text, RESYNC_S))
    provisioner = storage_class["provisioner"]
    if annotations_of(claim).get(PROVISIONER) != provisioner:
        since = {PROVISIONER_SINCE_1_23: provisioner} if STORAGE_PROVISIONER_NOTE.at(context.release) else {}
        claim = _annotate(context, claim, {PROVISIONER: provisioner, **since})
    if provisioner in IN_TREE:
        return DONE
    text = EXTERNAL_PROVISIONING.at(context.release).format(provisioner=provisioner)
    return Result(repeat(context, claim, "Normal", "ExternalProvisioning", text, RESYNC_S))


def _waits_for_consumer(context: Context, claim: Object) -> bool:
    storage_class = context.client.get_or_none(STORAGECLASSES, class_of(claim)) if class_of(claim) else None
    return storage_class is not None and is_delayed(storage_class) and SELECTED_NODE not in annotations_of(claim)


def _delay(context: Context, claim: Object) -> tuple[str, str]:
    """(reason, message): no pod uses the claim yet, or no node has been found for the pods that do."""
    namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
    waiting = [
        pod["metadata"]["name"]
        for pod in context.client.list(PODS, namespace)
        if name in claim_names(pod) and not pod["spec"].get("nodeName") and phase(pod) not in FINISHED
    ]
    text = WAITS_FOR_POD.at(context.release)
    if not waiting or text == WAITS_FOR_POD.first:
        return "WaitForFirstConsumer", WAITS_FOR_POD.first
    pods = f"pod{'s' if waiting[1:] else ''} {','.join(waiting)}"
    return "WaitForPodScheduled", text.format(pods=pods)


def _with_default_class(context: Context, claim: Object) -> Object:
    """The claim, which takes the class that has become the default since it was made. Newest first, then by name."""
    spec = claim["spec"]
    if not DEFAULT_CLASS_LATER.at(context.release) or "storageClassName" in spec or class_of(claim):
        return claim
    classes = [one for one in context.client.list(STORAGECLASSES) if annotations_of(one).get(DEFAULT_CLASS) == "true"]
    classes.sort(key=lambda one: str(one["metadata"]["name"]))
    newest = max(classes, key=lambda one: str(one["metadata"]["creationTimestamp"]), default=None)
    if newest is None:
        return claim
    spec = {**spec, "storageClassName": newest["metadata"]["name"]}
    return context.client.update(PERSISTENTVOLUMECLAIMS, {**claim, "spec": spec})


def find_volume(claim: Object, volumes: Iterable[Object], *, prebound_only: bool = False) -> Object | None:
    """The volume made for the claim, or else the smallest free one that fits. Pure.

    Fits: same class, volume mode, all access modes, enough capacity, and the claim's selector. Source: index.go.
    """
    fitting: list[Object] = []
    for volume in volumes:
        if "deletionTimestamp" in volume["metadata"]:
            continue
        if volume["spec"].get("claimRef") is not None:
            if refers_to(volume, claim):
                return volume
        elif not prebound_only and _fits(volume, claim):
            fitting.append(volume)
    return min(fitting, key=lambda volume: (_capacity(volume), volume["metadata"]["name"]), default=None)


def _fits(volume: Object, claim: Object) -> bool:
    spec, wanted = volume["spec"], claim["spec"]
    selector = wanted.get("selector")
    return (
        volume.get("status", {}).get("phase") == "Available"
        and class_of(volume) == class_of(claim)
        and spec.get("volumeMode", "Filesystem") == wanted.get("volumeMode", "Filesystem")
        and set(wanted["accessModes"]) <= set(spec["accessModes"])
        and _capacity(volume) >= parse(wanted["resources"]["requests"]["storage"])
        and (not selector or selects(selector, labels_of(volume)))
    )


def bind(context: Context, claim: Object, volume: Object, *, chosen: bool = True) -> None:
    """``chosen``: the controller picked the volume, which both objects then say in an annotation."""
    volume = _bind_volume(context, claim, volume)
    if volume.get("status", {}).get("phase") != "Bound":
        volume = context.client.update_status(PERSISTENTVOLUMES, {**volume, "status": {"phase": "Bound"}})
    notes = {BIND_COMPLETED: "yes", **({BOUND_BY_CONTROLLER: "yes"} if chosen else {})}
    spec = {**claim["spec"], "volumeName": volume["metadata"]["name"]}
    claim = _annotate(context, {**claim, "spec": spec}, notes)
    _write_claim_status(context, claim, volume)


def _bind_volume(context: Context, claim: Object, volume: Object) -> Object:
    reference = volume["spec"].get("claimRef")
    if reference is not None and reference.get("uid"):
        return volume
    metadata = volume["metadata"]
    if reference is None:
        notes = {**annotations_of(volume), BOUND_BY_CONTROLLER: "yes"}
        metadata = {**metadata, "annotations": notes}
    spec = {**volume["spec"], "claimRef": claim_reference(claim)}
    return context.client.update(PERSISTENTVOLUMES, {**volume, "metadata": metadata, "spec": spec})


def _write_claim_status(context: Context, claim: Object, volume: Object) -> None:
    status = {
        "phase": "Bound",
        "accessModes": volume["spec"]["accessModes"],
        "capacity": {"storage": volume["spec"]["capacity"]["storage"]},
    }
    current = claim.get("status") or {}
    if current.get("phase") == "Bound" and _is_growing(claim, volume):
        status["capacity"] = current["capacity"]
    if {key: current.get(key) for key in status} != status:
        context.client.update_status(PERSISTENTVOLUMECLAIMS, {**claim, "status": {**current, **status}})


def _is_growing(claim: Object, volume: Object) -> bool:
    """Whether the volume is larger than the claim has been told: its resizer or a node is not through with that."""
    capacity = (claim["status"].get("capacity") or {}).get("storage")
    return capacity is not None and parse(capacity) < _capacity(volume)


# -- volumes


def reconcile_volume(context: Context, key: Key) -> Result:
    """The phase of a volume: Available, Bound, Released. A released one is its provisioner's business."""
    volume = context.client.get_or_none(PERSISTENTVOLUMES, key.name)
    if volume is not None:
        phase = volume_phase(volume, _claim_of(context, volume))
        if volume.get("status", {}).get("phase") != phase:
            context.client.update_status(PERSISTENTVOLUMES, {**volume, "status": {"phase": phase}})
    return DONE


def volume_phase(volume: Object, claim: Object | None) -> str:
    """Pure. ``claim``: what stands under the name that the volume's claimRef tells."""
    reference = volume["spec"].get("claimRef")
    if reference is None or not reference.get("uid"):
        return "Available"
    if claim is None or claim["metadata"]["uid"] != reference["uid"]:
        return "Released"
    if claim["spec"].get("volumeName") == volume["metadata"]["name"]:
        return "Bound"
    return str(volume.get("status", {}).get("phase") or "Pending")


def _claim_of(context: Context, volume: Object) -> Object | None:
    reference = volume["spec"].get("claimRef") or {}
    if not reference.get("name"):
        return None
    return context.client.get_or_none(PERSISTENTVOLUMECLAIMS, reference["name"], reference["namespace"])


# -- shared with the provisioners


def class_of(obj: Object) -> str:
    """The storage class of a claim or volume; the old annotation wins over the field."""
    return str(annotations_of(obj).get(CLASS_ANNOTATION) or obj["spec"].get("storageClassName") or "")


def is_delayed(storage_class: Object) -> bool:
    """Whether volumes of the class are made only when a pod has a node."""
    return bool(storage_class.get("volumeBindingMode") == "WaitForFirstConsumer")


def reschedule(context: Context, claim: Object) -> None:
    """Give the choice of the node back to the scheduler: another one may do. Source: rescheduleProvisioning."""
    if SELECTED_NODE in annotations_of(claim):
        name, namespace = claim["metadata"]["name"], claim["metadata"]["namespace"]
        change = {"metadata": {"annotations": {SELECTED_NODE: None}}}
        context.client.patch(PERSISTENTVOLUMECLAIMS, name, change, namespace)


def awaits(claim: Object, provisioner: str) -> bool:
    """Whether the claim is for that provisioner to make a volume for."""
    return (
        annotations_of(claim).get(PROVISIONER) == provisioner
        and not claim["spec"].get("volumeName")
        and "deletionTimestamp" not in claim["metadata"]
    )


def is_released(volume: Object, provisioner: str) -> bool:
    """Whether the volume is for that provisioner to delete, with what it stands for."""
    return (
        annotations_of(volume).get(PROVISIONED_BY) == provisioner
        and volume.get("status", {}).get("phase") == "Released"
        and volume["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
        and ("deletionTimestamp" not in volume["metadata"] or is_kept_for_deletion(volume))
    )


def is_kept_for_deletion(volume: Object) -> bool:
    """Whether its provisioner wants to remove what it stands for before it may go, also when somebody deleted it."""
    return DELETION_FINALIZER in (volume["metadata"].get("finalizers") or ())


def claim_reference(claim: Object) -> Object:
    meta = claim["metadata"]
    names = {key: meta[key] for key in ("namespace", "name", "uid", "resourceVersion")}
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", **names}


def refers_to(volume: Object, claim: Object) -> bool:
    """Whether a volume's claimRef means this claim; without a uid the name decides."""
    reference: dict[str, Any] = volume["spec"].get("claimRef") or {}
    meta = claim["metadata"]
    named = (reference.get("namespace"), reference.get("name")) == (meta["namespace"], meta["name"])
    return named and reference.get("uid") in (None, "", meta["uid"])


def _annotate(context: Context, claim: Object, notes: dict[str, str]) -> Object:
    meta = {**claim["metadata"], "annotations": {**annotations_of(claim), **notes}}
    return context.client.update(PERSISTENTVOLUMECLAIMS, {**claim, "metadata": meta})


def _capacity(volume: Object) -> Any:
    return parse(volume["spec"]["capacity"]["storage"])


def _claims_of_volume(context: Context, volume: Object) -> Iterable[Key]:
    """The claim that a volume names; for a free one all that are pending."""
    reference = volume["spec"].get("claimRef") or {}
    if reference.get("name"):
        return [Key(reference["namespace"], reference["name"])]
    return _pending(context, "")


def _claims_of_class(context: Context, storage_class: Object) -> Iterable[Key]:
    """Those that wait for this class; for a default one also those without any."""
    waiting = _pending(context, storage_class["metadata"]["name"])
    if annotations_of(storage_class).get(DEFAULT_CLASS) == "true" and DEFAULT_CLASS_LATER.at(context.release):
        claims = context.client.list(PERSISTENTVOLUMECLAIMS)
        waiting += [key_of(one) for one in claims if not class_of(one) and not one["spec"].get("volumeName")]
    return waiting


def _pending(context: Context, name: str) -> list[Key]:
    claims = context.client.list(PERSISTENTVOLUMECLAIMS)
    return [
        key_of(claim)
        for claim in claims
        if claim.get("status", {}).get("phase") != "Bound" and name in ("", class_of(claim))
    ]


def _volumes_of_claim(context: Context, claim: Object) -> Iterable[Key]:
    """The volume that a claim names, and those that name it."""
    if claim["spec"].get("volumeName"):
        yield Key("", claim["spec"]["volumeName"])
    elif "deletionTimestamp" in claim["metadata"]:
        volumes = context.client.list(PERSISTENTVOLUMES)
        yield from (key_of(volume) for volume in volumes if refers_to(volume, claim))


CLAIMS = Controller(
    name="persistentvolume-claims",
    user=USER,
    component=COMPONENT,
    watches=(
        Watches(PERSISTENTVOLUMECLAIMS, own_key),
        Watches(PERSISTENTVOLUMES, _claims_of_volume),
        Watches(STORAGECLASSES, _claims_of_class),
    ),
    reconcile=reconcile_claim,
)
VOLUMES = Controller(
    name="persistentvolume-volumes",
    user=USER,
    component=COMPONENT,
    watches=(Watches(PERSISTENTVOLUMES, own_key), Watches(PERSISTENTVOLUMECLAIMS, _volumes_of_claim)),
    reconcile=reconcile_volume,
)
CONTROLLERS = (CLAIMS, VOLUMES)
