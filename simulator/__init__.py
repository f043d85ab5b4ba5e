"""ocsim: an OpenShift that lives in memory.

    from simulator import Cluster
    Cluster.from_profile("ocp-4.2", seed=1).sh("oc get sc")
"""

from simulator.cluster import Cluster

__all__ = ["Cluster"]
