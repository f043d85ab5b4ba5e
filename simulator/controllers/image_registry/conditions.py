"""Available, Progressing, Degraded and Removed of the Config: for each, the first row that holds.

A row with ``since`` is part of that release and later ones. Source: pkg/operator/status.go, release-4.2 and 4.20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final, NamedTuple

from simulator.changes.registry import ERROR_PREFIX, READY_REPLICAS, UNAVAILABLE_AFTER_S
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.errors import PermanentError
from simulator.controllers.image_registry.facts import Facts
from simulator.errors import Object
from simulator.release import Release, is_part
from simulator.runtime.clock import parse_rfc3339


class Row(NamedTuple):
    """``message`` may contain one of {error}, {available}, {progress} and {routes}; ``reason`` {reason}."""

    holds: Callable[[Facts], bool]
    status: str
    reason: str = ""
    message: str = ""
    since: str | None = None


_UNMANAGED_TEXT: Final = "The registry configuration is set to unmanaged mode"
_STUCK_TEXT: Final = "Registry deployment has timed out progressing: {progress}"

AVAILABLE: Final = (
    Row(Facts.unmanaged, "True", "Unmanaged", _UNMANAGED_TEXT),
    Row(lambda facts: facts.absent() and facts.permanent(), "False", "{reason}", "{prefix}{error}"),
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
    Row(Facts.permanent, "True", "{reason}", "{prefix}{error}"),
    Row(Facts.removed, "False", "Removed", "The registry is removed", since="4.5"),
    Row(Facts.unavailable_too_long, "True", "Unavailable", "{available}", since="4.7"),
    Row(Facts.unavailable, "False", since="4.7"),
    Row(Facts.stuck, "True", "ProgressDeadlineExceeded", _STUCK_TEXT, since="4.7"),
    Row(Facts.incomplete, "False", since="4.7"),
    Row(Facts.any_route_not_admitted, "True", "RouteDegraded", "{routes}", since="4.8"),
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


@cache
def tables(release: Release) -> Mapping[str, Sequence[Row]]:
    """The rows that belong to a release."""
    return {kind: [row for row in rows if is_part(release.minor, row._asdict())] for kind, rows in TABLES.items()}


def set_conditions(config: RegistryConfig, facts: Facts, now: float = 0) -> None:
    """Set the four conditions, and how many replicas are ready.

    The conditions of the storage are the drivers' business, others that of other loops.
    """
    reason = facts.error.reason if isinstance(facts.error, PermanentError) else ""
    texts = {
        "{prefix}": ERROR_PREFIX.at(facts.release),
        "{error}": str(facts.error),
        "{progress}": facts.progress_condition().get("message", ""),
        "{routes}": facts.routes_not_admitted(),
    }
    for kind, rows in tables(facts.release).items():
        row = next(row for row in rows if row.holds(facts))
        config.set_condition(kind, row.status, row.reason.replace("{reason}", reason), _filled(row.message, texts))
        if kind == "Available":
            available = config.condition(kind) or {}
            facts = replace(facts, unavailable_s=_unavailable_s(available, now))
            texts["{available}"] = available.get("message", "")
    if READY_REPLICAS.at(facts.release):
        config.status["readyReplicas"] = facts.status.get("readyReplicas", 0)


def look_again_in(config: RegistryConfig, release: Release, now: float) -> float | None:
    """Seconds until a registry that is not available makes the operator Degraded; None when nothing is due.

    The real operator has no such timer. Something that it watches changes every few seconds on a real cluster.
    """
    limit_s = UNAVAILABLE_AFTER_S.at(release)
    since_s = _unavailable_s(config.condition("Available") or {}, now)
    if not limit_s or since_s is None or config.management_state == "Removed":
        return None
    left_s = limit_s + 1 - since_s  # times of conditions are whole seconds
    return left_s if left_s > 0 else None


def set_removing(config: RegistryConfig) -> None:
    """Set before anything is removed, and overwritten in the same pass: only the condition's time tells of it."""
    config.set_condition("Progressing", "True", "Removing", "The registry is being removed")


def set_remove_failed(config: RegistryConfig, error: Exception) -> None:
    config.set_condition("Degraded", "True", "RemoveFailed", f"Unable to remove registry: {error}")


def _unavailable_s(available: Object, now: float) -> float | None:
    if not available or available["status"] == "True":
        return None
    return now - parse_rfc3339(available["lastTransitionTime"])


def _filled(text: str, texts: Mapping[str, str]) -> str:
    for name, value in texts.items():
        if name in text:
            text = text.replace(name, value)
    return text
