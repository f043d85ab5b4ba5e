"""Runs the controllers: one watch a resource, one queue a controller, all on the virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from simulator.api.types import GVR, User
from simulator.client.client import Client
from simulator.client.inprocess import InProcess, InProcessStream
from simulator.controllers.context import Context, Controller, Key, Watches
from simulator.errors import StatusError
from simulator.runtime.clock import Clock
from simulator.runtime.names import Names
from simulator.runtime.workqueue import WorkQueue

SYSTEM = ("system:masters", "system:authenticated")


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


class Manager:
    """Starts and stops all controllers of a cluster.

    ``start(since="")`` lists everything first, as a restarted process does; with a revision only later changes count
    (for a profile that was frozen when all had settled).
    """

    def __init__(
        self, transport: InProcess, clock: Clock, names: Names, controllers: Iterable[Controller], machines: object
    ) -> None:
        self.errors: list[tuple[float, str, Key, StatusError]] = []
        self._transport, self._clock = transport, clock
        self.runners = [
            Runner(
                controller,
                Context(
                    Client(transport, User(controller.user, SYSTEM)),
                    clock,
                    names,
                    controller.component or controller.name,
                    machines,
                ),
                self._note,
            )
            for controller in controllers
        ]
        self._streams: list[InProcessStream] = []

    def start(self, since: str = "") -> None:
        watched: dict[GVR, list[tuple[Runner, Watches]]] = {}
        for runner in self.runners:
            for watches in runner.controller.watches:
                watched.setdefault(watches.resource, []).append((runner, watches))
        client = Client(self._transport, User("system:kube-controller-manager", SYSTEM))
        for resource, followers in watched.items():
            stream = client.watch(resource, resource_version=since)
            assert isinstance(stream, InProcessStream)
            self._follow(stream, followers)

    def stop(self) -> None:
        """As if the process were killed: nothing that waits is done."""
        for stream in self._streams:
            stream.close()
        for runner in self.runners:
            runner.queue.stop()
        self._streams = []

    def _follow(self, stream: InProcessStream, followers: list[tuple[Runner, Watches]]) -> None:
        def drain() -> None:
            while (event := stream.poll()) is not None:
                for runner, watches in followers:
                    for key in watches.keys(runner.context, event.object):
                        runner.queue.add(key)

        self._streams.append(stream)
        stream.on_change(drain)
        drain()

    def _note(self, name: str, key: Key, error: StatusError) -> None:
        self.errors.append((self._clock.now(), name, key, error))
        del self.errors[:-100]
