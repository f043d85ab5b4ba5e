"""emptyDir: the images die with the pod. Source: pkg/storage/emptydir/emptydir.go."""

from __future__ import annotations

from simulator.changes.registry import OWNERSHIP_IN_SPEC
from simulator.controllers.image_registry.storage.driver import FilesystemDriver
from simulator.errors import Object


class EmptyDir(FilesystemDriver):
    key = "emptyDir"
    title = "EmptyDir"

    def exists(self) -> bool:
        return True

    def create(self) -> None:
        if OWNERSHIP_IN_SPEC.at(self.work.release):  # 4.2 leaves what was said of the storage before it
            self.set_owned(True)
        self.apply_to_status()
        self.set_exists("True", "Creation Successful", "EmptyDir storage successfully created")

    def remove(self) -> None:
        """There is nothing that the pod does not take with it."""

    def source(self) -> Object:
        return {"emptyDir": {}}
