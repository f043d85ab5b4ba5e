"""What all short forms of a profile refer to: the names of the installation and the data of its release."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulator.api.resourcetable import builtin_table
from simulator.release import OLDEST, Release


@dataclass(frozen=True)
class Platform:
    """The ``platform`` of a profile.yaml. ``start``: the clock's first moment, seconds since the epoch."""

    name: str
    start: float
    raw: Mapping[str, Any]
    release: Release = OLDEST

    @property
    def infra_id(self) -> str:
        return str(self.raw["infraID"])

    @property
    def region(self) -> str:
        return str(self.raw["region"])

    @property
    def domain(self) -> str:
        """The cluster's domain; routes stand below ``apps.`` of it, the API at ``api.``."""
        return str(self.raw["domain"])

    def api_version(self, kind: str) -> str:
        """The first version in which this release serves a kind."""
        return next(row.api_version for row in builtin_table(self.release).rows if row.kind == kind)

    def seeded_hex(self, *what: str, digits: int = 64) -> str:
        """Hexadecimal digits that are the same whenever the same thing of this platform is asked for."""
        said = "\0".join((self.name, self.infra_id, *what))
        return hashlib.sha256(said.encode()).hexdigest()[:digits]

    def image(self, component: str) -> str:
        """The image of a component by digest: ``REPOSITORY@sha256:...``; a full reference is left as it is.

        ``rhceph:rhceph`` names a component of another repository of the table ``repositories``.
        """
        if "/" in component:
            return component
        repository, _, name = component.rpartition(":")
        base = self.raw["repositories"][repository or "release"]
        return f"{base}@sha256:{self.seeded_hex('image', base, name)}"
