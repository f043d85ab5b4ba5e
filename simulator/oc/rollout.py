"""``oc rollout``: status, history, restart, undo, pause and resume.

Source: kubectl, cmd/rollout and polymorphichelpers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from simulator.api.types import GVR, STRATEGIC_MERGE_PATCH
from simulator.client.transport import EventStream
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.flags import FILENAME, RECURSIVE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.oc.targets import Target, fetch
from simulator.runtime.clock import rfc3339
from simulator.runtime.tasks import current_scheduler

DEPLOYMENTS = GVR("apps", "v1", "deployments")
REPLICA_SETS = GVR("apps", "v1", "replicasets")
REVISION = "deployment.kubernetes.io/revision"
CHANGE_CAUSE = "kubernetes.io/change-cause"
RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_ERA_WITHOUT_RESTART = "4.2"  # the command came with Kubernetes 1.15
_HASH = "pod-template-hash"

# -- status


async def status(invocation: Invocation) -> int:
    targets = (await fetch(invocation, invocation.args)).check()
    if len(targets) != 1:
        raise fail(
            "rollout status is only supported on individual resources and resource collections - "
            f"{len(targets)} resources were found"
        )
    target = targets[0]
    wanted = invocation.flags.number("revision")
    seen = STATUS.get(target.resource.kind)
    if seen is None:
        raise fail(f"no status viewer has been implemented for {target.resource.kind}")
    stream = invocation.client.watch(target.resource.gvr, target.namespace, fields=f"metadata.name={target.name}")
    try:
        await _follow(invocation, target, stream, seen, wanted)
    finally:
        stream.close()
    return 0


async def _follow(
    invocation: Invocation,
    target: Target,
    stream: EventStream,
    seen: Callable[[Object, int], tuple[str, bool]],
    revision: int,
) -> None:
    timeout_s = invocation.flags.seconds("timeout")
    if timeout_s:
        clock = (await current_scheduler()).clock
        clock.call_later(timeout_s, stream.close)
    shown = ""
    while True:
        event = stream.poll()
        if event is None:
            if stream.closed:
                raise fail("timed out waiting for the condition")
            await stream.changed()
            continue
        if event.type == "DELETED":
            raise fail("object has been deleted")
        text, done = seen(event.object, revision)
        if text != shown or done:
            await invocation.line(text)
            shown = text
        if done or not invocation.flags.flag("watch"):
            return


def deployment_status(deployment: Object, revision: int) -> tuple[str, bool]:
    """The line of ``rollout status`` and whether the roll-out is done."""
    name, spec, state = deployment["metadata"]["name"], deployment["spec"], deployment.get("status", {})
    if revision:
        actual = int(deployment["metadata"].get("annotations", {}).get(REVISION, 0))
        if actual != revision:
            raise fail(f"desired revision ({revision}) is different from the running revision ({actual})")
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


def daemonset_status(daemonset: Object, _revision: int) -> tuple[str, bool]:
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
    state = statefulset.get("status", {})
    if statefulset["metadata"].get("generation", 0) > state.get("observedGeneration", 0):
        return "Waiting for statefulset spec update to be observed...", False
    wanted, ready = statefulset["spec"].get("replicas", 1), state.get("readyReplicas", 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...", False
    if state.get("updateRevision") != state.get("currentRevision"):
        updated = state.get("updatedReplicas", 0)
        revision_name = state.get("updateRevision")
        return (
            f"waiting for statefulset rolling update to complete {updated} pods at revision {revision_name}...",
            False,
        )
    return (
        f"statefulset rolling update complete {state.get('currentReplicas', 0)} pods at revision "
        f"{state.get('currentRevision')}...",
        True,
    )


STATUS: Mapping[str, Callable[[Object, int], tuple[str, bool]]] = {
    "DaemonSet": daemonset_status,
    "Deployment": deployment_status,
    "StatefulSet": statefulset_status,
}

# -- history and undo


def revisions(invocation: Invocation, deployment: Target) -> dict[int, Object]:
    """The ReplicaSets of a Deployment by revision."""
    uid = deployment.object["metadata"]["uid"]
    found: dict[int, Object] = {}
    for replicaset in invocation.client.list(REPLICA_SETS, deployment.namespace):
        owners = replicaset["metadata"].get("ownerReferences") or ()
        number = (replicaset["metadata"].get("annotations") or {}).get(REVISION, "")
        if number.isdigit() and any(owner["uid"] == uid for owner in owners):
            found[int(number)] = replicaset
    return dict(sorted(found.items()))


async def history(invocation: Invocation) -> int:
    for target in (await fetch(invocation, invocation.args)).check():
        _only_deployment(target, "history viewer")
        known = revisions(invocation, target)
        number = invocation.flags.number("revision")
        if number and number not in known:
            raise fail("unable to find the specified revision")
        await invocation.line(f"{target.title} " if not number else f"{target.title} with revision #{number}")
        await invocation.out(_template_text(known[number]) if number else _history_table(known))
    return 0


def _history_table(known: Mapping[int, Object]) -> str:
    writer = TabWriter(DESCRIBE)
    writer.line("REVISION", "CHANGE-CAUSE")
    for number, replicaset in known.items():
        cause = (replicaset["metadata"].get("annotations") or {}).get(CHANGE_CAUSE) or "<none>"
        writer.line(str(number), cause)
    return writer.text() + "\n"


def _template_text(replicaset: Object) -> str:
    from simulator.oc.describe.pod import template_lines

    writer = TabWriter(DESCRIBE)
    template_lines(writer, replicaset["spec"]["template"])
    return writer.text() + "\n"


async def undo(invocation: Invocation) -> int:
    wanted = invocation.flags.number("to-revision")
    if wanted < 0:
        raise fail(f"revision must be a positive integer: {wanted}")
    for target in (await fetch(invocation, invocation.args)).check():
        _only_deployment(target, "rollbacker")
        await invocation.line(f"{target.title} {_undo(invocation, target, wanted)}")
    return 0


def _undo(invocation: Invocation, target: Target, wanted: int) -> str:
    """Put the template of an earlier revision back; what ``oc`` says of it."""
    deployment = target.object
    if deployment["spec"].get("paused"):
        raise fail(
            f"you cannot rollback a paused deployment; resume it first with "
            f"'kubectl rollout resume deployment/{target.name}' "
            "and try again"
        )
    known = revisions(invocation, target)
    current = int(deployment["metadata"].get("annotations", {}).get(REVISION, 0))
    earlier = [number for number in known if number < current]
    if wanted and wanted not in known:
        raise fail(f"unable to find specified revision {wanted} in history")
    if not wanted and not earlier:
        raise fail(f"no rollout history found for deployment {target.name!r}".replace("'", '"'))
    template = _plain_template(known[wanted or earlier[-1]])
    if template == deployment["spec"]["template"]:
        return f"skipped rollback (current template already matches revision {wanted or earlier[-1]})"
    invocation.client.update(
        DEPLOYMENTS, _as_apps({**deployment, "spec": {**deployment["spec"], "template": template}})
    )
    return "rolled back"


def _plain_template(replicaset: Object) -> Object:
    """The template of a ReplicaSet as its Deployment has it: without the hash label."""
    template = replicaset["spec"]["template"]
    meta = {**template["metadata"], "labels": {k: v for k, v in template["metadata"]["labels"].items() if k != _HASH}}
    return {**template, "metadata": meta}


def _as_apps(deployment: Object) -> Object:
    """The Deployment of the old group extensions as apps/v1 has it."""
    return {**deployment, "apiVersion": DEPLOYMENTS.group_version}


def _only_deployment(target: Target, what: str) -> None:
    if target.resource.kind != "Deployment":
        raise fail(f'no {what} has been implemented for "{target.resource.kind}"')


# -- restart, pause, resume


async def restart(invocation: Invocation) -> int:
    if invocation.session.era == _ERA_WITHOUT_RESTART:
        raise fail(
            f"unknown command \"{' '.join(['restart', *invocation.args])}\"\nSee 'oc rollout -h' for help and examples"
        )
    stamp = {RESTARTED_AT: rfc3339(invocation.now())}
    patch = {"spec": {"template": {"metadata": {"annotations": stamp}}}}
    for target in (await fetch(invocation, invocation.args)).check():
        if target.resource.kind not in STATUS:
            raise fail(f"{target.resource.plural} {target.name!r} restarting is not supported".replace("'", '"'))
        _patch(invocation, target, patch)
        await invocation.line(f"{target.title} restarted")
    return 0


async def pause(invocation: Invocation) -> int:
    return await _set_paused(invocation, True, "paused", "already paused")


async def resume(invocation: Invocation) -> int:
    return await _set_paused(invocation, False, "resumed", "not paused")


async def _set_paused(invocation: Invocation, paused: bool, done: str, already: str) -> int:
    for target in (await fetch(invocation, invocation.args)).check():
        _only_deployment(target, "pauser" if paused else "resumer")
        if bool(target.object["spec"].get("paused")) == paused:
            raise CommandError(f'error: {target.resource.qualified} "{target.name}" is {already}')
        _patch(invocation, target, {"spec": {"paused": paused or None}})
        await invocation.line(f"{target.title} {done}")
    return 0


def _patch(invocation: Invocation, target: Target, patch: Mapping[str, Any]) -> None:
    invocation.client.patch(
        target.resource.gvr, target.name, patch, target.namespace, content_type=STRATEGIC_MERGE_PATCH
    )


_COMMON = (FILENAME, RECURSIVE)


def _command(name: str, short: str, run: Any, *flags: Flag, example: str) -> Command:
    return Command(
        path=f"oc rollout {name}",
        usage=f"oc rollout {name} (TYPE NAME | TYPE/NAME) [flags]",
        short=short,
        long=f"{short}.",
        examples=(example,),
        flags=(*_COMMON, *flags),
        run=run,
    )


COMMAND = Command(
    path="oc rollout",
    usage="oc rollout SUBCOMMAND [flags]",
    short="Manage a Kubernetes deployment or OpenShift deployment config",
    long="Start, follow, take back and look at roll-outs.",
    subcommands={
        "history": _command(
            "history",
            "View rollout history",
            history,
            Flag("revision", "See the details, including podTemplate of the revision specified", "int"),
            example="oc rollout history deployment/nginx",
        ),
        "pause": _command(
            "pause", "Mark the provided resource as paused", pause, example="oc rollout pause deployment/nginx"
        ),
        "restart": _command("restart", "Restart a resource", restart, example="oc rollout restart deployment/nginx"),
        "resume": _command("resume", "Resume a paused resource", resume, example="oc rollout resume deployment/nginx"),
        "status": _command(
            "status",
            "Show the status of the rollout",
            status,
            Flag(
                "revision", "Pin to a specific revision for showing its status. Defaults to 0 (last revision).", "int"
            ),
            Flag("timeout", "The length of time to wait before ending watch, zero means never.", "duration"),
            Flag("watch", "Watch the status of the rollout until it's done.", "bool", "w", default=True),
            example="oc rollout status deployment/nginx",
        ),
        "undo": _command(
            "undo",
            "Undo a previous rollout",
            undo,
            Flag("to-revision", "The revision to rollback to. Default to 0 (last revision).", "int"),
            example="oc rollout undo deployment/nginx",
        ),
    },
)
