"""What changed in who is taken for whom, and who may do what."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

_SYSCTLS_4_5: Final = (
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
)  # fmt: skip
_SYSCTLS_4_9: Final = (*_SYSCTLS_4_5, "net.ipv4.ip_unprivileged_port_start")
_TCP_TIMES: Final = tuple(
    f"net.ipv4.tcp_{what}" for what in ("keepalive_time", "fin_timeout", "keepalive_intvl", "keepalive_probes")
)

HASHED_TOKENS: Final = Change(
    "OAuth access tokens begin with sha256~ and are kept under their hash.",
    False,
    ("4.6", True),
    source="openshift/oauth-server 4.6",
)
CREDENTIAL_IDS: Final = Change(
    "A user's extra tells the ID of the token or certificate, and the node of a pod's token.",
    False,
    ("4.19", True),
    source="Kubernetes 1.32, ServiceAccountTokenJTI, ServiceAccountTokenPodNodeInfo, x509 credential ID",
)
IMPERSONATED_UIDS: Final = Change(
    "Impersonation tells a UID as well.", False, ("4.9", True), source="Kubernetes 1.22, Impersonate-Uid"
)

# -- security context constraints

RESTRICTION_POINTS: Final = Change(
    "How lax a constraint is counts for more where two differ in one thing only: privileged containers, host ports, "
    "the host's network, its directories, volumes that are more than files of the cluster.",
    (1_000_000, 400_000, 200_000, 100_000, 50_000),
    ("4.9", (1_600_000, 800_000, 400_000, 200_000, 100_000)),
    source="apiserver-library-go 4.2 and 4.9, util/sort/byrestrictions.go",
)
WHOLE_PATHS: Final = Change(
    "Why a constraint does not admit a pod: users, groups and capabilities are named by the whole path of their field.",
    False,
    ("4.6", True),
    source="apiserver-library-go 4.6, sccmatching/provider.go",
)
EVERY_CONSTRAINT_ANSWERS: Final = Change(
    "A pod that no constraint admits is told of those as well that neither its user nor its account may use.",
    False,
    ("4.8", True),
    source="apiserver-library-go 4.8, sccadmission/admission.go",
)
CONTAINER_PATH: Final = Change(
    "Why a constraint does not admit a container: the path begins with the constraint.",
    "spec.{list}[{index}].securityContext",
    ("4.10", "provider {name}: .{list}[{index}]"),
    source="apiserver-library-go 4.10, sccmatching/matcher.go",
)
SECCOMP_FIELDS: Final = Change(
    "Constraints judge the seccomp profile in the pod's fields, and no longer its annotations alone.",
    False,
    ("4.11", True),
    source="apiserver-library-go 4.11, seccomp/strategy.go",
)
SAFE_SYSCTLS: Final = Change(
    "Kernel parameters that every pod may set.",
    ("kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies"),
    ("4.5", _SYSCTLS_4_5),
    ("4.9", _SYSCTLS_4_9),
    ("4.16", (*_SYSCTLS_4_9, *_TCP_TIMES)),
    source="Kubernetes 1.18, 1.22 and 1.29, kubelet/sysctl/safe_sysctls.go",
)
