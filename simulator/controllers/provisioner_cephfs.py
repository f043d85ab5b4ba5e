"""Provisions claims of the CephFS driver: a subvolume with a quota each, any access mode."""

from __future__ import annotations

from simulator.controllers.context import Context
from simulator.controllers.csi_provisioner import Provisioner, Refusal
from simulator.errors import Object
from simulator.infra import csi


def _check(claim: Object) -> None:
    if claim["spec"].get("volumeMode") == "Block":
        raise Refusal("rpc error: code = InvalidArgument desc = block volume not supported")


def _make(context: Context, parameters: Object, request: str, uuid: str, size: int) -> Object:
    made: Object = context.machines.ceph.create_subvolume(request, uuid, size, parameters.get("fsName", ""))
    return made


def _location(context: Context, parameters: Object) -> int:
    return int(context.machines.ceph.filesystem_id(parameters.get("fsName", "")))


PROVISIONER = Provisioner(csi.CEPHFS, _check, _make, _location, ("clusterID", "fsName"))
CONTROLLERS = PROVISIONER.controllers()
