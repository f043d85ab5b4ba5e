"""The Deployment ``image-registry``. Source: pkg/resource/deployment.go, release-4.2 and release-4.20."""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import DEPLOYMENTS
from simulator.changes.registry import (
    HAND_EDITS_REVERTED,
    OVERRIDES,
    PROGRESS_DEADLINE_S,
    STRATEGY_FROM_CONFIG,
    SURGE_OF_TWO,
)
from simulator.controllers.image_registry.checksum import dependencies_checksum, stamped
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.names import DEPENDENCIES_CHECKSUM, LABELS, REGISTRY, VERSION
from simulator.controllers.image_registry.resources.applied import Applied
from simulator.controllers.image_registry.resources.podtemplate import dependencies, pod_template
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object


class Deployment(Applied):
    """In 4.2 it goes by the checksum as the other objects do."""

    resource, kind, name = DEPLOYMENTS, "Deployment", REGISTRY

    def __init__(self, work: Work, driver: Driver | None) -> None:
        super().__init__(work)
        self.driver = driver

    @property
    def goes_by_generation(self) -> bool:
        return HAND_EDITS_REVERTED.at(self.work.release)

    def wanted(self) -> Object:
        if self.driver is None:
            raise OperatorError("no storage driver present")
        template = pod_template(self.work, self.driver)
        sums = dependencies_checksum(self.work.client, *dependencies(self.work, self.driver), self.work.release)
        annotations = {**template["metadata"].get("annotations", {}), DEPENDENCIES_CHECKSUM: sums}
        deployment = {
            "metadata": self.metadata(labels=LABELS, annotations={VERSION: self.work.environment.version}),
            "spec": {
                "replicas": self.work.config.spec["replicas"],
                "selector": {"matchLabels": LABELS},
                "template": {**template, "metadata": {**template["metadata"], "annotations": annotations}},
                **self._rollout(),
            },
        }
        return self._overridden(deployment) if OVERRIDES.at(self.work.release) else deployment

    def stamped(self, wanted: Object) -> Object:
        return stamped(wanted, self.checksum(wanted))

    def _rollout(self) -> Object:
        release, spec = self.work.release, self.work.config.spec
        deadline_s = PROGRESS_DEADLINE_S.at(release)
        deadline = {"progressDeadlineSeconds": deadline_s} if deadline_s else {}
        if not STRATEGY_FROM_CONFIG.at(release):
            return deadline
        strategy: Object = {"type": spec.get("rolloutStrategy") or "RollingUpdate"}
        if strategy["type"] == "RollingUpdate" and SURGE_OF_TWO.at(release):
            strategy["rollingUpdate"] = rolling_update(spec["replicas"])
        return {**deadline, "strategy": strategy}

    def _overridden(self, deployment: Object) -> Object:
        """With the annotations and the runtime class of spec.unsupportedConfigOverrides."""
        overrides: Any = (self.work.config.spec.get("unsupportedConfigOverrides") or {}).get("deployment")
        if overrides is None:
            return deployment
        more = overrides.get("annotations") or {}
        template = deployment["spec"]["template"]
        runtime_class = overrides.get("runtimeClassName")
        pod_spec = {**template["spec"], **({} if runtime_class is None else {"runtimeClassName": runtime_class})}
        return {
            "metadata": _annotated(deployment["metadata"], more),
            "spec": {
                **deployment["spec"],
                "template": {"metadata": _annotated(template["metadata"], more), "spec": pod_spec},
            },
        }


def rolling_update(replicas: int) -> Object:
    """Pods that must not share a node leave no room for a surge on two nodes: one has to go before one can come.

    With none at all ``maxUnavailable`` comes to -1, which the API refuses.
    """
    if replicas == 2:
        return {"maxUnavailable": 1, "maxSurge": 1}
    return {"maxUnavailable": replicas - 1, "maxSurge": "25%"}


def _annotated(metadata: Object, more: Object) -> Object:
    return {**metadata, "annotations": {**metadata["annotations"], **more}}
