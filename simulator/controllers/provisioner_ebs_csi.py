"""Provisions claims of the EBS driver: a disk each, in the zone of the node that the scheduler chose."""

from __future__ import annotations

from simulator.api.gvrs import NODES
from simulator.changes.storage import EBS_ZONE_LABEL
from simulator.controllers.context import Context
from simulator.controllers.csi_provisioner import Provisioner, Refusal, size_of
from simulator.controllers.labels import annotations_of, labels_of
from simulator.controllers.persistentvolume import SELECTED_NODE
from simulator.errors import Object
from simulator.infra import csi

ZONES = ("topology.ebs.csi.aws.com/zone", "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone")
_GI = 1 << 30
_CAPABILITIES = {"ReadWriteMany": "MULTI_NODE_MULTI_WRITER", "ReadOnlyMany": "MULTI_NODE_READER_ONLY"}


def _check(_context: Context, claim: Object) -> None:
    refused = [name for mode, name in _CAPABILITIES.items() if mode in claim["spec"]["accessModes"]]
    if refused and claim["spec"].get("volumeMode") != "Block":
        raise Refusal(
            f"rpc error: code = InvalidArgument desc = Volume capabilities {' '.join(refused)} not supported. "
            "Only AccessModes[ReadWriteOnce] supported."
        )


def _make(context: Context, claim: Object, parameters: Object, request: str, _pod: Object) -> Object:
    size = -(-size_of(claim) // _GI) * _GI  # EBS sells whole GiB
    encrypted = parameters.get("encrypted") == "true"
    made: Object = context.machines.ebs.create_volume(
        request, size, _zone(context, claim), parameters.get("type", "gp3"), encrypted
    )
    return made


def _zone(context: Context, claim: Object) -> str:
    """That of the chosen node, or else of the first that has one."""
    chosen = context.client.get_or_none(NODES, annotations_of(claim).get(SELECTED_NODE, ""))
    nodes = [chosen] if chosen is not None else context.client.list(NODES)
    zones = (zone for node in nodes for label in ZONES if (zone := labels_of(node).get(label)))
    return next(zones, "us-east-1a")


def _affinity(context: Context, volume: Object) -> Object:
    term = {"key": EBS_ZONE_LABEL.at(context.release), "operator": "In", "values": [volume["spec"]["zone"]]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}}


def _attachment_notes(_context: Context, attachment: Object) -> Object:
    """The device that was asked of EC2; on today's machines the kernel has another name for it."""
    letter = "abcdefghijklmnopqrstuvwxyz"[int(attachment["metadata"]["uid"][:2], 16) % 26]
    return {"attachmentMetadata": {"devicePath": f"/dev/xvda{letter}"}}


PROVISIONER = Provisioner(
    driver=csi.EBS,
    check=_check,
    make=_make,
    handle=lambda _context, _parameters, volume: str(volume["metadata"]["name"]),
    attributes=lambda _context, _parameters, _volume: {},
    delete_volume=lambda context, name: context.machines.ebs.delete(name),
    grow=lambda context, name, size: context.machines.ebs.grow(name, size),
    fs_type=lambda _: "ext4",
    user="system:serviceaccount:openshift-cluster-csi-drivers:aws-ebs-csi-driver-controller-sa",
    affinity=_affinity,
    attachment_notes=_attachment_notes,
)
CONTROLLERS = PROVISIONER.controllers()
