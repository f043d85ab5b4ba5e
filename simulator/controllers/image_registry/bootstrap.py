"""The Config that the operator makes when there is none. Source: pkg/operator/bootstrap.go, release-4.2."""

from __future__ import annotations

from simulator.api.gvrs import REGISTRYCONFIGS
from simulator.controllers.context import Context
from simulator.controllers.image_registry.clusteroperator import apply_cluster_operator
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import Environment
from simulator.controllers.image_registry.names import CONFIG, FINALIZER
from simulator.controllers.image_registry.work import Work

HTTP_SECRET_DIGITS = 128  # 64 random bytes


def bootstrap(context: Context, environment: Environment) -> None:
    """Managed, one replica, no storage: the first pass takes the platform's."""
    skeleton = {
        "apiVersion": REGISTRYCONFIGS.group_version,
        "kind": "Config",
        "metadata": {"name": CONFIG, "finalizers": [FINALIZER]},
        "spec": {
            "managementState": "Managed",
            "logging": 2,
            "replicas": 1,
            "httpSecret": context.names.hex(HTTP_SECRET_DIGITS),
        },
    }
    config = RegistryConfig(skeleton, context.now, environment.version)
    apply_cluster_operator(Work(context, environment, config, deployment=None))
    context.client.create(REGISTRYCONFIGS, config.to_object())
