"""Floor 0: releases of OpenShift, and the shape of what differs between them.

There is one axis: OpenShift's minor version. That of Kubernetes follows from it: 4.2 is 1.14, and from 4.3 on 4.N is
1.(N+13). What differs is a ``Change``, and all changes stand in ``simulator/changes``; or it is data with ``since``
and ``until`` (rows of the resource table, columns).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final, Generic, NamedTuple, Protocol, TypeVar

T = TypeVar("T")


class Minor(NamedTuple):
    """``4.20`` as it compares: (4, 20)."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@cache
def minor_of(version: str) -> Minor:
    """``4.20.3`` and ``4.20`` are (4, 20). ValueError when it is no version."""
    major, _, rest = version.partition(".")
    return Minor(int(major), int(rest.partition(".")[0]))


@dataclass(frozen=True)
class Release:
    """A release of OpenShift: of a cluster, or of a client.

    ``kubernetes`` is what /version tells. ``uid_nodes`` are the masters' MACs in version 1 UIDs; without any, UIDs are
    of version 4.
    """

    version: str = "4.2.0"
    kubernetes: str = "v1.14.6+868bc38"
    uid_nodes: tuple[str, ...] = ("12a861d1434e",)

    @cached_property
    def minor(self) -> Minor:
        return minor_of(self.version)


def is_part(minor: Minor, marked: Mapping[str, Any]) -> bool:
    """Whether data with the marks ``since`` and ``until`` (the first release without it) belong to a release."""
    since, until = marked.get("since"), marked.get("until")
    return (since is None or minor >= minor_of(since)) and (until is None or minor < minor_of(until))


OLDEST: Final = Release()
"""The first release that is modelled: what a part is of that nobody tells otherwise."""


class Dated(Protocol):
    """What belongs to a release."""

    @property
    def minor(self) -> Minor: ...


class Change(Generic[T]):
    """A value that differs between releases: ``first``, and what it became with each of the ``later`` ones.

    >>> SELF_LINKS = Change("Objects have metadata.selfLink.", True, ("4.7", False), source="Kubernetes 1.20, KEP-1164")
    >>> SELF_LINKS.at(Release("4.20.3"))
    False
    """

    def __init__(self, title: str, first: T, *later: tuple[str, T], source: str = "") -> None:
        self.title, self.first, self.source = title, first, source
        self.later = tuple((minor_of(since), value) for since, value in later)
        assert list(self.later) == sorted(self.later, key=lambda step: step[0]), title
        self._newest_first = self.later[::-1]

    def at(self, release: Dated) -> T:
        """The value in this release, or in that of what belongs to one (a row of the resource table)."""
        minor = release.minor
        for since, value in self._newest_first:
            if minor >= since:
                return value
        return self.first
