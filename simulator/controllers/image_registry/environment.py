"""What the operator's process is told by its own Deployment, and whether the process runs at all."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.api.gvrs import DEPLOYMENTS
from simulator.client.client import Client
from simulator.controllers.image_registry.names import NAMESPACE, OPERATOR
from simulator.errors import Object


@dataclass(frozen=True)
class Environment:
    """The defaults are those of the manifest in the operator's sources, before a release puts its own in."""

    version: str = "0.0.1-snapshot"
    image: str = "docker.io/openshift/origin-docker-registry:latest"  # the registry's, and that of node-ca


def read_environment(client: Client) -> Environment | None:
    """The variables of the operator's container; None while no replica of it is available, so that nobody acts.

    A cluster without that Deployment (a small test) has the operator all the same.
    """
    deployment = client.get_or_none(DEPLOYMENTS, OPERATOR, NAMESPACE)
    if deployment is None:
        return Environment()
    if not (deployment.get("status") or {}).get("availableReplicas"):
        return None
    variables = {variable["name"]: variable.get("value", "") for variable in _container(deployment).get("env") or ()}
    return Environment(variables.get("RELEASE_VERSION", ""), variables.get("IMAGE", ""))


def _container(deployment: Object) -> Object:
    containers: list[Object] = deployment["spec"]["template"]["spec"]["containers"]
    return next((one for one in containers if one["name"] == OPERATOR), containers[0])
