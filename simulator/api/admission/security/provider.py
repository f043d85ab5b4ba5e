"""A constraint in a namespace: what it leaves open is filled in from the ranges that the namespace was given.

Source: openshift/apiserver-library-go, sccmatching/matcher.go; library-go, pkg/security/uid/uid.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulator.api.admission.security.constraint import Constraint
from simulator.errors import Object

UIDS: Final = "openshift.io/sa.scc.uid-range"
GROUPS: Final = "openshift.io/sa.scc.supplemental-groups"
MCS: Final = "openshift.io/sa.scc.mcs"
Range = tuple[int, int]
"""The first and the last."""


@dataclass(frozen=True, slots=True)
class Provider:
    """None and an empty tuple: anything goes. So does what the ranges of a namespace without any would decide: the real
    server waits for these.
    """

    constraint: Constraint
    uids: Range | None
    must_be_one: bool  # whether ``uids`` is one user that the constraint names
    non_root: bool
    selinux: Mapping[str, str] | None
    fs_groups: tuple[Range, ...]
    groups: tuple[Range, ...]
    drop: frozenset[str]
    add: frozenset[str]
    allowed: frozenset[str]
    seccomp: tuple[str, ...]
    privileges: bool  # whether processes may gain more than their parent has

    @property
    def raw(self) -> Object:
        return self.constraint.raw


def provider_of(constraint: Constraint, annotations: Mapping[str, str]) -> Provider:
    """``annotations``: of the namespace."""
    raw = constraint.raw
    user: Any = raw.get("runAsUser") or {}
    groups = annotations.get(GROUPS) or annotations.get(UIDS) or ""
    return Provider(
        constraint=constraint,
        uids=_uids(user, annotations),
        must_be_one=user.get("type") == "MustRunAs",
        non_root=user.get("type") == "MustRunAsNonRoot",
        selinux=_selinux(raw, annotations),
        fs_groups=_ranges(raw.get("fsGroup"), groups, only_first=True),
        groups=_ranges(raw.get("supplementalGroups"), groups, only_first=False),
        drop=frozenset(raw.get("requiredDropCapabilities") or ()),
        add=frozenset(raw.get("defaultAddCapabilities") or ()),
        allowed=frozenset(raw.get("allowedCapabilities") or ()),
        seccomp=tuple(raw.get("seccompProfiles") or ()),
        privileges=raw.get("allowPrivilegeEscalation") is not False,
    )


def _uids(user: Mapping[str, Any], annotations: Mapping[str, str]) -> Range | None:
    if user.get("type") == "MustRunAs":
        return (user["uid"], user["uid"]) if user.get("uid") is not None else None
    if user.get("type") != "MustRunAsRange":
        return None
    first, last = user.get("uidRangeMin"), user.get("uidRangeMax")
    if first is None and last is None:
        return block(annotations.get(UIDS, ""))
    return (first or 0, last if last is not None else 2**63 - 1)


def _selinux(raw: Object, annotations: Mapping[str, str]) -> Mapping[str, str] | None:
    strategy = raw.get("seLinuxContext") or {}
    if strategy.get("type") != "MustRunAs":
        return None
    options = {key: value for key, value in (strategy.get("seLinuxOptions") or {}).items() if value}
    if not options.get("level") and annotations.get(MCS):
        options["level"] = annotations[MCS]
    return options or None


def _ranges(strategy: Any, annotation: str, *, only_first: bool) -> tuple[Range, ...]:
    """Of a group's strategy; a namespace's one gives the first group of its first block to volumes."""
    if (strategy or {}).get("type") != "MustRunAs":
        return ()
    if strategy.get("ranges"):
        return tuple((one.get("min", 0), one.get("max", 0)) for one in strategy["ranges"])
    blocks = tuple(found for text in annotation.split(",") if (found := block(text)))
    return ((blocks[0][0], blocks[0][0]),) if only_first and blocks else blocks


def block(text: str) -> Range | None:
    """``FIRST/SIZE`` or ``FIRST-LAST``; None for anything else."""
    first, slash, size = text.partition("/")
    if not slash:
        first, _, last = text.partition("-")
        return (int(first), int(last)) if first.isdigit() and last.isdigit() else None
    return (int(first), int(first) + int(size) - 1) if first.isdigit() and size.isdigit() else None
