"""The Config that the operator makes when there is none. Source: pkg/operator/bootstrap.go, release-4.2 and 4.20."""

from __future__ import annotations

from simulator.api.gvrs import PERSISTENTVOLUMECLAIMS, REGISTRYCONFIGS
from simulator.changes.registry import (
    PLATFORM_DECIDES_AT_BOOTSTRAP,
    SECRET_MADE_BY_FIRST_PASS,
    SINGLE_PURPOSE_LOOPS,
    SINGLE_REPLICA_TOPOLOGY,
)
from simulator.controllers.context import Context
from simulator.controllers.image_registry import listers
from simulator.controllers.image_registry.clusteroperator import apply_cluster_operator
from simulator.controllers.image_registry.config import RegistryConfig
from simulator.controllers.image_registry.environment import Environment
from simulator.controllers.image_registry.names import CONFIG, DEFAULT_CLAIM, FINALIZER, NAMESPACE
from simulator.controllers.image_registry.storage.platforms import Offer, platform_offer
from simulator.controllers.image_registry.storage.pvc import ONCE, wanted_claim
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object
from simulator.runtime.names import Names

HTTP_SECRET_DIGITS = 128  # 64 random bytes


def bootstrap(context: Context, environment: Environment) -> None:
    """Create the Config. NotFound, to be tried again, while the platform is not known but must be."""
    skeleton = {
        "apiVersion": REGISTRYCONFIGS.group_version,
        "kind": "Config",
        "metadata": {"name": CONFIG, "finalizers": [FINALIZER]},
        "spec": _spec(context, environment),
    }
    config = RegistryConfig(skeleton, context.now, environment.release)
    if not SINGLE_PURPOSE_LOOPS.at(environment.release):
        apply_cluster_operator(Work(context, environment, config, deployment=None))
    context.client.create(REGISTRYCONFIGS, config.to_object())


def http_secret(names: Names) -> str:
    """What the registry's pods sign the state of uploads with."""
    return names.hex(HTTP_SECRET_DIGITS)


def _spec(context: Context, environment: Environment) -> Object:
    release = environment.release
    secret = {} if SECRET_MADE_BY_FIRST_PASS.at(release) else {"httpSecret": http_secret(context.names)}
    if not PLATFORM_DECIDES_AT_BOOTSTRAP.at(release):
        return {"managementState": "Managed", "logging": 2, "replicas": 1, **secret}
    offer = platform_offer(context.client, release)
    if offer.claim_class:
        _create_claim(context, offer)
    status = listers.infrastructure(context.client)
    single = SINGLE_REPLICA_TOPOLOGY.at(release) and status.get("infrastructureTopology") == "SingleReplica"
    return {
        "managementState": "Managed" if offer.storage else "Removed",
        "logLevel": "Normal",
        "operatorLogLevel": "Normal",
        "storage": offer.storage,
        "replicas": 1 if single else offer.replicas,
        "rolloutStrategy": "Recreate" if "pvc" in offer.storage else "RollingUpdate",
        **secret,
    }


def _create_claim(context: Context, offer: Offer) -> None:
    """For one node: only the platform's own class is known, and that makes disks."""
    if context.client.get_or_none(PERSISTENTVOLUMECLAIMS, DEFAULT_CLAIM, NAMESPACE) is None:
        context.client.create(PERSISTENTVOLUMECLAIMS, wanted_claim(DEFAULT_CLAIM, ONCE, offer.claim_class))
