"""The names that the operator and its objects go by. Source: pkg/defaults, release-4.20."""

from __future__ import annotations

from typing import Final

NAMESPACE: Final = "openshift-image-registry"
CONFIG: Final = "cluster"  # the one Config, and the one Infrastructure, Proxy and Image configuration
REGISTRY: Final = "image-registry"  # Deployment, Service and ClusterOperator
OPERATOR: Final = "cluster-image-registry-operator"
OPERATOR_USER: Final = f"system:serviceaccount:{NAMESPACE}:{OPERATOR}"
SERVICE_ACCOUNT: Final = "registry"
CLUSTER_ROLE: Final = "system:registry"
REGISTRY_BINDING: Final = "registry-registry-role"
DEFAULT_ROUTE: Final = "default-route"
DEFAULT_CLAIM: Final = "image-registry-storage"
TLS_SECRET: Final = "image-registry-tls"
PRIVATE_CONFIGURATION: Final = "image-registry-private-configuration"
PRIVATE_CONFIGURATION_USER: Final = "image-registry-private-configuration-user"
CLOUD_CREDENTIALS: Final = "installer-cloud-credentials"
CERTIFICATES: Final = "image-registry-certificates"
SERVICE_CA: Final = "serviceca"
TRUSTED_CA: Final = "trusted-ca"
NODE_CA: Final = "node-ca"
REGISTRY_CA: Final = "image-registry-ca"
INSTALLATION_PULL_SECRETS: Final = "installation-pull-secrets"
PULL_SECRET: Final = "pull-secret"
PRUNER: Final = "image-pruner"  # the CronJob, and what its Jobs are labelled with
PRUNER_ACCOUNT: Final = "pruner"
PRUNER_ROLE: Final = "system:image-pruner"
PRUNER_BINDING: Final = "openshift-image-registry-pruner"
EVENT_SOURCE: Final = "image-registry-operator"

OPENSHIFT_CONFIG: Final = "openshift-config"
OPENSHIFT_CONFIG_MANAGED: Final = "openshift-config-managed"
CLOUD_CONFIG: Final = "kube-cloud-config"
KUBE_SYSTEM: Final = "kube-system"
INSTALL_CONFIG: Final = "cluster-config-v1"

LABELS: Final = {"docker-registry": "default"}
PORT: Final = 5000

FINALIZER: Final = "imageregistry.operator.openshift.io/finalizer"
CHECKSUM: Final = "imageregistry.operator.openshift.io/checksum"
DEPENDENCIES_CHECKSUM: Final = "imageregistry.operator.openshift.io/dependencies-checksum"
SPEC_HASH: Final = "operator.openshift.io/spec-hash"
REQUIRED_SCC: Final = "openshift.io/required-scc"
OWNING_COMPONENT: Final = "openshift.io/owning-component"
VERSION: Final = "release.openshift.io/version"
OWNER: Final = "imageregistry.openshift.io"  # on the routes and the claim that the operator made
SUPPLEMENTAL_GROUPS: Final = "openshift.io/sa.scc.supplemental-groups"
