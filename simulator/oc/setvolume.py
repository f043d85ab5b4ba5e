"""``oc set volume``: list, add and remove volumes. Source: oc, pkg/cli/set/volume.go."""

from __future__ import annotations

from typing import Final

from simulator.api import quantity as quantities
from simulator.api.types import GVR
from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target, fetch
from simulator.oc.templates import change_template, template_of

CLAIMS = GVR("", "v1", "persistentvolumeclaims")
VOLUME_FLAGS: Final = (
    Flag("add", "If true, add volume and/or volume mounts for containers", "bool"),
    Flag("remove", "If true, remove volume and/or volume mounts for containers", "bool"),
    Flag("list", "If true, list volumes and volume mounts for containers", "bool"),
    Flag("claim-mode", "Set the access mode of the claim to be created.", default="ReadWriteOnce"),
    Flag("claim-name", "Persistent volume claim name. Must be provided for persistentVolumeClaim volume type"),
    Flag("claim-class", "StorageClass to use for the persistent volume claim"),
    Flag("claim-size", "If specified along with a persistent volume type, create a new claim with the given size"),
    Flag("configmap-name", "Name of the persisted config map."),
    Flag("confirm", "If true, confirm that you really want to remove multiple volumes", "bool"),
    Flag("containers", "The names of containers in the selected pod templates to change", short="c", default="*"),
    Flag("mount-path", "Mount path inside the container.", short="m"),
    Flag("name", "Name of the volume. If empty, auto generated for add operation"),
    Flag("overwrite", "If true, replace existing volume source with the provided one", "bool"),
    Flag("path", "Host path. Must be provided for hostPath volume type"),
    Flag("read-only", "Mount volume as ReadOnly.", "bool"),
    Flag("secret-name", "Name of the persisted secret."),
    Flag("sub-path", "Path within the volume to mount."),
    Flag("type", "Type of the volume source for add operation: configmap, emptyDir, hostPath, secret, pvc", short="t"),
)


async def volume(invocation: Invocation) -> int:
    flags = invocation.flags
    if sum(flags.flag(name) for name in ("add", "remove", "list")) > 1:
        raise fail("you may only specify one operation at a time")
    words = list(invocation.args)
    act = _add if flags.flag("add") else _remove if flags.flag("remove") else _list
    for target in (await fetch(invocation, words, default_all=False)).check():
        await act(invocation, target)
    return 0


# -- list


async def _list(invocation: Invocation, target: Target) -> None:
    spec = template_of(target.object)["spec"]
    await invocation.line(f"{target.resource.plural}/{target.name}")
    for item in spec.get("volumes") or ():
        if invocation.flags.text("name") in ("", item["name"]):
            await invocation.line(f"  {_source_text(invocation, target, item)} as {item['name']}")
            for path in _mount_paths(invocation, spec, item["name"]):
                await invocation.line(f"    mounted at {path}")


def _source_text(invocation: Invocation, target: Target, item: Object) -> str:
    if "persistentVolumeClaim" in item:
        name = item["persistentVolumeClaim"]["claimName"]
        return f"pvc/{name} ({_allocation(invocation, target, name)})"
    if "configMap" in item:
        return f"configMap/{item['configMap']['name']}"
    if "secret" in item:
        return f"secret/{item['secret']['secretName']}"
    if "emptyDir" in item:
        medium = (item["emptyDir"] or {}).get("medium")
        return "empty directory" + (f" ({medium.lower()})" if medium else "")
    if "hostPath" in item:
        return f"host path {item['hostPath']['path']}"
    return "unknown"


def _allocation(invocation: Invocation, target: Target, name: str) -> str:
    """``allocated 100GiB``, ``waiting for 100GiB allocation``, ``does not exist``."""
    claim = invocation.client.get_or_none(CLAIMS, name, target.namespace)
    if claim is None:
        return "does not exist"
    requested = claim["spec"]["resources"]["requests"]["storage"]
    if claim.get("status", {}).get("phase") != "Bound":
        return f"waiting for {_size(requested)} allocation"
    return f"allocated {_size(claim['status'].get('capacity', {}).get('storage', requested))}"


def _size(quantity: str) -> str:
    """``100GiB``, as units.BytesSize prints it: four significant digits."""
    value, units = float(quantities.parse(quantity)), ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while value >= 1024 and len(units) > 1:
        value, units = value / 1024, units[1:]
    return f"{value:.4g}{units[0]}"


def _mount_paths(invocation: Invocation, spec: Object, name: str) -> list[str]:
    return [
        mount["mountPath"]
        for container in _chosen(invocation, spec)
        for mount in container.get("volumeMounts") or ()
        if mount["name"] == name
    ]


# -- add


async def _add(invocation: Invocation, target: Target) -> None:
    flags = invocation.flags
    spec = template_of(target.object)["spec"]
    name = flags.text("name") or _new_name(spec)
    known = {item["name"] for item in spec.get("volumes") or ()}
    if name in known and not flags.flag("overwrite") and flags.text("type"):
        raise fail(f"volume '{name}' already exists. Use --overwrite to replace")
    if not flags.text("name") and not invocation.session.era.startswith("3"):
        await invocation.error(f"info: Generated volume name: {name}")
    source = await _source(invocation, target)
    item = {"name": name, **source}
    if change_template(invocation, target, lambda old: _with_volume(invocation, old, item)):
        await invocation.line(f"{target.title} volume updated")


def _new_name(spec: Object) -> str:
    """A name that is free: ``volume-1`` and on (the real one draws five letters)."""
    known = {item["name"] for item in spec.get("volumes") or ()}
    return next(name for number in range(1, len(known) + 2) if (name := f"volume-{number}") not in known)


async def _source(invocation: Invocation, target: Target) -> Object:
    flags = invocation.flags
    kind = flags.text("type").lower() or ("pvc" if flags.text("claim-name") or flags.text("claim-size") else "emptydir")
    if kind in ("pvc", "persistentvolumeclaim"):
        name = flags.text("claim-name")
        if not name:
            raise fail("must provide --claim-name or --claim-size (to create a new claim) for --type=pvc")
        if flags.text("claim-size"):
            _create_claim(invocation, target, name)
        return {"persistentVolumeClaim": {"claimName": name}}
    if kind == "emptydir":
        return {"emptyDir": {}}
    simple = {"configmap": ("configMap", "name", "configmap-name"), "secret": ("secret", "secretName", "secret-name"),
              "hostpath": ("hostPath", "path", "path")}  # fmt: skip
    if kind not in simple:
        raise fail("invalid volume type. Supported types: emptyDir, hostPath, secret, configMap, persistentVolumeClaim")
    key, field, flag = simple[kind]
    if not flags.text(flag):
        raise fail(f"must provide --{flag} for --type={flags.text('type')}")
    return {key: {field: flags.text(flag)}}


def _create_claim(invocation: Invocation, target: Target, name: str) -> None:
    flags = invocation.flags
    spec: Object = {
        "accessModes": [flags.text("claim-mode")],
        "resources": {"requests": {"storage": flags.text("claim-size")}},
    }
    if flags.text("claim-class"):
        spec["storageClassName"] = flags.text("claim-class")
    claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}
    invocation.client.create(CLAIMS, claim, target.namespace)


def _with_volume(invocation: Invocation, spec: Object, item: Object) -> Object:
    volumes = [old for old in spec.get("volumes") or () if old["name"] != item["name"]]
    path = invocation.flags.text("mount-path")
    if not path:
        return {**spec, "volumes": [*volumes, item]}
    mount: Object = {"name": item["name"], "mountPath": path}
    if invocation.flags.text("sub-path"):
        mount["subPath"] = invocation.flags.text("sub-path")
    if invocation.flags.flag("read-only"):
        mount["readOnly"] = True
    chosen = {container["name"] for container in _chosen(invocation, spec)}
    containers = [
        _with_mount(container, mount) if container["name"] in chosen else container for container in spec["containers"]
    ]
    return {**spec, "volumes": [*volumes, item], "containers": containers}


def _with_mount(container: Object, mount: Object) -> Object:
    kept = [old for old in container.get("volumeMounts") or () if old["mountPath"] != mount["mountPath"]]
    return {**container, "volumeMounts": [*kept, mount]}


# -- remove


async def _remove(invocation: Invocation, target: Target) -> None:
    name = invocation.flags.text("name")
    if not name and not invocation.flags.flag("confirm"):
        raise fail("must provide --confirm for removing more than one volume")
    known = {item["name"] for item in template_of(target.object)["spec"].get("volumes") or ()}
    if name and name not in known:
        raise fail(f"volume '{name}' not found")
    gone = {name} if name else known
    if change_template(invocation, target, lambda spec: _without(spec, gone)):
        await invocation.line(f"{target.title} volume updated")


def _without(spec: Object, gone: set[str]) -> Object:
    def changed(container: Object) -> Object:
        kept = [mount for mount in container.get("volumeMounts") or () if mount["name"] not in gone]
        return {**container, "volumeMounts": kept}

    volumes = [item for item in spec.get("volumes") or () if item["name"] not in gone]
    return {**spec, "volumes": volumes, "containers": [changed(container) for container in spec["containers"]]}


def _chosen(invocation: Invocation, spec: Object) -> list[Object]:
    wanted = invocation.flags.text("containers")
    return [container for container in spec["containers"] if wanted in ("*", "", container["name"])]
