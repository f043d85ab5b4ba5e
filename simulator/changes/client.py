"""What changed in ``oc``. The release is that of the client, which need not be the cluster's."""

from __future__ import annotations

from typing import Final

from simulator.release import Change

ROLLOUT_RESTART: Final = Change("oc rollout restart exists.", False, ("4.3", True), source="kubectl 1.15")
