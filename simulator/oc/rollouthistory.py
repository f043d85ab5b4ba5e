"""``oc rollout history`` and ``oc rollout undo``.

Source: kubectl, polymorphichelpers/history.go and rollback.go. The history of a Deployment is its ReplicaSets, that of
a DaemonSet or StatefulSet its ControllerRevisions.
"""

from __future__ import annotations

from simulator.api.gvrs import CONTROLLERREVISIONS, REPLICASETS
from simulator.api.types import STRATEGIC_MERGE_PATCH
from simulator.errors import Object
from simulator.oc import rolloutconfig
from simulator.oc.describe.deployment import plain_template
from simulator.oc.describe.pod import template_lines
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.printers.tabwriter import DESCRIBE, TabWriter
from simulator.oc.rolloutstatus import REVISION, required
from simulator.oc.targets import Target, fetch
from simulator.release import Release

_CHANGE_CAUSE = "kubernetes.io/change-cause"
_KINDS = ("DaemonSet", "Deployment", "DeploymentConfig", "StatefulSet")


async def history(invocation: Invocation) -> int:
    number = invocation.flags.number("revision")
    if number < 0:
        raise fail(f"revision must be a positive integer: {number}")
    for target in (await fetch(invocation, required(invocation))).check():
        _check_kind(target, "history viewer")
        known = revisions(invocation, target)
        if number and known and number not in known:
            raise fail("unable to find the specified revision")
        await invocation.line(f"{target.title} with revision #{number}" if number else f"{target.title} ")
        shown = _template(known[number], invocation.release) if number and known else _table(target, known)
        await invocation.out(f"{shown}\n")
    return 0


def revisions(invocation: Invocation, owner: Target) -> dict[int, Object]:
    """The ReplicaSets or ControllerRevisions of a workload by number, the lowest first."""
    if owner.resource.kind == "DeploymentConfig":
        return rolloutconfig.versions(invocation, owner)
    uid, is_deployment = owner.object["metadata"]["uid"], owner.resource.kind == "Deployment"
    found: dict[int, Object] = {}
    for item in invocation.client.list(REPLICASETS if is_deployment else CONTROLLERREVISIONS, owner.namespace):
        if any(reference["uid"] == uid for reference in item["metadata"].get("ownerReferences") or ()):
            found[_number(item)] = item
    return dict(sorted(pair for pair in found.items() if pair[0]))


def _number(item: Object) -> int:
    text = str((item["metadata"].get("annotations") or {}).get(REVISION) or item.get("revision") or 0)
    return int(text) if text.isdigit() else 0


def _table(owner: Target, known: dict[int, Object]) -> str:
    if owner.resource.kind == "DeploymentConfig":
        return rolloutconfig.history_table(known)
    if not known:
        return "No rollout history found."
    writer, with_cause = TabWriter(DESCRIBE), owner.resource.kind != "StatefulSet"
    writer.line("REVISION", *(["CHANGE-CAUSE"] if with_cause else []))
    for number, item in known.items():
        cause = (item["metadata"].get("annotations") or {}).get(_CHANGE_CAUSE) or "<none>"
        writer.line(str(number), *([cause] if with_cause else []))
    return writer.text()


def _template(item: Object, release: Release) -> str:
    writer = TabWriter(DESCRIBE)
    template_lines(writer, (item.get("data") or item)["spec"]["template"], release)
    return writer.text()


async def undo(invocation: Invocation) -> int:
    wanted = invocation.flags.number("to-revision")
    if wanted < 0:
        raise fail(f"revision must be a positive integer: {wanted}")
    for target in (await fetch(invocation, required(invocation))).check():
        _check_kind(target, "rollbacker")
        if target.resource.kind == "DeploymentConfig":
            await invocation.line(f"{target.title} {rolloutconfig.undo(invocation, target, wanted)}")
            continue
        number, chosen = _choose(invocation, target, wanted)
        await invocation.line(f"{target.title} {_roll_back(invocation, target, number, chosen)}")
    return 0


def _choose(invocation: Invocation, target: Target, wanted: int) -> tuple[int, Object]:
    """The revision asked for, or the last but one."""
    if target.object["spec"].get("paused"):
        raise fail(
            "you cannot rollback a paused deployment; resume it first with "
            f"'kubectl rollout resume deployment/{target.name}' and try again"
        )
    known = revisions(invocation, target)
    if wanted and wanted not in known:
        raise fail(f"unable to find specified revision {wanted} in history")
    if not wanted and len(known) < 2:
        if target.resource.kind != "Deployment":
            raise fail("no last revision to roll back to")
        raise fail(f'no rollout history found for deployment "{target.name}"')
    number = wanted or list(known)[-2]
    return number, known[number]


def _roll_back(invocation: Invocation, target: Target, number: int, chosen: Object) -> str:
    """Put the template of a revision back; what ``oc`` says of it."""
    template = (chosen.get("data") or {}).get("spec", {}).get("template") or plain_template(chosen)
    template = {key: value for key, value in template.items() if key != "$patch"}
    if template == plain_template(target.object):
        return f"skipped rollback (current template already matches revision {number})"
    patch = {"spec": {"template": {**template, "$patch": "replace"}}}
    invocation.client.patch(
        target.resource.gvr, target.name, patch, target.namespace, content_type=STRATEGIC_MERGE_PATCH
    )
    return "rolled back"


def _check_kind(target: Target, what: str) -> None:
    if target.resource.kind not in _KINDS:
        raise fail(f'no {what} has been implemented for "{target.resource.kind}"')
