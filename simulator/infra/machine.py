"""The machines under the nodes: what disk, memory and images each has, and whether it runs.

kind: NodeMachine          # named as the node; a node without one is a machine of the default size
spec: {memory: 64Gi, poweredOff: false, disk: {device: /dev/..., total: 125277164Ki, used: 11600000Ki}, run: 5476Ki,
       images: [...]}      # names of the images that were there from the beginning
status: {images: [{name, sizeBytes}]}   # those pulled since
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.api.gvrs import NODEMACHINES
from simulator.api.quantity import parse
from simulator.client.client import Client
from simulator.errors import NotFound, Object
from simulator.infra import faults
from simulator.infra.kernel import Kernel, kernel, kernel_of

_DEFAULTS: Mapping[str, Any] = {
    "memory": "64Gi",
    "run": "5476Ki",
    "disk": {"total": "125277164Ki", "used": "11600000Ki"},
}


@dataclass(frozen=True, slots=True)
class Machine:
    """Sizes in bytes. ``run_used`` is what lies in the tmpfs on /run."""

    name: str
    up: bool
    memory: int
    disk_device: str
    disk_total: int
    disk_used: int
    run_used: int
    images: frozenset[str]
    kernel: Kernel = field(default_factory=kernel)


def machine_of(client: Client, node: str) -> Machine:
    """The machine of a node, with defaults for all that its NodeMachine leaves out."""
    found = client.get_or_none(NODEMACHINES, node) or {}
    spec = {**_DEFAULTS, **found.get("spec", {})}
    disk = {**_DEFAULTS["disk"], **(spec.get("disk") or {})}
    pulled = found.get("status", {}).get("images") or ()
    runs = kernel_of(client, node)
    broken = faults.find(client, f"node:{node}", effects=("down",)) is not None
    return Machine(
        name=node,
        up=not broken and not spec.get("poweredOff", False),
        memory=_bytes(spec["memory"]),
        disk_device=disk.get("device") or runs.root,
        disk_total=_bytes(disk["total"]),
        disk_used=_bytes(disk["used"]) + sum(image["sizeBytes"] for image in pulled),
        run_used=_bytes(spec["run"]),
        images=frozenset([*(spec.get("images") or ()), *(image["name"] for image in pulled)]),
        kernel=runs,
    )


def note_image(client: Client, node: str, image: str, size: int) -> None:
    """Record that a node has pulled an image."""
    try:
        machine = client.get(NODEMACHINES, node)
    except NotFound:
        new: Object = {"apiVersion": "infra.ocsim.dev/v1", "kind": "NodeMachine", "metadata": {"name": node}}
        machine = client.create(NODEMACHINES, {**new, "spec": {}})
    pulled = machine.get("status", {}).get("images") or []
    if all(known["name"] != image for known in pulled):
        status = {**machine.get("status", {}), "images": [*pulled, {"name": image, "sizeBytes": size}]}
        client.update_status(NODEMACHINES, {**machine, "status": status})


def _bytes(quantity: str | int) -> int:
    return quantity if isinstance(quantity, int) else int(parse(quantity))
