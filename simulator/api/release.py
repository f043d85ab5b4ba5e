"""What of a release shows in every object and answer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Release:
    """``uid_nodes`` are the masters' MACs in version 1 UIDs; without any, UIDs are of version 4."""

    version: str = "4.2.0"
    kubernetes: str = "v1.14.6+868bc38"
    self_links: bool = True
    uid_nodes: tuple[str, ...] = ("12a861d1434e",)
