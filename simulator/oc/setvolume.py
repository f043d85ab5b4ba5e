"""``oc set volume``: list, add and remove volumes. Source: oc, pkg/cli/set/volume.go."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from typing import Final

from simulator.api import quantity as quantities
from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS
from simulator.errors import Object
from simulator.oc.errors import Exit, fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.setvolumelist import describe_volumes
from simulator.oc.targets import Target, fetch
from simulator.oc.templates import change_template, chosen_containers, template_of, warn_unmatched, with_containers

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
_SIMPLE: Final = {
    "configmap": ("configMap", "name", "configmap-name", "configmap"),
    "secret": ("secret", "secretName", "secret-name", "secret"),
    "hostpath": ("hostPath", "path", "path", "hostPath"),
}
_CLAIM_TYPES = ("pvc", "persistentvolumeclaim")
_DEFAULT_MODE = 0o644
_MODES: Final = {"rom": "ReadOnlyMany", "rwo": "ReadWriteOnce", "rwm": "ReadWriteMany"}


async def volume(invocation: Invocation) -> int:
    flags, words = invocation.flags, list(invocation.args)
    if sum(flags.flag(name) for name in ("add", "remove", "list")) > 1:
        raise fail("you may only specify one operation at a time")
    if not words and not flags.texts("filename"):
        raise fail("provide one or more resources to add, list, or delete volumes on as TYPE/NAME")
    if flags.flag("remove") and not flags.text("name") and not flags.flag("confirm"):
        raise fail("must provide --confirm for removing more than one volume")
    claim = _wanted_claim(invocation) if flags.flag("add") else None
    source = _source(invocation, claim) if flags.flag("add") else {}
    targets = (await fetch(invocation, words, default_all=False)).check()
    if claim is not None and invocation.dry_run != "client":
        dry_run = bool(invocation.dry_run)
        invocation.client.create(PERSISTENTVOLUMECLAIMS, claim, invocation.namespace, dry_run=dry_run)
    done = [await _act(invocation, target, source) for target in targets]
    if not all(done):
        raise Exit(1)
    return 0


async def _act(invocation: Invocation, target: Target, source: Object) -> bool:
    """List, remove or add; False when a volume that was named is not there."""
    spec, pattern = template_of(target.object)["spec"], invocation.flags.text("containers")
    chosen = chosen_containers(spec, pattern)
    if pattern != "*" and await warn_unmatched(invocation, target, chosen, pattern):
        return True
    if invocation.flags.flag("add"):
        changed = await _add(invocation, target, chosen, source)
    elif invocation.flags.flag("remove"):
        changed = _remove(invocation, target, chosen)
    else:
        return await describe_volumes(invocation, target, chosen)
    if changed:
        await invocation.line(f"{target.title} volume updated{invocation.dry_suffix}")
    return True


# -- add


async def _add(invocation: Invocation, target: Target, chosen: Sequence[str], source: Object) -> bool:
    flags, spec = invocation.flags, template_of(target.object)["spec"]
    name = flags.text("name") or await _find_name(invocation, spec, chosen, source)
    known = {item["name"]: item for item in spec.get("volumes") or ()}
    claimed = _claim_volume(spec, source)
    if name in known and not flags.flag("overwrite") and claimed is None:
        raise fail(f"{target.resource.plural}/{target.name} volume '{name}' already exists. Use --overwrite to replace")
    if name not in known and flags.flag("overwrite"):
        await invocation.error(
            f'warning: volume "{name}" did not previously exist and was not overwritten. '
            "A new volume with this name has been created instead."
        )
    item = known[name] if name in known and not _type_given(invocation) else {"name": name, **source}
    _check_mounts(invocation, spec, chosen, name)
    return change_template(invocation, target, lambda old: _with_volume(invocation, old, chosen, item))


async def _find_name(invocation: Invocation, spec: Object, chosen: Sequence[str], source: Object) -> str:
    """With ``--overwrite`` the volume at the mount path; else that of the same claim, or a new name."""
    path = invocation.flags.text("mount-path")
    if invocation.flags.flag("overwrite"):
        if not path:
            raise fail("ambiguous --overwrite, specify --name or --mount-path")
        names = [mount["name"] for mount in _mounts(spec, chosen) if _same_path(mount["mountPath"], path)]
        if len(names) != 1:
            what = (
                "found multiple volumes with same mount-path" if names else "unable to find the volume for mount-path"
            )
            raise fail(f"{what}: {path}")
        return str(names[0])
    claimed = _claim_volume(spec, source)
    if claimed is not None:
        return claimed
    name = f"volume-{invocation.session.temporary_name()}"
    await invocation.error(f"info: Generated volume name: {name}")
    return name


def _claim_volume(spec: Object, source: Object) -> str | None:
    """The volume that mounts the same claim already."""
    claim = (source.get("persistentVolumeClaim") or {}).get("claimName")
    for item in spec.get("volumes") or ():
        if claim and (item.get("persistentVolumeClaim") or {}).get("claimName") == claim:
            return str(item["name"])
    return None


def _type_given(invocation: Invocation) -> bool:
    named = ("type", "claim-name", "claim-size", "secret-name", "configmap-name", "path")
    return any(invocation.flags.text(name) for name in named)


def _source(invocation: Invocation, claim: Object | None) -> Object:
    """The source of the new volume, by ``--type`` or by the flag that names what it holds."""
    flags = invocation.flags
    kind = flags.text("type").lower() or _kind_by_name(invocation)
    if kind in _CLAIM_TYPES:
        name = flags.text("claim-name") or (claim["metadata"]["name"] if claim is not None else "")
        if not name:
            raise fail("must provide --claim-name or --claim-size (to create a new claim) for --type=pvc")
        return {"persistentVolumeClaim": {"claimName": name}}
    if flags.text("claim-class"):
        raise fail("must provide --type as persistentVolumeClaim")
    if kind == "emptydir":
        return {"emptyDir": {}}
    if kind not in _SIMPLE:
        raise fail("invalid volume type. Supported types: emptyDir, hostPath, secret, persistentVolumeClaim")
    key, field, flag, shown = _SIMPLE[kind]
    if not flags.text(flag):
        raise fail(f"must provide --{flag} for --type={shown}")
    mode = {} if kind == "hostpath" else {"defaultMode": _DEFAULT_MODE}
    return {key: {field: flags.text(flag), **mode}}


def _kind_by_name(invocation: Invocation) -> str:
    flags = invocation.flags
    if flags.text("claim-name") or flags.text("claim-size"):
        return "pvc"
    return next((kind for kind in ("secret", "configmap", "hostpath") if flags.text(_SIMPLE[kind][2])), "emptydir")


def _wanted_claim(invocation: Invocation) -> Object | None:
    """The claim that ``--claim-size`` orders."""
    flags = invocation.flags
    size, kind = flags.text("claim-size"), flags.text("type").lower() or "pvc"
    if flags.text("claim-class") and kind in _CLAIM_TYPES and not size:
        raise fail("must provide --claim-size to create new pvc with claim-class")
    if not size or kind not in _CLAIM_TYPES:
        return None
    try:
        quantities.parse(size)
    except quantities.BadQuantity as error:
        raise fail(f"--claim-size is not valid: {error}") from error
    spec: Object = {"accessModes": [_mode(flags.text("claim-mode"))], "resources": {"requests": {"storage": size}}}
    if flags.text("claim-class"):
        spec["storageClassName"] = flags.text("claim-class")
    name = flags.text("claim-name") or f"pvc-{invocation.session.temporary_name()}"
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def _mode(text: str) -> str:
    by_name = {**_MODES, **{mode.lower(): mode for mode in _MODES.values()}}
    if text.lower() not in by_name:
        raise fail("--claim-mode must be one of ReadWriteOnce (rwo), ReadWriteMany (rwm), or ReadOnlyMany (rom)")
    return by_name[text.lower()]


def _check_mounts(invocation: Invocation, spec: Object, chosen: Sequence[str], name: str) -> None:
    path = invocation.flags.text("mount-path")
    for container in spec["containers"]:
        for mount in container.get("volumeMounts") or () if path and container["name"] in chosen else ():
            if _same_path(mount["mountPath"], path) and mount["name"] != name:
                raise fail(f"volume mount '{path}' already exists for container '{container['name']}'")


def _with_volume(invocation: Invocation, spec: Object, chosen: Sequence[str], item: Object) -> Object:
    flags, name = invocation.flags, item["name"]
    volumes = [old for old in spec.get("volumes") or () if old["name"] != name]
    changed = {**spec, "volumes": [*volumes, item]}
    if not flags.text("mount-path"):
        return changed
    mount: Object = {"name": name, "mountPath": posixpath.normpath(flags.text("mount-path"))}
    if flags.flag("read-only"):
        mount["readOnly"] = True
    if flags.text("sub-path"):
        mount["subPath"] = posixpath.normpath(flags.text("sub-path"))

    def mounted(container: Object) -> Object:
        before = container.get("volumeMounts") or ()
        kept = [old for old in before if not (flags.flag("overwrite") and old["name"] == name)]
        return {**container, "volumeMounts": [*kept, mount]}

    return with_containers(changed, chosen, mounted)


# -- remove


def _remove(invocation: Invocation, target: Target, chosen: Sequence[str]) -> bool:
    """Remove the mounts in the chosen containers, and the volume unless another container still mounts it."""
    name, spec = invocation.flags.text("name"), template_of(target.object)["spec"]
    gone = {name} if name else {item["name"] for item in spec.get("volumes") or ()}
    others = [container["name"] for container in spec["containers"] if container["name"] not in chosen]
    still_used = {mount["name"] for mount in _mounts(spec, others)} if name else set()
    if name and name not in still_used and name not in {item["name"] for item in spec.get("volumes") or ()}:
        raise fail(f"{target.resource.plural}/{target.name} volume '{name}' not found")

    def unmounted(container: Object) -> Object:
        kept = [mount for mount in container.get("volumeMounts") or () if name and mount["name"] not in gone]
        return {**container, "volumeMounts": kept}

    def without(old: Object) -> Object:
        volumes = [item for item in old.get("volumes") or () if item["name"] not in gone - still_used]
        return with_containers({**old, "volumes": volumes}, chosen, unmounted)

    return change_template(invocation, target, without)


def _mounts(spec: Object, containers: Sequence[str]) -> list[Object]:
    return [
        mount
        for container in spec["containers"]
        if container["name"] in containers
        for mount in container.get("volumeMounts") or ()
    ]


def _same_path(one: str, other: str) -> bool:
    return posixpath.normpath(one) == posixpath.normpath(other)
