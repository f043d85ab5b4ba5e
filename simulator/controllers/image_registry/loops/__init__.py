"""The operator's loops with a single purpose each, which it has since 4.5. In an older operator they do nothing."""

from __future__ import annotations

from simulator.controllers.context import Controller
from simulator.controllers.image_registry.loops import (
    azurestackcloud,
    certificates,
    clusteroperator,
    imageconfig,
    nodeca,
    pruner,
)

CONTROLLERS: tuple[Controller, ...] = (
    imageconfig.CONTROLLER,
    clusteroperator.CONTROLLER,
    certificates.CONTROLLER,
    nodeca.CONTROLLER,
    pruner.CONTROLLER,
    azurestackcloud.CONTROLLER,
)
