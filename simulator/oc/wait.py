"""``oc wait``: until objects meet a condition, or are gone. Source: kubectl 1.14, cmd/wait (no JSONPath form yet)."""

from __future__ import annotations

from collections.abc import Callable

from simulator.errors import NotFound, Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, CommandFailure, all_of, fail
from simulator.oc.flags import ALL_NAMESPACES, FIELD_SELECTOR, FILENAME, OUTPUT, RECURSIVE, SELECTOR, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.output import Format, output_format, print_result
from simulator.oc.targets import Target, fetch
from simulator.oc.waiting import A_WEEK_S, until

Condition = Callable[[Object | None], bool]


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    condition = parse_condition(flags.text("for"))
    form = await output_format(invocation)
    found = await fetch(invocation, invocation.args, default_all=False)
    is_delete = condition is is_gone
    errors: list[CommandFailure] = [e for e in found.errors if not (is_delete and isinstance(e, NotFound))]
    if not found.targets and not errors and not found.named:
        raise CommandError("error: no matching resources found")
    timeout_s = flags.seconds("timeout")
    for target in found.targets:
        deadline = invocation.now() + (timeout_s if timeout_s >= 0 else A_WEEK_S)
        try:
            await _wait(invocation, form, target, condition, deadline)
        except CommandError as error:
            errors.append(error)
    if errors:
        raise all_of(errors)
    return 0


async def _wait(invocation: Invocation, form: Format, target: Target, condition: Condition, deadline: float) -> None:
    resource, uid = target.resource, target.object["metadata"]["uid"]
    gone = False

    def settled(obj: Object | None) -> bool:
        nonlocal gone
        gone = obj is None or obj["metadata"]["uid"] != uid
        return gone or condition(obj)

    in_time = await until(invocation, resource, target.name, target.namespace, settled, deadline)
    if not in_time:
        raise fail(f"timed out waiting for the condition on {resource.plural}/{target.name}")
    if gone and condition is not is_gone:
        raise fail(f'{resource.qualified} "{target.name}" not found')
    current = invocation.client.get_or_none(resource.gvr, target.name, target.namespace) or target.object
    await print_result(invocation, form, target.title, current, "condition met")


def parse_condition(text: str) -> Condition:
    """The test of ``--for``: ``delete`` or ``condition=NAME[=VALUE]``."""
    if text == "delete":
        return is_gone
    if text.startswith("condition="):
        name, _, value = text.removeprefix("condition=").partition("=")
        return has_condition(name, value or "True")
    raise fail(f'unrecognized condition: "{text}"')


def is_gone(obj: Object | None) -> bool:
    return obj is None


def has_condition(name: str, value: str) -> Condition:
    """Whether the condition (names and values in any case) has the value."""

    def test(obj: Object | None) -> bool:
        conditions = ((obj or {}).get("status") or {}).get("conditions") or ()
        return any(
            condition.get("type", "").lower() == name.lower() and condition.get("status", "").lower() == value.lower()
            for condition in conditions
        )

    return test


FLAGS = (
    Flag("all", "Select all objects of the given types in the project.", "bool"),
    ALL_NAMESPACES,
    FIELD_SELECTOR,
    FILENAME,
    Flag("for", "The condition to wait for: [delete|condition=condition-name]."),
    OUTPUT,
    RECURSIVE,
    SELECTOR,
    TEMPLATE,
    Flag("timeout", "How long to wait; zero checks once, a negative value waits a week.", "duration", default=30.0),
)

COMMAND = Command(
    path="oc wait",
    usage="oc wait resource.group/name [--for=delete|--for condition=available] [flags]",
    short="Experimental: Wait for a specific condition on one or many resources.",
    long="The command returns when every object has met the condition, or fails when time is up.",
    examples=(
        "# Wait until a deployment is available",
        "oc wait --for condition=available deployment/image-registry --timeout=5m",
        "",
        "# Wait until a pod is gone",
        "oc wait --for=delete pod/web-1",
    ),
    flags=FLAGS,
    run=run,
)
