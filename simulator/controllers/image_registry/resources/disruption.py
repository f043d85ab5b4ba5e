"""How many registry pods may be missing while nodes are drained. Source: pkg/resource/poddisruptionbudget.go."""

from __future__ import annotations

from simulator.api.gvrs import PODDISRUPTIONBUDGETS
from simulator.controllers.image_registry.names import LABELS, REGISTRY
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.errors import Object


class PodDisruptionBudget(Generated):
    """The only replica may be evicted: otherwise its node could never be drained."""

    resource, kind, name = PODDISRUPTIONBUDGETS, "PodDisruptionBudget", REGISTRY

    def wanted(self) -> Object:
        available = 1 if self.work.config.spec["replicas"] > 1 else 0
        spec = {"minAvailable": available, "selector": {"matchLabels": LABELS}}
        return {"metadata": self.metadata(), "spec": spec}
