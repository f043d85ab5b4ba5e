"""Attaches volumes to the nodes of the pods that use them, and detaches them when the last such pod is gone.

CSI volumes get a VolumeAttachment, in-tree EBS volumes an entry in the node's ``status.volumesAttached``.
Source: kube-controller-manager, volume/attachdetach.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from simulator.api.gvrs import CSIDRIVERS, NODES, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, PODS, VOLUMEATTACHMENTS
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.pastevents import record_once
from simulator.controllers.podstate import FINISHED, claim_names, phase
from simulator.errors import Object
from simulator.infra import csi
from simulator.infra.ebs import device_name

_SHARED_MODES = {"ReadWriteMany", "ReadOnlyMany"}
_INSTANCE_TYPE = "beta.kubernetes.io/instance-type"


@dataclass(frozen=True)
class _Place:
    """Where a volume is attached, by VolumeAttachment or in a node's status. ``done``: the attacher is through."""

    volume: str
    node: str
    done: bool


def reconcile_pod(context: Context, key: Key) -> Result:
    """Attach what a pod on a node needs and does not have there."""
    pod = context.client.get_or_none(PODS, key.name, key.namespace)
    if pod is None or not _uses_volumes(pod):
        return DONE
    for volume in _volumes_of(context, pod):
        place = _place(context, volume, pod["spec"]["nodeName"])
        if place is None:
            _attach(context, pod, volume)
        elif place.done and not _runs(pod):
            text = f'AttachVolume.Attach succeeded for volume "{volume["metadata"]["name"]}" '
            record_once(context, pod, "Normal", "SuccessfulAttachVolume", text)
    return DONE


def _attach(context: Context, pod: Object, volume: Object) -> None:
    name, node = volume["metadata"]["name"], pod["spec"]["nodeName"]
    elsewhere = [place for place in _places(context, volume) if place.node != node]
    if elsewhere and not _SHARED_MODES & set(volume["spec"]["accessModes"]):
        record_once(context, pod, "Warning", "FailedAttachVolume", _multi_attach(context, pod, volume))
        return
    if "csi" in volume["spec"]:
        source = volume["spec"]["csi"]
        attachment = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "VolumeAttachment",
            "metadata": {"name": csi.attachment_name(source["volumeHandle"], source["driver"], node)},
            "spec": {"attacher": source["driver"], "nodeName": node, "source": {"persistentVolumeName": name}},
        }
        context.client.create(VOLUMEATTACHMENTS, attachment)
    else:
        _attach_ebs(context, volume, node)
        text = f'AttachVolume.Attach succeeded for volume "{name}" '
        record_once(context, pod, "Normal", "SuccessfulAttachVolume", text)


def _attach_ebs(context: Context, volume: Object, name: str) -> None:
    node = context.client.get(NODES, name)
    status = node.get("status") or {}
    attached = status.get("volumesAttached") or []
    kind = (node["metadata"].get("labels") or {}).get(_INSTANCE_TYPE, "m4.4xlarge")
    device = device_name(kind, {entry["devicePath"] for entry in attached})
    entry = {"name": _unique_name(volume), "devicePath": device}
    context.client.update_status(NODES, {**node, "status": {**status, "volumesAttached": [*attached, entry]}})


def _multi_attach(context: Context, pod: Object, volume: Object) -> str:
    """Source: reconciler.go, reportMultiAttachError: pods of the same namespace are named, others are not."""
    name = volume["metadata"]["name"]
    users = [
        other["metadata"]["name"]
        for other in context.client.list(PODS, pod["metadata"]["namespace"])
        if other["metadata"]["uid"] != pod["metadata"]["uid"]
        and _uses_volumes(other)
        and name in {one["metadata"]["name"] for one in _volumes_of(context, other)}
    ]
    title = f'Multi-Attach error for volume "{name}" '
    if users:
        return title + f"Volume is already used by pod(s) {', '.join(users)}"
    return title + "Volume is already exclusively attached to one node and can't be attached to another"


# -- detaching


def reconcile_attachment(context: Context, key: Key) -> Result:
    """Detach a CSI volume that no pod on its node uses."""
    attachment = context.client.get_or_none(VOLUMEATTACHMENTS, key.name)
    if attachment is None or "deletionTimestamp" in attachment["metadata"]:
        return DONE
    spec = attachment["spec"]
    if spec["source"].get("persistentVolumeName") not in _used_on(context, spec["nodeName"]):
        context.client.delete(VOLUMEATTACHMENTS, key.name)
    return DONE


def reconcile_node(context: Context, key: Key) -> Result:
    """Detach the EBS volumes that no pod on the node uses."""
    node = context.client.get_or_none(NODES, key.name)
    attached = (node or {}).get("status", {}).get("volumesAttached") or []
    if node is None or not attached:
        return DONE
    used = _used_on(context, key.name)
    volumes = [context.client.get_or_none(PERSISTENTVOLUMES, name) for name in used]
    names = {_unique_name(volume) for volume in volumes if volume is not None and _is_ebs(volume)}
    kept = [entry for entry in attached if entry["name"] in names or not entry["name"].startswith(csi.EBS_PROVISIONER)]
    if kept != attached:
        context.client.update_status(NODES, {**node, "status": {**node["status"], "volumesAttached": kept}})
    return DONE


# -- looking


def _uses_volumes(pod: Object) -> bool:
    """Bound to a node, not over, with a claim among its volumes."""
    return bool(pod["spec"].get("nodeName")) and phase(pod) not in FINISHED and any(claim_names(pod))


def _runs(pod: Object) -> bool:
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return any(status.get("containerID") for status in statuses)


def _volumes_of(context: Context, pod: Object) -> Iterator[Object]:
    """The attachable volumes that a pod's claims are bound to."""
    for name in claim_names(pod):
        claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, name, pod["metadata"]["namespace"])
        if claim is None or claim.get("status", {}).get("phase") != "Bound":
            continue
        volume = context.client.get_or_none(PERSISTENTVOLUMES, claim["spec"].get("volumeName", ""))
        if volume is not None and (_is_ebs(volume) or _is_attached(context, volume)):
            yield volume


def _is_attached(context: Context, volume: Object) -> bool:
    """Whether it is one of CSI whose driver's volumes are attached, as all are unless its CSIDriver says otherwise."""
    source = volume["spec"].get("csi")
    driver = context.client.get_or_none(CSIDRIVERS, source["driver"]) if source else None
    return source is not None and ((driver or {}).get("spec") or {}).get("attachRequired", True)


def _used_on(context: Context, node: str) -> set[str]:
    pods = context.client.list(PODS, fields=f"spec.nodeName={node}")
    return {volume["metadata"]["name"] for pod in pods if _uses_volumes(pod) for volume in _volumes_of(context, pod)}


def _places(context: Context, volume: Object) -> list[_Place]:
    name = volume["metadata"]["name"]
    if "csi" in volume["spec"]:
        return [
            _Place(name, one["spec"]["nodeName"], bool(one.get("status", {}).get("attached")))
            for one in context.client.list(VOLUMEATTACHMENTS)
            if one["spec"]["source"].get("persistentVolumeName") == name
        ]
    unique = _unique_name(volume)
    return [
        _Place(name, node["metadata"]["name"], True)
        for node in context.client.list(NODES)
        if any(entry["name"] == unique for entry in node.get("status", {}).get("volumesAttached") or ())
    ]


def _place(context: Context, volume: Object, node: str) -> _Place | None:
    return next((place for place in _places(context, volume) if place.node == node), None)


def _is_ebs(volume: Object) -> bool:
    return "awsElasticBlockStore" in volume["spec"]


def _unique_name(volume: Object) -> str:
    return csi.ebs_unique_name(volume["spec"]["awsElasticBlockStore"]["volumeID"])


# -- what wakes them


def _pods_of_claim(context: Context, claim: Object) -> Iterable[Key]:
    namespace, name = claim["metadata"]["namespace"], claim["metadata"]["name"]
    for pod in context.client.list(PODS, namespace):
        if name in claim_names(pod):
            yield key_of(pod)


def _pods_of_attachment(context: Context, attachment: Object) -> Iterable[Key]:
    """The pods that wait for this volume, on its node or on another."""
    volume = context.client.get_or_none(PERSISTENTVOLUMES, attachment["spec"]["source"].get("persistentVolumeName", ""))
    return _pods_of_volume(context, volume) if volume is not None else ()


def _pods_of_volume(context: Context, volume: Object) -> Iterable[Key]:
    reference = volume["spec"].get("claimRef") or {}
    claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, reference.get("name", ""), reference.get("namespace"))
    return _pods_of_claim(context, claim) if claim is not None else ()


def _waiting_pods(context: Context, _node: Object) -> Iterable[Key]:
    """A node changed: pods that wait for a volume to come free of it."""
    for pod in context.client.list(PODS):
        if _uses_volumes(pod) and not _runs(pod):
            yield key_of(pod)


def _attachments_on_node(context: Context, pod: Object) -> Iterable[Key]:
    if not _gave_up_volumes(context, pod):
        return ()
    attachments, node = context.client.list(VOLUMEATTACHMENTS), pod["spec"]["nodeName"]
    return [key_of(one) for one in attachments if one["spec"]["nodeName"] == node]


def _node_of_pod(context: Context, pod: Object) -> Iterable[Key]:
    return [Key("", pod["spec"]["nodeName"])] if _gave_up_volumes(context, pod) else ()


def _gave_up_volumes(context: Context, pod: Object) -> bool:
    """Whether a pod that had claims on a node is over or gone."""
    meta = pod["metadata"]
    if not pod["spec"].get("nodeName") or not any(claim_names(pod)):
        return False
    present = context.client.get_or_none(PODS, meta["name"], meta["namespace"])
    return present is None or present["metadata"]["uid"] != meta["uid"] or not _uses_volumes(present)


_USER = "system:serviceaccount:kube-system:attachdetach-controller"
_COMPONENT = "attachdetach-controller"
CONTROLLERS = (
    Controller(
        name="attachdetach-pods",
        user=_USER,
        component=_COMPONENT,
        watches=(
            Watches(PODS, own_key),
            Watches(PERSISTENTVOLUMECLAIMS, _pods_of_claim),
            Watches(VOLUMEATTACHMENTS, _pods_of_attachment),
            Watches(NODES, _waiting_pods),
        ),
        reconcile=reconcile_pod,
    ),
    Controller(
        name="attachdetach-attachments",
        user=_USER,
        component=_COMPONENT,
        watches=(Watches(VOLUMEATTACHMENTS, own_key), Watches(PODS, _attachments_on_node)),
        reconcile=reconcile_attachment,
    ),
    Controller(
        name="attachdetach-nodes",
        user=_USER,
        component=_COMPONENT,
        watches=(Watches(NODES, own_key), Watches(PODS, _node_of_pod)),
        reconcile=reconcile_node,
    ),
)
