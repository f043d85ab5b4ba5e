"""The Pod Security Standards: what of a pod violates a level, in the words of the admission plugin. Pure.

Source: k8s.io/pod-security-admission, policy/check_*.go (1.33). Not modelled: AppArmor, SELinux types, sysctls,
procMount, Windows, user namespaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from simulator.errors import Object

LEVELS = ("privileged", "baseline", "restricted")
_CAPABILITIES = frozenset({
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP",
    "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
})  # fmt: skip
_VOLUMES = frozenset({
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "name", "persistentVolumeClaim", "projected",
    "secret",
})  # fmt: skip
_PROFILES = ("RuntimeDefault", "Localhost")


class Violation(NamedTuple):
    reason: str
    detail: str

    def __str__(self) -> str:
        return f"{self.reason} ({self.detail})" if self.detail else self.reason


def violations(level: str, spec: Object) -> list[Violation]:
    """What of a pod's spec the level does not allow: first the baseline's, then what restricted asks beyond."""
    checks = {"privileged": (), "baseline": _BASELINE, "restricted": (*_SHARED, *_RESTRICTED)}[level]
    return [found for check in checks for found in check(spec)]


def text(level: str, version: str, found: Iterable[Violation]) -> str:
    """``violate PodSecurity "restricted:latest": REASON (DETAIL), …``; the caller puts "would" or an s to it."""
    return f'PodSecurity "{level}:{version}": {", ".join(map(str, found))}'


# -- words


def _containers(spec: Object) -> list[Any]:
    kinds = ("initContainers", "containers", "ephemeralContainers")
    return [one for kind in kinds for one in spec.get(kind) or ()]


def _context(obj: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = obj.get("securityContext") or {}
    return found


def _named(containers: Iterable[Any], noun: str = "container") -> str:
    """``container "a"`` or ``containers "a", "b"``"""
    names = [one["name"] for one in containers]
    return f"{_plural(noun, names)} {_quoted(names)}"


def _plural(noun: str, items: list[str]) -> str:
    return noun if len(items) == 1 else f"{noun}s"


def _quoted(items: Iterable[str]) -> str:
    return ", ".join(f'"{one}"' for one in items)


# -- baseline


def _host_namespaces(spec: Object) -> Iterator[Violation]:
    shared = [f"{key}=true" for key in ("hostNetwork", "hostPID", "hostIPC") if spec.get(key)]
    if shared:
        yield Violation("host namespaces", ", ".join(shared))


def _host_paths(spec: Object) -> Iterator[Violation]:
    names = [volume["name"] for volume in spec.get("volumes") or () if "hostPath" in volume]
    if names:
        yield Violation("hostPath volumes", f"{_plural('volume', names)} {_quoted(names)}")


def _host_ports(spec: Object) -> Iterator[Violation]:
    bad = [one for one in _containers(spec) if any(port.get("hostPort") for port in one.get("ports") or ())]
    ports = sorted({str(port["hostPort"]) for one in bad for port in one["ports"] if port.get("hostPort")})
    if bad:
        verb = "uses" if len(bad) == 1 else "use"
        yield Violation("hostPort", f"{_named(bad)} {verb} {_plural('hostPort', ports)} {', '.join(ports)}")


def _privileged(spec: Object) -> Iterator[Violation]:
    bad = [one for one in _containers(spec) if _context(one).get("privileged")]
    if bad:
        yield Violation("privileged", f"{_named(bad)} must not set securityContext.privileged=true")


def _baseline_capabilities(spec: Object) -> Iterator[Violation]:
    bad = {one["name"]: extra for one in _containers(spec) if (extra := sorted(_added(one) - _CAPABILITIES))}
    if bad:
        names = sorted({name for extra in bad.values() for name in extra})
        who = _named({"name": name} for name in bad)
        yield Violation("non-default capabilities", f"{who} must not include {_quoted(names)} in "
                        "securityContext.capabilities.add")  # fmt: skip


def _added(container: Any) -> set[str]:
    return set((_context(container).get("capabilities") or {}).get("add") or ())


def _baseline_seccomp(spec: Object) -> Iterator[Violation]:
    if _seccomp(spec) == "Unconfined":
        yield Violation("seccompProfile", 'pod must not set securityContext.seccompProfile.type to "Unconfined"')
    bad = [one for one in _containers(spec) if _seccomp(one) == "Unconfined"]
    if bad:
        text_ = f'{_named(bad)} must not set securityContext.seccompProfile.type to "Unconfined"'
        yield Violation("seccompProfile", text_)


def _seccomp(obj: Mapping[str, Any]) -> str:
    kind: str = (_context(obj).get("seccompProfile") or {}).get("type", "")
    return kind


# -- restricted


def _escalation(spec: Object) -> Iterator[Violation]:
    bad = [one for one in _containers(spec) if _context(one).get("allowPrivilegeEscalation") is not False]
    if bad:
        yield Violation("allowPrivilegeEscalation != false",
                        f"{_named(bad)} must set securityContext.allowPrivilegeEscalation=false")  # fmt: skip


def _capabilities(spec: Object) -> Iterator[Violation]:
    keeping = [one for one in _containers(spec) if "ALL" not in _dropped(one)]
    adding = [one for one in _containers(spec) if _added(one) - {"NET_BIND_SERVICE"}]
    told = []
    if keeping:
        told.append(f'{_named(keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        extra = sorted({name for one in adding for name in _added(one) - {"NET_BIND_SERVICE"}})
        told.append(f"{_named(adding)} must not include {_quoted(extra)} in securityContext.capabilities.add")
    if told:
        yield Violation("unrestricted capabilities", "; ".join(told))


def _dropped(container: Any) -> list[str]:
    names: list[str] = (_context(container).get("capabilities") or {}).get("drop") or []
    return names


def _volume_types(spec: Object) -> Iterator[Violation]:
    bad = {one["name"]: sorted(set(one) - _VOLUMES) for one in spec.get("volumes") or () if set(one) - _VOLUMES}
    if bad:
        kinds = sorted({kind for found in bad.values() for kind in found})
        verb = "uses" if len(bad) == 1 else "use"
        types = f"restricted volume {_plural('type', kinds)} {_quoted(kinds)}"
        yield Violation("restricted volume types", f"{_plural('volume', list(bad))} {_quoted(bad)} {verb} {types}")


def _non_root(spec: Object) -> Iterator[Violation]:
    pod = _context(spec).get("runAsNonRoot")
    refusing = [one for one in _containers(spec) if _context(one).get("runAsNonRoot") is False]
    told = []
    if pod is False:
        told.append("pod must not set securityContext.runAsNonRoot=false")
    if refusing:
        told.append(f"{_named(refusing)} must not set securityContext.runAsNonRoot=false")
    silent = [one for one in _containers(spec) if _context(one).get("runAsNonRoot") is None and pod is None]
    if not told and silent:
        told.append(f"pod or {_named(silent)} must set securityContext.runAsNonRoot=true")
    if told:
        yield Violation("runAsNonRoot != true", ", ".join(told))


def _root_user(spec: Object) -> Iterator[Violation]:
    bad = [one for one in _containers(spec) if _context(one).get("runAsUser") == 0]
    told = ["pod must not set runAsUser=0"] if _context(spec).get("runAsUser") == 0 else []
    told += [f"{_named(bad)} must not set runAsUser=0"] if bad else []
    if told:
        yield Violation("runAsUser=0", ", ".join(told))


def _restricted_seccomp(spec: Object) -> Iterator[Violation]:
    pod = _seccomp(spec)
    wrong = [one for one in _containers(spec) if _seccomp(one) and _seccomp(one) not in _PROFILES]
    told = []
    if pod and pod not in _PROFILES:
        told.append(f'pod must not set securityContext.seccompProfile.type to "{pod}"')
    if wrong:
        kinds = sorted({_seccomp(one) for one in wrong})
        told.append(f"{_named(wrong)} must not set securityContext.seccompProfile.type to {_quoted(kinds)}")
    silent = [one for one in _containers(spec) if not _seccomp(one)]
    if not told and silent and not pod:
        told.append(
            f'pod or {_named(silent)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"'
        )
    if told:
        yield Violation("seccompProfile", ", ".join(told))


Check = Callable[[Object], Iterator[Violation]]
_SHARED: tuple[Check, ...] = (_host_namespaces, _host_ports, _privileged)
_BASELINE: tuple[Check, ...] = (
    _baseline_capabilities, _host_namespaces, _host_paths, _host_ports, _privileged, _baseline_seccomp,
)  # fmt: skip
_RESTRICTED: tuple[Check, ...] = (
    _escalation, _capabilities, _volume_types, _non_root, _root_user, _restricted_seccomp,
)  # fmt: skip
