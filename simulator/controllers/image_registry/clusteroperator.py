"""ClusterOperator ``image-registry``: conditions, the version, the related objects.

In 4.2 three of the Config's conditions are copied one to one. Since 4.5 a loop of its own merges all of them, and those
of the pruner: ``loops/clusteroperator.py``. Source: pkg/resource/clusteroperator.go, release-4.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from simulator.api.gvrs import CLUSTEROPERATORS
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import CONFIG, NAMESPACE, REGISTRY, VERSION
from simulator.controllers.image_registry.resources import apply_object
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.work import Work
from simulator.controllers.labels import annotations_of
from simulator.errors import Object

COPIED_CONDITIONS = ("Available", "Progressing", "Degraded")


class ClusterOperator(Generated):
    """``generated`` are the objects to name besides the Config and the namespace: none outside the main loop."""

    resource, kind, name, namespace, owned = CLUSTEROPERATORS, "ClusterOperator", REGISTRY, "", False

    def __init__(self, work: Work, generated: Sequence[Generated] = ()) -> None:
        super().__init__(work)
        self.generated = generated

    def create(self) -> None:
        """The API server drops the status of a new object; the event of its creation leads to the next pass."""
        self._create({"metadata": self.metadata(), "spec": {}})

    def update(self, existing: Object) -> None:
        status = self.status(existing.get("status") or {})
        if status != existing.get("status"):
            self.work.client.update_status(self.resource, {**existing, "status": status})

    def status(self, old: Object) -> Object:
        versions = self._versions()
        return {
            **old,
            "conditions": self._conditions(old.get("conditions") or ()),
            **({"versions": versions} if versions else {}),
            "relatedObjects": self._related_objects(),
        }

    def _conditions(self, old: Sequence[Object]) -> list[Object]:
        """Those of others stay, also in their places."""
        own = {one["type"]: dict(one) for one in self.work.config.conditions if one["type"] in COPIED_CONDITIONS}
        replaced = [own.pop(one["type"], one) for one in old]
        return [*replaced, *own.values()]

    def _versions(self) -> list[Object]:
        """The version that runs: only once its roll-out has succeeded. Empty means: leave what stands there."""
        version = self.work.environment.version
        if self.work.config.management_state == "Managed":
            deployment = self.work.deployment
            if deployment is None or not is_rolled_out(deployment):
                return []
            version = annotations_of(deployment).get(VERSION, "")
        return [{"name": "operator", "version": version}] if version else []

    def _related_objects(self) -> list[Object]:
        config = {"group": "imageregistry.operator.openshift.io", "resource": "configs", "name": CONFIG}
        namespace = {"group": "", "resource": "namespaces", "name": NAMESPACE}
        return [config, namespace, *(generated.reference() for generated in self.generated)]


def is_rolled_out(deployment: Object) -> bool:
    """Something runs, and nothing of an older version."""
    status = deployment.get("status") or {}
    return bool(
        status.get("availableReplicas", 0) > 0
        and status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
        and status.get("updatedReplicas", 0) == status.get("replicas", 0)
    )


def apply_cluster_operator(work: Work) -> None:
    """Write it outside the main loop, with the short list of objects. A failure is left to the next pass."""
    with suppress(OperatorError):
        apply_object(ClusterOperator(work))
