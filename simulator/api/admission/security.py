"""Security context constraints: what a pod may be, and who it runs as. Source: origin, securitycontextconstraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.changes.api import REQUIRED_CONSTRAINT, RESTRICTED_CONSTRAINT, SUBJECT_OF_CONSTRAINT
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_UIDS, _GROUPS = "openshift.io/sa.scc.uid-range", "openshift.io/sa.scc.supplemental-groups"
_MCS, _SCC = "openshift.io/sa.scc.mcs", "openshift.io/scc"
_RUN_LEVEL = "openshift.io/run-level"  # namespaces of the control plane start before this step works
_SUBJECT, _SECCOMP = "security.openshift.io/validated-scc-subject-type", "seccomp.security.alpha.kubernetes.io/pod"
_REQUIRED = "openshift.io/required-scc"
_DROPPED = {
    "restricted": ["KILL", "MKNOD", "SETGID", "SETUID"],
    "restricted-v2": ["ALL"],
    "anyuid": ["MKNOD"],
    "nonroot-v2": ["ALL"],
    "hostmount-anyuid": ["MKNOD"],
}
_PROFILES = {"RuntimeDefault": "runtime/default", "Unconfined": "unconfined"}
_OF_EVERYBODY = ("restricted", "restricted-v2")
_PLAIN_VOLUMES = (
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret",
)  # fmt: skip


def assign_security_context(
    server: ApiServer,
    operation: str,
    user: User,
    resource: ResourceType,
    obj: Object,
    old: Object | None,
    subresource: str,
) -> Object:
    """Annotate the pod with the constraint that admits it, and fill in what that prescribes for its namespace."""
    if not is_new_pod(operation, resource, subresource):
        return obj
    stored = server.state.get("namespaces", "", obj["metadata"]["namespace"])
    meta: Any = stored.object["metadata"] if stored is not None else {}
    if (meta.get("labels") or {}).get(_RUN_LEVEL) in ("0", "1"):
        return obj
    annotations: Any = meta.get("annotations") or {}
    own = obj["metadata"].get("annotations") or {}
    plain = RESTRICTED_CONSTRAINT.at(server.release)
    name = _constraint(obj["spec"], user, annotations, plain)
    if REQUIRED_CONSTRAINT.at(server.release) and own.get(_REQUIRED):
        name = own[_REQUIRED]
    spec = _prescribed(obj["spec"], name, annotations) if name in _DROPPED else obj["spec"]
    noted = {_SCC: name}
    if plain == "restricted-v2":
        spec = _hardened(spec, strict=name == plain)
        if profile := (spec.get("securityContext") or {}).get("seccompProfile"):
            noted[_SECCOMP] = _PROFILES.get(profile.get("type"), "")
    if SUBJECT_OF_CONSTRAINT.at(server.release):
        noted[_SUBJECT] = "user" if name not in _OF_EVERYBODY and _is_person(user) else "serviceaccount"
    noted = {key: text for key, text in noted.items() if text}
    return {**obj, "metadata": {**obj["metadata"], "annotations": {**own, **noted}}, "spec": spec}


def _is_person(user: User) -> bool:
    return not user.name.startswith("system:") and "system:cluster-admins" in user.groups


def _constraint(spec: Object, user: User, annotations: Any, plain: str) -> str:
    """The narrowest constraint that admits the pod. Administrators have ``anyuid``, which goes first."""
    if _needs_privileges(spec):
        return "privileged"
    return "anyuid" if _is_person(user) or _chooses_user(spec, annotations) else plain


def _hardened(spec: Object, *, strict: bool) -> Object:
    """What constraints do since there is restricted-v2: it forbids new privileges and asks for the runtime's own
    seccomp profile; and any that sees a user other than root says so.
    """
    context = spec.get("securityContext") or {}
    if strict and "seccompProfile" not in context:
        context = {**context, "seccompProfile": {"type": "RuntimeDefault"}}
    result = {**spec, "securityContext": context}
    for key in ("initContainers", "containers"):
        if spec.get(key):
            result[key] = [_harden(item, context, strict) for item in spec[key]]
    return result


def _harden(container: Object, pod: Object, strict: bool) -> Object:
    context: Object = dict(container.get("securityContext") or {})
    if strict:
        context.setdefault("allowPrivilegeEscalation", False)
    user = context.get("runAsUser", pod.get("runAsUser"))
    if user and "runAsNonRoot" not in context and "runAsNonRoot" not in pod:
        context["runAsNonRoot"] = True
    return {**container, "securityContext": context} if context else container


def _containers(spec: Object) -> list[Any]:
    return [*(spec.get("initContainers") or ()), *spec["containers"]] if spec.get("containers") else []


def _needs_privileges(spec: Object) -> bool:
    if any(spec.get(key) for key in ("hostNetwork", "hostPID", "hostIPC")):
        return True
    if any(key not in _PLAIN_VOLUMES for volume in spec.get("volumes") or () for key in volume if key != "name"):
        return True
    for container in _containers(spec):
        context = container.get("securityContext") or {}
        if context.get("privileged") or (context.get("capabilities") or {}).get("add"):
            return True
        if any(port.get("hostPort") for port in container.get("ports") or ()):
            return True
    return False


def _chooses_user(spec: Object, annotations: Any) -> bool:
    """Whether the pod asks for a user or group outside of its namespace's range."""
    contexts = [spec.get("securityContext") or {}, *((item.get("securityContext") or {}) for item in _containers(spec))]
    users = [context["runAsUser"] for context in contexts if "runAsUser" in context]
    groups = [context["fsGroup"] for context in contexts if "fsGroup" in context]
    return not all(_within(user, annotations.get(_UIDS)) for user in users) or not all(
        _within(group, annotations.get(_GROUPS)) for group in groups
    )


def _within(number: int, span: Any) -> bool:
    if not span:
        return False
    first, _, size = str(span).partition("/")
    return int(first) <= number < int(first) + int(size or 1)


def _prescribed(spec: Object, constraint: str, annotations: Any) -> Object:
    context: Object = dict(spec.get("securityContext") or {})
    if annotations.get(_MCS) and "seLinuxOptions" not in context:
        context["seLinuxOptions"] = {"level": annotations[_MCS]}
    if constraint in _OF_EVERYBODY and annotations.get(_GROUPS) and "fsGroup" not in context:
        context["fsGroup"] = int(annotations[_GROUPS].partition("/")[0])
    user = annotations.get(_UIDS, "").partition("/")[0] if constraint in _OF_EVERYBODY else ""
    result = {**spec, "securityContext": context}
    for key in ("initContainers", "containers"):
        if spec.get(key):
            result[key] = [_container(item, constraint, user, "runAsUser" in context) for item in spec[key]]
    return result


def _container(container: Object, constraint: str, user: str, pod_chose: bool) -> Object:
    context: Object = dict(container.get("securityContext") or {})
    capabilities = context.get("capabilities") or {}
    dropped = [*(capabilities.get("drop") or ())]
    dropped += [name for name in _DROPPED[constraint] if name not in dropped]
    context["capabilities"] = {**capabilities, "drop": dropped}
    if user and not pod_chose and "runAsUser" not in context:
        context["runAsUser"] = int(user)
    return {**container, "securityContext": context}
