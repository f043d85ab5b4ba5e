"""What a pass ended with, as the rows of the conditions ask for it. Source: pkg/operator/status.go."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simulator.changes.registry import UNAVAILABLE_AFTER_S
from simulator.controllers.image_registry.errors import OperatorError, PermanentError
from simulator.errors import Object
from simulator.release import OLDEST, Release


@dataclass(frozen=True)
class Facts:
    """``routes`` are those that the Config asks for, as far as they exist.

    ``unavailable_s``: for how long Available has not been True; None while it is.
    """

    management_state: str
    deployment: Object | None
    error: OperatorError | None
    release: Release = OLDEST
    routes: Sequence[Object] = ()
    unavailable_s: float | None = None

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

    def unavailable(self) -> bool:
        return self.unavailable_s is not None

    def unavailable_too_long(self) -> bool:
        return self.unavailable_s is not None and self.unavailable_s > UNAVAILABLE_AFTER_S.at(self.release)

    def progress_condition(self) -> Object:
        conditions = self.status.get("conditions") or ()
        return next((one for one in conditions if one["type"] == "Progressing"), {})

    def stuck(self) -> bool:
        return self.incomplete() and self.progress_condition().get("reason") == "ProgressDeadlineExceeded"

    def routes_not_admitted(self) -> str:
        """What routers say of the routes that they refused, joined by commas."""
        return ",".join(_refusals(self.routes))

    def any_route_not_admitted(self) -> bool:
        return bool(self.routes_not_admitted())


def _refusals(routes: Sequence[Object]) -> Iterator[str]:
    for route in routes:
        for ingress in (route.get("status") or {}).get("ingress") or ():
            for condition in ingress.get("conditions") or ():
                if condition["type"] == "Admitted" and condition["status"] != "True":
                    host, router = ingress.get("host", ""), ingress.get("routerName", "")
                    name, text = route["metadata"]["name"], condition.get("message", "")
                    yield f"route {name} (host {host}, router {router}) not admitted: {text}"
