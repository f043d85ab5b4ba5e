"""Which storage the registry has, and bringing it about.

Source: pkg/storage/storage.go and syncStorage in pkg/resource/generator.go, release-4.2.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.errors import MultipleStorages, OperatorError, StorageNotConfigured
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.storage.emptydir import EmptyDir
from simulator.controllers.image_registry.storage.otherclouds import Azure, GoogleCloudStorage, Swift
from simulator.controllers.image_registry.storage.pvc import PersistentVolumeClaim
from simulator.controllers.image_registry.storage.s3 import S3
from simulator.controllers.image_registry.typed import typed
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError

DRIVERS: Final[tuple[type[Driver], ...]] = (EmptyDir, S3, Swift, GoogleCloudStorage, PersistentVolumeClaim, Azure)
"""In the order in which an error names them."""

PLATFORM_STORAGE: Final[Mapping[str, str]] = {
    "Libvirt": "emptyDir",
    "BareMetal": "emptyDir",
    "AWS": "s3",
    "Azure": "azure",
    "GCP": "gcs",
    "OpenStack": "swift",
}
"""What a platform offers when nothing is configured; the others offer nothing."""


def driver_for(work: Work, storage: Object) -> Driver:
    """The driver of ``storage`` (spec's or status's). An empty one is filled in place with what the platform offers.

    StorageNotConfigured, MultipleStorages; OperatorError when the platform is unknown.
    """
    if not storage:
        storage.update(_platform_storage(work))
    chosen = [driver for driver in DRIVERS if storage.get(driver.key) is not None]
    if not chosen:
        raise StorageNotConfigured
    if len(chosen) > 1:
        raise MultipleStorages([driver.title for driver in chosen])
    return chosen[0](work, storage[chosen[0].key])


def sync_storage(work: Work) -> None:
    """Check the storage, or make it if it is new or missing; then ``status.storage`` holds it and nothing else."""
    driver = driver_for(work, work.config.spec["storage"])
    if driver.changed() or not driver.exists():
        driver.create()
    try:
        driver_for(work, work.config.status["storage"])
    except MultipleStorages:  # left by an older 4.2; see BZ 1722878
        work.config.status["storage"] = typed("ConfigStorage", work.config.spec["storage"])


def _platform_storage(work: Work) -> Object:
    try:
        platform = listers.infrastructure(work.client)["platformStatus"]["type"]
    except StatusError as error:
        raise OperatorError(f"unable to get storage configuration from cluster install config: {error}") from error
    key = PLATFORM_STORAGE.get(platform)
    offered: Object = typed("ConfigStorage", {key: {}} if key else {})
    return offered
