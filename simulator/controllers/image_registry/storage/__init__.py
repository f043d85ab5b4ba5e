"""Which storage the registry has, and bringing it about.

Source: pkg/storage/storage.go and syncStorage in pkg/resource/generator.go, release-4.2 and release-4.20.
"""

from __future__ import annotations

from typing import Final

from simulator.changes.registry import OWNERSHIP_IN_SPEC, STORAGE_MAY_BE_MISSING
from simulator.controllers.image_registry.errors import MultipleStorages, OperatorError, StorageNotConfigured
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.storage.emptydir import EmptyDir
from simulator.controllers.image_registry.storage.otherclouds import IBMCOS, Azure, GoogleCloudStorage, Swift
from simulator.controllers.image_registry.storage.platforms import platform_offer
from simulator.controllers.image_registry.storage.pvc import PersistentVolumeClaim
from simulator.controllers.image_registry.storage.s3 import S3
from simulator.controllers.image_registry.typed import typed
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object, StatusError

DRIVERS: Final[tuple[type[Driver], ...]] = (
    EmptyDir,
    S3,
    Swift,
    GoogleCloudStorage,
    IBMCOS,
    PersistentVolumeClaim,
    Azure,
)
"""In the order in which an error names them."""


def configured_driver(work: Work, storage: Object) -> Driver | None:
    """The driver of ``storage`` (spec's or status's); None when no type is set. MultipleStorages."""
    chosen = [driver for driver in DRIVERS if storage.get(driver.key) is not None]
    if len(chosen) > 1:
        raise MultipleStorages([driver.title for driver in chosen])
    return chosen[0](work, storage[chosen[0].key]) if chosen else None


def driver_for(work: Work, storage: Object) -> Driver:
    """The driver of ``storage``. One without any type is replaced, in place, by what the platform offers.

    StorageNotConfigured, MultipleStorages; OperatorError when the platform is unknown.
    """
    driver = configured_driver(work, storage)
    if driver is not None:
        return driver
    offered = _platform_storage(work)
    storage.clear()
    storage.update(offered)
    driver = configured_driver(work, storage)
    if driver is None:
        raise StorageNotConfigured
    return driver


def known_driver(work: Work, storage: Object) -> Driver | None:
    """The driver of ``storage``, or none: where nothing is to be made, a storage may be missing, but not in 4.2."""
    find = configured_driver if STORAGE_MAY_BE_MISSING.at(work.release) else driver_for
    return find(work, storage)


def sync_storage(work: Work) -> None:
    """Check the storage, or make it if it is new or missing; then ``status.storage`` holds it and nothing else."""
    driver = driver_for(work, work.config.spec["storage"])
    if driver.changed() or not driver.exists():
        driver.create()
    try:
        configured_driver(work, work.config.status["storage"])
    except MultipleStorages:  # left by an older 4.2; see BZ 1722878
        work.config.status["storage"] = typed("ConfigStorage", work.config.spec["storage"], work.release)
    if OWNERSHIP_IN_SPEC.at(work.release):
        _mirror_ownership(work)


def _mirror_ownership(work: Work) -> None:
    """``status`` says of the owner what ``spec`` says, who takes it over from an older release's status once.

    It is never set anew: storage of another type stays "Managed", and a user's claim is then deleted with the registry.
    """
    spec, status = work.config.spec["storage"], work.config.status
    if not spec.get("managementState"):
        spec["managementState"] = "Managed" if status["storageManaged"] else "Unmanaged"
    status["storageManaged"] = spec["managementState"] == "Managed"
    status["storage"]["managementState"] = spec["managementState"]


def _platform_storage(work: Work) -> Object:
    try:
        offer = platform_offer(work.client, work.release)
    except StatusError as error:
        raise OperatorError(f"unable to get storage configuration from cluster install config: {error}") from error
    storage: Object = typed("ConfigStorage", offer.storage, work.release)
    return storage
