"""A small cluster made by hand, with a kubelet of a few lines: no infrastructure, no profile."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from simulator.api.admission import Admission
from simulator.api.gvrs import DEPLOYMENTS, EVENTS, NAMESPACES, NODES, PODS, REPLICASETS
from simulator.api.resourcetable import builtin_table
from simulator.api.server import ApiServer
from simulator.api.types import GVR, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess
from simulator.controllers.context import DONE, Context, Controller, Key, Result, Watches, own_key
from simulator.controllers.manager import Manager
from simulator.errors import Forbidden, Object
from simulator.log.entry import Entry
from simulator.log.memory import MemoryLog
from simulator.log.state import State
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock, parse_rfc3339, rfc3339
from simulator.runtime.names import Names

START = parse_rfc3339("2019-10-28T09:00:00Z")
ADMIN = User("kube:admin", ("system:masters", "system:cluster-admins", "system:authenticated"))


def fake_kubelet(
    delay_s: float = 3.0, stop_s: float = 2.0, broken: Callable[[Object], bool] = lambda pod: False
) -> Controller:
    """Runs bound pods: Ready ``delay_s`` after their creation, gone ``stop_s`` after their deletion."""

    def reconcile(context: Context, key: Key) -> Result:
        pod = context.client.get_or_none(PODS, key.name, key.namespace)
        if pod is None or not pod["spec"].get("nodeName"):
            return DONE
        meta = pod["metadata"]
        if "deletionTimestamp" in meta:
            asked = parse_rfc3339(meta["deletionTimestamp"]) - meta.get("deletionGracePeriodSeconds", 0)
            if (left := asked + stop_s - context.now) > 0:
                return Result(left)
            context.client.delete(PODS, key.name, key.namespace, grace_period_s=0)
            return DONE
        if pod.get("status", {}).get("phase") in ("Running", "Succeeded", "Failed") or broken(pod):
            return DONE
        if (left := parse_rfc3339(meta["creationTimestamp"]) + delay_s - context.now) > 0:
            return Result(left)
        context.client.update_status(PODS, {**pod, "status": running(pod, context.now)})
        return DONE

    return Controller("kubelet", "system:node:test", (Watches(PODS, own_key),), reconcile)


def running(pod: Object, now: float, ready: bool = True) -> Object:
    old = [one for one in pod.get("status", {}).get("conditions", ()) if one["type"] != "Ready"]
    condition = {"type": "Ready", "status": "True" if ready else "False", "lastTransitionTime": rfc3339(now)}
    names = [container["name"] for container in pod["spec"]["containers"]]
    return {
        "phase": "Running",
        "podIP": "10.128.2." + str(sum(map(ord, pod["metadata"]["name"])) % 250 + 1),
        "conditions": [*old, condition],
        "containerStatuses": [{"name": name, "ready": ready, "restartCount": 0, "image": "i"} for name in names],
    }


class World:
    """One cluster: its API, its clock, its manager, and an administrator's client."""

    def __init__(
        self,
        controllers: Iterable[Controller],
        nodes: int = 3,
        history: Sequence[Entry] = (),
        admission: Sequence[Admission] | None = (),
        release: Release = OLDEST,
    ) -> None:
        """``history``: the world as another one left it, killed after the last of these entries.

        Without ``admission`` (None is the API's own) a pod needs no service account and gets no defaults from one.
        """
        self.controllers, self.release = tuple(controllers), release
        log = MemoryLog()
        log.append(0, history)
        self.clock, self.names = Clock(history[-1].time if history else START), Names(1, len(history))
        self.state = State(log)
        self.server = ApiServer(
            self.state, self.clock, self.names, builtin_table(release), release, admission=admission
        )
        self.transport = InProcess(self.server, "https://api.test:6443")
        self.client = Client(self.transport, ADMIN)
        self.manager: Manager | None = None
        if history:
            return
        self.create(NAMESPACES, {"metadata": {"name": "lab"}})
        for number in range(nodes):
            self.create(NODES, node(f"node-{number}"))

    def start(self, since: str = "") -> World:
        self.manager = Manager(self.transport, self.clock, self.names, self.controllers, None, self.release)
        self.manager.start(since)
        return self

    def restart(self) -> None:
        assert self.manager is not None
        self.manager.stop()
        self.start()

    def settle(self, limit_s: float = 600.0) -> None:
        assert self.clock.run_until_idle(limit_s), "the cluster did not come to rest"

    def create(self, resource: GVR, obj: Object, namespace: str | None = None) -> Object:
        """Create an object, with its status if it has one."""
        made = self.client.create(resource, obj, namespace)
        return self.client.update_status(resource, {**made, "status": obj["status"]}) if "status" in obj else made

    def change(self, resource: GVR, name: str, patch: Any, namespace: str | None = "lab") -> Object:
        return self.client.patch(resource, name, patch, namespace)

    def get(self, resource: GVR, name: str, namespace: str | None = "lab") -> Object:
        return self.client.get(resource, name, namespace)

    def items(self, resource: GVR, namespace: str | None = "lab") -> list[Object]:
        return self.client.list(resource, namespace)

    def events(self, reason: str = "", namespace: str = "lab") -> list[str]:
        found = self.client.list(EVENTS, namespace)
        return [event["message"] for event in sorted(found, key=_age) if reason in ("", event["reason"])]

    def assert_settled(self) -> None:
        """Another process that lists everything finds nothing to write."""
        before = self.state.revision
        self.restart()
        self.settle()
        written = [(entry.cause, entry.resource, entry.name) for entry in self.state.history(before)]
        assert written == []

    def refuse(self, resource: str, message: str) -> None:
        """Every create of ``resource`` is refused from now on; "" ends that."""

        def admission(*request: Any) -> Object:
            _server, operation, _user, kind, obj = request[:5]
            if message and operation == "CREATE" and kind.plural == resource:
                raise Forbidden(message)
            return dict(obj)

        self.server.admission = (admission,)


TODAY = Release("4.20.1", "v1.33.5", ())


def _age(event: Object) -> int:
    return int(event["involvedObject"].get("resourceVersion", 0))


def node(name: str, labels: dict[str, str] | None = None, **spec: Any) -> Object:
    return {
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **(labels or {})}},
        "spec": spec,
        "status": {"allocatable": {"cpu": "4", "memory": "8Gi", "pods": "20"}},
    }


def template(image: str = "app:1", **spec: Any) -> Object:
    return {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": image}], **spec},
    }


def deployment(replicas: int = 1, image: str = "app:1", **spec: Any) -> Object:
    selector = {"matchLabels": {"app": "web"}}
    return {
        "metadata": {"name": "web", "namespace": "lab"},
        "spec": {"replicas": replicas, "selector": selector, "template": template(image), **spec},
    }


@pytest.fixture(scope="session")
def kit() -> Any:
    """The builders of this file, for tests that cannot import it."""
    return SimpleNamespace(
        DEPLOYMENTS=DEPLOYMENTS,
        EVENTS=EVENTS,
        REPLICASETS=REPLICASETS,
        START=START,
        TODAY=TODAY,
        World=World,
        deployment=deployment,
        fake_kubelet=fake_kubelet,
        node=node,
        running=running,
        template=template,
    )
