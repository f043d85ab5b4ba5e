"""What changed in the Image Registry Operator. The release is that of the operator, as its own Deployment names it.

What its pod and its objects are made of is data beside the code that builds them, in ``controllers/image_registry``:
``pod.yaml``, ``node-ca.yaml``, ``roles.yaml``, ``platforms.yaml`` and the types. Sources are the operator's branches.
"""

from __future__ import annotations

from typing import Final

from simulator.release import Change

# -- the Config

PLATFORM_DECIDES_AT_BOOTSTRAP: Final = Change(
    "The registry starts with the storage of its platform, and Removed when the platform has none.",
    False,
    ("4.3", True),
    source="pkg/operator/bootstrap.go, release-4.3",
)
SINGLE_REPLICA_TOPOLOGY: Final = Change(
    "A cluster of one node starts with one registry replica.",
    False,
    ("4.8", True),
    source="pkg/operator/bootstrap.go, release-4.8",
)
STRATEGY_FROM_CONFIG: Final = Change(
    "spec.rolloutStrategy of the Config is the strategy of the registry's Deployment.",
    False,
    ("4.4", True),
    source="pkg/resource/deployment.go, release-4.4",
)
SECRET_MADE_BY_FIRST_PASS: Final = Change(
    "A missing spec.httpSecret is made by the first pass instead of when the Config is created.",
    False,
    ("4.5", True),
    source="pkg/operator/complete.go, release-4.5",
)
LEVELS_OF_LOGGING: Final = Change(
    "How spec.logging 0 to 3 is called in the registry's own words; any other number is debug.",
    ("error", "warn", "info", "info"),
    ("4.6", ("info", "warn", "info", "info")),
    source="pkg/resource/podtemplatespec.go, release-4.6",
)
OVERRIDES: Final = Change(
    "spec.unsupportedConfigOverrides sets annotations and the runtime class of the registry's Deployment.",
    False,
    ("4.8", True),
    source="pkg/resource/deployment.go, release-4.8",
)

# -- storage

OWNERSHIP_IN_SPEC: Final = Change(
    "spec.storage.managementState says whether the storage is the operator's; once set, it outlives a change of type.",
    False,
    ("4.6", True),
    source="pkg/storage, release-4.6; BZ 1833109",
)
STORAGE_MAY_BE_MISSING: Final = Change(
    "A registry that is Removed needs no storage, and forgets it in its status.",
    False,
    ("4.4", True),
    source="pkg/resource/generator.go, release-4.4",
)
CLAIMS_OF_ONE_NODE: Final = Change(
    "A ReadWriteOnce claim is accepted for one replica with the strategy Recreate.",
    False,
    ("4.4", True),
    source="pkg/storage/pvc/pvc.go, release-4.4",
)
EFFECTIVE_S3_SETTINGS: Final = Change(
    "The cluster's region is written to the status; to spec only with a bucket that the operator makes.",
    False,
    ("4.7", True),
    source="pkg/storage/s3/s3.go, release-4.7",
)
CREDENTIALS_FILE: Final = Change(
    "The registry reads its S3 credentials from a file in a volume instead of variables; a changed one rolls the pods.",
    False,
    ("4.7", True),
    source="pkg/storage/s3/s3.go, release-4.7",
)
S3_DUAL_STACK: Final = Change(
    "The registry asks S3 for addresses of both IP families.",
    False,
    ("4.4", True),
    source="pkg/storage/s3/s3.go, release-4.4",
)
S3_PATH_STYLE: Final = Change(
    "The registry is told whether to name the bucket in the path (unless spec says virtualHostedStyle).",
    False,
    ("4.14", True),
    source="pkg/storage/s3/s3.go, release-4.14",
)
CLOUD_FRONT_AS_LIST: Final = Change(
    "CloudFront is configured in one variable, REGISTRY_MIDDLEWARE_STORAGE, instead of four.",
    False,
    ("4.10", True),
    source="pkg/storage/s3/s3.go, release-4.10",
)
RESOURCE_TAGS: Final = Change(
    "The bucket gets the tags that the platform's resources have.",
    False,
    ("4.7", True),
    source="pkg/storage/s3/s3.go, release-4.7",
)
STORAGE_CA: Final = Change(
    "The storage's certificate authority is trusted by the registry and, unless redirects are off, by the nodes.",
    False,
    ("4.11", True),
    source="pkg/resource/caconfig.go, release-4.11",
)
BUCKET_NAME_IS_FIXED: Final = Change(
    "The bucket's name has no random letters, and a bucket of one's own by that name is taken.",
    False,
    ("4.22", True),
    source="pkg/storage/s3/s3.go, release-4.22; OCPBUGS-81750",
)

# -- the objects

HAND_EDITS_REVERTED: Final = Change(
    "A hand edit of the registry's Deployment is undone at once; before, it stayed until the operator wanted a change.",
    False,
    ("4.4", True),
    source="pkg/resource/deployment.go, release-4.4; library-go, resourceapply",
)
SURGE_OF_TWO: Final = Change(
    "Two replicas roll with one more and one less; other numbers with 25 % more and all but one less.",
    False,
    ("4.7", True),
    source="pkg/resource/deployment.go, release-4.7",
)
PROGRESS_DEADLINE_S: Final = Change(
    "Seconds after which a roll-out of the registry that does not progress counts as failed; 0: the API's default.",
    0,
    ("4.7", 60),
    ("4.22", 120),
    source="pkg/resource/deployment.go, release-4.7 and release-4.22",
)
REPLICAS_ON_DIFFERENT_NODES: Final = Change(
    "Two replicas never share a node; before, the rule was a wish that matched nothing.",
    False,
    ("4.7", True),
    source="pkg/resource/podtemplatespec.go, release-4.7",
)
PULL_SECRET_COPY: Final = Change(
    "openshift-config/pull-secret is copied to installation-pull-secrets, for images that the registry passes through.",
    False,
    ("4.5", True),
    source="pkg/resource/pullsecret.go, release-4.5",
)
DISRUPTION_BUDGET: Final = Change(
    "A PodDisruptionBudget keeps one registry pod running while nodes are drained.",
    False,
    ("4.8", True),
    source="pkg/resource/poddisruptionbudget.go, release-4.8",
)
PRUNER: Final = Change(
    "An ImagePruner and its CronJob image-pruner prune old images every night.",
    False,
    ("4.4", True),
    source="pkg/operator/controllerimagepruner.go, release-4.4",
)
REGISTRY_CA: Final = Change(
    "ConfigMap image-registry-ca in openshift-config-managed holds the registry's own authorities for the nodes.",
    False,
    ("4.14", True),
    source="pkg/resource/imageregistryca.go, release-4.14",
)
OWNING_COMPONENT: Final = Change(
    "The ConfigMaps with certificates name the component that owns them.",
    False,
    ("4.20", True),
    source="pkg/resource/caconfig.go, release-4.20",
)
# -- conditions and loops

SINGLE_PURPOSE_LOOPS: Final = Change(
    "Certificates, node-ca, the image configuration and the ClusterOperator have loops of their own, and conditions.",
    False,
    ("4.5", True),
    source="pkg/operator/starter.go, release-4.5",
)
AZURE_STACK_LOOP: Final = Change(
    "A loop follows the endpoints of Azure Stack Hub, with its condition on every platform.",
    False,
    ("4.9", True),
    source="pkg/operator/azurestackcloud.go, release-4.9",
)
NODE_CA_CONDITIONS: Final = Change(
    "The Config tells whether node-ca is available and progressing.",
    False,
    ("4.8", True),
    source="pkg/operator/nodecadaemon.go, release-4.8",
)
ERROR_PREFIX: Final = Change(
    "What stands before a lasting error in Available and Degraded.",
    "",
    ("4.5", "Error: "),
    source="pkg/operator/status.go, release-4.5",
)
UNAVAILABLE_AFTER_S: Final = Change(
    "Seconds without an available registry after which the operator is Degraded; 0: it never is for that.",
    0,
    ("4.7", 60),
    ("4.22", 120),
    ("4.23", 300),
    source="pkg/operator/status.go, release-4.7, release-4.22 and release-4.23",
)
READY_REPLICAS: Final = Change(
    "status.readyReplicas of the Config is that of the Deployment.",
    False,
    ("4.8", True),
    source="pkg/operator/status.go, release-4.8",
)
