"""What the registry and its pruner may do in the cluster: their roles, the bindings of them, their accounts."""

from __future__ import annotations

from typing import ClassVar

from simulator.api.gvrs import CLUSTERROLEBINDINGS, CLUSTERROLES, SERVICEACCOUNTS
from simulator.controllers.image_registry.checksum import checksum
from simulator.controllers.image_registry.names import (
    CLUSTER_ROLE,
    NAMESPACE,
    PRUNER_ACCOUNT,
    PRUNER_BINDING,
    PRUNER_ROLE,
    REGISTRY_BINDING,
    SERVICE_ACCOUNT,
)
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.controllers.image_registry.resources.parts import parts
from simulator.errors import Object


class ClusterRole(Generated):
    """Its rules are in ``roles.yaml``."""

    resource, kind, name, namespace = CLUSTERROLES, "ClusterRole", CLUSTER_ROLE, ""

    def wanted(self) -> Object:
        rules = [row["rule"] for row in parts("roles.yaml", self.work.release)[self.name]]
        return {
            "metadata": self.metadata(),
            "rules": [{"apiGroups": [group], "resources": names, "verbs": verbs} for group, names, verbs in rules],
        }


class PrunerRole(ClusterRole):
    name = PRUNER_ROLE


class ClusterRoleBinding(Generated):
    resource, kind, name, namespace = CLUSTERROLEBINDINGS, "ClusterRoleBinding", REGISTRY_BINDING, ""
    role: ClassVar[str] = CLUSTER_ROLE
    account: ClassVar[str] = SERVICE_ACCOUNT

    def wanted(self) -> Object:
        return {
            "metadata": self.metadata(),
            "roleRef": {"kind": "ClusterRole", "name": self.role},
            "subjects": [{"kind": "ServiceAccount", "name": self.account, "namespace": NAMESPACE}],
        }

    def checksum(self, wanted: Object) -> str:
        """The bindings are the only objects in which the operator sets kind and apiVersion."""
        whole = {"apiVersion": self.resource.group_version, "kind": self.kind, **wanted}
        return checksum(self.kind, whole, self.work.release)

    def body(self, wanted: Object) -> Object:
        """With the group that the API server would fill in: a stored roleRef must not change."""
        body = super().body(wanted)
        return {**body, "roleRef": {"apiGroup": self.resource.group, **body["roleRef"]}}


class PrunerBinding(ClusterRoleBinding):
    name, role, account = PRUNER_BINDING, PRUNER_ROLE, PRUNER_ACCOUNT


class ServiceAccount(Generated):
    resource, kind, name = SERVICEACCOUNTS, "ServiceAccount", SERVICE_ACCOUNT

    def wanted(self) -> Object:
        return {"metadata": self.metadata()}


class PrunerAccount(ServiceAccount):
    name = PRUNER_ACCOUNT
