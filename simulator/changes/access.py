"""What changed in who is taken for whom, and who may do what."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

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
