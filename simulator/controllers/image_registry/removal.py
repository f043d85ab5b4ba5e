"""Taking the registry away: management state Removed, and the Config deleted.

Source: Remove in pkg/resource/generator.go, pkg/operator/finalizer.go, release-4.2 and release-4.20.
"""

from __future__ import annotations

from contextlib import suppress

from simulator.api.gvrs import REGISTRYCONFIGS
from simulator.changes.registry import SINGLE_PURPOSE_LOOPS, STORAGE_MAY_BE_MISSING
from simulator.controllers.image_registry.clusteroperator import apply_cluster_operator
from simulator.controllers.image_registry.conditions import set_remove_failed, set_removing
from simulator.controllers.image_registry.errors import OperatorError, SyncFailed
from simulator.controllers.image_registry.names import FINALIZER
from simulator.controllers.image_registry.resources import generated_objects
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.storage import known_driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import NotFound, StatusError


def remove_resources(work: Work) -> None:
    """Delete what the operator owns, then the storage last applied, if the operator made it.

    OperatorError; SyncFailed when the operator's process does not survive it.
    """
    set_removing(work.config)
    for generated in generated_objects(work):
        if generated.owned:
            _delete(generated)
    driver = known_driver(work, work.config.status["storage"])
    if driver is None:
        return
    try:
        driver.remove()
    except SyncFailed:
        raise
    except (OperatorError, StatusError) as error:
        raise OperatorError(f"unable to remove storage: {error}, {error}") from error
    if STORAGE_MAY_BE_MISSING.at(work.release):
        work.config.status["storage"] = {}


def finalize(work: Work) -> None:
    """Remove the registry, then let the Config go. SyncFailed when that does not work: the Config stays as it is."""
    finalizers = work.config.metadata.get("finalizers") or []
    if FINALIZER in finalizers:
        try:
            remove_resources(work)
        except OperatorError as error:
            set_remove_failed(work.config, error)
            _tell(work)
            raise SyncFailed(f"unable to finalize resource: {error}") from error
        work.config.metadata["finalizers"] = [name for name in finalizers if name != FINALIZER]
        work.client.update(REGISTRYCONFIGS, work.config.to_object())
    _tell(work)


def _tell(work: Work) -> None:
    """Since 4.5 another loop tells the cluster, of what is stored: a failed removal is not."""
    if not SINGLE_PURPOSE_LOOPS.at(work.release):
        apply_cluster_operator(work)


def _delete(generated: Generated) -> None:
    try:
        with suppress(NotFound):
            generated.delete()
    except StatusError as error:
        raise OperatorError(f"failed to delete object {generated}: {error}") from error
