"""The names under which the registry is reached. Source: pkg/operator/imageconfig.go, release-4.20."""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import ROUTES, SERVICES
from simulator.changes.registry import SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry.loops.loop import KEY, loop, reported
from simulator.controllers.image_registry.names import NAMESPACE
from simulator.controllers.image_registry.resources.imageconfig import ImageConfig
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work

SINCE: Final = SINGLE_PURPOSE_LOOPS


def step(work: Work) -> None:
    image_config = ImageConfig(work)
    existing = image_config.get()
    if existing is None:
        image_config.create()
    else:
        image_config.update(existing)


CONTROLLER: Final = loop(
    "ImageConfigController",
    SINCE,
    reported("ImageConfigControllerDegraded", step),
    watches(SERVICES, KEY, within(NAMESPACE), since=SINCE),
    watches(ROUTES, KEY, within(NAMESPACE), since=SINCE),
)
