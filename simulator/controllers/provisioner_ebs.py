"""The in-tree provisioner of EBS volumes, part of the persistent volume controller. Source: volume/awsebs, 1.14."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from simulator.api.gvrs import FAULTS, NODES, PERSISTENTVOLUMECLAIMS, PERSISTENTVOLUMES, STORAGECLASSES
from simulator.api.quantity import parse
from simulator.controllers import events
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, key_of, own_key
from simulator.controllers.labels import annotations_of
from simulator.controllers.pastevents import count_of, last_of, past_events
from simulator.controllers.persistentvolume import (
    BOUND_BY_CONTROLLER,
    COMPONENT,
    PROVISIONED_BY,
    SELECTED_NODE,
    USER,
    awaits,
    claim_reference,
    class_of,
    is_delayed,
    is_released,
    reschedule,
)
from simulator.errors import Object
from simulator.infra.csi import EBS_PROVISIONER
from simulator.infra.ebs import EbsDown
from simulator.runtime.clock import parse_rfc3339

ZONE, REGION = "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region"
_GI = 1 << 30
_RETRY_S, _MAX_RETRY_S = 15.0, 300.0


class Refusal(Exception):
    """Why no volume can be made."""


def provision(context: Context, key: Key) -> Result:
    """Make the EBS volume of one claim, then its PersistentVolume two to five seconds later."""
    claim = context.client.get_or_none(PERSISTENTVOLUMECLAIMS, key.name, key.namespace)
    if claim is None or not awaits(claim, EBS_PROVISIONER):
        return DONE
    storage_class = context.client.get_or_none(STORAGECLASSES, class_of(claim))
    name = f"pvc-{claim['metadata']['uid']}"
    if storage_class is None or context.client.get_or_none(PERSISTENTVOLUMES, name) is not None:
        return DONE
    if is_delayed(storage_class) and SELECTED_NODE not in annotations_of(claim):
        return DONE
    failed = past_events(context, claim, "ProvisioningFailed", COMPONENT)
    due = last_of(failed) + _back_off(count_of(failed))
    if failed and context.now < due:
        return Result(due - context.now)
    try:
        volume = _make(context, claim, storage_class, name)
    except Refusal as refusal:
        text = f'Failed to provision volume with StorageClass "{class_of(claim)}": {refusal}'
        events.record(context, claim, "Warning", "ProvisioningFailed", text)
        reschedule(context, claim)
        return Result(_back_off(count_of(failed) + 1))
    return _finish(context, claim, storage_class, volume, name)


def _make(context: Context, claim: Object, storage_class: Object, name: str) -> Object:
    modes = claim["spec"]["accessModes"]
    if set(modes) - {"ReadWriteOnce"}:
        listed = " ".join(modes)
        raise Refusal(f"invalid AccessModes [{listed}]: only AccessModes [ReadWriteOnce] are supported")
    parameters = storage_class.get("parameters") or {}
    wanted = int(parse(claim["spec"]["resources"]["requests"]["storage"]))
    size = -(-wanted // _GI) * _GI  # EBS sells whole GiB
    encrypted = parameters.get("encrypted") == "true"
    try:
        made: Object = context.machines.ebs.create_volume(
            name, size, _zone(context, claim, parameters), parameters.get("type", "gp2"), encrypted
        )
    except EbsDown:
        raise Refusal("RequestError: send request failed\ncaused by: Post https://ec2.amazonaws.com/: dial tcp: "
                      "i/o timeout") from None  # fmt: skip
    return made


def _finish(context: Context, claim: Object, storage_class: Object, volume: Object, name: str) -> Result:
    share = hashlib.sha256(claim["metadata"]["uid"].encode()).digest()[0] / 256
    due = parse_rfc3339(volume["metadata"]["creationTimestamp"]) + 2.0 + 3.0 * share
    if context.now < due:
        return Result(due - context.now)
    context.client.create(PERSISTENTVOLUMES, persistent_volume(claim, storage_class, volume, name))
    text = f"Successfully provisioned volume {name} using {EBS_PROVISIONER}"
    events.record(context, claim, "Normal", "ProvisioningSucceeded", text)
    return DONE


def persistent_volume(claim: Object, storage_class: Object, volume: Object, name: str) -> Object:
    zone = volume["spec"]["zone"]
    region = zone[:-1]
    terms = [{"key": ZONE, "operator": "In", "values": [zone]}, {"key": REGION, "operator": "In", "values": [region]}]
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {
            "name": name,
            "annotations": {
                "kubernetes.io/createdby": "aws-ebs-dynamic-provisioner",
                BOUND_BY_CONTROLLER: "yes",
                PROVISIONED_BY: EBS_PROVISIONER,
            },
            "finalizers": ["kubernetes.io/pv-protection"],
            "labels": {REGION: region, ZONE: zone},
        },
        "spec": {
            "accessModes": claim["spec"]["accessModes"],
            "awsElasticBlockStore": {"fsType": "ext4", "volumeID": f"aws://{zone}/{volume['metadata']['name']}"},
            "capacity": {"storage": f"{volume['spec']['capacity'] // _GI}Gi"},
            "claimRef": claim_reference(claim),
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": terms}]}},
            "persistentVolumeReclaimPolicy": storage_class.get("reclaimPolicy") or "Delete",
            "storageClassName": class_of(claim),
            "volumeMode": claim["spec"].get("volumeMode") or "Filesystem",
        },
    }


def delete(context: Context, key: Key) -> Result:
    """Remove a released EBS volume whose policy is Delete."""
    volume = context.client.get_or_none(PERSISTENTVOLUMES, key.name)
    if volume is None or not is_released(volume, EBS_PROVISIONER):
        return DONE
    try:
        context.machines.ebs.delete(volume["spec"]["awsElasticBlockStore"]["volumeID"].rpartition("/")[2])
    except EbsDown:
        events.record(context, volume, "Warning", "VolumeFailedDelete", "Error deleting EBS volume: i/o timeout")
        return Result(_RETRY_S)
    context.client.delete(PERSISTENTVOLUMES, key.name)
    return DONE


def _zone(context: Context, claim: Object, parameters: Object) -> str:
    """The zone of the node that the scheduler chose, of the class, or of the first node."""
    chosen = context.client.get_or_none(NODES, annotations_of(claim).get(SELECTED_NODE, ""))
    nodes = [chosen] if chosen is not None else context.client.list(NODES)
    zones = [zone for node in nodes if (zone := (node["metadata"].get("labels") or {}).get(ZONE))]
    return str(parameters.get("zone") or next(iter(zones), "us-east-1a"))


def _back_off(failures: int) -> float:
    return float(min(_RETRY_S * 2 ** max(failures - 1, 0), _MAX_RETRY_S))


def _pending(context: Context, _fault: Object) -> Iterable[Key]:
    claims = context.client.list(PERSISTENTVOLUMECLAIMS)
    return [key_of(one) for one in claims if awaits(one, EBS_PROVISIONER)]


def _released(context: Context, _fault: Object) -> Iterable[Key]:
    return [key_of(one) for one in context.client.list(PERSISTENTVOLUMES) if is_released(one, EBS_PROVISIONER)]


CONTROLLERS = (
    Controller(
        name="provisioner-ebs",
        user=USER,
        component=COMPONENT,
        watches=(Watches(PERSISTENTVOLUMECLAIMS, own_key), Watches(FAULTS, _pending)),
        reconcile=provision,
    ),
    Controller(
        name="deleter-ebs",
        user=USER,
        component=COMPONENT,
        watches=(Watches(PERSISTENTVOLUMES, own_key), Watches(FAULTS, _released)),
        reconcile=delete,
    ),
)
