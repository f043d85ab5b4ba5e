"""The DaemonSet ``node-ca``, which outlives the registry."""

from __future__ import annotations

from typing import Any

from simulator import documents
from simulator.api.gvrs import DAEMONSETS
from simulator.controllers.image_registry.names import NODE_CA
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.errors import Object


class NodeCA(Generated):
    resource, kind, name, owned = DAEMONSETS, "DaemonSet", NODE_CA, False

    def wanted(self) -> Object:
        return self._with_image(documents.packaged(__package__, "node-ca.yaml"))

    def create(self) -> None:
        self._create(self.wanted())

    def update(self, existing: Object) -> None:
        updated = self._with_image(existing)
        if updated != existing:
            self._update(updated)

    def _with_image(self, daemonset: Object) -> Object:
        template: Any = daemonset["spec"]["template"]
        first, *others = template["spec"]["containers"]
        containers = [{**first, "image": self.work.environment.image}, *others]
        pod_spec = {**template["spec"], "containers": containers}
        return {**daemonset, "spec": {**daemonset["spec"], "template": {**template, "spec": pod_spec}}}
