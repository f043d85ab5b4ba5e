"""Runs the controllers: one watch a resource, one queue a controller, all on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.api.customresources import rows_of
from simulator.api.gvrs import CUSTOMRESOURCEDEFINITIONS
from simulator.api.resourcetable import builtin_table
from simulator.api.types import GVR, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess, InProcessStream
from simulator.controllers.context import Context, Controller, Key, Watches
from simulator.errors import Expired, Gone, Object, StatusError
from simulator.release import OLDEST, Release
from simulator.runtime.clock import Clock, Timer
from simulator.runtime.names import Names
from simulator.runtime.workqueue import WorkQueue

SYSTEM = ("system:masters", "system:authenticated")
_RECONNECT_S = 1.0  # client-go, tools/cache/reflector.go: a watch that broke is begun again after a second


class Runner:
    """One controller with its queue. It holds no state of the cluster: only keys to look at."""

    def __init__(
        self, controller: Controller, context: Context, on_error: Callable[[str, Key, StatusError], None]
    ) -> None:
        self.controller, self.context, self._on_error = controller, context, on_error
        self.queue: WorkQueue[Key] = WorkQueue(context.clock, self._work)

    def _work(self, key: Key) -> None:
        try:
            result = self.controller.reconcile(self.context, key)
        except StatusError as error:
            self._on_error(self.controller.name, key, error)
            self.queue.retry(key)
            return
        self.queue.forget(key)
        if result.requeue_after is not None:
            self.queue.add_after(key, result.requeue_after)


class _Concerned:
    """Those who follow one resource, by the namespace in which something changes: some look at their own only."""

    def __init__(self, followers: Iterable[tuple[Runner, Watches]]) -> None:
        self._every: list[tuple[tuple[str, ...], _Hands]] = [
            (watches.namespaces, (watches.keys, runner.context, runner.queue.add)) for runner, watches in followers
        ]
        self._anywhere = [hands for namespaces, hands in self._every if not namespaces]
        self._special = {
            place: [hands for namespaces, hands in self._every if not namespaces or place in namespaces]
            for namespaces, _ in self._every
            for place in namespaces
        }

    def by(self, namespace: str) -> list[_Hands]:
        return self._special.get(namespace, self._anywhere)


_Hands = tuple[Callable[[Context, Object], Iterable[Key]], Context, Callable[[Key], None]]


class Manager:
    """Starts and stops all controllers of a cluster.

    ``start(since="")`` lists everything first, as a restarted process does; with a revision only later changes count
    (for a profile that was frozen when all had settled). A watch that the server drops is begun again where it ended;
    what the release does not serve is not watched.
    """

    def __init__(
        self,
        transport: InProcess,
        clock: Clock,
        names: Names,
        controllers: Iterable[Controller],
        machines: object,
        release: Release = OLDEST,
    ) -> None:
        self.errors: list[tuple[float, str, Key, StatusError]] = []
        self._transport, self._clock, self._table = transport, clock, builtin_table(release)
        self.runners = [
            Runner(
                controller,
                Context(
                    Client(transport, User(controller.user, SYSTEM), self._table, reader=transport.reader),
                    clock,
                    names,
                    controller.component or controller.name,
                    machines,
                    release,
                ),
                self._note,
            )
            for controller in controllers
            if self._table.served(controller.watches[0].resource) is not None
        ]
        self._client = Client(transport, User("system:kube-controller-manager", SYSTEM))
        self._streams: list[InProcessStream] = []
        self._reconnects: list[Timer] = []

    def start(self, since: str = "") -> None:
        watched: dict[GVR, list[tuple[Runner, Watches]]] = {}
        for runner in self.runners:
            for watches in runner.controller.watches:
                served = self._table.served(watches.resource)
                if served is not None:
                    watched.setdefault(served, []).append((runner, watches))
        for resource, followers in watched.items():
            self._follow(resource, _queueing(followers), since)
        self._follow_what_is_defined(since)
        if since:
            self._look_at_what_falls_due()

    def _follow_what_is_defined(self, since: str) -> None:
        """The kinds that people define on this cluster, for the controllers that care about all kinds."""
        definitions = self._table.served(CUSTOMRESOURCEDEFINITIONS)
        curious = [(runner, runner.controller.defined) for runner in self.runners if runner.controller.defined]
        if definitions is None or not curious:
            return
        known: set[GVR] = set()

        def hear(definition: Object, since: str = "") -> None:
            for row in rows_of(definition["spec"], definition["apiVersion"]):
                if self._table.find(*row.gvr) is None and row.gvr not in known:
                    known.add(row.gvr)
                    followers = [(runner, defined(row.gvr)) for runner, defined in curious if defined is not None]
                    self._follow(row.gvr, _queueing(followers), since)
                break  # one version shows all objects

        if since:
            for definition in self._client.list(definitions):
                hear(definition, since)
        self._follow(definitions, hear, since)

    def _look_at_what_falls_due(self) -> None:
        for runner in self.runners:
            first = runner.controller.watches[0]
            if runner.controller.falls_due:
                for obj in runner.context.client.list(first.resource):
                    for key in first.keys(runner.context, obj):
                        runner.queue.add(key)

    def stop(self) -> None:
        """As if the process were killed: nothing that waits is done."""
        self._disconnect()
        for runner in self.runners:
            runner.queue.stop()
            runner.context.memo.close()

    def _follow(self, resource: GVR, hear: Callable[[Object], None], since: str) -> None:
        def drain() -> None:
            nonlocal since
            while (event := stream.poll()) is not None:
                since = event.object["metadata"]["resourceVersion"]
                hear(event.object)
            if stream.closed and stream in self._streams:
                self._streams.remove(stream)
                self._later(lambda: self._follow(resource, hear, since))

        try:
            stream = self._client.watch(resource, resource_version=since)
        except (Expired, Gone):
            self._later(self._begin_anew)
            return
        except StatusError:
            self._later(lambda: self._follow(resource, hear, since))
            return
        assert isinstance(stream, InProcessStream)
        self._streams.append(stream)
        stream.on_change(drain)
        drain()

    def _begin_anew(self) -> None:
        """What changed meanwhile is not known, deletions least of all: look at everything, as a new process does."""
        self._disconnect()
        self.start()

    def _disconnect(self) -> None:
        streams, self._streams = self._streams, []
        for stream in streams:
            stream.close()
        for timer in self._reconnects:
            timer.cancel()

    def _later(self, connect: Callable[[], None]) -> None:
        timer = self._clock.call_later(_RECONNECT_S, connect)
        self._reconnects = [*(one for one in self._reconnects if one.callback is not None), timer]

    def _note(self, name: str, key: Key, error: StatusError) -> None:
        self.errors.append((self._clock.now(), name, key, error))
        del self.errors[:-100]


def _queueing(followers: list[tuple[Runner, Watches]]) -> Callable[[Object], None]:
    """Puts the keys that a changed object leads to on the queues of those who follow."""
    concerned = _Concerned(followers)

    def hear(obj: Object) -> None:
        for keys, context, add in concerned.by(obj["metadata"].get("namespace", "")):
            for key in keys(context, obj):
                add(key)

    return hear
