"""Provisions claims of the CephFS driver: a subvolume with a quota each, any access mode."""

from __future__ import annotations

from simulator.changes.storage import BACKEND_NAMES, DEFAULT_FS_TYPE, SUBVOLUME_LEVELS, SUBVOLUME_PATHS
from simulator.controllers.context import Context
from simulator.controllers.csi_provisioner import Provisioner, Refusal, size_of, volume_uuid
from simulator.errors import Object
from simulator.infra import csi
from simulator.infra.ceph import subvolume_path


def _check(_context: Context, claim: Object) -> None:
    if claim["spec"].get("volumeMode") == "Block":
        raise Refusal("rpc error: code = InvalidArgument desc = block volume not supported")


def _make(context: Context, claim: Object, parameters: Object, request: str, pod: Object) -> Object:
    below = context.names.uid4() if SUBVOLUME_LEVELS.at(context.release) else ""
    made: Object = context.machines.ceph.create_subvolume(
        request, volume_uuid(context, pod), size_of(claim), parameters.get("fsName", ""), below
    )
    return made


def _handle(context: Context, parameters: Object, volume: Object) -> str:
    location = int(context.machines.ceph.filesystem_id(parameters.get("fsName", "")))
    return csi.volume_handle(location, volume["metadata"]["name"][-36:])


def _attributes(context: Context, parameters: Object, volume: Object) -> dict[str, str]:
    found: dict[str, str] = {key: parameters[key] for key in ("clusterID", "fsName") if key in parameters}
    if BACKEND_NAMES.at(context.release):
        found["subvolumeName"] = volume["metadata"]["name"]
    if SUBVOLUME_PATHS.at(context.release):
        found["subvolumePath"] = subvolume_path(volume)
    return found


PROVISIONER = Provisioner(
    driver=csi.CEPHFS,
    check=_check,
    make=_make,
    handle=_handle,
    attributes=_attributes,
    delete_volume=lambda context, name: context.machines.ceph.delete(name),
    grow=lambda context, name, size: context.machines.ceph.grow(name, size),
    is_disk=False,
    fs_type=lambda context: DEFAULT_FS_TYPE.at(context.release),
    user=f"system:serviceaccount:{csi.NAMESPACE}:rook-csi-cephfs-provisioner-sa",
)
CONTROLLERS = PROVISIONER.controllers()
