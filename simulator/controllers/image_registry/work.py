"""One pass over the Config: what all parts of it share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simulator.client.client import Client
from simulator.controllers.context import Context
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import Environment
from simulator.errors import Object
from simulator.release import Release


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
    def release(self) -> Release:
        """The operator's own, not the cluster's."""
        return self.environment.release

    def store(self, endpoint: str, virtual_hosted: bool, ca_bundle: str) -> Any:
        """The object store at an endpoint, as ``machines`` has it; the cloud's own when none is named.

        ``virtual_hosted``: the bucket is part of the host name. ``ca_bundle`` "" is what the system trusts.
        """
        machines = self.context.machines
        return machines.store_at(endpoint, virtual_hosted, ca_bundle) if endpoint else machines.s3
