"""What changed in the API server."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

SELF_LINKS: Final = Change(
    "Objects and lists have metadata.selfLink.", True, ("4.7", False), source="Kubernetes 1.20, KEP-1164"
)
