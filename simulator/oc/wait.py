"""``oc wait``: until objects meet a condition, are there, or are gone. Source: kubectl, cmd/wait."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from simulator.changes.client import NOTHING_IS_DELETED, WAITS_FOR_CREATION, WAITS_FOR_JSONPATH
from simulator.errors import NotFound, Object
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, CommandFailure, all_of, fail
from simulator.oc.flags import ALL_NAMESPACES, FIELD_SELECTOR, FILENAME, OUTPUT, RECURSIVE, SELECTOR, TEMPLATE, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.printers.jsonpath import JSONPathError, Path, find, parse_relaxed
from simulator.oc.printers.output import Format, output_format, print_result
from simulator.oc.printers.values import go_text
from simulator.oc.targets import Target, fetch, parse_queries
from simulator.oc.waiting import A_WEEK_S, until
from simulator.release import OLDEST, Release

_EQUALS: Final = re.compile(r"(?<![=!<>])=(?!=)")
_JSONPATH_FORM: Final = (
    "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or "
    "--for=jsonpath='{.status.readyReplicas}'"
)
Condition = Callable[[Object | None], bool]


async def run(invocation: Invocation) -> int:
    flags = invocation.flags
    condition = parse_condition(flags.text("for"), invocation.release)
    form = await output_format(invocation)
    timeout_s = flags.seconds("timeout")
    deadline = invocation.now() + (timeout_s if timeout_s >= 0 else A_WEEK_S)
    if condition is exists and not flags.text("selector"):
        await _until_all_exist(invocation, deadline)
    found = await fetch(invocation, invocation.args, default_all=False)
    is_delete = condition is is_gone
    errors: list[CommandFailure] = [e for e in found.errors if not (is_delete and isinstance(e, NotFound))]
    if not found.targets and not errors and not found.named:
        if is_delete and NOTHING_IS_DELETED.at(invocation.release):
            return 0
        raise CommandError("error: no matching resources found")
    for target in found.targets:
        deadline = invocation.now() + (timeout_s if timeout_s >= 0 else A_WEEK_S)
        try:
            await _wait(invocation, form, target, condition, deadline)
        except CommandError as error:
            errors.append(error)
    if errors:
        raise all_of(errors)
    return 0


async def _until_all_exist(invocation: Invocation, deadline: float) -> None:
    """Wait for the first of the objects named that is not there yet, then for the next."""
    for query in parse_queries(invocation, invocation.args):
        namespace = invocation.namespace_for(query.resource)
        for name in query.names:
            if not await until(invocation, query.resource, name, namespace, exists, deadline):
                raise fail("timed out waiting for the condition")


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


def parse_condition(text: str, release: Release = OLDEST) -> Condition:
    """The test of ``--for``: ``delete``, ``create``, ``condition=NAME[=VALUE]`` or ``jsonpath=PATH[=VALUE]``."""
    if text == "delete":
        return is_gone
    if text == "create" and WAITS_FOR_CREATION.at(release):
        return exists
    if text.startswith("jsonpath=") and WAITS_FOR_JSONPATH.at(release):
        return has_value(*_split_jsonpath(text.removeprefix("jsonpath=")))
    if text.startswith("condition="):
        name, _, value = text.removeprefix("condition=").partition("=")
        return has_condition(name, value or "True")
    raise fail(f'unrecognized condition: "{text}"')


def is_gone(obj: Object | None) -> bool:
    return obj is None


def exists(obj: Object | None) -> bool:
    return obj is not None


def _split_jsonpath(text: str) -> tuple[Path, str | None]:
    """The path, and the value that it should have; None stands for any."""
    expression, *values = _EQUALS.split(text)
    if len(values) > 1:
        raise fail(_JSONPATH_FORM)
    if not expression:
        raise fail("jsonpath expression cannot be empty")
    try:
        path = parse_relaxed(expression)
    except JSONPathError as error:
        raise fail(str(error)) from None
    value = values[0].strip("'\"") if values else None
    if value == "":
        raise fail(
            "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3"
        )
    return path, value


def has_value(path: Path, value: str | None) -> Condition:
    """Whether there is something at the path, and whether it is this; CommandError for more than a single value."""

    def test(obj: Object | None) -> bool:
        found = find(path, obj)
        if not found:
            return False
        if len(found) > 1:
            raise fail("given jsonpath expression matches more than one value")
        if value is None:
            return True
        if isinstance(found[0], dict | list):
            raise fail("jsonpath leads to a nested object or list which is not supported")
        return go_text(found[0]).strip() == value.strip()

    return test


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
    Flag("for", "The condition to wait for: [delete|condition=condition-name].", until="4.10"),
    Flag(
        "for",
        "The condition to wait for: [create|delete|condition=condition-name[=condition-value]"
        "|jsonpath='{JSONPath expression}'=[JSONPath value]].",
        since="4.10",
    ),
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
