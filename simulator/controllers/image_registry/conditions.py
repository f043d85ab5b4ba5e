"""Available, Progressing, Degraded and Removed of the Config: for each, the first row that holds.

Source: pkg/operator/status.go, release-4.2. A later release is another set of tables.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.errors import OperatorError, PermanentError
from simulator.errors import Object


@dataclass(frozen=True)
class Facts:
    """What a pass ended with."""

    management_state: str
    deployment: Object | None
    error: OperatorError | None

    @property
    def status(self) -> Object:
        status: Object = (self.deployment or {}).get("status") or {}
        return status

    def absent(self) -> bool:
        return self.deployment is None

    def unmanaged(self) -> bool:
        return self.management_state == "Unmanaged"

    def removed(self) -> bool:
        return self.management_state == "Removed"

    def permanent(self) -> bool:
        return isinstance(self.error, PermanentError)

    def deleting(self) -> bool:
        return self.deployment is not None and "deletionTimestamp" in self.deployment["metadata"]

    def incomplete(self) -> bool:
        """Whether replicas are old, missing or too many, or the Deployment's change has not been seen yet."""
        if self.deployment is None:
            return False
        wanted = self.deployment["spec"].get("replicas", 1)
        counted = (self.status.get(key, 0) for key in ("updatedReplicas", "replicas", "availableReplicas"))
        observed = self.status.get("observedGeneration", 0) >= self.deployment["metadata"].get("generation", 0)
        return not (observed and all(count == wanted for count in counted))


class Row(NamedTuple):
    """``message`` may contain {error}; ``reason`` {reason}, that of the permanent error."""

    holds: Callable[[Facts], bool]
    status: str
    reason: str = ""
    message: str = ""


_UNMANAGED_TEXT: Final = "The registry configuration is set to unmanaged mode"

AVAILABLE: Final = (
    Row(Facts.unmanaged, "True", "Unmanaged", _UNMANAGED_TEXT),
    Row(lambda facts: facts.absent() and facts.permanent(), "False", "{reason}", "{error}"),
    Row(lambda facts: facts.absent() and facts.removed(), "True", "Removed", "The registry is removed"),
    Row(Facts.absent, "False", "DeploymentNotFound", "The deployment does not exist"),
    Row(Facts.deleting, "False", "DeploymentDeleted", "The deployment is being deleted"),
    Row(
        lambda facts: not facts.status.get("availableReplicas"),
        "False",
        "NoReplicasAvailable",
        "The deployment does not have available replicas",
    ),
    Row(Facts.incomplete, "True", "MinimumAvailability", "The registry has minimum availability"),
    Row(lambda facts: True, "True", "Ready", "The registry is ready"),
)

PROGRESSING: Final = (
    Row(Facts.unmanaged, "False", "Unmanaged", _UNMANAGED_TEXT),
    Row(
        lambda facts: facts.removed() and not facts.absent(),
        "True",
        "DeletingDeployment",
        "The deployment is being removed",
    ),
    Row(Facts.removed, "False", "Removed", "All registry resources are removed"),
    Row(Facts.permanent, "False", "Error", "Unable to apply resources: {error}"),
    Row(lambda facts: facts.error is not None, "True", "Error", "Unable to apply resources: {error}"),
    Row(
        Facts.absent,
        "True",
        "WaitingForDeployment",
        "All resources are successfully applied, but the deployment does not exist",
    ),
    Row(Facts.deleting, "True", "FinalizingDeployment", "The deployment is being deleted"),
    Row(Facts.incomplete, "True", "DeploymentNotCompleted", "The deployment has not completed"),
    Row(lambda facts: True, "False", "Ready", "The registry is ready"),
)

DEGRADED: Final = (
    Row(Facts.unmanaged, "False", "Unmanaged", _UNMANAGED_TEXT),
    Row(Facts.permanent, "True", "{reason}", "{error}"),
    Row(lambda facts: True, "False"),
)

REMOVED: Final = (
    Row(Facts.removed, "True", "Removed", "The registry is removed"),
    Row(lambda facts: True, "False"),
)

TABLES: Final[Mapping[str, Sequence[Row]]] = {
    "Available": AVAILABLE,
    "Progressing": PROGRESSING,
    "Degraded": DEGRADED,
    "Removed": REMOVED,
}


def set_conditions(config: RegistryConfig, facts: Facts) -> None:
    """Set the four conditions; those of the storage are the drivers' business."""
    reason = facts.error.reason if isinstance(facts.error, PermanentError) else ""
    for kind, rows in TABLES.items():
        row = next(row for row in rows if row.holds(facts))
        message = row.message.replace("{error}", str(facts.error))
        config.set_condition(kind, row.status, row.reason.replace("{reason}", reason), message)


def set_removing(config: RegistryConfig) -> None:
    """Set before anything is removed, and overwritten in the same pass: only the condition's time tells of it."""
    config.set_condition("Progressing", "True", "Removing", "The registry is being removed")


def set_remove_failed(config: RegistryConfig, error: Exception) -> None:
    config.set_condition("Degraded", "True", "RemoveFailed", f"Unable to remove registry: {error}")
