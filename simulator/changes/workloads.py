"""What changed in controllers and scheduler."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

# -- events

EVENT_REPORTERS: Final = Change(
    "An event names its component and host again as reportingComponent and reportingInstance.",
    False,
    ("4.15", True),
    source="Kubernetes 1.28, kubernetes#116506",
)
SCALED: Final = Change(
    "A Deployment's event of scaling tells the size before, too.",
    "Scaled {direction} replica set {name} to {after}",
    ("4.13", "Scaled {direction} replica set {name} to {after} from {before}"),
    ("4.18", "Scaled {direction} replica set {name} from {before} to {after}"),
    source="kubernetes#101142, kubernetes#125118",
)
SCALED_NEW: Final = Change(
    "So does the one of a new ReplicaSet.",
    "Scaled up replica set {name} to {after}",
    ("4.18", "Scaled up replica set {name} from 0 to {after}"),
    source="kubernetes#125118",
)

# -- scheduler

TAINT: Final = Change(
    "FailedScheduling names the taint that the pod does not tolerate.",
    "node(s) had taints that the pod didn't tolerate",
    ("4.5", "node(s) had taint {{{key}: {value}}}, that the pod didn't tolerate"),
    ("4.11", "node(s) had untolerated taint {{{key}: {value}}}"),
    source="kube-scheduler, plugins/tainttoleration",
)
NODE_SELECTOR: Final = Change(
    "FailedScheduling speaks of affinity and selector together.",
    "node(s) didn't match node selector",
    ("4.7", "node(s) didn't match Pod's node affinity"),
    ("4.8", "node(s) didn't match Pod's node affinity/selector"),
    source="kube-scheduler, plugins/nodeaffinity",
)
POD_AFFINITY_TWICE: Final = Change(
    "A refusal by affinity between pods is told twice: in general, and which rule it was.",
    True,
    ("4.8", False),
    source="Kubernetes 1.21, plugins/interpodaffinity",
)
FILTER_PLUGINS: Final = Change(
    "A node is asked plugin by plugin, taints before resources, spreading before affinity between pods.",
    False,
    ("4.5", True),
    source="Kubernetes 1.18, the scheduling framework",
)
UNBOUND_CLAIMS: Final = Change(
    "Unbound claims are told once for all nodes, in the form of every refusal.",
    "{reason}{repeated}",
    ("4.6", "0/{nodes} nodes are available: {nodes} {reason}."),
    ("4.12", "0/{nodes} nodes are available: {reason}."),
    source="kube-scheduler, plugins/volumebinding; framework/types.go, FitError",
)
UNFIT_CLAIM: Final = Change(
    "A claim with which the pod can run nowhere is told in the form of every refusal.",
    "{reason}",
    ("4.12", "0/{nodes} nodes are available: {reason}."),
    source="Kubernetes 1.25, framework/types.go, FitError",
)
PREEMPTION: Final = Change(
    "FailedScheduling ends with what preemption could not do.",
    False,
    ("4.11", True),
    source="Kubernetes 1.24, plugins/defaultpreemption",
)
GIVEN_BACK: Final = Change(
    "A chosen node that a provisioner gave back is told as a failed provisioning.",
    'selectedNode annotation value "" not set to scheduled node "{node}"',
    ("4.6", 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "{claim}"'),
    source="Kubernetes 1.19, plugins/volumebinding/binder.go",
)

# -- service accounts and namespaces

TOKEN_SECRETS: Final = Change(
    "Every service account has a token in a Secret of its own, which its pods mount.",
    True,
    ("4.11", False),
    source="Kubernetes 1.24, KEP-2799",
)
PULL_TOKENS: Final = Change(
    "The pull secret of a service account holds a token that stands in another Secret.",
    True,
    ("4.16", False),
    source="OpenShift 4.16 release notes; openshift-controller-manager, internalregistry",
)
PROJECTED_TOKENS: Final = Change(
    "Pods find a bound token, the CA bundles and their namespace in a projected volume, kube-api-access-xxxxx.",
    False,
    ("4.8", True),
    source="Kubernetes 1.21, KEP-1205",
)
ROOT_CA_CONFIGMAPS: Final = Change(
    "Every namespace has the ConfigMaps kube-root-ca.crt and openshift-service-ca.crt.",
    False,
    ("4.8", True),
    source="Kubernetes 1.21, KEP-1205",
)
METADATA_NAME: Final = Change(
    "Every namespace has its name as the label kubernetes.io/metadata.name.",
    False,
    ("4.8", True),
    source="Kubernetes 1.21, KEP-2161",
)
POD_SECURITY_VERSION: Final = Change(
    "Projects have labels for pod security audits and warnings, in this version of its rules.",
    "",
    ("4.12", "v1.24"),
    ("4.15", "latest"),
    source="cluster-policy-controller, psalabelsyncer",
)
POD_SECURITY_ANNOTATION: Final = Change(
    "An annotation tells which pod security level would do for a namespace.",
    False,
    ("4.18", True),
    source="cluster-policy-controller, psalabelsyncer",
)

# -- services and budgets

ENDPOINTS_LABEL: Final = Change(
    "Endpoints bear a label that tells who keeps them.", False, ("4.20", True), source="Kubernetes 1.33, KEP-4974"
)
TRIGGER_TIME: Final = Change(
    "Endpoints and slices tell when the change came that they answer to.",
    False,
    ("4.3", True),
    source="Kubernetes 1.15, endpoints.kubernetes.io/last-change-trigger-time",
)
TARGET_VERSION: Final = Change(
    "An address of Endpoints gives its pod's resourceVersion.",
    True,
    ("4.8", False),
    source="Kubernetes 1.21, kubernetes#99975",
)
BUDGET_CONDITION: Final = Change(
    "A disruption budget has the condition DisruptionAllowed.",
    False,
    ("4.8", True),
    source="Kubernetes 1.21, controller/disruption",
)

# -- jobs

JOB_TRACKING: Final = Change(
    "A Job counts its pods as they end, held by a finalizer until then; they may be deleted afterwards.",
    False,
    ("4.10", True),
    source="Kubernetes 1.23, KEP-2307",
)
JOB_READY: Final = Change(
    "A Job's status counts the pods that are ready.", False, ("4.11", True), source="Kubernetes 1.24, KEP-2879"
)
JOB_TERMINATING: Final = Change(
    "A Job's status counts the pods that are terminating, and a Job ends only when none is left.",
    False,
    ("4.16", True),
    source="Kubernetes 1.29, KEP-3939",
)
JOB_CRITERIA: Final = Change(
    "A Job says SuccessCriteriaMet or FailureTarget before it says Complete or Failed.",
    False,
    ("4.18", True),
    source="Kubernetes 1.31, KEP-3998 and KEP-3939",
)
JOB_REACHED: Final = Change(
    "A complete Job gives a reason and a message.",
    ("", ""),
    ("4.19", ("CompletionsReached", "Reached expected number of succeeded pods")),
    source="Kubernetes 1.32, controller/job/job_controller.go",
)
JOB_BACK_OFF_S: Final = Change(
    "The longest wait between two tries of a Job, in seconds.", 360, ("4.14", 600), source="Kubernetes 1.27"
)
JOB_COMPLETED: Final = Change(
    "A Job that is complete tells it in an event.", False, ("4.5", True), source="Kubernetes 1.18"
)
CRON_JOB_NAME_S: Final = Change(
    "The number in the name of a CronJob's Job counts units of this many seconds.",
    1,
    ("4.8", 60),
    source="Kubernetes 1.21, controller/cronjob/cronjob_controllerv2.go",
)
CRON_SAW: Final = Change(
    "A CronJob tells the condition with which a Job ended.",
    "Saw completed job: {name}, status: {condition}",
    ("4.14", "Saw completed job: {name}, condition: {condition}"),
    source="Kubernetes 1.27, controller/cronjob/cronjob_controllerv2.go",
)
CRON_SUCCESS: Final = Change(
    "A CronJob's status tells when a Job last succeeded.", False, ("4.8", True), source="Kubernetes 1.21"
)
CRON_TIMESTAMP: Final = Change(
    "A Job bears the time for which its CronJob planned it.",
    False,
    ("4.15", True),
    source="Kubernetes 1.28, KEP-4026",
)
