"""What the registry must know to reach its storage. A storage without credentials empties the Secret, and keeps it."""

from __future__ import annotations

import base64

from simulator.api.gvrs import SECRETS
from simulator.controllers.image_registry.names import PRIVATE_CONFIGURATION
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object


class PrivateConfiguration(Generated):
    resource, kind, name = SECRETS, "Secret", PRIVATE_CONFIGURATION

    def __init__(self, work: Work, driver: Driver) -> None:
        super().__init__(work)
        self.driver = driver

    def wanted(self) -> Object:
        secrets = self.driver.secrets()
        return {"metadata": self.metadata(), **({"stringData": dict(secrets)} if secrets else {})}

    def body(self, wanted: Object) -> Object:
        """With the values as the API server would store them."""
        values = wanted.get("stringData") or {}
        data = {key: base64.b64encode(value.encode()).decode() for key, value in values.items()}
        return {"type": "Opaque", **({"data": data} if data else {})}
