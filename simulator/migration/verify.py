"""Verify: does the registry really store where its configuration says? Looks at the conditions and inside the pods."""

from __future__ import annotations

from simulator.client.client import Client
from simulator.errors import Object, StatusError
from simulator.migration import world
from simulator.migration.checks import Check

MOUNT_POINT = "/registry"


def verify(client: Client, claim: str) -> list[Check]:
    """All that must hold after a move to ``claim``. Works on any cluster; writes nothing."""
    config = world.config(client) or {}
    return [_spec(config, claim), _conditions(config), *_pods(client, claim)]


def _spec(config: Object, claim: str) -> Check:
    storage = world.storage_of(config)
    if world.storage_types(storage) != ["pvc"] or storage["pvc"].get("claim") != claim:
        return Check("storage", "fail", f"the registry is set to {world.describe(storage)}", f"expected pvc {claim}")
    return Check("storage", "pass", f"the registry is set to pvc {claim}")


def _conditions(config: Object) -> Check:
    if not world.is_ready(config):
        text = world.condition(config, "Progressing").get("message", "no condition reported")
        return Check("conditions", "fail", text, "look at oc describe configs.imageregistry.operator.openshift.io")
    return Check("conditions", "pass", world.condition(config, "Available").get("message", ""))


def _pods(client: Client, claim: str) -> list[Check]:
    pods = world.registry_pods(client)
    if not pods:
        return [Check("pods", "fail", "no registry pod runs", "look at oc get pods -n " + world.NAMESPACE)]
    volume = (client.get_or_none(world.CLAIMS, claim, world.NAMESPACE) or {}).get("spec", {}).get("volumeName", "")
    return [_mounted(client, pod, volume) for pod in pods]


def _mounted(client: Client, pod: Object, volume: str) -> Check:
    """The pod's own view: what ``df`` says is mounted, against the handle of the volume that the claim is bound to."""
    name = pod["metadata"]["name"]
    try:
        answer = client.exec(name, world.NAMESPACE, ["df", "-h", MOUNT_POINT])
    except StatusError as error:  # as when its container does not run
        return Check(f"mount/{name}", "fail", error.message, "look at oc describe pod")
    lines = answer.stdout.splitlines()
    if answer.status != 0 or not lines or not lines[-1].endswith(f" {MOUNT_POINT}"):
        return Check(
            f"mount/{name}", "fail", f"nothing is mounted at {MOUNT_POINT} in {name}", "look at oc describe pod"
        )
    source = lines[-1].split()[0]
    subvolume = _subvolume(client, volume)
    if subvolume and subvolume not in source:
        return Check(f"mount/{name}", "fail", f"{source} is not the volume of the claim", "wait for the roll-out")
    return Check(f"mount/{name}", "pass", f"{source} is mounted at {MOUNT_POINT} in {name}")


def _subvolume(client: Client, volume: str) -> str:
    """``csi-vol-UUID`` of a CephFS volume: the last 36 characters of its handle; "" when the volume is no such."""
    found = client.get_or_none(world.VOLUMES, volume) if volume else None
    handle: str = (found or {}).get("spec", {}).get("csi", {}).get("volumeHandle", "")
    return f"csi-vol-{handle[-36:]}" if len(handle) > 36 else ""
