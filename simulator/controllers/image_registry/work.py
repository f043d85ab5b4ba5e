"""One pass over the Config: what all parts of it share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.client.client import Client
from simulator.controllers.context import Context
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import Environment
from simulator.errors import Object


@dataclass(frozen=True)
class Work:
    """``deployment`` is the registry's Deployment as the operator's cache has it: as it was when the pass began."""

    context: Context
    environment: Environment
    config: RegistryConfig
    deployment: Object | None

    @property
    def client(self) -> Client:
        return self.context.client

    @property
    def s3(self) -> Any:
        """The cloud's object store, as ``machines`` has it."""
        return self.context.machines.s3
