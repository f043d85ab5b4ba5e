"""What changed in ``oc``. The release is that of the client, which need not be the cluster's."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

ROLLOUT_RESTART: Final = Change("oc rollout restart exists.", False, ("4.3", True), source="kubectl 1.15")

SHORT_USAGE_ERRORS: Final = Change(
    "A wrong flag or command is told in two lines, without the whole usage text.",
    False,
    ("4.3", True),
    source="openshift/oc 4.3, kubectl 1.16 (FlagErrorFunc)",
)
QUOTED_DURATIONS: Final = Change(
    "A duration that is none is quoted in the error.", False, ("4.6", True), source="Go 1.15, time.ParseDuration"
)

# -- what get prints

NOTHING_FOUND: Final = Change(
    "oc get says where it found nothing: in a namespace, or at all.",
    ("No resources found.", "No resources found."),
    ("4.3", ("No resources found in {namespace} namespace.", "No resources found")),
    source="kubectl 1.16, cmd/get/get.go",
)
TABLE_ACCEPTED: Final = Change(
    "oc get asks the server for tables of meta.k8s.io/v1.",
    "application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json",
    (
        "4.3",
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,"
        "application/json",
    ),
    source="kubectl 1.16, cmd/get/get.go",
)
CELLS_OF_ONE_LINE: Final = Change(
    "A cell of a table is cut at the end of its first line.",
    False,
    ("4.13", True),
    source="cli-runtime 0.26, printers/tableprinter.go",
)
LIST_SELF_LINK: Final = Change(
    "The List in which oc get shows several objects has an empty metadata.selfLink.",
    True,
    ("4.11", False),
    source="kubectl 1.24, cmd/get/get.go",
)
JSON_OF_JSONPATH: Final = Change(
    "The output format jsonpath-as-json exists.", False, ("4.6", True), source="cli-runtime 0.19, jsonpath_flags.go"
)
JSONPATH_PRINTS_JSON: Final = Change(
    "A map or a list that a JSONPath finds is printed as JSON, not as Go prints it.",
    False,
    ("4.6", True),
    source="Kubernetes 1.19, client-go, util/jsonpath; kubernetes#89660",
)
HIDES_MANAGED_FIELDS: Final = Change(
    "Objects are shown as YAML and JSON without metadata.managedFields.",
    False,
    ("4.8", True),
    source="cli-runtime 0.21, printers/managedfields.go",
)
FIELD_MANAGERS: Final = Change(
    "Commands that write name themselves to the server as managers of the fields that they set.",
    False,
    ("4.6", True),
    source="kubectl 1.19, --field-manager",
)
SERVER_WARNINGS: Final = Change(
    "Warnings of the server are printed.", False, ("4.6", True), source="Kubernetes 1.19, KEP-1693"
)

# -- what commands that write say

NO_SUCH_KIND: Final = Change(
    "A manifest of a kind that the server lacks is told with its name and namespace.",
    'unable to recognize "{source}": no matches for kind "{kind}" in version "{version}"',
    (
        "4.11",
        'resource mapping not found for name: "{name}" namespace: "{namespace}" from "{source}": '
        'no matches for kind "{kind}" in version "{version}"\nensure CRDs are installed first',
    ),
    source="cli-runtime 0.24, resource/mapper.go",
)
_MISSING_ANNOTATION = (
    "Warning: resource {name} is missing the kubectl.kubernetes.io/last-applied-configuration annotation which is "
    "required by oc apply. oc apply should only be used on resources created declaratively by either oc create "
    "--save-config or oc apply. The missing annotation will be patched automatically."
)
NOT_APPLIED: Final = Change(
    "oc apply names the object that it did not make itself.",
    "Warning: oc apply should be used on resource created by either oc create --save-config or oc apply",
    ("4.7", _MISSING_ANNOTATION),
    source="kubectl 1.20, cmd/apply/apply.go",
)
_SERVICES = tuple(f"{kind} service" for kind in ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort"))
_SINCE_4_6 = ("deployment", "clusterrolebinding")
_SINCE_4_7 = (*_SINCE_4_6, "cronjob", "job", "quota", "rolebinding", *_SERVICES)
_SINCE_4_8 = (*_SINCE_4_7, "configmap", "secret", "serviceaccount")
FAILED_TO_CREATE: Final[Change[tuple[str, ...]]] = Change(
    'oc create KIND begins its error with "failed to create".',
    (),
    ("4.6", _SINCE_4_6),
    ("4.7", _SINCE_4_7),
    ("4.8", _SINCE_4_8),
    ("4.10", (*_SINCE_4_8, "namespace")),
    source="kubectl 1.19 to 1.23, cmd/create",
)
REFUSES_THE_SAME_LABEL: Final = Change(
    "oc label refuses to set a label to the value that it has, without --overwrite.",
    True,
    ("4.12", False),
    source="kubectl 1.25, cmd/label/label.go",
)
UNLABELED: Final = Change(
    "oc label tells a removal as unlabeled.", False, ("4.10", True), source="kubectl 1.23, cmd/label/label.go"
)
NOTHING_TO_SCALE: Final = Change(
    "oc scale says that nothing was passed to it when an object is not found.",
    False,
    ("4.19", True),
    source="kubectl 1.32, cmd/scale/scale.go",
)
WARNING_WORD: Final = Change(
    "Warnings of the client begin with a capital.", "warning", ("4.12", "Warning"), source="kubectl 1.25, cmd/delete"
)
NO_NAME: Final = Change(
    "A type without a name, a selector or --all is refused in shorter words.",
    "resource(s) were provided, but no name, label selector, or --all flag specified",
    ("4.8", "resource(s) were provided, but no name was specified"),
    source="cli-runtime 0.21, resource/builder.go",
)
DELETED_FROM: Final = Change(
    "oc delete tells from which namespace.", False, ("4.21", True), source="kubectl 1.34, cmd/delete/delete.go"
)
NO_PATCH: Final = Change(
    "oc patch takes its patch from a file as well.",
    'required flag(s) "patch" not set',
    ("4.7", "must specify --patch or --patch-file containing the contents of the patch"),
    source="kubectl 1.20, cmd/patch/patch.go",
)
PATCH_TYPE_REFUSED: Final = Change(
    "oc patch says which type of patch the server does not take.",
    "",
    ("4.13", "{type} is not supported by {kind}: {message}"),
    source="kubectl 1.26, cmd/patch/patch.go",
)
BAD_PATCH_OF_SERVER: Final = Change(
    "What is wrong with a patch that looks like JSON is told in the server's words.",
    False,
    ("4.3", True),
    source="kube-apiserver, handlers/patch.go (error decoding patch)",
)
LOCAL_DRY_RUN_OF_PATCH: Final = Change(
    "oc patch --dry-run=client patches the object without the server.",
    False,
    ("4.5", True),
    source="kubectl 1.18, cmd/patch/patch.go",
)

# -- oc wait

WAITS_FOR_JSONPATH: Final = Change(
    "oc wait waits for the value of a JSONPath as well.", False, ("4.10", True), source="kubectl 1.23, cmd/wait"
)
WAITS_FOR_CREATION: Final = Change(
    "oc wait --for=create waits until an object is there.", False, ("4.18", True), source="kubectl 1.31, cmd/wait"
)
NOTHING_IS_DELETED: Final = Change(
    "oc wait --for=delete is content when a selector finds nothing.",
    False,
    ("4.9", True),
    source="kubectl 1.22, cmd/wait",
)

# -- oc create KIND

CRONJOB_VERSION: Final = Change(
    "oc create cronjob makes one of batch/v1.", "batch/v1beta1", ("4.8", "batch/v1"), source="kubectl 1.21, cmd/create"
)

# -- what describe shows

EVENT_HOST: Final = Change(
    "Events of oc describe name the host of their source.", True, ("4.5", False), source="kubectl 1.18, describe.go"
)
USED_BY_FIRST: Final = Change(
    'oc describe pvc names the pods that use a claim as "Used By", before the events.',
    False,
    ("4.7", True),
    source="kubectl 1.20, describe.go",
)
PRIORITY_CLASS_ROW: Final = Change(
    "oc describe pod tells the priority class only when there is one.",
    False,
    ("4.3", True),
    source="kubectl 1.16, describe.go",
)
SERVICE_ACCOUNT_ROW: Final = Change(
    "oc describe pod tells the service account.", False, ("4.12", True), source="kubectl 1.25, describe.go"
)
ENDED_PODS_TERMINATE_NO_MORE: Final = Change(
    "oc describe pod shows no Terminating for pods that have ended.",
    False,
    ("4.18", True),
    source="kubectl 1.31, describe.go",
)
SECCOMP_ROW: Final = Change(
    "oc describe pod tells the seccomp profile.", False, ("4.14", True), source="kubectl 1.27, describe.go"
)
POD_IPS: Final = Change("oc describe pod lists all IPs.", False, ("4.3", True), source="kubectl 1.16, describe.go")
TOLERATION_OPERATOR: Final = Change(
    "oc describe tells that a toleration asks for existence only.",
    False,
    ("4.6", True),
    source="kubectl 1.19, describe.go",
)
SPREAD_CONSTRAINTS: Final = Change(
    "oc describe tells topology spread constraints.", False, ("4.12", True), source="kubectl 1.25, describe.go"
)
TEMPLATE_SCHEDULING: Final = Change(
    "oc describe tells node selectors and tolerations of pod templates.",
    False,
    ("4.17", True),
    source="kubectl 1.30, describe.go",
)
OPTIONAL_PROJECTIONS: Final = Change(
    "oc describe tells of projected volumes whether they are optional, not a pointer.",
    False,
    ("4.20", True),
    source="kubectl 1.33, describe.go",
)
CSI_FS_TYPE: Final = Change(
    "oc describe pv tells the filesystem of a CSI volume.", False, ("4.4", True), source="kubectl 1.17, describe.go"
)
NO_REPLICA_SETS_UNTOLD: Final = Change(
    "oc describe deployment leaves out ReplicaSets when there is none.",
    False,
    ("4.9", True),
    source="kubectl 1.22, describe.go",
)
DAEMON_SET_NAMESPACE: Final = Change(
    "oc describe ds tells the namespace.", False, ("4.20", True), source="kubectl 1.33, describe.go"
)
ACTIVE_PODS: Final = Change(
    "oc describe job counts active pods, not running ones.", "Running", ("4.10", "Active"), source="kubectl 1.23"
)
COMPLETION_MODE: Final = Change(
    "oc describe job tells the completion mode.", False, ("4.8", True), source="kubectl 1.21, describe.go"
)
JOB_RULES: Final = Change(
    "oc describe job tells suspension, back-off limit and time to live.",
    False,
    ("4.17", True),
    source="kubectl 1.30, describe.go",
)
NO_LIMITS: Final = Change(
    "oc describe namespace says in other words that there are no limits.",
    "No resource limits.",
    ("4.4", "No LimitRange resource."),
    source="kubectl 1.17, describe.go",
)
QUOTA_INDENT: Final = Change(
    "oc describe namespace indents quotas by two spaces.", 1, ("4.8", 2), source="kubectl 1.21, describe.go"
)
PREEMPTION_POLICY: Final = Change(
    "oc describe priorityclass tells the preemption policy.", False, ("4.11", True), source="kubectl 1.24, describe.go"
)
BINARY_DATA: Final = Change(
    "oc describe cm tells binary data.", False, ("4.9", True), source="kubectl 1.22, describe.go"
)
GAP_AFTER_KEY: Final = Change(
    "oc describe cm leaves a line free after each key.", False, ("4.18", True), source="kubectl 1.31, describe.go"
)
NODE_LEASE: Final = Change(
    "oc describe node shows the node's lease.", False, ("4.4", True), source="kubectl 1.17, describe.go"
)
MACHINE_INDENT: Final = Change(
    "oc describe node indents resources and system info by two spaces.",
    1,
    ("4.3", 2),
    source="kubectl 1.16, describe.go",
)
AGE_HEADER: Final = Change(
    "oc describe node heads the ages of pods with Age.", "AGE", ("4.8", "Age"), source="kubectl 1.21, describe.go"
)
HUGE_PAGES: Final = Change(
    "oc describe node sums up huge pages.", False, ("4.5", True), source="kubectl 1.18, describe.go"
)
IP_FAMILIES: Final = Change(
    "oc describe svc tells IP families and all IPs.", False, ("4.7", True), source="kubectl 1.20, describe.go"
)
INTERNAL_POLICY: Final = Change(
    "oc describe svc tells the internal traffic policy.", False, ("4.18", True), source="kubectl 1.31, describe.go"
)
WANTED_ADDRESS: Final = Change(
    "oc describe svc tells the wanted address of a load balancer under a name of its own.",
    "IP:",
    ("4.18", "Desired LoadBalancer IP:"),
    source="kubectl 1.31, describe.go",
)
LOAD_BALANCER_MODE: Final = Change(
    "oc describe svc tells the mode of a load balancer's address.",
    False,
    ("4.18", True),
    source="kubectl 1.31, describe.go",
)
READS_SLICES: Final = Change(
    "oc describe svc reads EndpointSlices instead of Endpoints.",
    False,
    ("4.18", True),
    source="kubectl 1.31, describe.go",
)
ROUTE_ENDPOINTS_OF_PORT: Final = Change(
    "oc describe route shows the endpoints of the route's port only.",
    False,
    ("4.8", True),
    source="openshift/oc 4.8, pkg/helpers/describe",
)

# -- the session

NAME_IN_PROJECTS: Final = Change(
    "oc projects forgets the name of the command in what it recommends.",
    "oc",
    ("4.6", ""),
    source="openshift/oc 4.6, pkg/cli/projects",
)
LOGIN_REFUSED: Final = Change(
    "oc login asks for the correct credentials.",
    "Login failed (401 Unauthorized)\nVerify you have provided correct credentials.",
    ("4.12", "Login failed (401 Unauthorized)\nVerify you have provided the correct credentials."),
    source="openshift/oc 4.12, pkg/cli/login",
)
EXAMPLE_APP: Final = Change(
    "oc new-project recommends an example in Ruby.",
    ("django-psql-example", "Python"),
    ("4.5", ("rails-postgresql-example", "Ruby")),
    source="openshift/oc 4.5, pkg/cli/requestproject",
)
HELLO_NODE: Final = Change(
    "oc new-project recommends another image.",
    "gcr.io/hello-minikube-zero-install/hello-node",
    ("4.6", "k8s.gcr.io/serve_hostname"),
    ("4.10", "k8s.gcr.io/e2e-test-images/agnhost:2.33 -- /agnhost serve-hostname"),
    ("4.13", "registry.k8s.io/e2e-test-images/agnhost:2.43 -- /agnhost serve-hostname"),
    source="openshift/oc, pkg/cli/requestproject",
)
REVIEWS_ITSELF: Final = Change(
    "oc whoami of somebody who is not logged in is told to log in.",
    False,
    ("4.15", True),
    source="openshift/oc 4.15, pkg/cli/whoami (SelfSubjectReview)",
)
CLIENT_VERSION: Final = Change(
    "oc version tells the client's version without a v.", "v{version}", ("4.3", "{version}"), source="openshift/oc"
)
KUSTOMIZE_VERSION: Final = Change(
    "oc version tells the version of kustomize.",
    "",
    ("4.11", "v4.5.4"),
    ("4.12", "v4.5.7"),
    ("4.14", "v5.0.1"),
    ("4.15", "v5.0.4-0.20230601165947-6ce0bf390ce3"),
    ("4.18", "v5.4.2"),
    ("4.19", "v5.5.0"),
    ("4.20", "v5.6.0"),
    ("4.21", "v5.7.1"),
    source="openshift/oc, go.mod",
)
SERVER_VERSION_OF_HISTORY: Final = Change(
    "oc version reads the server's version from the ClusterVersion.",
    False,
    ("4.11", True),
    source="openshift/oc, pkg/cli/version",
)
API_COLUMN: Final = Change(
    "oc api-resources shows group and version.", "APIGROUP", ("4.7", "APIVERSION"), source="kubectl 1.20"
)
CATEGORIES_COLUMN: Final = Change(
    "oc api-resources -o wide shows categories.", False, ("4.13", True), source="kubectl 1.26, cmd/apiresources"
)
WHAT_ALL_LISTS: Final = Change(
    "oc status does not promise that oc get all lists everything.",
    "everything",
    ("4.6", "resources"),
    source="openshift/oc 4.6, pkg/helpers/describe",
)
PODS_ARE_PROBED: Final = Change(
    "oc status misses liveness probes of pods that stand alone.",
    True,
    ("4.3", False),
    source="openshift/oc 4.3, pkg/helpers/graph/kubegraph",
)

# -- pods

DEFAULTED_CONTAINER: Final = Change(
    "oc names all containers when it takes the first one.",
    "Defaulting container name to {name}.\n"
    "Use 'oc describe pod/{pod} -n {namespace}' to see all of the containers in this pod.",
    ("4.8", 'Defaulted container "{name}" out of: {all}'),
    source="kubectl 1.21, cmd/util/podcmd",
)
DEFAULT_CONTAINER_OF_LOGS: Final = Change(
    "oc logs takes the first container of several.", False, ("4.8", True), source="kubectl 1.21, polymorphichelpers"
)
CLIENT_KNOWS_CONTAINERS: Final = Change(
    "oc logs itself refuses a container that the pod has not.", False, ("4.4", True), source="kubectl 1.17"
)
LOGS_NAME_THE_NAMESPACE: Final = Change(
    "oc logs names the namespace in which it did not find a pod.",
    False,
    ("4.17", True),
    source="kubectl 1.30, cmd/logs",
)
NO_POD: Final = Change(
    "oc exec and oc rsh without a pod say so in other words.",
    "",
    ("4.5", "pod, type/name or --filename must be specified"),
    source="kubectl 1.18, cmd/exec",
)
EXEC_NEEDS_DASHES: Final = Change(
    "oc exec needs -- before its command.", False, ("4.18", True), source="kubectl 1.31, cmd/exec"
)

DEBUG_IMAGE: Final = Change(
    "oc debug of a node falls back to another image.",
    "registry.redhat.io/rhel7/support-tools",
    ("4.12", "registry.redhat.io/rhel8/support-tools"),
    ("4.16", "registry.redhat.io/rhel9/support-tools"),
    source="openshift/oc, pkg/cli/debug",
)

# -- oc set

LISTED_VOLUMES_HEAD: Final = Change(
    "oc set volume forgets the type of what it lists.",
    "{type}/{name}",
    ("4.5", " {name}"),
    source="openshift/oc 4.5, pkg/cli/set/volume.go",
)
TYPE_IN_SET_WARNING: Final = Change(
    "oc set forgets the type in its warnings.", True, ("4.5", False), source="openshift/oc 4.5, pkg/cli/set"
)

# -- oc edit

EDITOR_VARIABLES: Final[Change[tuple[str, ...]]] = Change(
    "oc edit looks no more at OC_EDITOR.",
    ("OC_EDITOR", "KUBE_EDITOR", "EDITOR"),
    ("4.7", ("KUBE_EDITOR", "EDITOR")),
    source="openshift/oc 4.7",
)
DIGITS_IN_NAMES: Final = Change(
    "oc edit names its temporary file by digits.", False, ("4.9", True), source="kubectl 1.22, cmd/util/editor"
)
CHECKS_CUSTOM_NAMES: Final = Change(
    "oc edit refuses to rename custom resources as well.", False, ("4.10", True), source="kubectl 1.23, cmd/util/editor"
)

# -- oc explain

EXPLAINS_GROUPS: Final = Change(
    "oc explain tells the group, and types by their names.", False, ("4.13", True), source="kubectl 1.26, explain/v2"
)

# -- oc help

CATALOG: Final = Change(
    "oc has the commands of 4.20: events, get-token, adm inspect and others more; types, ex and convert no more.",
    "catalog-4.2.yaml",
    ("4.20", "catalog-4.20.yaml"),
    source="openshift/oc 4.20, oc help",
)
USAGE_LAST: Final = Change(
    "Help texts tell the usage last, and options in two lines.",
    False,
    ("4.11", True),
    source="kubectl 1.24, util/templates",
)
