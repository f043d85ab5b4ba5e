"""The ImagePruner: bootstrapped, turned into a CronJob, and told how its jobs went.

Source: pkg/operator/controllerimagepruner.go and syncPrunerStatus in status.go, release-4.20.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from simulator.api.gvrs import (
    CLUSTERROLEBINDINGS,
    CLUSTERROLES,
    CONFIGMAPS,
    CRONJOBS,
    IMAGECONFIGS,
    IMAGEPRUNERS,
    JOBS,
    REGISTRYCONFIGS,
    SERVICEACCOUNTS,
)
from simulator.changes import registry as changes
from simulator.controllers.image_registry.config import Conditions
from simulator.controllers.image_registry.errors import OperatorError
from simulator.controllers.image_registry.loops.loop import KEY, loop
from simulator.controllers.image_registry.names import CONFIG, NAMESPACE, PRUNER
from simulator.controllers.image_registry.resources import apply_objects
from simulator.controllers.image_registry.resources.certificates import ServiceCA
from simulator.controllers.image_registry.resources.cronjob import PrunerCronJob
from simulator.controllers.image_registry.resources.rbac import PrunerAccount, PrunerBinding, PrunerRole
from simulator.controllers.image_registry.typed import typed
from simulator.controllers.image_registry.watching import watches, within
from simulator.controllers.image_registry.work import Work
from simulator.errors import Object

SINCE: Final = changes.PRUNER
BOOTSTRAPPED: Final[Object] = {
    "suspend": False,
    "keepTagRevisions": 3,
    "successfulJobsHistoryLimit": 3,
    "failedJobsHistoryLimit": 3,
    "ignoreInvalidImageReferences": True,
}
Said = tuple[str, str, str, str]
"""(type, status, reason, message) of a condition."""


def step(work: Work) -> None:
    stored = work.client.get_or_none(IMAGEPRUNERS, CONFIG)
    if stored is None:
        _bootstrap(work)
        return
    pruner = typed("ImagePruner", stored, work.release)
    error: OperatorError | None = None
    try:
        _apply(work, pruner["spec"])
    except OperatorError as failure:
        error = failure
    cronjob = work.client.get_or_none(CRONJOBS, PRUNER, NAMESPACE)
    finished = _last_conditions(work.client.list(JOBS, NAMESPACE))
    _write_status(work, stored, pruner, said(pruner["spec"], cronjob, finished, error))
    if error is not None:
        raise error


def said(
    settings: Object, cronjob: Object | None, finished: Sequence[Object], error: OperatorError | None
) -> Iterable[Said]:
    """The four conditions. ``finished`` are the conditions of the last Job that has any."""
    if cronjob is None:
        yield "Available", "False", "Error", "Pruner CronJob does not exist"
    else:
        yield "Available", "True", "AsExpected", "Pruner CronJob has been created"
    failed = next((one for one in reversed(finished) if one["type"] == "Failed"), None)
    if failed is None:
        yield "Failed", "False", "Complete", "Pruner completed successfully"
    else:
        yield "Failed", "True", failed.get("reason", ""), failed.get("message", "")
    if settings.get("suspend"):
        yield "Scheduled", "False", "Suspended", "The pruner job has been suspended"
    else:
        yield "Scheduled", "True", "Scheduled", "The pruner job has been scheduled"
    if error is not None:
        yield "Degraded", "True", "SyncError", f"Error: {error}"
    elif failed is not None:
        yield "Degraded", "True", "JobFailed", failed.get("message", "")
    else:
        yield "Degraded", "False", "AsExpected", ""


def _bootstrap(work: Work) -> None:
    skeleton = {
        "apiVersion": IMAGEPRUNERS.group_version,
        "kind": "ImagePruner",
        "metadata": {"name": CONFIG},
        "spec": BOOTSTRAPPED,
    }
    work.client.create(IMAGEPRUNERS, typed("ImagePruner", skeleton, work.release))


def _apply(work: Work, settings: Object) -> None:
    apply_objects(
        [
            PrunerRole(work),
            PrunerBinding(work),
            PrunerAccount(work),
            ServiceCA(work),
            PrunerCronJob(work, settings),
        ]
    )


def _last_conditions(jobs: Iterable[Object]) -> Sequence[Object]:
    """Those of the newest Job in the namespace that has any. The operator builds a selector, and does not use it."""
    newest_first = sorted(jobs, key=lambda job: str(job["metadata"]["creationTimestamp"]), reverse=True)
    conditions = ((job.get("status") or {}).get("conditions") or () for job in newest_first)
    return next((found for found in conditions if found), ())


def _write_status(work: Work, stored: Object, pruner: Object, told: Iterable[Said]) -> None:
    before = typed("ImagePrunerStatus", pruner["status"], work.release)
    conditions = Conditions(pruner["status"].setdefault("conditions", []), work.context.now)
    for kind, status, reason, message in told:
        conditions.set(kind, status, reason, message)
    pruner["status"]["observedGeneration"] = stored["metadata"].get("generation", 0)
    if pruner["status"] != before:
        work.client.update_status(IMAGEPRUNERS, {**pruner, "metadata": stored["metadata"]})


CONTROLLER: Final = loop(
    "ImagePrunerController",
    SINCE,
    step,
    watches(SERVICEACCOUNTS, KEY, within(NAMESPACE), since=SINCE),
    watches(CLUSTERROLES, KEY, since=SINCE),
    watches(CLUSTERROLEBINDINGS, KEY, since=SINCE),
    watches(REGISTRYCONFIGS, KEY, since=SINCE),
    watches(IMAGEPRUNERS, KEY, since=SINCE),
    watches(CRONJOBS, KEY, within(NAMESPACE), since=SINCE),
    watches(JOBS, KEY, within(NAMESPACE), since=SINCE),
    watches(CONFIGMAPS, KEY, within(NAMESPACE), since=SINCE),
    watches(IMAGECONFIGS, KEY, since=SINCE),
)
