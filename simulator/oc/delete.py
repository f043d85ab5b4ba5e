"""``oc delete``: delete objects, and wait until they are gone. Source: kubectl, cmd/delete/delete.go."""

from __future__ import annotations

from typing import Final, NamedTuple

from simulator.changes.client import DELETED_FROM, NO_NAME, WARNING_WORD
from simulator.errors import Forbidden, MethodNotAllowed, NotFound, Object, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, CommandFailure, SourcedError, all_of, fail, listing
from simulator.oc.flags import ALL_NAMESPACES, DRY_RUN_MODE, FIELD_SELECTOR, FILENAME, RECURSIVE, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.resources import ResourceInfo
from simulator.oc.targets import NO_RESOURCES, from_files, named, parse_queries
from simulator.oc.waiting import A_WEEK_S, until

_IMMEDIATE: Final = (
    "Immediate deletion does not wait for confirmation that the running resource has been terminated. The "
    "resource may continue to run on the cluster indefinitely."
)


_PROPAGATIONS: Final = {
    "background": "Background",
    "foreground": "Foreground",
    "orphan": "Orphan",
    "true": "Background",
    "false": "Orphan",
}


class _Victim(NamedTuple):
    resource: ResourceInfo
    namespace: str | None
    name: str
    source: str = ""


async def run(invocation: Invocation) -> int:
    grace_s = _grace_period_s(invocation)
    await _warn_of_cascade(invocation)
    if invocation.flags.flag("force") and grace_s == 0:
        await invocation.error(f"{WARNING_WORD.at(invocation.release)}: {_IMMEDIATE}")
    victims = await _victims(invocation)
    errors: list[CommandFailure] = []
    deleted: list[tuple[_Victim, str]] = []
    ignore = invocation.flags.flag("ignore-not-found") or _is_selective(invocation)
    for victim in victims:
        try:
            deleted.append((victim, _delete(invocation, victim, grace_s)))
        except StatusError as error:
            if not (ignore and isinstance(error, NotFound)):
                errors.append(SourcedError(error, f'error when deleting "{victim.source}"') if victim.source else error)
            continue
        await _report(invocation, victim, forced=invocation.flags.flag("force") and grace_s == 0)
    if errors:
        raise all_of(errors)
    if not victims:
        await invocation.line("No resources found")
        return 0
    if invocation.flags.flag("wait") and not invocation.dry_run:
        await _wait(invocation, deleted)
    return 0


def _grace_period_s(invocation: Invocation) -> int | None:
    """What to send, None for the object's own."""
    flags = invocation.flags
    seconds = flags.number("grace-period")
    if flags.flag("now"):
        if seconds != -1:
            raise fail("--now and --grace-period cannot be specified together")
        return 1
    if flags.flag("force"):
        if seconds > 0:
            raise fail("--force and --grace-period greater than 0 cannot be specified together")
        return 0
    if seconds == 0:
        return 1  # deleting at once needs --force
    return None if seconds < 0 else seconds


def _is_selective(invocation: Invocation) -> bool:
    flags = invocation.flags
    return flags.flag("all") or bool(flags.text("selector")) or bool(flags.text("field-selector"))


async def _victims(invocation: Invocation) -> list[_Victim]:
    """What to delete, in order. A name is not looked up first."""
    if invocation.flags.texts("filename"):
        return [_Victim(t.resource, t.namespace, t.name, t.source) for t in named(await from_files(invocation))]
    queries = parse_queries(invocation, invocation.args)
    if not queries:
        raise CommandError(NO_RESOURCES)
    selective = _is_selective(invocation)
    victims: list[_Victim] = []
    for query in queries:
        namespace = invocation.namespace_for(query.resource)
        if query.names and selective:
            raise fail("name cannot be provided when a selector is specified")
        if not query.names and not selective:
            raise fail(NO_NAME.at(invocation.release))
        victims += [_Victim(query.resource, namespace, name) for name in query.names]
        if not query.names:
            victims += _listed(invocation, query.resource, namespace)
    return victims


def _listed(invocation: Invocation, resource: ResourceInfo, namespace: str | None) -> list[_Victim]:
    flags = invocation.flags
    labels, fields = flags.text("selector"), flags.text("field-selector")
    with listing(resource.gvr, labels, fields):
        items = invocation.client.list(resource.gvr, namespace, labels=labels, fields=fields)
    return [_Victim(resource, obj["metadata"].get("namespace"), obj["metadata"]["name"]) for obj in items]


def _delete(invocation: Invocation, victim: _Victim, grace_s: int | None) -> str:
    """Delete one object and return its uid ("" when the answer does not tell)."""
    if invocation.dry_run == "client":
        return ""
    answer: Object = invocation.client.delete(
        victim.resource.gvr,
        victim.name,
        victim.namespace,
        propagation=_propagation(invocation),
        grace_period_s=grace_s,
        dry_run=bool(invocation.dry_run),
    )
    details = answer.get("details") or answer.get("metadata") or {}
    return str(details.get("uid", ""))


async def _warn_of_cascade(invocation: Invocation) -> None:
    value = invocation.flags.values["cascade"]
    if value in ("true", "false"):  # a text: the flag was a bool once
        meant = {"true": "background", "false": "orphan"}[value]
        await invocation.error(
            f"warning: --cascade={value} is deprecated (boolean value) and can be replaced with --cascade={meant}."
        )


def _propagation(invocation: Invocation) -> str:
    """What happens to what the object owns; CommandError for a ``--cascade`` that is none."""
    value = invocation.flags.values["cascade"]
    if isinstance(value, bool):
        return "Background" if value else "Orphan"
    if value not in _PROPAGATIONS:
        raise fail(f'invalid cascade value ({value}). Must be "background", "foreground", or "orphan"')
    return _PROPAGATIONS[value]


async def _report(invocation: Invocation, victim: _Victim, *, forced: bool) -> None:
    if invocation.flags.text("output") == "name":
        await invocation.line(victim.resource.named(victim.name))
        return
    done = "force deleted" if forced else "deleted"
    where = f" from {victim.namespace} namespace" if victim.namespace and DELETED_FROM.at(invocation.release) else ""
    await invocation.line(f'{victim.resource.type_name} "{victim.name}" {done}{where}{invocation.dry_suffix}')


async def _wait(invocation: Invocation, deleted: list[tuple[_Victim, str]]) -> None:
    """Wait until each object is gone, or another of the same name stands in its place."""
    timeout_s = invocation.flags.seconds("timeout")
    deadline = invocation.now() + (timeout_s if timeout_s > 0 else A_WEEK_S)
    errors: list[CommandFailure] = []
    for victim, uid in deleted:

        def is_gone(obj: Object | None, uid: str = uid) -> bool:
            return obj is None or bool(uid and obj["metadata"]["uid"] != uid)

        try:
            gone = await until(invocation, victim.resource, victim.name, victim.namespace, is_gone, deadline)
        except (Forbidden, MethodNotAllowed):
            continue  # who may delete but not look does not wait, nor who deletes what cannot be watched
        if not gone:
            errors.append(fail(f"timed out waiting for the condition on {victim.resource.plural}/{victim.name}"))
    if errors:
        raise all_of(errors)


FLAGS = (
    Flag("all", "Delete all objects of the given types in the project.", "bool"),
    ALL_NAMESPACES,
    Flag("cascade", "If true, what these objects own is deleted too.", "bool", default=True, until="4.7"),
    Flag(
        "cascade",
        'Must be "background", "orphan", or "foreground": what happens to what these objects own.',
        default="background",
        bare="background",
        since="4.7",
    ),
    DRY_RUN_MODE,
    FIELD_SELECTOR,
    FILENAME,
    Flag("force", "With --grace-period=0, remove the object without waiting for its graceful end.", "bool"),
    Flag("grace-period", "Seconds that an object has to end; negative: its own.", "int", default=-1),
    Flag("ignore-not-found", "Treat an object that is not there as deleted. Defaults to true with --all.", "bool"),
    Flag("now", "If true, signal the object to shut down at once (--grace-period=1).", "bool"),
    Flag("output", 'Output mode. Use "-o name" for shorter output (resource/name).', short="o"),
    RECURSIVE,
    SELECTOR,
    Flag("timeout", "How long to wait for the deletion; zero means that it is up to the object.", "duration"),
    Flag("wait", "If true, wait until the objects are gone before returning.", "bool", default=True),
)

COMMAND = Command(
    path="oc delete",
    usage="oc delete ([-f FILENAME] | TYPE [(NAME | -l label | --all)]) [flags]",
    short="Delete a resource",
    long="Objects are named by files, by type and name, or by a label selector. The command returns when they are\n"
    "gone: finalizers and containers that take their time are waited for, unless --wait=false says otherwise.",
    examples=(
        "# Delete a claim",
        "oc delete pvc ocs4registry",
        "",
        "# Delete the pods and services with a label",
        "oc delete pods,services -l app=web",
        "",
        "# Delete a pod on a node that does not answer any more",
        "oc delete pod web-1 --grace-period=0 --force",
    ),
    flags=FLAGS,
    run=run,
)
