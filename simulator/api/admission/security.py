"""Security context constraints: what a pod may be, and who it runs as. Source: origin, securitycontextconstraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.api.admission.refusal import is_new_pod
from simulator.api.resourcetable import ResourceType
from simulator.api.types import User
from simulator.errors import Object

if TYPE_CHECKING:
    from simulator.api.server import ApiServer


_UIDS, _GROUPS = "openshift.io/sa.scc.uid-range", "openshift.io/sa.scc.supplemental-groups"
_MCS, _SCC = "openshift.io/sa.scc.mcs", "openshift.io/scc"
_RUN_LEVEL = "openshift.io/run-level"  # namespaces of the control plane start before this step works
_DROPPED = {"restricted": ["KILL", "MKNOD", "SETGID", "SETUID"], "anyuid": ["MKNOD"]}
_PLAIN_VOLUMES = ("configMap", "downwardAPI", "emptyDir", "persistentVolumeClaim", "projected", "secret")


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
    name = _constraint(obj["spec"], user, annotations)
    own = {**(obj["metadata"].get("annotations") or {}), _SCC: name}
    spec = obj["spec"] if name == "privileged" else _prescribed(obj["spec"], name, annotations)
    return {**obj, "metadata": {**obj["metadata"], "annotations": own}, "spec": spec}


def _constraint(spec: Object, user: User, annotations: Any) -> str:
    """The narrowest constraint that admits the pod. Administrators have ``anyuid``, which goes first."""
    if _needs_privileges(spec):
        return "privileged"
    person = not user.name.startswith("system:") and "system:cluster-admins" in user.groups
    return "anyuid" if person or _chooses_user(spec, annotations) else "restricted"


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
    if constraint == "restricted" and annotations.get(_GROUPS) and "fsGroup" not in context:
        context["fsGroup"] = int(annotations[_GROUPS].partition("/")[0])
    user = annotations.get(_UIDS, "").partition("/")[0] if constraint == "restricted" else ""
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
