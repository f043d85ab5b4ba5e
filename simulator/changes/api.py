"""What changed in the API server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from simulator.release import Change

_DEPLOYMENT_CONFIGS = "apps.openshift.io/v1 DeploymentConfig is deprecated in v4.14+, unavailable in v4.10000+"
_ENDPOINTS = "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"

SELF_LINKS: Final = Change(
    "Objects and lists have metadata.selfLink.", True, ("4.7", False), source="Kubernetes 1.20, KEP-1164"
)

# -- defaults

AUTOSCALING_V2: Final = Change(
    "Autoscalers are of version 2: what they look at is a list of metrics.",
    False,
    ("4.10", True),
    source="Kubernetes 1.23",
)
DAEMON_SETS_SURGE: Final = Change(
    "A daemon set can start the new pod of a node before the old one ends; maxSurge is 0 unless told otherwise.",
    False,
    ("4.9", True),
    source="Kubernetes 1.22, DaemonSetUpdateSurge",
)
DEFINITIONS_HAVE_A_VERSION: Final = Change(
    "A CustomResourceDefinition has schema, columns and subresources for all versions in its spec, and spec.version.",
    True,
    ("4.3", False),
    source="Kubernetes 1.16, apiextensions.k8s.io/v1",
)
EMPTY_CREATION_TIMESTAMPS: Final = Change(
    "Templates show metadata.creationTimestamp: null.", True, ("4.21", False), source="Kubernetes 1.34, omitzero"
)
INTERNAL_TRAFFIC_POLICY: Final = Change(
    "A service has an internalTrafficPolicy, one with a load balancer also allocateLoadBalancerNodePorts.",
    False,
    ("4.9", True),
    source="Kubernetes 1.22",
)
IP_FAMILIES: Final = Change(
    "A service has clusterIPs, ipFamilies and an ipFamilyPolicy.",
    False,
    ("4.7", True),
    source="Kubernetes 1.20, IPv6DualStack",
)
JOB_DEFAULTS: Final[Change[Mapping[str, Any]]] = Change(
    "A job has completionMode and suspend, later manualSelector and podReplacementPolicy, filled in.",
    {},
    ("4.9", {"completionMode": "NonIndexed", "suspend": False}),
    (
        "4.16",
        {
            "completionMode": "NonIndexed",
            "manualSelector": False,
            "podReplacementPolicy": "TerminatingOrFailed",
            "suspend": False,
        },
    ),
    source="Kubernetes 1.22 and 1.29, batch/v1/defaults.go",
)
JOB_LABELS: Final = Change(
    "The labels that bind pods to their job begin with batch.kubernetes.io/; the old ones stay beside them.",
    False,
    ("4.14", True),
    source="Kubernetes 1.27, registry/batch/job/strategy.go",
)
PHASE_TRANSITION_TIMES: Final = Change(
    "A volume's status has the time of its last change of phase.",
    False,
    ("4.16", True),
    source="Kubernetes 1.29, PersistentVolumeLastPhaseTransitionTime",
)

# -- tables

TABLE_VERSIONS: Final = Change(
    "The server makes tables of meta.k8s.io/v1.", ("v1beta1",), ("4.3", ("v1", "v1beta1")), source="Kubernetes 1.15"
)
ZERO_DAYS: Final = Change(
    "An age of whole years shows its days: 2y0d.", True, ("4.6", False), source="Kubernetes 1.19, util/duration"
)

# -- what a request may say

CUSTOM_RESOURCES_ARE_PRUNED: Final = Change(
    "Custom resources lose the fields that their definition does not know, and get its defaults.",
    False,
    ("4.6", True),
    source="Kubernetes 1.16, apiextensions.k8s.io/v1; the operators' definitions moved to it by OpenShift 4.6",
)
FIELD_VALIDATION: Final = Change(
    "Fields that a kind does not have are told as warnings, unless the client asks to ignore or to refuse them.",
    False,
    ("4.12", True),
    source="Kubernetes 1.25, KEP-2885",
)
MANAGED_FIELDS: Final = Change(
    "Objects tell who manages which of their fields: first those that somebody applied, then all.",
    "",
    ("4.3", "applied"),
    ("4.5", "all"),
    source="Kubernetes 1.16 and 1.18, KEP-555",
)
SUBRESOURCE_MANAGERS: Final = Change(
    "Who writes by way of a subresource manages what it wrote apart from what it wrote otherwise.",
    False,
    ("4.9", True),
    source="Kubernetes 1.22, ManagedFieldsEntry.subresource",
)
DEPRECATED_KINDS: Final[Change[Mapping[str, str]]] = Change(
    "Requests for DeploymentConfigs, later also for Endpoints, are answered with a warning.",
    {},
    ("4.14", {"deploymentconfigs.apps.openshift.io": _DEPLOYMENT_CONFIGS}),
    ("4.20", {"deploymentconfigs.apps.openshift.io": _DEPLOYMENT_CONFIGS, "endpoints": _ENDPOINTS}),
    source="OpenShift 4.14 release notes; Kubernetes 1.33, KEP-4974",
)

# -- admission

PREEMPTION_POLICY: Final = Change(
    "A pod tells whether it may preempt others.", False, ("4.6", True), source="Kubernetes 1.19, KEP-902"
)
POD_SECURITY: Final = Change(
    "Pods are checked against the Pod Security Standard of their namespace: what is not restricted is warned of.",
    False,
    ("4.11", True),
    source="OpenShift 4.11 release notes; Kubernetes 1.25, KEP-2579",
)
RESTRICTED_CONSTRAINT: Final = Change(
    "Pods that need nothing special get a stricter constraint: no capability at all, no new privileges, the runtime's "
    "seccomp profile; and what runs as another user than root says so.",
    "restricted",
    ("4.11", "restricted-v2"),
    source="OpenShift 4.11 release notes; apiserver-library-go, sccmatching/provider.go",
)
REQUIRED_CONSTRAINT: Final = Change(
    "A pod may ask for a constraint by name, with the annotation openshift.io/required-scc.",
    False,
    ("4.14", True),
    source="apiserver-library-go 4.14, sccadmission/admission.go",
)
SUBJECT_OF_CONSTRAINT: Final = Change(
    "A pod tells whose right to its constraint counted: its user's or its service account's.",
    False,
    ("4.20", True),
    source="apiserver-library-go 4.20, sccadmission/admission.go",
)

# -- refusals

ACCESS_MODES: Final = Change(
    "A volume can be for one pod only: ReadWriteOncePod.",
    ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"),
    ("4.9", ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")),
    source="Kubernetes 1.22, KEP-2485",
)
APPLY_PATCHES: Final = Change(
    "The server names server-side apply among the patches that it takes.",
    (),
    ("4.3", ("application/apply-patch+yaml",)),
    source="Kubernetes 1.16, KEP-555",
)
CLAIM_IMMUTABLE: Final = Change(
    "A refused change of a claim shows what would have changed, field by field.",
    "is immutable after creation except resources.requests for bound claims",
    ("4.6", "spec is immutable after creation except resources.requests for bound claims\n"),
    (
        "4.16",
        "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n",
    ),
    source="Kubernetes 1.19 and 1.29, apis/core/validation",
)
CLAIM_SHRINKS: Final = Change(
    "A claim whose growth did not come about may ask for less again.",
    "field can not be less than previous value",
    ("4.19", "field can not be less than status.capacity"),
    source="Kubernetes 1.32, RecoverVolumeExpansionFailure",
)
GO_JSON: Final = Change(
    "A value of the wrong type is refused in the words of Go's own JSON library, without a part of the request.",
    False,
    ("4.10", True),
    source="Kubernetes 1.23, sigs.k8s.io/json",
)

# -- discovery

AGGREGATED_DISCOVERY: Final[Change[tuple[str, ...]]] = Change(
    "One document tells all groups and resources, to a client that asks for it.",
    (),
    ("4.14", ("v2beta1",)),
    ("4.17", ("v2", "v2beta1")),
    source="Kubernetes 1.27 (beta) and 1.30, KEP-3352",
)
BUILD: Final = Change(
    "What /version tells of the build: the mark behind the minor version, Go's version, the date.",
    ("+", "go1.12.8", "2019-10-11T18:05:40Z"),
    ("4.20", ("", "go1.24.6 (Red Hat 1.24.6-1.el9_6)", "2025-10-16T08:13:32Z")),
    source="Kubernetes 1.33 and its Go; the date is a likely one",
)
EMULATED_VERSIONS: Final = Change(
    "/version tells which version is emulated, and which is the oldest that is compatible.",
    False,
    ("4.20", True),
    source="Kubernetes 1.33, KEP-4330",
)
EVICTIONS: Final = Change(
    "Evictions are of policy/v1.", "policy/v1beta1", ("4.9", "policy/v1"), source="Kubernetes 1.22, KEP-85"
)
LIST_TYPES: Final = Change(
    "OpenAPI tells by which keys the items of lists merge.", False, ("4.3", True), source="Kubernetes 1.16, KEP-555"
)
OPENAPI_ENUMS: Final = Change(
    "OpenAPI tells the values that a field may have.", False, ("4.11", True), source="Kubernetes 1.24, OpenAPIEnums"
)
OPENAPI_V3: Final = Change(
    "OpenAPI v3 is served, a document for each group version.",
    False,
    ("4.11", True),
    source="Kubernetes 1.24, KEP-2896",
)
SINGULAR_NAMES: Final = Change(
    "Discovery tells the singular names of built-in kinds, too.", False, ("4.14", True), source="Kubernetes 1.27"
)
STORAGE_HASH: Final = Change(
    "Discovery tells a hash of the version in which a kind is stored.",
    False,
    ("4.3", True),
    source="Kubernetes 1.15, StorageVersionHash",
)
TOKEN_KEYS: Final = Change(
    "The server tells who issues the tokens of service accounts, and the keys to check them with.",
    False,
    ("4.7", True),
    source="Kubernetes 1.20, ServiceAccountIssuerDiscovery",
)
