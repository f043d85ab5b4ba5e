"""Why a constraint does not admit a container.

Source: openshift/apiserver-library-go, sccmatching/provider.go (ValidateContainerSecurityContext), user/ and
capabilities/.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from simulator.api.admission.security.prescription import SECCOMP_OF_CONTAINER, SECCOMP_OF_POD, seccomp_text
from simulator.api.admission.security.provider import Provider
from simulator.api.admission.security.wording import invalid, names, required, seccomp_fault, selinux_faults
from simulator.changes.access import CONTAINER_PATH, SECCOMP_FIELDS, WHOLE_PATHS
from simulator.errors import Object
from simulator.release import Dated

_ESCALATION = "Allowing privilege escalation for containers is not allowed"
_READ_ONLY = "ReadOnlyRootFilesystem must be set to true"


def container_faults(container: Object, pod: Object, provider: Provider, path: str, release: Dated) -> Iterator[str]:
    """``path``: of the container, as the release's messages have it."""
    context: Object = container.get("securityContext") or {}
    outer: Object = pod["spec"].get("securityContext") or {}
    whole, raw = WHOLE_PATHS.at(release), provider.raw
    yield from _user_faults(path if whole else f"{path}.securityContext", context, outer, provider)
    options = context.get("seLinuxOptions")
    options = outer.get("seLinuxOptions") if options is None else options
    yield from selinux_faults(f"{path}.seLinuxOptions", options, provider.selinux)
    yield from _seccomp_faults(container, pod, provider, release)
    if context.get("privileged") and not raw.get("allowPrivilegedContainer"):
        yield invalid(f"{path}.privileged", True, "Privileged containers are not allowed")
    yield from _capability_faults(f"{path}." if whole else "", context.get("capabilities"), provider)
    if not raw.get("allowHostNetwork") and pod["spec"].get("hostNetwork"):
        yield invalid(f"{path}.hostNetwork", True, "Host network is not allowed to be used")
    if not raw.get("allowHostPorts"):
        yield from _port_faults(path, pod["spec"], release)
    for field, allowed, what in (("hostPID", "allowHostPID", "PID"), ("hostIPC", "allowHostIPC", "IPC")):
        if pod["spec"].get(field) and not raw.get(allowed):
            yield invalid(f"{path}.{field}", True, f"Host {what} is not allowed to be used")
    yield from _remaining_faults(path, context, provider)


def _remaining_faults(path: str, context: Object, provider: Provider) -> Iterator[str]:
    if provider.raw.get("readOnlyRootFilesystem") and not context.get("readOnlyRootFilesystem"):
        yield invalid(f"{path}.readOnlyRootFilesystem", context.get("readOnlyRootFilesystem"), _READ_ONLY)
    if not provider.privileges and context.get("allowPrivilegeEscalation") is not False:
        yield invalid(f"{path}.allowPrivilegeEscalation", context.get("allowPrivilegeEscalation"), _ESCALATION)


def _effective(context: Object, outer: Object, key: str) -> Any:
    return context[key] if context.get(key) is not None else outer.get(key)


def _user_faults(path: str, context: Object, outer: Object, provider: Provider) -> Iterator[str]:
    user = _effective(context, outer, "runAsUser")
    if provider.uids:
        first, last = provider.uids
        if user is None:
            yield required(f"{path}.runAsUser")
        elif not first <= user <= last:
            detail = f"must be: {first}" if provider.must_be_one else f"must be in the ranges: [{first}, {last}]"
            yield invalid(f"{path}.runAsUser", user, detail)
    elif provider.non_root:
        flag = _effective(context, outer, "runAsNonRoot")
        if flag is None and user is None:
            yield required(f"{path}.runAsNonRoot", "must be true")
        elif flag is False:
            yield invalid(f"{path}.runAsNonRoot", False, "must be true")
        elif user == 0:
            yield invalid(f"{path}.runAsUser", 0, "running with the root UID is forbidden")


def _seccomp_faults(container: Object, pod: Object, provider: Provider, release: Dated) -> Iterator[str]:
    """A container's profile is its own one, or else the pod's."""
    fields, annotations = SECCOMP_FIELDS.at(release), pod["metadata"].get("annotations") or {}
    key = f"{SECCOMP_OF_CONTAINER}{container['name']}"
    own = (container.get("securityContext") or {}).get("seccompProfile")
    outer = (pod["spec"].get("securityContext") or {}).get("seccompProfile")
    if fields and own is not None:
        text = seccomp_text(own)
    elif key in annotations:
        text = annotations[key]
    elif fields and outer is not None:
        text = seccomp_text(outer)
    else:
        text = annotations.get(SECCOMP_OF_POD) or ""
    yield from seccomp_fault(key, text, provider.seccomp, fields=fields)


def _capability_faults(prefix: str, capabilities: Object | None, provider: Provider) -> Iterator[str]:
    if capabilities is None:
        if provider.add or provider.drop:
            detail = "required capabilities are not set on the securityContext"
            yield invalid(f"{prefix}capabilities", None, detail)
        return
    if "*" in provider.allowed:
        return
    for name in capabilities.get("add") or ():
        if name not in provider.add and name not in provider.allowed:
            yield invalid(f"{prefix}capabilities.add", name, "capability may not be added")
    dropped = capabilities.get("drop")
    for name in provider.raw.get("requiredDropCapabilities") or ():
        if name not in (dropped or ()):
            detail = f"{name} is required to be dropped but was not found"
            yield invalid(f"{prefix}capabilities.drop", names(dropped), detail)


def _port_faults(path: str, spec: Object, release: Dated) -> Iterator[str]:
    """Each container is told of the ports of all. Up to 4.9 those of init containers come last."""
    lists = ["initContainers", "containers", "ephemeralContainers"]
    if CONTAINER_PATH.at(release) == CONTAINER_PATH.first:
        lists = ["containers", "initContainers"]
    for key in lists:
        for index, container in enumerate(spec.get(key) or ()):
            for port in container.get("ports") or ():
                if (port.get("hostPort") or 0) > 0:
                    where = f"{path}.{key}[{index}].hostPort"
                    yield invalid(where, port["hostPort"], "Host ports are not allowed to be used")
