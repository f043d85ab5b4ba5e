"""What the kubelet's modules share while they look at one pod."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.controllers import events
from simulator.controllers.context import Context
from simulator.errors import Object
from simulator.infra.kubelet.record import Record, container_of
from simulator.infra.machine import Machine
from simulator.release import Release

if TYPE_CHECKING:
    from simulator.infra import Machines


@dataclass
class Work:
    """One pod at one moment. ``record`` is ours to change; it is saved at the end. ``wake`` collects what falls due."""

    context: Context
    pod: Object
    record: Record
    machine: Machine
    due: float | None = None

    @property
    def now(self) -> float:
        return self.context.now

    @property
    def machines(self) -> Machines:
        machines: Machines = self.context.machines
        return machines

    @property
    def release(self) -> Release:
        return self.context.release

    def names(self) -> dict[str, str]:
        """The pod's fields in messages."""
        meta = self.pod["metadata"]
        return {"pod": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}

    def wake(self, when: float) -> None:
        """Look again at ``when``, or before."""
        self.due = when if self.due is None else min(self.due, when)

    def event(self, kind: str, reason: str, message: str, container: str = "") -> None:
        path = f"spec.{self._list_of(container)}{{{container}}}" if container else ""
        events.record(self.context, self.pod, kind, reason, message, host=self.machine.name, field_path=path)

    def container(self, name: str) -> Record:
        return container_of(self.record, name)

    def specs(self) -> Iterator[Object]:
        """The containers, then the init containers and those that somebody added to look inside."""
        yield from self.pod["spec"]["containers"]
        yield from self.pod["spec"].get("initContainers") or ()
        yield from self.pod["spec"].get("ephemeralContainers") or ()

    def policy(self) -> str:
        policy: str = self.pod["spec"].get("restartPolicy", "Always")
        return policy

    def _list_of(self, container: str) -> str:
        lists: Any = ((kind, self.pod["spec"].get(kind) or ()) for kind in ("initContainers", "ephemeralContainers"))
        return next((kind for kind, specs in lists if any(one["name"] == container for one in specs)), "containers")
