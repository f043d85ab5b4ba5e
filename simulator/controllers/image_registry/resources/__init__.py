"""All objects that make the registry, in the order in which they are applied. Source: pkg/resource/generator.go."""

from __future__ import annotations

from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.resources.certificates import Certificates, ServiceCA
from simulator.controllers.image_registry.resources.deployment import Deployment
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.imageconfig import ImageConfig
from simulator.controllers.image_registry.resources.nodeca import NodeCA
from simulator.controllers.image_registry.resources.rbac import ClusterRole, ClusterRoleBinding, ServiceAccount
from simulator.controllers.image_registry.resources.routes import remove_obsolete_routes, routes
from simulator.controllers.image_registry.resources.secret import PrivateConfiguration
from simulator.controllers.image_registry.resources.service import Service
from simulator.controllers.image_registry.storage import driver_for
from simulator.controllers.image_registry.work import Work
from simulator.errors import Conflict, StatusError

_CONFLICT_ATTEMPTS = 4  # client-go, retry.DefaultBackoff


def generated_objects(work: Work) -> list[Generated]:
    """The objects of 4.2 but the ClusterOperator, which names them. OperatorError when the storage is not clear."""
    try:
        driver = driver_for(work, work.config.spec["storage"])
    except OperatorError as error:
        raise OperatorError(f"unable to get generators: {error}") from error
    return [
        ClusterRole(work),
        ClusterRoleBinding(work),
        ServiceAccount(work),
        ServiceCA(work),
        Certificates(work),
        PrivateConfiguration(work, driver),
        ImageConfig(work),
        NodeCA(work),
        Service(work),
        Deployment(work, driver),
        *routes(work),
    ]


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
