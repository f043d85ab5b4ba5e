"""``oc adm taint``: what keeps pods from nodes. Source: kubectl, cmd/taint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from simulator.api.gvrs import NODES
from simulator.api.types import STRATEGIC_MERGE_PATCH
from simulator.errors import Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail, misuse
from simulator.oc.fieldmanagers import field_manager
from simulator.oc.flags import DRY_RUN, OUTPUT, SELECTOR, TEMPLATE, VALIDATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import output_format, print_result
from simulator.oc.resources import resource_map
from simulator.oc.targets import Target, fetch

_EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_NAME: Final = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_VALUE_RULE: Final = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)
_NAME_RULE: Final = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)


class Taint(NamedTuple):
    key: str
    value: str = ""
    effect: str = ""

    def matches(self, taint: Object) -> bool:
        """Same key, and same effect if there is one."""
        return bool(taint["key"] == self.key and self.effect in ("", taint["effect"]))

    def to_object(self) -> Object:
        return {"effect": self.effect, "key": self.key, **({"value": self.value} if self.value else {})}

    def __str__(self) -> str:
        """As Go shows it: ``key=value:effect`` as far as there is any."""
        head = f"{self.key}={self.value}" if self.value else self.key
        if not self.effect:
            return head
        return f"{head}:{self.effect}"


async def run(invocation: Invocation) -> int:
    resources, specs = _split(invocation.args)
    if not resources:
        raise fail("one or more resources must be specified as <resource> <name>")
    if not specs:
        raise fail("at least one taint update is required")
    try:
        added, removed = parse_taints(specs)
    except ValueError as error:
        raise misuse("oc adm taint", str(error)) from None
    form = await output_format(invocation)
    _check(invocation, resources, added, removed)
    flags = invocation.flags
    everything = flags.flag("all") or flags.text("selector")
    for target in (await fetch(invocation, ["node"] if everything else ["node", *resources[1:]])).check():
        done, taints = _change(invocation, target, added, removed)
        result = _send(invocation, target, taints)
        await print_result(invocation, form, target.title, result, done)
    return 0


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    resources: list[str] = []
    specs: list[str] = []
    for word in words:
        if "=" in word or ":" in word or word.endswith("-"):
            specs.append(word)
        elif specs:
            raise fail(f"all resources must be specified before taint changes: {word}")
        else:
            resources.append(word)
    return resources, specs


def parse_taints(specs: Sequence[str]) -> tuple[list[Taint], list[Taint]]:
    """Taints to set, and taints to take away. ValueError in kubectl's words."""
    added: list[Taint] = []
    removed: list[Taint] = []
    for spec in specs:
        taint = _parse(spec.removesuffix("-"))
        if spec.endswith("-"):
            removed.append(taint._replace(value=""))
            continue
        if not taint.effect:
            raise ValueError(f"invalid taint spec: {spec}")
        if any((taint.key, taint.effect) == (other.key, other.effect) for other in added):
            shown = f"{{{taint.key} {taint.value} {taint.effect} <nil>}}"
            raise ValueError(f"duplicated taints with the same key and effect: {shown}")
        added.append(taint)
    return added, removed


def _parse(text: str) -> Taint:
    head, *effects = text.split(":")
    if len(effects) > 1:
        raise ValueError(f"invalid taint spec: {text}")
    key, value = head, ""
    if effects:
        if effects[0] not in _EFFECTS:
            raise ValueError(f"invalid taint effect: {effects[0]}, unsupported taint effect")
        key, *values = head.split("=")
        if len(values) > 1:
            raise ValueError(f"invalid taint spec: {text}")
        value = values[0] if values else ""
        if value and _NAME.fullmatch(value) is None:
            raise ValueError(f"invalid taint spec: {text}, {_VALUE_RULE}")
    if _NAME.fullmatch(key.rpartition("/")[2]) is None:
        empty = "" if key.rpartition("/")[2] else "name part must be non-empty; "
        raise ValueError(f"invalid taint spec: {text}, {empty}{_NAME_RULE}")
    return Taint(key, value, effects[0] if effects else "")


def _check(invocation: Invocation, resources: Sequence[str], added: Sequence[Taint], removed: Sequence[Taint]) -> None:
    flags, word = invocation.flags, resources[0].lower()
    known = resource_map(invocation.session).find(word)
    if known is None:
        raise CommandError(f'the server doesn\'t have a resource type "{word}"')
    if known.kind != "Node":
        raise fail(f"invalid resource type {word}, only node types are supported")
    both = [
        f"{gone.key}={gone.effect}"
        for new in added
        for gone in removed
        if new.key == gone.key and gone.effect in ("", new.effect)
    ]
    if both:
        what = "can not both modify and remove the following taint(s) in the same command"
        raise fail(f"{what}: {', '.join(both)}")
    if flags.flag("all") and flags.text("selector"):
        raise fail("setting 'all' parameter with a non empty selector is prohibited")
    if not flags.flag("all") and not flags.text("selector") and len(resources) < 2:
        raise fail("at least one resource name must be specified since 'all' parameter is not set")


def _change(
    invocation: Invocation, target: Target, added: Sequence[Taint], removed: Sequence[Taint]
) -> tuple[str, list[Object]]:
    """What was done in one word, and the taints that the node has then."""
    overwrite, old = invocation.flags.flag("overwrite"), list(target.object["spec"].get("taints") or ())
    there = [taint.key for taint in added for other in old if taint.matches(other)]
    if there and not overwrite:
        raise fail(
            f"node {target.name} already has {','.join(there)} taint(s) with same effect(s) and --overwrite is false"
        )
    taints = [taint.to_object() for taint in added]
    taints += [other for other in old if not any(taint.matches(other) for taint in added)]
    grown, shrunk, missing = len(taints) != len(old), False, []
    for taint in removed:
        kept = [other for other in taints if not taint.matches(other)]
        shrunk = len(kept) != len(taints)
        if not shrunk:
            missing.append(f'taint "{taint}" not found')
        taints = kept
    if missing:
        raise fail(missing[0] if len(missing) == 1 else f"[{', '.join(missing)}]")
    if (grown and shrunk) or overwrite:
        return "modified", taints
    return "tainted" if grown else "untainted", taints


def _send(invocation: Invocation, target: Target, taints: list[Object]) -> Object:
    if invocation.dry_run == "client":
        return {**target.object, "spec": {**target.object["spec"], "taints": taints}}
    patch = {"spec": {"taints": taints or None}}
    dry = bool(invocation.dry_run)
    return invocation.client.patch(NODES, target.name, patch, content_type=STRATEGIC_MERGE_PATCH, dry_run=dry)


COMMAND = Command(
    path="oc adm taint",
    usage="oc adm taint NODE NAME KEY_1=VAL_1:TAINT_EFFECT_1 ... KEY_N=VAL_N:TAINT_EFFECT_N [flags]",
    short="Update the taints on one or more nodes",
    long="A taint is key=value:effect, or key:effect; the effect is NoSchedule, PreferNoSchedule or NoExecute.\n"
    "A taint that ends in a dash is taken away.",
    examples=(
        "# Keep pods from a node that do not tolerate it",
        "oc adm taint nodes worker-1 dedicated=storage:NoSchedule",
        "",
        "# Let them in again",
        "oc adm taint nodes worker-1 dedicated-",
    ),
    flags=(
        Flag("all", "Select all nodes", "bool"),
        *DRY_RUN,
        field_manager("adm taint"),
        OUTPUT,
        Flag("overwrite", "If true, taints that are there may be changed.", "bool"),
        SELECTOR,
        TEMPLATE,
        *VALIDATE,
    ),
    run=run,
)
