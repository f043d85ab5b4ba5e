"""``oc rollout status``. Source: kubectl, cmd/rollout/rollout_status.go and polymorphichelpers/rollout_status.go.

A viewer takes the object and the revision asked for (0: the last), and returns the line to print and whether the
roll-out is done; CommandError when it has failed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from simulator.errors import Object
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.rolloutconfig import config_status
from simulator.oc.targets import Target, fetch
from simulator.oc.waiting import changed

REVISION = "deployment.kubernetes.io/revision"
Viewer = Callable[[Object, int], tuple[str, bool]]


async def status(invocation: Invocation) -> int:
    targets = (await fetch(invocation, required(invocation))).check()
    if len(targets) != 1:
        raise fail(
            "rollout status is only supported on individual resources and resource collections - "
            f"{len(targets)} resources were found"
        )
    target = targets[0]
    if invocation.flags.number("revision") < 0:
        raise fail(f"revision must be a positive integer: {invocation.flags.number('revision')}")
    viewer = VIEWERS.get(target.resource.kind)
    if viewer is None:
        raise fail(f"no status viewer has been implemented for {target.resource.kind}")
    await _follow(invocation, target, viewer)
    return 0


def required(invocation: Invocation) -> list[str]:
    """The arguments; CommandError when they name nothing, and ``-f`` neither."""
    if not invocation.args and not invocation.flags.texts("filename"):
        raise fail("required resource not specified")
    return invocation.args


async def _follow(invocation: Invocation, target: Target, viewer: Viewer) -> None:
    """Print a line at every change of the object until the roll-out is done."""
    timeout_s = invocation.flags.seconds("timeout")
    deadline = invocation.now() + timeout_s if timeout_s else None
    stream = invocation.client.watch(target.resource.gvr, target.namespace, fields=f"metadata.name={target.name}")
    try:
        while True:
            while (event := stream.poll()) is not None:
                if event.type == "DELETED":
                    raise fail("object has been deleted")
                text, done = viewer(event.object, invocation.flags.number("revision"))
                await invocation.line(text)
                if done or not invocation.flags.flag("watch"):
                    return
            if stream.closed or not await changed(stream, deadline):
                raise fail("timed out waiting for the condition")
    finally:
        stream.close()


def deployment_status(deployment: Object, revision: int) -> tuple[str, bool]:
    name, spec, state = deployment["metadata"]["name"], deployment["spec"], deployment.get("status", {})
    _check_revision(deployment, revision)
    if deployment["metadata"].get("generation", 0) > state.get("observedGeneration", 0):
        return "Waiting for deployment spec update to be observed...", False
    for condition in state.get("conditions") or ():
        if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            raise fail(f'deployment "{name}" exceeded its progress deadline')
    wanted, updated = spec.get("replicas", 1), state.get("updatedReplicas", 0)
    total, available = state.get("replicas", 0), state.get("availableReplicas", 0)
    waiting = f'Waiting for deployment "{name}" rollout to finish: '
    if updated < wanted:
        return f"{waiting}{updated} out of {wanted} new replicas have been updated...", False
    if total > updated:
        return f"{waiting}{total - updated} old replicas are pending termination...", False
    if available < updated:
        return f"{waiting}{available} of {updated} updated replicas are available...", False
    return f'deployment "{name}" successfully rolled out', True


def _check_revision(deployment: Object, revision: int) -> None:
    if not revision:
        return
    actual = int((deployment["metadata"].get("annotations") or {}).get(REVISION, 0))
    if actual != revision:
        raise fail(f"desired revision ({revision}) is different from the running revision ({actual})")


def daemonset_status(daemonset: Object, _revision: int) -> tuple[str, bool]:
    _check_rolling(daemonset)
    name, state = daemonset["metadata"]["name"], daemonset.get("status", {})
    if daemonset["metadata"].get("generation", 0) > state.get("observedGeneration", 0):
        return "Waiting for daemon set spec update to be observed...", False
    wanted, updated = state.get("desiredNumberScheduled", 0), state.get("updatedNumberScheduled", 0)
    waiting = f'Waiting for daemon set "{name}" rollout to finish: '
    if updated < wanted:
        return f"{waiting}{updated} out of {wanted} new pods have been updated...", False
    available = state.get("numberAvailable", 0)
    if available < wanted:
        return f"{waiting}{available} of {wanted} updated pods are available...", False
    return f'daemon set "{name}" successfully rolled out', True


def statefulset_status(statefulset: Object, _revision: int) -> tuple[str, bool]:
    _check_rolling(statefulset)
    spec, state = statefulset["spec"], statefulset.get("status", {})
    if statefulset["metadata"].get("generation", 0) > state.get("observedGeneration", 0):
        return "Waiting for statefulset spec update to be observed...", False
    wanted, ready, updated = spec.get("replicas", 1), state.get("readyReplicas", 0), state.get("updatedReplicas", 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...", False
    rolling = (spec.get("updateStrategy") or {}).get("rollingUpdate")
    if rolling is not None:  # always so: the server fills in a partition of 0
        new = wanted - rolling.get("partition", 0)
        if updated < new:
            waiting = f"Waiting for partitioned roll out to finish: {updated} out of {new}"
            return f"{waiting} new pods have been updated...", False
        return f"partitioned roll out complete: {updated} new pods have been updated...", True
    if state.get("updateRevision") != state.get("currentRevision"):
        wait = f"waiting for statefulset rolling update to complete {updated} pods"
        return f"{wait} at revision {state.get('updateRevision')}...", False
    current = state.get("currentReplicas", 0)
    return f"statefulset rolling update complete {current} pods at revision {state.get('currentRevision')}...", True


def _check_rolling(owner: Object) -> None:
    if (owner["spec"].get("updateStrategy") or {}).get("type", "RollingUpdate") != "RollingUpdate":
        raise fail("rollout status is only available for RollingUpdate strategy type")


VIEWERS: Mapping[str, Viewer] = {
    "DaemonSet": daemonset_status,
    "Deployment": deployment_status,
    "DeploymentConfig": config_status,
    "StatefulSet": statefulset_status,
}
