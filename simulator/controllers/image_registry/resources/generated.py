"""An object that the operator makes: wanted, created, updated, deleted.

Source: pkg/resource/resource.go and pkg/resource/strategy.
"""

from __future__ import annotations

from typing import Any, ClassVar

from simulator.api.types import GVR
from simulator.controllers.image_registry.checksum import checksum, is_current, replace_metadata, stamped
from simulator.controllers.image_registry.names import NAMESPACE
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object

_NOT_REPLACED = ("apiVersion", "kind", "metadata", "status")


class Generated:
    """``owned`` objects are deleted with the registry. StatusErrors and OperatorErrors pass through."""

    resource: ClassVar[GVR]
    kind: ClassVar[str]
    name: str
    namespace: str = NAMESPACE  # "" for cluster scope
    owned: ClassVar[bool] = True

    def __init__(self, work: Work) -> None:
        self.work = work

    def __str__(self) -> str:
        """As the operator's errors name it."""
        namespace = f"Namespace={self.namespace}, " if self.namespace else ""
        return f"*v1.{self.kind}, {namespace}Name={self.name}"

    def reference(self) -> Object:
        """Its entry in the ClusterOperator's relatedObjects."""
        namespace = {"namespace": self.namespace} if self.namespace else {}
        return {"group": self.resource.group, "resource": self.resource.resource, **namespace, "name": self.name}

    def wanted(self) -> Object:
        """The object as the operator's code builds it, without kind and apiVersion."""
        raise NotImplementedError

    def get(self) -> Object | None:
        return self.work.client.get_or_none(self.resource, self.name, self.namespace or None)

    def create(self) -> None:
        wanted = self.wanted()
        body = {**self.body(wanted), "metadata": stamped(wanted, self.checksum(wanted))}
        self._create(body)

    def update(self, existing: Object) -> None:
        """Replace everything but the status, unless the last write was of the very same object."""
        wanted = self.wanted()
        sum_of_wanted = self.checksum(wanted)
        if is_current(existing, sum_of_wanted):
            return
        metadata = replace_metadata(existing["metadata"], stamped(wanted, sum_of_wanted))
        status = {"status": existing["status"]} if "status" in existing else {}
        self._update({**status, **self.merged(existing, self.body(wanted)), "metadata": metadata})

    def delete(self) -> None:
        self.work.client.delete(
            self.resource, self.name, self.namespace or None, propagation="Foreground", grace_period_s=0
        )

    # -- what a kind does differently

    def checksum(self, wanted: Object) -> str:
        return checksum(self.kind, wanted, self.work.release)

    def body(self, wanted: Object) -> Object:
        """``wanted`` without metadata, as it is sent."""
        return {key: value for key, value in wanted.items() if key not in _NOT_REPLACED}

    def merged(self, existing: Object, body: Object) -> Object:
        """``body`` with what of ``existing`` stays."""
        return body

    # -- writes

    def metadata(self, **more: Any) -> Object:
        """Name and namespace, and what else is given."""
        return {"name": self.name, **({"namespace": self.namespace} if self.namespace else {}), **more}

    def _create(self, body: Object) -> Object:
        return self.work.client.create(self.resource, self._whole(body))

    def _update(self, body: Object) -> Object:
        return self.work.client.update(self.resource, self._whole(body))

    def _whole(self, body: Object) -> Object:
        return {"apiVersion": self.resource.group_version, "kind": self.kind, **body}
