"""The transport port: what the client needs of a cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.api.types import Request, Response, WatchEvent
from simulator.runtime.terminal import Terminal
from simulator.shell.process import Reader, Writer


class EventStream(Protocol):
    """A watch in progress."""

    def poll(self) -> WatchEvent | None:
        """The next event if there is one; never waits."""
        ...

    def wait(self, timeout_s: float) -> bool:
        """Wait up to ``timeout_s`` (virtual seconds in the simulator) for an event, or for the end of the stream.

        Whether there is an event. For code that is no coroutine.
        """
        ...

    async def changed(self) -> None:
        """Suspend the running task until there may be an event, or the stream is closed."""
        ...

    @property
    def closed(self) -> bool:
        """Whether the stream has ended, by ``close`` or by the server; ``poll`` still gives the rest."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ExecResult:
    stdout: str
    stderr: str
    status: int


class Transport(Protocol):
    def request(self, request: Request) -> Response:
        """Errors of the API come back as a Response with a Status body."""
        ...

    def stream(self, request: Request) -> EventStream:
        """Start a watch; a refusal raises the StatusError."""
        ...

    async def exec(
        self, request: Request, stdin: Reader, stdout: Writer, stderr: Writer, terminal: Terminal | None = None
    ) -> int:
        """Run a command in a container (``POST .../exec``) on these streams; returns its exit status.

        With a tty, ``terminal`` is who sits in front of it.
        """
        ...

    def run(self, request: Request, stdin: bytes = b"") -> ExecResult:
        """The same for code that is no coroutine."""
        ...

    def now(self) -> float:
        """The cluster's time: seconds since the epoch."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        ...

    def server(self) -> str:
        """The URL of the API server."""
        ...


def exec_query(command: Sequence[str], container: str, stdin: bool, tty: bool) -> dict[str, str]:
    """The query of an exec request. ``command`` repeats in a real URL; here its words are joined by NUL."""
    query = {"container": container, "stdout": "true"}
    query.update({"command": "\0".join(command)} if command else {})
    query.update({"stdin": "true"} if stdin else {})
    query.update({"tty": "true"} if tty else {"stderr": "true"})
    return query
