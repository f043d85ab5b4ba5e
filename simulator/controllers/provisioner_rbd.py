"""Provisions claims of the RBD driver: an image each, for one node at a time unless it is a raw block volume."""

from __future__ import annotations

from simulator.controllers.context import Context
from simulator.controllers.csi_provisioner import Provisioner, Refusal
from simulator.errors import Object
from simulator.infra import csi


def _check(claim: Object) -> None:
    shared = set(claim["spec"]["accessModes"]) - {"ReadWriteOnce"}
    if shared and claim["spec"].get("volumeMode") != "Block":
        text = "multi node access modes are only supported on rbd `block` type volumes"
        raise Refusal(f"rpc error: code = InvalidArgument desc = {text}")


def _make(context: Context, parameters: Object, request: str, uuid: str, size: int) -> Object:
    made: Object = context.machines.ceph.create_image(request, uuid, size, parameters.get("pool", ""))
    return made


def _location(context: Context, parameters: Object) -> int:
    return int(context.machines.ceph.pool_id(parameters.get("pool", "")))


PROVISIONER = Provisioner(csi.RBD, _check, _make, _location, ("clusterID", "imageFeatures", "imageFormat", "pool"))
CONTROLLERS = PROVISIONER.controllers()
