"""The DaemonSet ``node-ca``, and what the Config says of it. Source: pkg/operator/nodecadaemon.go, release-4.20."""

from __future__ import annotations

from typing import Final

from simulator.api.gvrs import DAEMONSETS, SERVICES
from simulator.changes.registry import NODE_CA_CONDITIONS, SINGLE_PURPOSE_LOOPS
from simulator.controllers.image_registry.loops.loop import KEY, loop, reported
from simulator.controllers.image_registry.names import NAMESPACE
from simulator.controllers.image_registry.resources import apply_object
from simulator.controllers.image_registry.resources.nodeca import NodeCA
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object

SINCE: Final = SINGLE_PURPOSE_LOOPS
Said = tuple[str, str, str]
"""(status, reason, message) of a condition."""

NOT_FOUND: Final = "The daemon set node-ca does not exist"


def available(daemonset: Object | None) -> Said:
    if daemonset is None:
        return "False", "NotFound", NOT_FOUND
    if (daemonset.get("status") or {}).get("numberAvailable", 0) > 0:
        return "True", "AsExpected", "The daemon set node-ca has available replicas"
    return "False", "NoAvailableReplicas", "The daemon set node-ca does not have available replicas"


def progressing(daemonset: Object | None) -> Said:
    if daemonset is None:
        return "True", "NotFound", NOT_FOUND
    status = daemonset.get("status") or {}
    if daemonset["metadata"].get("generation", 0) != status.get("observedGeneration", 0):
        return "True", "Progressing", "The daemon set node-ca is updating node pods"
    if status.get("numberUnavailable", 0) > 0:
        return "True", "Unavailable", "The daemon set node-ca is deploying node pods"
    return "False", "AsExpected", "The daemon set node-ca is deployed"


def step(work: Work) -> None:
    """The conditions tell of the DaemonSet as it was before it is applied."""
    node_ca = NodeCA(work)
    if NODE_CA_CONDITIONS.at(work.release):
        existing = node_ca.get()
        work.config.set_condition("NodeCADaemonAvailable", *available(existing))
        work.config.set_condition("NodeCADaemonProgressing", *progressing(existing))
    apply_object(node_ca)


CONTROLLER: Final = loop(
    "NodeCADaemonController",
    SINCE,
    reported("NodeCADaemonControllerDegraded", step),
    watches(DAEMONSETS, KEY, within(NAMESPACE), since=SINCE),
    watches(SERVICES, KEY, within(NAMESPACE), since=SINCE),
)
