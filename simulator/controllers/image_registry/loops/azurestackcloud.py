"""The endpoints of Azure Stack Hub, which no simulated cluster stands on: the condition is there all the same.

Source: pkg/operator/azurestackcloud.go, release-4.20.
"""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import CONFIGMAPS
from simulator.changes.registry import AZURE_STACK_LOOP
from simulator.controllers.image_registry.loops.loop import KEY, loop, reported
from simulator.controllers.image_registry.names import OPENSHIFT_CONFIG
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work


def step(_work: Work) -> None:
    """It copies a ConfigMap's text to a file of its own, which always works."""


CONTROLLER: Final = loop(
    "AzureStackCloudController",
    AZURE_STACK_LOOP,
    reported("AzureStackCloudControllerDegraded", step),
    watches(CONFIGMAPS, KEY, within(OPENSHIFT_CONFIG), since=AZURE_STACK_LOOP),
)
