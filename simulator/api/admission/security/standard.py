"""What stands in where a cluster has no constraints of its own, and where a profile does not say who may use them.

The operators of a real cluster give each of their accounts the constraint that its pods need, and no more. Profiles do
not repeat these grants: a pod of the platform gets the narrowest of three that fits.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any, Final

from simulator.api.authorization import MASTERS
from simulator.api.types import User
from simulator.changes.api import RESTRICTED_CONSTRAINT
from simulator.errors import Object
from simulator.release import Dated

_PLATFORM: Final = ("openshift-", "kube-")
_INSTALLER: Final = "system:ocsim:installer"
_PLAIN: Final = ["configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret"]
_ANY: Final = {"type": "RunAsAny"}
_HOST: Final = dict.fromkeys(
    (
        "allowHostDirVolumePlugin", "allowHostIPC", "allowHostNetwork", "allowHostPID", "allowHostPorts",
        "allowPrivilegedContainer",
    ),
    True,
)  # fmt: skip


def narrowest(release: Dated) -> tuple[str, ...]:
    """The constraints that pods of the platform are tried with, in this order."""
    return RESTRICTED_CONSTRAINT.at(release), "anyuid", "privileged"


def is_component(user: User) -> bool:
    """Whether a part of the simulated platform asks; what a person signs in as with a client certificate is none."""
    return MASTERS in user.groups and user.name.startswith("system:") and user.name != "system:admin"


@lru_cache(maxsize=1024)
def without_masters(component: User) -> User:
    """As what a component of a real cluster asks: it has rights of its own there."""
    return replace(component, groups=tuple(group for group in component.groups if group != MASTERS))


def is_platform(user: User, namespace: str) -> bool:
    """Whether a component makes a pod of the platform."""
    return namespace.startswith(_PLATFORM) or user.name == _INSTALLER


def standard_constraints(release: Dated) -> list[Object]:
    """The three, as every release of this kind has them."""
    plain = RESTRICTED_CONSTRAINT.at(release)
    must: dict[str, Any] = {"runAsUser": {"type": "MustRunAsRange"}, "seLinuxContext": {"type": "MustRunAs"}}
    restricted: Object = {
        "metadata": {"name": plain}, **must, "fsGroup": {"type": "MustRunAs"}, "supplementalGroups": _ANY,
        "requiredDropCapabilities": ["KILL", "MKNOD", "SETUID", "SETGID"], "volumes": _PLAIN,
    }  # fmt: skip
    anyuid = {**restricted, "runAsUser": _ANY, "fsGroup": _ANY, "metadata": {"name": "anyuid"}, "priority": 10}
    anyuid |= {"requiredDropCapabilities": ["MKNOD"], "groups": ["system:cluster-admins"]}
    if plain != "restricted":
        strict = {"requiredDropCapabilities": ["ALL"], "allowedCapabilities": ["NET_BIND_SERVICE"]}
        restricted |= {**strict, "allowPrivilegeEscalation": False, "seccompProfiles": ["runtime/default"]}
        for raw in (restricted, anyuid):
            raw["volumes"] = [*_PLAIN, "csi", "ephemeral", "image"]
    anything = dict.fromkeys(("runAsUser", "seLinuxContext", "fsGroup", "supplementalGroups"), _ANY)
    whatever = {key: ["*"] for key in ("volumes", "allowedCapabilities", "allowedUnsafeSysctls", "seccompProfiles")}
    groups = ["system:cluster-admins", "system:nodes", "system:masters"]
    return [restricted, anyuid, {**_HOST, **anything, **whatever, "metadata": {"name": "privileged"}, "groups": groups}]
