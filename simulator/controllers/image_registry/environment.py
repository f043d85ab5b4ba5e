"""What the operator's process is told by its own Deployment, and whether the process runs at all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from simulator.api.gvrs import DEPLOYMENTS
from simulator.controllers.context import Context
from simulator.controllers.image_registry.names import NAMESPACE, OPERATOR
from simulator.errors import Object
from simulator.release import OLDEST, Release, minor_of

BUILT_FROM_SOURCE = "0.0.1-snapshot"


@dataclass(frozen=True)
class Environment:
    """The defaults are those of the manifest in the operator's sources, before a release puts its own in."""

    version: str = BUILT_FROM_SOURCE
    image: str = "docker.io/openshift/origin-docker-registry:latest"  # the registry's, and that of node-ca
    pruner_image: str = "quay.io/openshift/origin-cli:v4.0"
    cluster: Release = OLDEST

    @cached_property
    def release(self) -> Release:
        """That of the operator: its version's, or the cluster's when the version names none that is modelled."""
        try:
            known = minor_of(self.version) >= OLDEST.minor
        except ValueError:
            known = False
        return Release(self.version) if known else self.cluster


def read_environment(context: Context) -> Environment | None:
    """The variables of the operator's container; None while no replica of it is available, so that nobody acts.

    A cluster without that Deployment (a small test) has the operator all the same.
    """
    deployment = context.client.get_or_none(DEPLOYMENTS, OPERATOR, NAMESPACE)
    if deployment is None:
        return Environment(cluster=context.release)
    if not (deployment.get("status") or {}).get("availableReplicas"):
        return None
    variables = {variable["name"]: variable.get("value", "") for variable in _container(deployment).get("env") or ()}
    return Environment(
        variables.get("RELEASE_VERSION", ""),
        variables.get("IMAGE", ""),
        variables.get("IMAGE_PRUNER", ""),
        context.release,
    )


def _container(deployment: Object) -> Object:
    containers: list[Object] = deployment["spec"]["template"]["spec"]["containers"]
    return next((one for one in containers if one["name"] == OPERATOR), containers[0])
