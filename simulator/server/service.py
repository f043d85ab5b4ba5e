"""A cluster served over HTTPS: its socket, its certificates, its kubeconfig, and the loop that all of it runs in."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Iterator
from concurrent.futures import Future
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import uvicorn
from uvicorn.config import Config

from simulator.cluster import Cluster
from simulator.errors import InputError
from simulator.server import process
from simulator.server.app import App
from simulator.server.certificates import Certificates, certificates
from simulator.server.flow import Flow
from simulator.server.protocol import SWEEP_S, Protocol, sweep

if TYPE_CHECKING:
    from simulator.server.upgrades import Upgrades

T = TypeVar("T")
_GRACE_S = 2  # how long a stop waits for requests at hand; a watch ends at once
_IDLE_GRACE_S = 0.05  # how long a connection without a request may take to say goodbye


class Service:
    """``run`` serves until it is stopped; ``running`` does so in a thread of its own, where ``call`` reaches it.

    ``folder`` keeps the certificates and the kubeconfig; it is made, and only its owner may read it. ``port`` 0 takes a
    free one. InputError when the address cannot be had.
    """

    def __init__(
        self, cluster: Cluster, folder: Path, *, host: str = "127.0.0.1", port: int = 0, speed: float = 1.0
    ) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.cluster, self.folder, self.host = cluster, folder, host
        self._socket = _listen(host, port)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"https://{f'[{host}]' if ':' in host else host}:{self.port}"
        cluster.api.url, cluster.api.metrics.gauges = self.url, process.gauges
        cluster.api.secret = os.urandom(32)
        self.certificates: Certificates = certificates(folder, _names(host))
        self.flow = Flow(cluster.clock, speed)
        app = App(cluster.api, self.flow, lambda: self._upgrades)
        self._server = _Server(self._config(app), app, self.flow)
        self._loop: asyncio.AbstractEventLoop | None = None

    def run(self) -> None:
        """Serve until SIGINT, SIGTERM or ``stop``."""
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            self._loop = runner.get_loop()
            runner.run(self._server.serve(sockets=[self._socket]))

    def run_while(self, work: Callable[[], Awaitable[T]]) -> T:
        """Serve as long as ``work`` takes, in this thread; what it returns."""

        async def both() -> T:
            serving = asyncio.create_task(self._server.serve(sockets=[self._socket]))
            while not self._server.started:
                await asyncio.sleep(0.002)
            try:
                return await work()
            finally:
                self.stop()
                await serving

        with asyncio.Runner(loop_factory=_new_loop) as runner:
            self._loop = runner.get_loop()
            return runner.run(both())

    def close(self) -> None:
        """Give the address back, of one that was not run."""
        self._socket.close()

    @property
    def connections(self) -> Collection[object]:
        """The protocols of the clients that are connected."""
        return self._server.server_state.connections

    def stop(self) -> None:
        self._server.should_exit = True

    @contextlib.contextmanager
    def running(self) -> Iterator[Service]:
        """Serve in a thread meanwhile."""
        thread = threading.Thread(target=self.run, name="ocsim", daemon=True)
        thread.start()
        try:
            while not self._server.started and thread.is_alive():
                time.sleep(0.002)
            yield self
        finally:
            self.stop()
            thread.join()

    def call(self, function: Callable[[], T]) -> T:
        """Run ``function`` between two requests, and return what it does; the cluster belongs to the serving thread."""
        assert self._loop is not None, "the service is not running"
        answer: Future[T] = Future()

        def work() -> None:
            try:
                answer.set_result(function())
            except BaseException as error:
                answer.set_exception(error)
            self.flow.arm()

        self._loop.call_soon_threadsafe(work)
        return answer.result()

    @cached_property
    def _upgrades(self) -> Upgrades:
        from simulator.server.upgrades import Upgrades  # here: most who serve a cluster need none of it

        kubelet, release = self.cluster.machines.kubelet, self.cluster.profile.release
        return Upgrades(kubelet, self.flow.scheduler, release, self.certificates.context(), self.flow.wrote)

    def _config(self, app: Any) -> Config:
        config = Config(
            app,
            http=Protocol,
            ws="none",  # exec and its like are upgraded by :mod:`upgrades`, in whichever protocol they ask for
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=180,  # kube-apiserver: IdleTimeout of net/http, 3 minutes
            timeout_graceful_shutdown=_GRACE_S + 1,
            backlog=1024,
        )
        config.load()
        config.ssl = self.certificates.context()
        return config


class _Server(uvicorn.Server):
    """uvicorn's server, with time flowing beside it and its watches ended when it stops."""

    def __init__(self, config: Config, app: App, flow: Flow) -> None:
        super().__init__(config)
        self._app, self._flow, self._swept = app, flow, 0.0

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.api.stopping = False
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        self._flow.start(asyncio.get_running_loop())
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        now = time.monotonic()
        if now - self._swept > SWEEP_S:
            self._swept = now
            sweep(self.server_state.connections, now)
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.api.stopping = True
        self._flow.stop()
        self._app.end_streams()
        asyncio.get_running_loop().call_later(_IDLE_GRACE_S, self._abort, True)
        asyncio.get_running_loop().call_later(_GRACE_S, self._abort)
        await super().shutdown(sockets)

    def _abort(self, idle: bool = False) -> None:
        """Who is still there then was told to leave, and does not; ``idle``: those of them without a request."""
        for connection in tuple(self.server_state.connections):
            transport: asyncio.Transport | None = getattr(connection, "transport", None)
            if transport is not None and not (idle and _is_busy(connection)):
                transport.abort()


def _is_busy(connection: object) -> bool:
    """Whether a request is at hand; one that was upgraded is, as long as it is there."""
    cycle = getattr(connection, "cycle", None)
    return not isinstance(connection, Protocol) or (cycle is not None and not cycle.response_complete)


def _new_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def _names(host: str) -> tuple[str, ...]:
    """What the server's certificate is for."""
    return tuple(dict.fromkeys([host, "127.0.0.1", "::1", "localhost"]))


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(f"port {port} is in use on {host}: choose another one with --port, 0 for any") from error
        raise InputError(f"cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}") from error
    listener.listen(1024)
    return listener
