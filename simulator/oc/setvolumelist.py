"""``oc set volume`` without a change: the volumes, what they hold and where they are mounted.

Source: oc, pkg/cli/set/volume.go (listVolumeForSpec).
"""

from __future__ import annotations

from collections.abc import Sequence

from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS
from simulator.changes.client import LISTED_VOLUMES_HEAD
from simulator.errors import Object
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target
from simulator.oc.templates import template_of


async def describe_volumes(invocation: Invocation, target: Target, chosen: Sequence[str]) -> bool:
    """Print the list; False when the volume of ``--name`` is not there, which is said."""
    spec, name = template_of(target.object)["spec"], invocation.flags.text("name")
    volumes = [item for item in spec.get("volumes") or () if name in ("", item["name"])]
    await invocation.line(
        LISTED_VOLUMES_HEAD.at(invocation.release).format(type=target.resource.plural, name=target.name)
    )
    for item in volumes:
        await invocation.line(f"  {_source_text(invocation, target, item)} as {item['name']}")
        for line in _mount_lines(spec, chosen, item["name"]):
            await invocation.line(f"    {line}")
    if name and not volumes:
        await invocation.error(f'error: {target.resource.plural}/{target.name} volume "{name}" not found')
        return False
    return True


def _source_text(invocation: Invocation, target: Target, item: Object) -> str:
    if "persistentVolumeClaim" in item:
        claim = item["persistentVolumeClaim"]
        mode = " read-only" if claim.get("readOnly") else ""
        return f"pvc/{claim['claimName']}{mode} ({_allocation(invocation, target, claim['claimName'])})"
    if "awsElasticBlockStore" in item:
        disk = item["awsElasticBlockStore"]
        mode = " read-only" if disk.get("readOnly") else ""
        kind, partition = disk.get("fsType", ""), disk.get("partition", 0)
        return f"AWS EBS {disk['volumeID']} type={kind} partition={partition}{mode}"
    if "nfs" in item:
        mode = " read-only" if item["nfs"].get("readOnly") else ""
        return f"NFS {item['nfs']['server']}:{item['nfs']['path']}{mode}"
    simple = {
        "configMap": f"configMap/{(item.get('configMap') or {}).get('name')}",
        "emptyDir": "empty directory",
        "hostPath": f"host path {(item.get('hostPath') or {}).get('path')}",
        "secret": f"secret/{(item.get('secret') or {}).get('secretName')}",
    }
    return next((text for kind, text in simple.items() if kind in item), "unknown")


def _allocation(invocation: Invocation, target: Target, name: str) -> str:
    """``allocated 100GiB``, ``waiting for 100GiB allocation``, ``does not exist``."""
    claim = invocation.client.get_or_none(PERSISTENTVOLUMECLAIMS, name, target.namespace)
    if claim is None:
        return "does not exist"
    if not claim["spec"].get("volumeName"):
        wanted = (claim["spec"].get("resources") or {}).get("requests", {}).get("storage")
        return f"waiting for {wanted}B allocation" if wanted else "waiting to allocate"
    size = (claim.get("status") or {}).get("capacity", {}).get("storage")
    return f"allocated {size}B" if size else "allocated unknown size"


def _mount_lines(spec: Object, chosen: Sequence[str], name: str) -> list[str]:
    several = len(spec["containers"]) > 1
    return [
        f"mounted at {mount['mountPath']}" + (f" in container {container['name']}" if several else "")
        for container in spec["containers"]
        if container["name"] in chosen
        for mount in container.get("volumeMounts") or ()
        if mount["name"] == name
    ]
