"""Amazon EBS: volumes of one zone, attached to one node at a time under a device name."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator

from simulator.client.client import Client
from simulator.errors import Object
from simulator.infra import faults
from simulator.infra.volumes import Volumes
from simulator.runtime.names import Names

NVME_FAMILIES = ("m5", "c5", "r5", "t3", "i3en", "z1d")  # instances built on Nitro


class EbsDown(Exception):
    """The cloud's API does not answer."""


class Ebs:
    def __init__(self, client: Client, volumes: Volumes, names: Names) -> None:
        self._client, self._volumes, self._names = client, volumes, names

    def create_volume(self, request: str, size: int, zone: str, kind: str = "gp2", encrypted: bool = False) -> Object:
        """A volume ``vol-0...`` of ``size`` bytes; the same request gets the same one. EbsDown."""
        self._check()
        existing = self._volumes.find("ebs", request)
        if existing is not None:
            return existing
        name = f"vol-0{self._names.hex(16)}"
        details = {"zone": zone, "type": kind, "encrypted": encrypted, "request": request}
        return self._volumes.create(name, "ebs", capacity=size, mode=0o755, **details)

    def grow(self, name: str, size: int) -> None:
        """EbsDown."""
        self._check()
        self._volumes.grow(name, size)

    def delete(self, name: str) -> None:
        """EbsDown."""
        self._check()
        self._volumes.delete(name)

    def _check(self) -> None:
        if faults.find(self._client, "ebs", effects=("down",)):
            raise EbsDown


def device_name(instance_type: str, taken: Collection[str]) -> str:
    """The first free device: ``/dev/nvme1n1`` on Nitro, ``/dev/xvdba`` elsewhere. Source: aws/device_allocator.go."""
    return next(name for name in _device_names(instance_type) if name not in taken)


def _device_names(instance_type: str) -> Iterator[str]:
    if instance_type.split(".")[0] in NVME_FAMILIES:
        return (f"/dev/nvme{number}n1" for number in itertools.count(1))
    letters = "abcdefghijklmnopqrstuvwxyz"
    return (f"/dev/xvd{first}{second}" for first in "bc" for second in letters)
