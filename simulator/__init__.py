"""ocsim: an OpenShift that lives in memory.

from simulator import Cluster
Cluster.from_profile("ocp-4.2", seed=1).sh("oc get sc")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.embedded import Cluster

__all__ = ["Cluster"]


def __getattr__(name: str) -> Any:
    """``Cluster`` is imported when it is first asked for, so that ``simulator.errors`` alone stays cheap to import."""
    if name == "Cluster":
        from simulator.embedded import Cluster

        return Cluster
    raise AttributeError(f"module 'simulator' has no attribute {name!r}")
