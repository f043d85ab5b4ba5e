"""The names that the operator and its objects go by. Source: types.go and parameters.go, release-4.2."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "openshift-image-registry"
CONFIG: Final = "cluster"  # the one Config, and the one Infrastructure, Proxy and Image configuration
REGISTRY: Final = "image-registry"  # Deployment, Service and ClusterOperator
OPERATOR: Final = "cluster-image-registry-operator"
SERVICE_ACCOUNT: Final = "registry"
CLUSTER_ROLE: Final = "system:registry"
DEFAULT_ROUTE: Final = "default-route"
TLS_SECRET: Final = "image-registry-tls"
PRIVATE_CONFIGURATION: Final = "image-registry-private-configuration"
PRIVATE_CONFIGURATION_USER: Final = "image-registry-private-configuration-user"
CLOUD_CREDENTIALS: Final = "installer-cloud-credentials"
CERTIFICATES: Final = "image-registry-certificates"
SERVICE_CA: Final = "serviceca"
TRUSTED_CA: Final = "trusted-ca"
NODE_CA: Final = "node-ca"

OPENSHIFT_CONFIG: Final = "openshift-config"
KUBE_SYSTEM: Final = "kube-system"
INSTALL_CONFIG: Final = "cluster-config-v1"

LABELS: Final = {"docker-registry": "default"}
PORT: Final = 5000

FINALIZER: Final = "imageregistry.operator.openshift.io/finalizer"
CHECKSUM: Final = "imageregistry.operator.openshift.io/checksum"
DEPENDENCIES_CHECKSUM: Final = "imageregistry.operator.openshift.io/dependencies-checksum"
VERSION: Final = "release.openshift.io/version"
OWNER: Final = "imageregistry.openshift.io"  # on the routes and the claim that the operator made
SUPPLEMENTAL_GROUPS: Final = "openshift.io/sa.scc.supplemental-groups"
