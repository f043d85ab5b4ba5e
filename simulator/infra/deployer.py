"""The program in a deployer pod: it brings a version of a DeploymentConfig to its replicas, and takes them from others.

It keeps nothing but its log: each look begins with what the cluster holds. Source: openshift/oc, pkg/cli/deployer
(4.20). Hooks are not run, and a custom strategy's own program is not known: such a roll-out says so and fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.api import deploymentconfigs as configs
from simulator.api.gvrs import EVENTS, PODS, REPLICATIONCONTROLLERS
from simulator.api.types import User
from simulator.client.client import Client
from simulator.controllers.deploymentconfig_status import max_surge, max_unavailable
from simulator.controllers.labels import has_all, labels_of
from simulator.controllers.podstate import FINISHED, is_available, phase
from simulator.errors import Object, StatusError
from simulator.infra.kubelet.record import Record

if TYPE_CHECKING:
    from simulator.infra.kubelet.work import Work

_PERIOD_S = 1.0  # how often it looks


class Failure(Exception):
    """The roll-out has failed; the text is the last line of the log."""


@dataclass
class Rollout:
    """One look. ``before`` is the version that is complete until now, if there is one."""

    client: Client
    record: Record
    now: float
    config: Object
    version: Object
    before: Object | None
    wanted: int

    # -- the log

    def say(self, line: str) -> None:
        """A line of the log, said once."""
        if not self.has_said(line):
            self.record["log"] = [*self.record.get("log", ()), {"time": self.now, "line": line}]

    def has_said(self, line: str) -> bool:
        return any(entry["line"] == line for entry in self.record.get("log", ()))

    def waited_s(self) -> float:
        """Since it last had something to say, and so had come further."""
        log = self.record.get("log", ())
        since: float = log[-1]["time"] if log else self.record["started"]
        return self.now - since

    # -- versions

    def scale(self, version: Object, replicas: int) -> Object:
        """The version with that many replicas."""
        if version["spec"]["replicas"] == replicas:
            return version
        changed = {**version, "spec": {**version["spec"], "replicas": replicas}}
        return self.client.update(REPLICATIONCONTROLLERS, changed)

    def pods(self, version: Object) -> list[Object]:
        pods = self.client.list(PODS, version["metadata"]["namespace"])
        return [pod for pod in pods if has_all(version["spec"]["selector"], labels_of(pod))]

    def available(self) -> int:
        least = self.config["spec"].get("minReadySeconds", 0)
        pods = [pod for pod in self.pods(self.version) if "deletionTimestamp" not in pod["metadata"]]
        return sum(is_available(pod, least, self.now) for pod in pods)


def advance(work: Work, record: Record) -> None:
    """Take the next steps that can be taken. The end is noted in the record, as that of a script."""
    try:
        rollout = _look(work, record)
        done = _step(rollout)
    except Failure as failure:
        _note(record, work.now, str(failure))
        record["run"] = {"exitCode": 1, "finished": work.now, "output": ""}
    except StatusError as error:
        _note(record, work.now, f"error: {error.message}")
        record["run"] = {"exitCode": 1, "finished": work.now, "output": ""}
    else:
        if not done:
            work.wake(work.now + _PERIOD_S)
            return
        _warnings(rollout)
        rollout.say("--> Success")
        record["run"] = {"exitCode": 0, "finished": work.now, "output": ""}


def _note(record: Record, now: float, line: str) -> None:
    record["log"] = [*record.get("log", ()), {"time": now, "line": line}]


def _look(work: Work, record: Record) -> Rollout:
    namespace = work.pod["metadata"]["namespace"]
    user = User(f"system:serviceaccount:{namespace}:deployer", ("system:masters", "system:authenticated"))
    client = work.context.client.as_user(user)
    name = configs.annotation(work.pod, configs.DEPLOYMENT)
    version = client.get_or_none(REPLICATIONCONTROLLERS, name, namespace)
    if version is None:
        raise Failure(f'error: couldn\'t get deployment {name}: replicationcontrollers "{name}" not found')
    config, desired = configs.decoded(version), configs.annotation(version, configs.DESIRED)
    if not desired.isdigit():
        raise Failure(f"error: deployment {name} has already run to completion")
    label = f"{configs.CONFIG}={config['metadata']['name']}"
    others = [one for one in client.list(REPLICATIONCONTROLLERS, namespace, labels=label) if one != version]
    before = configs.active(others)
    if before is not None and configs.version_of(before) > configs.version_of(version):
        raise Failure(f"error: deployment {name} is older than {before['metadata']['name']}")
    rollout = Rollout(client, record, work.now, config, version, before, int(desired))
    for one in others:
        if one is not before and one["spec"]["replicas"]:
            rollout.scale(one, 0)
            rollout.say(f"--> Scaled older deployment {one['metadata']['name']} down")
    return rollout


def _step(rollout: Rollout) -> bool:
    """Whether all is done."""
    strategy = configs.strategy_of(rollout.config)
    if strategy.get("type") not in ("Rolling", "Recreate"):
        raise Failure(f"error: unsupported strategy type: {strategy.get('type')}")
    params = strategy.get("rollingParams") or strategy.get("recreateParams") or {}
    for hook in ("pre", "mid", "post"):
        if params.get(hook):
            raise Failure(f"error: {hook} hook failed: this simulator runs no hooks")
    rolling = strategy["type"] == "Rolling" and rollout.before is not None
    done = _roll(rollout, rollout.before) if rolling and rollout.before else _recreate(rollout)
    limit = configs.timeout_s(strategy)
    if not done and rollout.waited_s() > limit:
        raise Failure(_too_late(rollout, limit, rolling))
    return done


def _too_late(rollout: Rollout, limit: int, rolling: bool) -> str:
    if rolling:
        return "error: timed out waiting for any update progress to be made"
    meta = rollout.version["metadata"]
    return (
        f"error: update acceptor rejected {meta['name']}: pods for rc '{meta['namespace']}/{meta['name']}' "
        f"took longer than {limit} seconds to become available"
    )


def _recreate(rollout: Rollout) -> bool:
    """All of the old away first; of the new one pod, and when that is available the rest."""
    name, before = rollout.version["metadata"]["name"], rollout.before
    if before is not None:
        rollout.say(f"--> Scaling {before['metadata']['name']} down to zero")
        rollout.scale(before, 0)
        if any(phase(pod) not in FINISHED for pod in rollout.pods(before)):
            return False
        if rollout.wanted and not _accepted(rollout, 1, f"--> Scaling {name} to 1 before performing acceptance check"):
            return False
    if not rollout.wanted or (before is not None and rollout.wanted == 1):
        return True
    return _accepted(rollout, rollout.wanted, f"--> Scaling {name} to {rollout.wanted}", wait=before is None)


def _accepted(rollout: Rollout, replicas: int, line: str, *, wait: bool = True) -> bool:
    """Whether the version has that many pods, available ones if ``wait``."""
    version = rollout.version
    if version["spec"]["replicas"] < replicas:
        rollout.say(line)
        rollout.version = version = rollout.scale(version, replicas)
    status = version.get("status") or {}
    if wait and version["spec"]["replicas"] == replicas:
        return bool(status.get("availableReplicas", 0) == replicas)
    return bool(status.get("replicas", 0) >= replicas)


def _roll(rollout: Rollout, before: Object) -> bool:
    """Up as far as the surge allows, then down as far as availability allows."""
    wanted, old, new = rollout.wanted, before["spec"]["replicas"], rollout.version["spec"]["replicas"]
    surge, unavailable = max_surge(rollout.config, wanted), max_unavailable(rollout.config, wanted)
    keep = max(0, wanted - unavailable)
    names = rollout.version["metadata"]["name"], before["metadata"]["name"]
    if not rollout.record.get("log"):
        rollout.say(
            f"--> Scaling up {names[0]} from {new} to {wanted}, scaling down {names[1]} from {old} to 0 "
            f"(keep {keep} pods available, don't exceed {wanted + surge} pods)"
        )
    if new != wanted:
        more = wanted - new if old == 0 else wanted + surge - old - new
        if more > 0:
            new = min(new + more, wanted)
            rollout.say(f"    Scaling {names[0]} up to {new}")
            rollout.version = rollout.scale(rollout.version, new)
            return False  # the pods need a while
    if old:
        available = rollout.available()
        less = old + new - keep - (new - available)
        left = 0 if new == wanted == available else max(old - less, 0) if less > 0 else old
        if left != old:
            rollout.say(f"    Scaling {names[1]} down to {left}")
            rollout.scale(before, left)
            return False
    return bool(new == wanted and old == 0)


def _warnings(rollout: Rollout) -> None:
    """What went wrong with the pods of both versions meanwhile."""
    for version in (one for one in (rollout.version, rollout.before) if one is not None):
        meta = version["metadata"]
        told = rollout.client.list(EVENTS, meta["namespace"], fields=f"involvedObject.name={meta['name']}")
        for event in told:
            if event["type"] == "Warning" and event["involvedObject"].get("uid") == meta["uid"]:
                rollout.say(f"-->  {event['reason']}: {meta['name']} {event['message']}")
