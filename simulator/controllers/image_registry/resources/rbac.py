"""What the registry may do in the cluster: its role, the binding of it, its account."""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import CLUSTERROLEBINDINGS, CLUSTERROLES, SERVICEACCOUNTS
from simulator.controllers.image_registry.checksum import checksum
from simulator.controllers.image_registry.names import CLUSTER_ROLE, NAMESPACE, SERVICE_ACCOUNT
from simulator.controllers.image_registry.resources.generated import Generated
from simulator.errors import Object

_RULES: Final = (
    ("", ["limitranges", "resourcequotas"], ["list"]),
    ("image.openshift.io", ["imagestreamimages", "imagestreams/layers", "imagestreams/secrets"], ["get"]),
    ("image.openshift.io", ["imagestreams"], ["get", "update"]),
    ("image.openshift.io", ["imagestreamtags"], ["delete"]),
    ("image.openshift.io", ["images"], ["get", "update"]),
    ("image.openshift.io", ["imagestreammappings"], ["create"]),
)
"""(API group, resources, verbs)."""


class ClusterRole(Generated):
    resource, kind, name, namespace = CLUSTERROLES, "ClusterRole", CLUSTER_ROLE, ""

    def wanted(self) -> Object:
        rules = [{"apiGroups": [group], "resources": names, "verbs": verbs} for group, names, verbs in _RULES]
        return {"metadata": self.metadata(), "rules": rules}


class ClusterRoleBinding(Generated):
    resource, kind, name, namespace = CLUSTERROLEBINDINGS, "ClusterRoleBinding", "registry-registry-role", ""

    def wanted(self) -> Object:
        return {
            "metadata": self.metadata(),
            "roleRef": {"kind": "ClusterRole", "name": CLUSTER_ROLE},
            "subjects": [{"kind": "ServiceAccount", "name": SERVICE_ACCOUNT, "namespace": NAMESPACE}],
        }

    def checksum(self, wanted: Object) -> str:
        """The one object in which the operator sets kind and apiVersion."""
        return checksum(self.kind, {"apiVersion": self.resource.group_version, "kind": self.kind, **wanted})

    def body(self, wanted: Object) -> Object:
        """With the group that the API server would fill in: a stored roleRef must not change."""
        body = super().body(wanted)
        return {**body, "roleRef": {"apiGroup": self.resource.group, **body["roleRef"]}}


class ServiceAccount(Generated):
    resource, kind, name = SERVICEACCOUNTS, "ServiceAccount", SERVICE_ACCOUNT

    def wanted(self) -> Object:
        return {"metadata": self.metadata()}
