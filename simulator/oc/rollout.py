"""``oc rollout``: its subcommands, and restart, pause and resume. Source: kubectl, cmd/rollout, polymorphichelpers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from simulator.api.types import STRATEGIC_MERGE_PATCH
from simulator.changes.client import ROLLOUT_RESTART
from simulator.oc.command import Command
from simulator.oc.errors import fail, misuse
from simulator.oc.flags import DRY_RUN, FILENAME, RECURSIVE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.rolloutconfig import latest
from simulator.oc.rollouthistory import history, undo
from simulator.oc.rolloutstatus import VIEWERS, required, status
from simulator.oc.targets import Target, fetch
from simulator.runtime.clock import rfc3339

RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"


async def restart(invocation: Invocation) -> int:
    if not ROLLOUT_RESTART.at(invocation.session.release):
        raise misuse("oc rollout", f'unknown command "{" ".join(["restart", *invocation.args])}"')
    patch = {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: rfc3339(invocation.now())}}}}}
    for target in (await fetch(invocation, required(invocation))).check():
        if target.resource.kind not in VIEWERS or target.resource.kind == "DeploymentConfig":
            raise fail(f'{target.resource.plural} "{target.name}" restarting is not supported')
        if target.object["spec"].get("paused"):
            raise fail(
                f'{target.resource.qualified} "{target.name}" can\'t restart paused deployment '
                "(run rollout resume first)"
            )
        _patch(invocation, target, patch)
        await invocation.line(f"{target.title} restarted")
    return 0


async def pause(invocation: Invocation) -> int:
    return await _set_paused(invocation, True, "paused", "already paused")


async def resume(invocation: Invocation) -> int:
    return await _set_paused(invocation, False, "resumed", "not paused")


async def _set_paused(invocation: Invocation, paused: bool, done: str, already: str) -> int:
    for target in (await fetch(invocation, required(invocation))).check():
        if target.resource.kind not in ("Deployment", "DeploymentConfig"):
            verb = "pausing" if paused else "resuming"
            raise fail(f'{target.resource.qualified} "{target.name}" {verb} is not supported')
        if bool(target.object["spec"].get("paused")) == paused:
            raise fail(f'{target.resource.qualified} "{target.name}" is {already}')
        _patch(invocation, target, {"spec": {"paused": paused or None}})
        await invocation.line(f"{target.title} {done}")
    return 0


def _patch(invocation: Invocation, target: Target, patch: Mapping[str, Any]) -> None:
    invocation.client.patch(
        target.resource.gvr, target.name, patch, target.namespace, content_type=STRATEGIC_MERGE_PATCH
    )


_COMMON = (FILENAME, RECURSIVE)


def _command(name: str, short: str, run: Callable[[Invocation], Awaitable[int]], *flags: Flag, example: str) -> Command:
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
        "latest": Command(
            path="oc rollout latest",
            usage="oc rollout latest DEPLOYMENTCONFIG [flags]",
            short="Start a new rollout for a deployment config with the latest state from its triggers",
            long="Start a new version of a deployment config, with the images that its triggers' tags have now.",
            examples=("oc rollout latest dc/nginx",),
            flags=(
                Flag("again", "If true, deploy the current pod template without updating state from triggers", "bool"),
                *DRY_RUN,
            ),
            run=latest,
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
