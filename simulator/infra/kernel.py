"""The kernel of a node: what ``data/kernels.yaml`` says of its version."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from simulator.api.gvrs import NODES
from simulator.client.client import Client
from simulator.infra.rootfs import load_data

_OLDEST = "4.18.0-80.11.2.el8_0.x86_64"  # of a node that does not tell


@dataclass(frozen=True)
class Kernel:
    """``version`` as ``uname -r`` prints it; the rest is described in ``data/kernels.yaml``."""

    version: str
    cephfs: str
    new_syntax: bool
    xfs: str
    ext4: Mapping[str, str]
    overlay: str
    tmpfs: str
    run: str
    run_share: int
    missing: tuple[str, ...]
    root: str


def kernel_of(client: Client, node: str) -> Kernel:
    """The kernel of a node, by its status."""
    found = client.get_or_none(NODES, node) or {}
    return kernel(((found.get("status") or {}).get("nodeInfo") or {}).get("kernelVersion") or _OLDEST)


@cache
def kernel(version: str = _OLDEST) -> Kernel:
    """A kernel by its version; one that is older than all that are known is like the oldest."""
    rows = load_data("kernels.yaml")["kernels"]
    merged: dict[str, Any] = dict(rows[0])
    for row in rows:
        if _order(row["since"]) <= _order(version):
            merged |= row
    return Kernel(
        version,
        merged["cephfs"],
        merged["newSyntax"],
        merged["xfs"],
        merged["ext4"],
        merged["overlay"],
        merged["tmpfs"],
        merged["run"],
        merged["runShare"],
        tuple(merged["missing"]),
        merged["root"],
    )


def _order(version: str) -> tuple[int, ...]:
    """``5.14.0-570.49.1.el9_6.x86_64`` compares as 5, 14, 0, 570."""
    numbers = [int(text) for text in re.findall(r"\d+", version)[:4]]
    return (*numbers, *([0] * (4 - len(numbers))))
