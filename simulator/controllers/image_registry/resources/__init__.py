"""All objects that make the registry, in the order in which they are applied. Source: pkg/resource/generator.go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from simulator.changes.registry import DISRUPTION_BUDGET, PRUNER, PULL_SECRET_COPY, SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.resources.certificates import Certificates, ServiceCA
from simulator.controllers.image_registry.resources.deployment import Deployment
from simulator.controllers.image_registry.resources.disruption import PodDisruptionBudget
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.imageconfig import ImageConfig
from simulator.controllers.image_registry.resources.nodeca import NodeCA
from simulator.controllers.image_registry.resources.rbac import ClusterRole, ClusterRoleBinding, ServiceAccount
from simulator.controllers.image_registry.resources.routes import remove_obsolete_routes, routes
from simulator.controllers.image_registry.resources.secret import PrivateConfiguration, PullSecret
from simulator.controllers.image_registry.resources.service import Service
from simulator.controllers.image_registry.storage import known_driver
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Conflict, StatusError
from simulator.release import Change

_CONFLICT_ATTEMPTS = 4  # client-go, retry.DefaultBackoff


class Part(NamedTuple):
    """An object of the main loop: in every release, or only where a change has happened, or has not happened yet."""

    make: Callable[[Work, Driver | None], Generated]
    since: Change[bool] | None = None
    until: Change[bool] | None = None

    def belongs_to(self, work: Work) -> bool:
        began = self.since is None or self.since.at(work.release)
        return began and not (self.until is not None and self.until.at(work.release))


def _plain(kind: type[Generated]) -> Callable[[Work, Driver | None], Generated]:
    """For an object that the storage does not matter to."""
    return lambda work, _driver: kind(work)


PARTS: Final = (
    Part(_plain(ClusterRole)),
    Part(_plain(ClusterRoleBinding)),
    Part(_plain(ServiceAccount)),
    Part(_plain(ServiceCA), until=PRUNER),
    Part(_plain(Certificates), until=SINGLE_PURPOSE_LOOPS),
    Part(_plain(PullSecret), since=PULL_SECRET_COPY),
    Part(PrivateConfiguration),
    Part(_plain(ImageConfig), until=SINGLE_PURPOSE_LOOPS),
    Part(_plain(NodeCA), until=SINGLE_PURPOSE_LOOPS),
    Part(_plain(Service)),
    Part(Deployment),
    Part(_plain(PodDisruptionBudget), since=DISRUPTION_BUDGET),
)
"""Those that went over to a loop of their own are kept when the registry is removed."""


def generated_objects(work: Work) -> list[Generated]:
    """The objects of the main loop but the ClusterOperator. OperatorError when the storage is not clear."""
    try:
        driver = known_driver(work, work.config.spec["storage"])
    except OperatorError as error:
        raise OperatorError(f"unable to get generators: {error}") from error
    return [*(part.make(work, driver) for part in PARTS if part.belongs_to(work)), *routes(work)]


def apply_object(generated: Generated) -> None:
    """Create or update one object. OperatorError with the operator's wording; a conflict that lasts is not wrapped."""
    for _ in range(_CONFLICT_ATTEMPTS):
        verb = "get"
        try:
            existing = generated.get()
            verb = "create" if existing is None else "update"
            if existing is None:
                generated.create()
            else:
                generated.update(existing)
            return
        except Conflict as error:
            conflict = error
        except (StatusError, OperatorError) as error:
            raise OperatorError(f"failed to {verb} object {generated}: {error}") from error
    raise OperatorError(str(conflict)) from conflict


def apply_objects(objects: list[Generated]) -> None:
    """Apply all, up to the first that fails."""
    for generated in objects:
        try:
            apply_object(generated)
        except OperatorError as error:
            raise OperatorError(f"unable to apply objects: {error}") from error


def clean_routes(work: Work) -> None:
    try:
        remove_obsolete_routes(work)
    except StatusError as error:
        raise OperatorError(f"unable to remove obsolete routes: {error}") from error
