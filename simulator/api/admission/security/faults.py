"""Why a constraint does not admit a pod, in the server's words.

Source: openshift/apiserver-library-go, sccmatching/provider.go (ValidatePodSecurityContext,
ValidateContainerSecurityContext) and the strategies beside it (4.2, 4.20).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from simulator.api.admission.security.constraint import ALL, Constraint
from simulator.api.admission.security.containers import container_faults
from simulator.api.admission.security.prescription import CONTAINERS, SECCOMP_OF_POD, seccomp_text
from simulator.api.admission.security.provider import Provider, Range
from simulator.api.admission.security.wording import invalid, numbers, seccomp_fault, selinux_faults
from simulator.changes.access import CONTAINER_PATH, SAFE_SYSCTLS, SECCOMP_FIELDS, WHOLE_PATHS
from simulator.errors import Object
from simulator.release import Dated

_KINDS: Final = {"cephfs": "cephFS", "vsphereVolume": "vsphere", "storageos": "storageOS"}
_ACCOUNT_FILES: Final = {
    "kube-root-ca.crt": [{"key": "ca.crt", "path": "ca.crt"}],
    "openshift-service-ca.crt": [{"key": "service-ca.crt", "path": "service-ca.crt"}],
}
"""Of the config maps that come with an account's token: what of them may be shown."""


def faults(pod: Object, provider: Provider, release: Dated) -> list[str]:
    """Empty when the constraint admits the pod, which is as ``prescribed`` left it."""
    name, spec = provider.constraint.name, pod["spec"]
    found = list(_pod_faults(pod, provider, release))
    for key in CONTAINERS:
        for index, container in enumerate(spec.get(key) or ()):
            path = CONTAINER_PATH.at(release).format(name=name, list=key, index=index)
            found += container_faults(container, pod, provider, path, release)
    return found


def _pod_faults(pod: Object, provider: Provider, release: Dated) -> Iterator[str]:
    path, spec = f"provider {provider.constraint.name}: .spec.securityContext", pod["spec"]
    context: Object = spec.get("securityContext") or {}
    prefix = f"{path}." if WHOLE_PATHS.at(release) else ""
    own = [] if context.get("fsGroup") is None else [context["fsGroup"]]
    yield from _group_faults(f"{prefix}fsGroup", own, provider.fs_groups)
    yield from _group_faults(f"{prefix}supplementalGroups", context.get("supplementalGroups"), provider.groups)
    yield from _seccomp_faults(pod, context, provider, release)
    yield from selinux_faults(f"{path}.seLinuxOptions", context.get("seLinuxOptions"), provider.selinux)
    yield from host_faults(path, spec, provider.raw)
    if provider.raw.get("userNamespaceLevel") == "RequirePodLevel" and spec.get("hostUsers") is not False:
        yield invalid(f"{path}.hostUsers", spec.get("hostUsers"), "Host Users must be set to false")
    yield from _sysctl_faults(context, provider.raw, release)
    yield from _volume_faults(path, spec.get("volumes") or (), provider.constraint)


def _group_faults(path: str, groups: list[int] | None, ranges: tuple[Range, ...]) -> Iterator[str]:
    if not ranges:
        return
    if not groups:
        yield invalid(path, numbers(groups), "unable to validate empty groups against required ranges")
    for group in groups or ():
        if not any(first <= group <= last for first, last in ranges):
            yield invalid(path, numbers(groups), f"{group} is not an allowed group")


def _seccomp_faults(pod: Object, context: Object, provider: Provider, release: Dated) -> Iterator[str]:
    text = (pod["metadata"].get("annotations") or {}).get(SECCOMP_OF_POD) or ""
    if not text and SECCOMP_FIELDS.at(release):
        text = seccomp_text(context.get("seccompProfile"))
    yield from seccomp_fault(SECCOMP_OF_POD, text, provider.seccomp, fields=SECCOMP_FIELDS.at(release))


_HOST: Final = (
    ("hostNetwork", "allowHostNetwork", "Host network is not allowed to be used"),
    ("hostPID", "allowHostPID", "Host PID is not allowed to be used"),
    ("hostIPC", "allowHostIPC", "Host IPC is not allowed to be used"),
)


def host_faults(path: str, spec: Object, raw: Object) -> Iterator[str]:
    """Of the host's namespaces."""
    for field, allowed, detail in _HOST:
        if spec.get(field) and not raw.get(allowed):
            yield invalid(f"{path}.{field}", True, detail)


def _sysctl_faults(context: Object, raw: Object, release: Dated) -> Iterator[str]:
    for index, one in enumerate(context.get("sysctls") or ()):
        path, name = f"pod.spec.securityContext.sysctls[{index}]", one.get("name", "")
        if _matches(name, raw.get("forbiddenSysctls")):
            yield f'{path}: Forbidden: sysctl "{name}" is not allowed'
        elif name not in SAFE_SYSCTLS.at(release) and not _matches(name, raw.get("allowedUnsafeSysctls")):
            yield f'{path}: Forbidden: unsafe sysctl "{name}" is not allowed'


def _matches(name: str, patterns: list[str] | None) -> bool:
    return any(name.startswith(one[:-1]) if one.endswith(ALL) else name == one for one in patterns or ())


# -- volumes


def _volume_faults(path: str, volumes: Sequence[Object], constraint: Constraint) -> Iterator[str]:
    allowed = constraint.volumes
    for index, volume in enumerate(volumes):
        kind = _kind(volume)
        if kind not in allowed and ALL not in allowed:
            if kind != "projected" or "secret" not in allowed or not is_of_account(volume["projected"]):
                yield invalid(f"spec.volumes[{index}]", kind, f"{kind} volumes are not allowed to be used")
        elif kind == "flexVolume" and not _is_allowed_driver(volume[kind], constraint.raw):
            where = f"{path}.volumes[{index}].driver"
            yield invalid(where, volume[kind].get("driver"), "Flexvolume driver is not allowed to be used")


def _kind(volume: Object) -> str:
    for key in volume:
        if key != "name":
            return _KINDS.get(key, key)
    return ""


def _is_allowed_driver(volume: Object, raw: Object) -> bool:
    drivers = [one.get("driver") for one in raw.get("allowedFlexVolumes") or ()]
    return not drivers or volume.get("driver") in drivers


def is_of_account(projected: Object) -> bool:
    """Whether a projected volume shows no more than the token of an account and what comes with it."""
    return all(map(_is_of_account, projected.get("sources") or ()))


def _is_of_account(source: Any) -> bool:
    token, files, fields = (source.get(key) for key in ("serviceAccountToken", "configMap", "downwardAPI"))
    if token is None and files is None and fields is None:
        return False
    if token is not None and (token.get("path") != "token" or token.get("audience")):
        return False
    if files is not None:
        wanted = _ACCOUNT_FILES.get(files.get("name", ""))
        if wanted is None or files.get("items") != wanted:
            return False
    items = (fields or {}).get("items") or ()
    return all(
        item.get("path") == "namespace" and (item.get("fieldRef") or {}).get("fieldPath") == "metadata.namespace"
        for item in items
    )
