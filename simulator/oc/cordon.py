"""``oc adm cordon`` and ``uncordon``: keep new pods away from nodes, or let them in. Source: kubectl, cmd/drain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from simulator.api.gvrs import NODES
from simulator.api.types import STRATEGIC_MERGE_PATCH
from simulator.errors import StatusError
from simulator.oc.command import Command
from simulator.oc.errors import all_of, fail, misuse
from simulator.oc.flags import DRY_RUN, SELECTOR
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target, fetch


async def nodes_of(invocation: Invocation) -> list[Target]:
    """The nodes that are named, or that --selector finds. CommandError for anything else."""
    word = invocation.command.path.split()[-1]
    if not invocation.args and "selector" not in invocation.flags.given:
        raise misuse(invocation.command.path, f"USAGE: {word} NODE [flags]")
    if invocation.args and invocation.flags.text("selector"):
        raise misuse(invocation.command.path, "cannot specify both a node name and a --selector option")
    words = [arg if "/" in arg else f"node/{arg}" for arg in invocation.args]
    found = await fetch(invocation, words or ["nodes"])
    if found.errors:  # what is wrong first is enough
        raise all_of(found.errors[:1])
    targets = found.targets
    for target in targets:
        if target.resource.qualified != "nodes":
            gvr = target.resource.gvr
            title = f"{gvr.group}/{gvr.version}, Resource={gvr.resource}"
            raise fail(f'expected resource of type node, got "{title}"')
    return targets


async def mark(invocation: Invocation, targets: list[Target], desired: bool) -> None:
    """Mark the nodes, and say what became of each."""
    for target in targets:
        if bool(target.object["spec"].get("unschedulable")) == desired:
            already = "already cordoned" if desired else "already uncordoned"
            await invocation.line(f"{target.title} {already}{invocation.dry_suffix}")
            continue
        try:
            _patch(invocation, target, desired)
        except StatusError as error:
            verb = "cordon" if desired else "uncordon"
            await invocation.error(f'error: unable to {verb} node "{target.name}": {error.message}')
            continue
        done = "cordoned" if desired else "uncordoned"
        await invocation.line(f"{target.title} {done}{invocation.dry_suffix}")


def _patch(invocation: Invocation, target: Target, desired: bool) -> None:
    if invocation.dry_run == "client":
        return
    patch = {"spec": {"unschedulable": True if desired else None}}
    dry = bool(invocation.dry_run)
    invocation.client.patch(NODES, target.name, patch, content_type=STRATEGIC_MERGE_PATCH, dry_run=dry)


def _runner(desired: bool) -> Callable[[Invocation], Awaitable[int]]:
    async def run(invocation: Invocation) -> int:
        await mark(invocation, await nodes_of(invocation), desired)
        return 0

    return run


def _command(word: str, short: str, desired: bool) -> Command:
    return Command(
        path=f"oc adm {word}",
        usage=f"oc adm {word} NODE [flags]",
        short=short,
        long=f"{short}.",
        examples=(f"# {short}", f"oc adm {word} worker-1"),
        flags=(*DRY_RUN, SELECTOR),
        run=_runner(desired),
    )


CORDON = _command("cordon", "Mark node as unschedulable", True)
UNCORDON = _command("uncordon", "Mark node as schedulable", False)
