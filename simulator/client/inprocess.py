"""The transport to a cluster in the same process. Waiting means letting virtual time run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from simulator.api.reader import Reader
from simulator.api.server import ApiServer
from simulator.api.types import Request, Response, Upgrade, WatchEvent
from simulator.api.watch import Watch
from simulator.client.transport import ExecResult
from simulator.errors import BadRequest, from_status
from simulator.runtime.clock import Clock
from simulator.runtime.tasks import Scheduler
from simulator.runtime.terminal import Terminal
from simulator.shell.process import Reader as StreamReader
from simulator.shell.process import Writer
from simulator.shell.streams import Buffer

if TYPE_CHECKING:
    from simulator.client.identities import Identities


class Kubelet(Protocol):
    """Who runs commands in containers."""

    def exec(
        self, target: Upgrade, stdin: StreamReader, stdout: Writer, stderr: Writer, terminal: Terminal | None = None
    ) -> Coroutine[Any, Any, int]:
        """Run ``target.command`` in its container. ``terminal`` is who sits in front of a tty."""
        ...


class InProcessStream:
    """A watch whose waiting advances the clock. ``on_change``: called at every new event, and at the end."""

    def __init__(self, watch: Watch, clock: Clock) -> None:
        self._watch, self._clock = watch, clock

    def poll(self) -> WatchEvent | None:
        return self._watch.next()

    def wait(self, timeout_s: float) -> bool:
        end = self._clock.now() + timeout_s
        while not self._watch.pending() and not self._watch.closed:
            due = self._clock.next_due()
            if due is None or due > end:
                self._clock.advance_to(end)
                break
            self._clock.run_next()
        return self._watch.pending()

    async def changed(self) -> None:
        if not self._watch.pending() and not self._watch.closed:
            await self._watch.changed.wait()

    def on_change(self, callback: Callable[[], None]) -> None:
        self._watch.listener = callback

    @property
    def closed(self) -> bool:
        return self._watch.closed

    def close(self) -> None:
        self._watch.close()


class InProcess:
    """Hands requests to an :class:`ApiServer`, and commands to the kubelet behind it."""

    def __init__(self, server: ApiServer, url: str, kubelet: Kubelet | None = None) -> None:
        self._api, self._url, self.kubelet = server, url, kubelet
        self.reader = Reader(server)

    @cached_property
    def identities(self) -> Identities:
        """Who may speak over this transport, and as whom. Imported here: most never ask."""
        from simulator.client.identities import Identities

        return Identities(self._api)

    def request(self, request: Request) -> Response:
        reply = self._api.handle(request)
        if not isinstance(reply, Response):
            raise BadRequest("this path answers with a stream")
        return reply

    def stream(self, request: Request) -> InProcessStream:
        reply = self._api.handle(request)
        if isinstance(reply, Watch):
            if reply.failure is not None:
                raise reply.failure
            return InProcessStream(reply, self._api.clock)
        raise from_status(reply.body if isinstance(reply, Response) else {})

    async def exec(
        self, request: Request, stdin: StreamReader, stdout: Writer, stderr: Writer, terminal: Terminal | None = None
    ) -> int:
        reply = self._api.handle(request)
        if isinstance(reply, Upgrade) and self.kubelet is not None:
            return await self.kubelet.exec(reply, stdin, stdout, stderr, terminal)
        raise from_status(reply.body if isinstance(reply, Response) else {"message": "unable to upgrade connection"})

    def run(self, request: Request, stdin: bytes = b"") -> ExecResult:
        stdout, stderr = Buffer(), Buffer()
        scheduler = Scheduler(self._api.clock)
        status = scheduler.run(self.exec(request, Buffer(stdin), stdout, stderr))
        return ExecResult(stdout.text(), stderr.text(), status)

    def now(self) -> float:
        return self._api.clock.now()

    def sleep(self, seconds: float) -> None:
        self._api.clock.advance(seconds)

    def server(self) -> str:
        return self._url
