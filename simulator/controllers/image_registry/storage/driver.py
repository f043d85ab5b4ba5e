"""What every storage driver does. Its errors are OperatorError, or the StatusError of an API call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from simulator.changes.registry import OWNERSHIP_IN_SPEC
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.typed import typed
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object

ROOT_DIRECTORY = "/registry"


class Driver:
    """``settings`` is the driver's block of spec.storage or status.storage, and is changed in place."""

    key: ClassVar[str]  # under spec.storage
    title: ClassVar[str]
    old_state: ClassVar[str] = "an unknown state"

    def __init__(self, work: Work, settings: Object) -> None:
        self.work, self.settings = work, settings

    @property
    def config(self) -> RegistryConfig:
        return self.work.config

    def differs(self) -> bool:
        """Whether the storage last applied is another one."""
        status, spec = self._encoded(self.config.status["storage"]), self._encoded(self.config.spec["storage"])
        return bool(status.get(self.key) != spec.get(self.key))

    def changed(self) -> bool:
        """Whether it differs; StorageExists then says so until the new one is found or made."""
        if not self.differs():
            return False
        text = f"{self.title} storage is in {self.old_state}"
        self.set_exists("Unknown", f"{self.title} Configuration Changed", text)
        return True

    def exists(self) -> bool:
        raise NotImplementedError

    def create(self) -> None:
        """Make the storage, or take what is there, and note it in ``status.storage``."""
        raise NotImplementedError

    def remove(self) -> None:
        """Remove storage that the operator made."""
        raise NotImplementedError

    def env(self) -> list[Object]:
        """The registry's environment variables for this storage."""
        raise NotImplementedError

    def volumes(self) -> tuple[list[Object], list[Object]]:
        """The pod's volumes, and where the container mounts them."""
        return [], []

    def secrets(self) -> Mapping[str, str]:
        """What the registry must know and nobody else."""
        return {}

    def ca_bundle(self) -> str:
        """The authority of the storage's certificate, "" when the system's own will do."""
        return ""

    # -- what it tells

    @property
    def is_owned(self) -> bool:
        """Whether the operator made this storage, or was told to treat it as its own."""
        if OWNERSHIP_IN_SPEC.at(self.work.release):
            return bool(self.config.spec["storage"].get("managementState") == "Managed")
        return bool(self.config.status["storageManaged"])

    def set_owned(self, owned: bool) -> None:
        """Since 4.6 only the first word counts."""
        if not OWNERSHIP_IN_SPEC.at(self.work.release):
            self.config.status["storageManaged"] = owned
        elif not self.config.spec["storage"].get("managementState"):
            self.config.spec["storage"]["managementState"] = "Managed" if owned else "Unmanaged"

    def set_exists(self, status: str, reason: str, message: str = "") -> None:
        self.config.set_condition("StorageExists", status, reason, message)

    def apply_to_status(self) -> None:
        """``status.storage`` becomes this storage alone."""
        self.config.status["storage"] = self._encoded({self.key: self.settings})

    def _encoded(self, storage: Object) -> Object:
        encoded: Object = typed("ConfigStorage", storage, self.work.release)
        return encoded


class FilesystemDriver(Driver):
    """A driver whose storage is a volume of the pod."""

    def env(self) -> list[Object]:
        return [
            {"name": "REGISTRY_STORAGE", "value": "filesystem"},
            {"name": "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY", "value": ROOT_DIRECTORY},
        ]

    def volumes(self) -> tuple[list[Object], list[Object]]:
        name = "registry-storage"
        return [{"name": name, **self.source()}], [{"name": name, "mountPath": ROOT_DIRECTORY}]

    def source(self) -> Object:
        """The volume without its name."""
        raise NotImplementedError
