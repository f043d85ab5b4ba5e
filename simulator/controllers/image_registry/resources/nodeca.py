"""The DaemonSet ``node-ca``, which outlives the registry. Source: pkg/resource/nodecadaemon.go."""

from __future__ import annotations

from typing import Any

from simulator.api.gvrs import DAEMONSETS
from simulator.changes.registry import SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry.names import NODE_CA
from simulator.controllers.image_registry.resources.applied import Applied
from simulator.controllers.image_registry.resources.parts import parts
from simulator.errors import Object


class NodeCA(Applied):
    """In 4.2 only the image is the operator's, once the DaemonSet is there."""

    resource, kind, name, owned = DAEMONSETS, "DaemonSet", NODE_CA, False

    @property
    def goes_by_generation(self) -> bool:
        return SINGLE_PURPOSE_LOOPS.at(self.work.release)

    def wanted(self) -> Object:
        (row,) = parts("node-ca.yaml", self.work.release)["manifests"]
        return self._with_image(row["manifest"])

    def create(self) -> None:
        if self.goes_by_generation:
            super().create()
        else:
            self._create(self.wanted())

    def update(self, existing: Object) -> None:
        if self.goes_by_generation:
            super().update(existing)
            return
        updated = self._with_image(existing)
        if updated != existing:
            self._update(updated)

    def _with_image(self, daemonset: Object) -> Object:
        template: Any = daemonset["spec"]["template"]
        first, *others = template["spec"]["containers"]
        containers = [{**first, "image": self.work.environment.image}, *others]
        pod_spec = {**template["spec"], "containers": containers}
        return {**daemonset, "spec": {**daemonset["spec"], "template": {**template, "spec": pod_spec}}}
