"""``oc adm drain``: cordon nodes, and evict their pods. Source: kubectl, cmd/drain/drain.go, pkg/drain."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from simulator.api.gvrs import DAEMONSETS, PODS
from simulator.api.labelselectors import parse_labels
from simulator.changes.api import EVICTIONS
from simulator.errors import BadRequest, Forbidden, NotFound, Object, StatusError, TooManyRequests
from simulator.oc.command import Command
from simulator.oc.cordon import mark, nodes_of
from simulator.oc.errors import CommandError, fail, unique
from simulator.oc.flags import DRY_RUN, SELECTOR, Flag
from simulator.oc.invocation import Invocation
from simulator.oc.targets import Target
from simulator.runtime.clock import parse_rfc3339
from simulator.runtime.tasks import current_scheduler, sleep

_DAEMONS_FATAL: Final = "DaemonSet-managed Pods (use --ignore-daemonsets to ignore)"
_DAEMONS_WARNING: Final = "ignoring DaemonSet-managed Pods"
_LOCAL_FATAL: Final = "Pods with local storage (use --delete-emptydir-data to override)"
_LOCAL_WARNING: Final = "deleting Pods with local storage"
_UNMANAGED_FATAL: Final = "cannot delete Pods that declare no controller (use --force to override)"
_UNMANAGED_WARNING: Final = "deleting Pods that declare no controller"
_MIRROR: Final = "kubernetes.io/config.mirror"
_RETRY_S: Final = 5.0
_POLL_S: Final = 1.0


class Verdict(NamedTuple):
    """Whether a pod goes, and what is said of it."""

    goes: bool
    level: Literal["", "warning", "error"] = ""
    message: str = ""


class DrainError(Exception):
    """A node that could not be drained, for these reasons."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = list(dict.fromkeys(reasons))
        super().__init__(self.reasons[0] if len(self.reasons) == 1 else f"[{', '.join(self.reasons)}]")


async def run(invocation: Invocation) -> int:
    check_selector(invocation)
    targets = await nodes_of(invocation)
    await mark(invocation, targets, True)
    pending: dict[str, list[str]] = {}
    for target in targets:
        try:
            await _drain(invocation, target)
        except DrainError as error:
            await invocation.error(
                f'error: unable to drain node "{target.name}" due to error: {error}, continuing command...'
            )
            pending[target.name] = error.reasons
            continue
        await invocation.line(f"{target.title} drained{invocation.dry_suffix}")
    if pending:
        names = "".join(f"\n {name}" for name in pending)
        await invocation.error(f"There are pending nodes to be drained:{names}")
        reasons = unique(reason for one in pending.values() for reason in one)
        raise CommandError("\n".join(reasons))
    return 0


def check_selector(invocation: Invocation) -> None:
    """CommandError for a --pod-selector that is none."""
    try:
        parse_labels(invocation.flags.text("pod-selector"), invocation.release)
    except BadRequest:
        raise fail("--pod-selector=<pod_selector> must be a valid label selector") from None


async def _drain(invocation: Invocation, target: Target) -> None:
    """Evict what may go from one node, and wait until it is gone. DrainError."""
    found = [(pod, _verdict(invocation, pod)) for pod in _pods_on(invocation, target.name)]
    problems = _messages(found, "error")
    if problems:
        raise DrainError(f"cannot delete {text}: {', '.join(pods)}" for text, pods in problems.items())
    warnings = _messages(found, "warning")
    if warnings:
        text = "; ".join(f"{text}: {', '.join(pods)}" for text, pods in warnings.items())
        await invocation.error(f"Warning: {text}")
    going = [pod for pod, verdict in found if verdict.goes]
    if invocation.dry_run:
        for pod in going:
            await invocation.line(f"evicting pod {_place(pod)}{invocation.dry_suffix}")
        return
    await _clear(invocation, target, going)


def _pods_on(invocation: Invocation, node: str) -> list[Object]:
    selector = invocation.flags.text("pod-selector")
    return invocation.client.list(PODS, labels=selector, fields=f"spec.nodeName={node}")


def _messages(found: Sequence[tuple[Object, Verdict]], level: str) -> dict[str, list[str]]:
    texts: dict[str, list[str]] = {}
    for pod, verdict in found:
        if verdict.level == level:
            texts.setdefault(verdict.message, []).append(_place(pod))
    return texts


def _place(pod: Object) -> str:
    return f"{pod['metadata']['namespace']}/{pod['metadata']['name']}"


def _verdict(invocation: Invocation, pod: Object) -> Verdict:
    """The filters in their order: the first that spares the pod decides, else the last one's word counts."""
    flags, verdict = invocation.flags, Verdict(True)
    if _long_gone(invocation, pod) or _MIRROR in (pod["metadata"].get("annotations") or {}):
        return Verdict(False)
    if (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed"):
        return verdict
    owner = next((ref for ref in pod["metadata"].get("ownerReferences") or () if ref.get("controller")), None)
    if owner is not None and owner["kind"] == "DaemonSet":
        verdict = _daemon_verdict(invocation, pod, owner["name"])
        if not verdict.goes:
            return verdict
    if any("emptyDir" in volume for volume in pod["spec"].get("volumes") or ()) and not flags.flag(
        "delete-emptydir-data"
    ):
        return Verdict(False, "error", _LOCAL_FATAL)
    if owner is not None:  # the last filter has nothing to say, and forgets what those before it said
        return Verdict(True)
    if not flags.flag("force"):
        return Verdict(False, "error", _UNMANAGED_FATAL)
    return Verdict(True, "warning", _UNMANAGED_WARNING)


def _daemon_verdict(invocation: Invocation, pod: Object, name: str) -> Verdict:
    try:
        invocation.client.get(DAEMONSETS, name, pod["metadata"]["namespace"])
    except StatusError as error:
        if isinstance(error, NotFound) and invocation.flags.flag("force"):
            return Verdict(True, "warning", error.message)
        return Verdict(False, "error", error.message)
    if not invocation.flags.flag("ignore-daemonsets"):
        return Verdict(False, "error", _DAEMONS_FATAL)
    return Verdict(False, "warning", _DAEMONS_WARNING)


def _long_gone(invocation: Invocation, pod: Object) -> bool:
    limit_s, deleted = invocation.flags.number("skip-wait-for-delete-timeout"), pod["metadata"].get("deletionTimestamp")
    return bool(limit_s > 0 and deleted and invocation.now() - parse_rfc3339(deleted) > limit_s)


async def _clear(invocation: Invocation, target: Target, pods: Sequence[Object]) -> None:
    """Evict these pods at the same time, and wait for all of them."""
    scheduler = await current_scheduler()
    limit_s = invocation.flags.seconds("timeout")
    deadline = invocation.now() + limit_s if limit_s else None
    tasks = [scheduler.spawn(_remove(invocation, pod, deadline), "evict") for pod in pods]
    errors = [text for text in [await task.join() for task in tasks] if text]
    if not errors:
        return
    failure = DrainError(errors)
    left = [pod for pod in _pods_on(invocation, target.name) if _verdict(invocation, pod).goes]
    if left:
        names = "".join(f"\npod/{pod['metadata']['name']}" for pod in left)
        await invocation.error(
            f'There are pending pods in node "{target.name}" when an error occurred: {failure}{names}'
        )
    raise failure


async def _remove(invocation: Invocation, pod: Object, deadline: float | None) -> str:
    """Evict or delete one pod and wait until it is gone; "" or what went wrong."""
    meta, evicts = pod["metadata"], not invocation.flags.flag("disable-eviction")
    where = f'pods/"{meta["name"]}" -n "{meta["namespace"]}"'
    for attempt in itertools.count():
        if evicts:
            await invocation.line(f"evicting pod {_place(pod)}")
        if deadline is not None and attempt and invocation.now() >= deadline:
            limit = _go_duration(invocation.flags.seconds("timeout"))
            return f"error when evicting {where}: global timeout reached: {limit}"
        try:
            _ask(invocation, meta, evicts)
            break
        except NotFound:
            return ""
        except TooManyRequests as error:
            await invocation.error(f"error when evicting {where} (will retry after 5s): {error.message}")
            await sleep(_RETRY_S)
        except (Forbidden, StatusError) as error:
            return f"error when evicting {where}: {error.message}" if evicts else error.message
    return await _gone(invocation, pod, deadline, "evicted" if evicts else "deleted")


def _ask(invocation: Invocation, meta: Object, evicts: bool) -> None:
    grace_s = invocation.flags.number("grace-period")
    options = {"gracePeriodSeconds": grace_s} if grace_s >= 0 else {}
    if not evicts:
        path = PODS.path(meta["namespace"], meta["name"])
        invocation.client.request("DELETE", path, body={"apiVersion": "v1", "kind": "DeleteOptions", **options})
        return
    names = {"name": meta["name"], "namespace": meta["namespace"]}
    version = EVICTIONS.at(invocation.release)
    eviction = {"apiVersion": version, "kind": "Eviction", "metadata": names, "deleteOptions": options}
    invocation.client.request("POST", PODS.path(meta["namespace"], meta["name"], "eviction"), body=eviction)


async def _gone(invocation: Invocation, pod: Object, deadline: float | None, done: str) -> str:
    meta = pod["metadata"]
    while True:
        current = invocation.client.get_or_none(PODS, meta["name"], meta["namespace"])
        if current is None or current["metadata"]["uid"] != meta["uid"]:
            await invocation.line(f"pod/{meta['name']} {done}")
            return ""
        if _long_gone(invocation, current):
            await invocation.line(
                f"pod/{meta['name']} has DeletionTimestamp older than "
                f"{invocation.flags.number('skip-wait-for-delete-timeout')} seconds, skipping"
            )
            return ""
        if deadline is not None and invocation.now() >= deadline:
            limit = _go_duration(invocation.flags.seconds("timeout"))
            await invocation.line(f"pod/{meta['name']} {'eviction' if done == 'evicted' else 'deletion'} failed")
            why = f"global timeout reached: {limit}"
            return f'error when waiting for pod "{meta["name"]}" in namespace "{meta["namespace"]}" to terminate: {why}'
        await sleep(_POLL_S)


def _go_duration(seconds: float) -> str:
    """``1m30s``. Source: Go, time.Duration.String."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, seconds - whole // 60 * 60
    text = f"{rest:g}s"
    if hours:
        return f"{hours}h{minutes}m{text}"
    return f"{minutes}m{text}" if minutes else text


COMMAND = Command(
    path="oc adm drain",
    usage="oc adm drain NODE [flags]",
    short="Drain node in preparation for maintenance",
    long="The node is cordoned, and its pods are evicted as far as disruption budgets let them. Pods of daemon sets\n"
    "stay, pods that nobody would make anew need --force.",
    examples=("# Drain a node whose daemons stay", "oc adm drain worker-1 --ignore-daemonsets --delete-emptydir-data"),
    flags=(
        Flag("chunk-size", "Read lists in chunks of this size.", "int", default=500),
        Flag("delete-emptydir-data", "Go on though pods use emptyDir, whose data will be lost.", "bool", since="4.7"),
        Flag("delete-local-data", "Go on though pods use emptyDir, whose data will be lost.", "bool", until="4.7"),
        Flag("disable-eviction", "Delete pods whatever disruption budgets say.", "bool", since="4.5"),
        *DRY_RUN,
        Flag("force", "Go on though there are pods without a controller.", "bool"),
        Flag("grace-period", "Seconds for each pod to end; the pod's own time if negative.", "int", default=-1),
        Flag("ignore-daemonsets", "Leave pods of daemon sets where they are.", "bool"),
        Flag("pod-selector", "Only pods with these labels."),
        SELECTOR,
        Flag("skip-wait-for-delete-timeout", "Do not wait for pods deleted longer ago than this, in seconds.", "int"),
        Flag("timeout", "How long to wait; zero for ever.", "duration"),
    ),
    run=run,
)
