"""What a constraint fills in where a pod says nothing.

Source: openshift/apiserver-library-go, sccmatching/provider.go (CreatePodSecurityContext,
CreateContainerSecurityContext), capabilities/mustrunas.go, seccomp/strategy.go.
"""

from __future__ import annotations

from typing import Any, Final

from simulator.api.admission.security.provider import Provider
from simulator.changes.access import SECCOMP_FIELDS
from simulator.changes.api import RESTRICTED_CONSTRAINT
from simulator.errors import Object
from simulator.release import Dated

SECCOMP_OF_POD: Final = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_OF_CONTAINER: Final = "container.seccomp.security.alpha.kubernetes.io/"
CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")
_LOCAL: Final = "localhost/"
_TYPES: Final = {
    "unconfined": "Unconfined", "runtime/default": "RuntimeDefault", "docker/default": "RuntimeDefault",
}  # fmt: skip
_TEXTS: Final = {"Unconfined": "unconfined", "RuntimeDefault": "runtime/default"}


def prescribed(pod: Object, provider: Provider, release: Dated) -> Object:
    """The pod as it is when the constraint has filled in what it prescribes; the same parts where it has nothing to
    add.
    """
    pod = _with_seccomp(_of_pod(pod, provider), provider, release)
    spec = pod["spec"]
    changed = {}
    for key in CONTAINERS:
        if containers := spec.get(key):
            changed[key] = [_of_container(item, pod, provider, release) for item in containers]
    return {**pod, "spec": {**spec, **changed}}


def _of_pod(pod: Object, provider: Provider) -> Object:
    context: Object = pod["spec"].get("securityContext") or {}
    added: Object = {}
    if provider.selinux is not None and context.get("seLinuxOptions") is None:
        added["seLinuxOptions"] = dict(provider.selinux)
    if provider.fs_groups and context.get("fsGroup") is None:
        added["fsGroup"] = provider.fs_groups[0][0]
    if provider.groups and context.get("supplementalGroups") is None:
        added["supplementalGroups"] = [provider.groups[0][0]]
    return _with_context(pod, {**context, **added}) if added else pod


def _with_context(pod: Object, context: Object) -> Object:
    return {**pod, "spec": {**pod["spec"], "securityContext": context}}


# -- seccomp


def _with_seccomp(pod: Object, provider: Provider, release: Dated) -> Object:
    annotations = pod["metadata"].get("annotations") or {}
    wanted, fields = annotations.get(SECCOMP_OF_POD) or "", SECCOMP_FIELDS.at(release)
    context: Object = pod["spec"].get("securityContext") or {}
    if not wanted and fields:
        wanted = seccomp_text(context.get("seccompProfile"))
    if not wanted:
        wanted = next((profile for profile in provider.seccomp if profile != "*"), "")
    if not wanted:
        return pod
    meta = {**pod["metadata"], "annotations": {**annotations, SECCOMP_OF_POD: wanted}}
    pod = {**pod, "metadata": meta}
    return _with_context(pod, {**context, "seccompProfile": seccomp_profile(wanted)}) if fields else pod


def seccomp_text(profile: Any) -> str:
    """The annotation's word for a field; "" for none, and for what is none."""
    if not profile:
        return ""
    if profile.get("type") == "Localhost" and profile.get("localhostProfile") is not None:
        return f"{_LOCAL}{profile['localhostProfile']}"
    return _TEXTS.get(profile.get("type", ""), "")


def seccomp_profile(text: str) -> Object | None:
    """The field of an annotation's word."""
    if text.startswith(_LOCAL) and text != _LOCAL:
        return {"type": "Localhost", "localhostProfile": text.removeprefix(_LOCAL)}
    return {"type": _TYPES[text]} if text in _TYPES else None


# -- containers


def _of_container(container: Object, pod: Object, provider: Provider, release: Dated) -> Object:
    own: Object = container.get("securityContext") or {}
    context, outer = dict(own), pod["spec"].get("securityContext") or {}
    _limit_capabilities(context, provider)
    if provider.uids and context.get("runAsUser") is None and outer.get("runAsUser") is None:
        context["runAsUser"] = provider.uids[0]
    _limit_privileges(context, provider)
    _refuse_root(context, outer, provider, release)
    if provider.raw.get("readOnlyRootFilesystem") and context.get("readOnlyRootFilesystem") is None:
        context["readOnlyRootFilesystem"] = True
    text = (pod["metadata"].get("annotations") or {}).get(f"{SECCOMP_OF_CONTAINER}{container['name']}")
    if text and SECCOMP_FIELDS.at(release):
        context["seccompProfile"] = seccomp_profile(text)
    return {**container, "securityContext": context} if context != own else container


def _refuse_root(context: Object, outer: Object, provider: Provider, release: Dated) -> None:
    """Who is seen not to be root says so: since restricted-v2, any other user does."""
    if context.get("runAsNonRoot") is not None or outer.get("runAsNonRoot") is not None:
        return
    user = context.get("runAsUser")
    user = outer.get("runAsUser") if user is None else user
    if user is None:
        if provider.non_root:
            context["runAsNonRoot"] = True
    elif user > 0 and RESTRICTED_CONSTRAINT.at(release) != "restricted":
        context["runAsNonRoot"] = True


def _limit_capabilities(context: Object, provider: Provider) -> None:
    own: Object = context.get("capabilities") or {}
    added, dropped = set(own.get("add") or ()), set(own.get("drop") or ())
    more, less = (provider.add - dropped) | added, provider.drop | dropped
    if len(more) == len(added) and len(less) == len(dropped):
        return
    lists = {"add": sorted(more), "drop": sorted(less)}
    context["capabilities"] = {key: names for key, names in lists.items() if names}


def _limit_privileges(context: Object, provider: Provider) -> None:
    """A privileged container, or one that administers the system, is not told that it gains nothing more."""
    default = provider.raw.get("defaultAllowPrivilegeEscalation")
    if context.get("allowPrivilegeEscalation") is not None:
        return
    mighty = context.get("privileged") or "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ())
    if default is not None and not mighty:
        context["allowPrivilegeEscalation"] = default
    elif not provider.privileges:
        context["allowPrivilegeEscalation"] = False
