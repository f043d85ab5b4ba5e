"""Provisions claims of the RBD driver: an image each, for one node at a time unless it is a raw block volume."""

from __future__ import annotations

from simulator.changes.storage import BACKEND_NAMES
from simulator.controllers.context import Context
from simulator.controllers.csi_provisioner import Provisioner, Refusal, size_of, volume_uuid
from simulator.errors import Object
from simulator.infra import csi


def _check(_context: Context, claim: Object) -> None:
    shared = set(claim["spec"]["accessModes"]) & {"ReadWriteMany", "ReadOnlyMany"}
    if shared and claim["spec"].get("volumeMode") != "Block":
        text = "multi node access modes are only supported on rbd `block` type volumes"
        raise Refusal(f"rpc error: code = InvalidArgument desc = {text}")


def _make(context: Context, claim: Object, parameters: Object, request: str, pod: Object) -> Object:
    uuid = volume_uuid(context, pod)
    made: Object = context.machines.ceph.create_image(request, uuid, size_of(claim), parameters.get("pool", ""))
    return made


def _handle(context: Context, parameters: Object, volume: Object) -> str:
    location = int(context.machines.ceph.pool_id(parameters.get("pool", "")))
    return csi.volume_handle(location, volume["metadata"]["name"][-36:])


def _attributes(context: Context, parameters: Object, volume: Object) -> dict[str, str]:
    names = ("clusterID", "imageFeatures", "imageFormat", "pool", "mounter", "mapOptions")
    found: dict[str, str] = {key: parameters[key] for key in names if key in parameters}
    if BACKEND_NAMES.at(context.release):
        found |= {"imageName": volume["metadata"]["name"], "journalPool": parameters.get("pool", "")}
    return found


PROVISIONER = Provisioner(
    driver=csi.RBD,
    check=_check,
    make=_make,
    handle=_handle,
    attributes=_attributes,
    delete_volume=lambda context, name: context.machines.ceph.delete(name),
    grow=lambda context, name, size: context.machines.ceph.grow(name, size),
    fs_type=lambda _: "ext4",
    user=f"system:serviceaccount:{csi.NAMESPACE}:rook-csi-rbd-provisioner-sa",
)
CONTROLLERS = PROVISIONER.controllers()
