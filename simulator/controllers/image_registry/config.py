"""The operator's working copy of its Config: decoded, changed in place during one pass, compared at its end."""

from __future__ import annotations

import re
from typing import Any

from simulator.controllers.image_registry.typed import LATEST_4_2, typed
from simulator.errors import Object
from simulator.release import Release
from simulator.runtime.clock import rfc3339

_CLOUD_IDS = re.compile(r"request id: [^,\s]*, host id: \S*")


class Conditions:
    """The conditions of an object, in a list that is changed in place."""

    def __init__(self, conditions: list[Object], now: float) -> None:
        self._conditions, self._now = conditions, rfc3339(now)

    def set(self, kind: str, status: str, reason: str = "", message: str = "") -> None:
        """Set one; a new one goes to the end. Its time moves only when its status does."""
        wanted = {"type": kind, "status": status, "lastTransitionTime": self._now, "reason": reason, "message": message}
        for index, old in enumerate(self._conditions):
            if old["type"] == kind:
                since = old["lastTransitionTime"] if old["status"] == status else self._now
                self._conditions[index] = typed("Condition", {**wanted, "lastTransitionTime": since})
                return
        self._conditions.append(typed("Condition", wanted))


class RegistryConfig:
    """``metadata``, ``spec`` and ``status`` are the pass's own and may be changed; the stored object never is.

    ``release`` is the operator's own: its types decide what it keeps, and what it leaves out while it is zero.
    """

    def __init__(self, stored: Object, now: float, release: Release = LATEST_4_2) -> None:
        self._stored, self._release = stored, release
        self._before = typed("Config", stored, release)
        self._now = now
        decoded = typed("Config", stored, release)
        self.metadata: Object = decoded["metadata"]
        self.spec: Object = decoded["spec"]
        self.status: Object = decoded["status"]

    @property
    def management_state(self) -> str:
        state: str = self.spec["managementState"]
        return state

    @property
    def conditions(self) -> list[Object]:
        conditions: list[Object] = self.status.setdefault("conditions", [])
        return conditions

    def condition(self, kind: str) -> Object | None:
        """The condition of that type, if it is set."""
        return next((one for one in self.conditions if one["type"] == kind), None)

    def set_condition(self, kind: str, status: str, reason: str = "", message: str = "") -> None:
        """Set one condition; a new one goes to the end. Its time moves only when its status does."""
        Conditions(self.conditions, self._now).set(kind, status, reason, message)

    def changed(self) -> bool:
        """Whether metadata or spec must be written."""
        spec = typed("ConfigSpec", self.spec, self._release)
        return bool(self.metadata != self._before["metadata"] or spec != self._before["spec"])

    def status_changed(self) -> bool:
        """Whether the status must be written.

        AWS gives every refusal new ids. A status that differs in these alone is not written: each write is an event
        that causes one more pass, and here, where AWS answers in no time, that would never end.
        """
        status = typed("ConfigStatus", self.status, self._release)
        return _without_cloud_ids(status) != _without_cloud_ids(self._before["status"])

    def observe_generation(self) -> None:
        """The generation at the start of the pass, which an edit of spec in this pass does not count into."""
        if generation := self._before["metadata"].get("generation"):
            self.status["observedGeneration"] = generation

    def to_object(self, stored: Object | None = None) -> Object:
        """The object as the operator writes it; with ``stored``, at that one's resourceVersion."""
        metadata = self.metadata if stored is None else stored["metadata"]
        whole = {**self._stored, "metadata": metadata, "spec": self.spec, "status": self.status}
        encoded: Object = typed("Config", whole, self._release)
        return encoded


def _without_cloud_ids(status: Object) -> Object:
    def masked(condition: Object) -> Any:
        return {**condition, "message": _CLOUD_IDS.sub("", condition.get("message", ""))}

    return {**status, "conditions": [masked(condition) for condition in status.get("conditions", ())]}
