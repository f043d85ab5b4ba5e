"""What the registry must know: to reach its storage, and other registries in the name of the cluster."""

from __future__ import annotations

import base64

from simulator.api.gvrs import SECRETS
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import (
    INSTALLATION_PULL_SECRETS,
    OPENSHIFT_CONFIG,
    PRIVATE_CONFIGURATION,
    PULL_SECRET,
)
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object


class PrivateConfiguration(Generated):
    """A storage without credentials empties the Secret, and keeps it."""

    resource, kind, name = SECRETS, "Secret", PRIVATE_CONFIGURATION

    def __init__(self, work: Work, driver: Driver | None) -> None:
        super().__init__(work)
        self.driver = driver

    def wanted(self) -> Object:
        if self.driver is None:
            raise OperatorError("no storage driver present")
        secrets = self.driver.secrets()
        return {"metadata": self.metadata(), **({"stringData": dict(secrets)} if secrets else {})}

    def body(self, wanted: Object) -> Object:
        """With the values as the API server would store them."""
        values = wanted.get("stringData") or {}
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        return {"type": "Opaque", **({"data": data} if data else {})}


class PullSecret(Generated):
    """A copy of the cluster's own. A change of that one is no event: the next pass sees it."""

    resource, kind, name = SECRETS, "Secret", INSTALLATION_PULL_SECRETS

    def wanted(self) -> Object:
        cluster = self.work.client.get_or_none(SECRETS, PULL_SECRET, OPENSHIFT_CONFIG) or {}
        data = {"data": cluster["data"]} if cluster.get("data") else {}
        return {"metadata": self.metadata(), "type": "kubernetes.io/dockerconfigjson", **data}
