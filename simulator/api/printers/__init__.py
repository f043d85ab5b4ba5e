"""Computed cells of tables: one function a cell, by family. Source: kubernetes, printers/internalversion of 1.14."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from simulator.api.printers import cluster, network, openshift, pods, storage, workloads
from simulator.errors import Object

Printer = Callable[[Object, float], Any]


def _public(module: Any) -> dict[str, Printer]:
    return {name: getattr(module, name) for name in module.__all__}


PRINTERS: Final[Mapping[str, Printer]] = {
    name: printer
    for module in (cluster, network, openshift, pods, storage, workloads)
    for name, printer in _public(module).items()
}
"""By the name that a column's ``printer`` gives. A printer takes the object and the time (seconds since the epoch)."""
