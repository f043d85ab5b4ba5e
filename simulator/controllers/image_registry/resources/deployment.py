"""The Deployment ``image-registry``. Source: pkg/resource/deployment.go, release-4.2."""

from __future__ import annotations

from simulator.api.gvrs import DEPLOYMENTS
from simulator.controllers.image_registry.checksum import dependencies_checksum
from simulator.controllers.image_registry.names import DEPENDENCIES_CHECKSUM, LABELS, REGISTRY, VERSION
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.podtemplate import (
    DEPENDENCY_CONFIGMAPS,
    dependency_secrets,
    pod_template,
)
from simulator.controllers.image_registry.storage.driver import Driver
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object


class Deployment(Generated):
    resource, kind, name = DEPLOYMENTS, "Deployment", REGISTRY

    def __init__(self, work: Work, driver: Driver) -> None:
        super().__init__(work)
        self.driver = driver

    def wanted(self) -> Object:
        template = pod_template(self.work, self.driver)
        sums = dependencies_checksum(self.work.client, DEPENDENCY_CONFIGMAPS, dependency_secrets(self.driver))
        metadata = {**template["metadata"], "annotations": {DEPENDENCIES_CHECKSUM: sums}}
        return {
            "metadata": self.metadata(labels=LABELS, annotations={VERSION: self.work.environment.version}),
            "spec": {
                "replicas": self.work.config.spec["replicas"],
                "selector": {"matchLabels": LABELS},
                "template": {**template, "metadata": metadata},
            },
        }
