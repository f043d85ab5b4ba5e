"""One exec or attach: its channels on one side, the kubelet's task on the other. No sockets, no event loop.

Source: kubelet, cri/streaming/remotecommand; the channels are those of ``v4.channel.k8s.io``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any, Final, Protocol

from simulator.api.types import Upgrade
from simulator.errors import InternalError, Object, StatusError
from simulator.infra.kubelet import Kubelet
from simulator.runtime.tasks import Cancelled, Scheduler, Session, Task
from simulator.server.pipes import Gate, Inlet, Outlet
from simulator.server.remoteterminal import RemoteTerminal
from simulator.shell.process import Reader
from simulator.shell.streams import NullStream

STDIN, STDOUT, STDERR, ERROR, RESIZE = range(5)
_LONGEST_SIZE: Final = 4096  # characters of a size that is not complete
_INTERRUPTED, _BROKEN_PIPE = 130, 141  # 128 + SIGINT, 128 + SIGPIPE
_logger = logging.getLogger("ocsim.server")


class Wire(Protocol):
    """What a protocol offers to a command."""

    def send(self, channel: int, data: bytes) -> None:
        """Send on a channel now."""
        ...

    def finish(self, status: Object) -> None:
        """Tell how it ended, and close."""
        ...

    def hold(self, full: bool) -> None:
        """Whether so much waits to be read that the other end has to wait."""
        ...


class RemoteCommand:
    """Runs ``target`` from ``start`` to its end, or until the connection is ``lost``."""

    def __init__(
        self,
        kubelet: Kubelet,
        scheduler: Scheduler,
        target: Upgrade,
        wire: Wire,
        gate: Gate,
        acted: Callable[[], None] = lambda: None,
    ) -> None:
        self._kubelet, self._target, self._wire, self._gate, self._acted = kubelet, target, wire, gate, acted
        self._session = Session(scheduler)
        self._task: Task[None] | None = None
        self._stdin = Inlet(lambda: wire.hold(self._stdin.is_full))
        self._terminal: RemoteTerminal | None = None
        self._sizes = ""
        self._interrupted = self._lost = False
        if target.tty:
            self._terminal = RemoteTerminal(self._gate, lambda data: wire.send(STDOUT, data), self._interrupt)
            if not target.stdin:
                self._terminal.hang_up()

    def start(self) -> None:
        self._task = self._session.spawn(self._run(), f"{self._target.kind} {' '.join(self._target.command)}".rstrip())

    def received(self, channel: int, data: bytes) -> None:
        """Data from the client. What comes on a channel that was not asked for is dropped."""
        if channel == RESIZE and self._terminal is not None:
            self._resize(data)
        elif channel == STDIN and self._target.stdin and data:
            self._acted()
            if self._terminal is not None:
                self._terminal.typed(data)
            else:
                self._stdin.feed(data)

    def ended(self, channel: int) -> None:
        """The client has closed a channel."""
        if channel == STDIN:
            self._stdin.end()
            if self._terminal is not None:
                self._terminal.hang_up()

    def lost(self) -> None:
        """The client is gone: everything that it started ends. Whoever holds on gets it told again."""
        if self._lost and self._session.is_over():
            return
        self._lost = True
        self._gate.lose()
        self._session.close()
        if self._terminal is not None:
            self._terminal.hang_up()
        self._stdin.drop()

    def is_over(self) -> bool:
        return self._session.is_over()

    async def _run(self) -> None:
        try:
            result = _exit_status(await self._exec())
        except Cancelled:
            if not self._interrupted or self._lost:
                raise
            result = _exit_status(_INTERRUPTED)
        except BrokenPipeError:
            result = _exit_status(_BROKEN_PIPE)
        except StatusError as error:
            result = error.to_status()
        except Exception as failure:  # a bug of ours: the client hears of it, the server goes on
            _logger.exception("%s in %s/%s", self._target.kind, self._target.namespace, self._target.pod)
            text = f"Internal error occurred: error executing command in container: {failure}"
            result = InternalError(text).to_status()
        self._stdin.drop()
        if not self._lost:
            self._wire.finish(result)

    async def _exec(self) -> int:
        stdin: Reader = self._stdin if self._target.stdin else NullStream()
        if self._terminal is not None:
            return await self._kubelet.exec(self._target, NullStream(), self._terminal, self._terminal, self._terminal)
        stdout = Outlet(self._gate, lambda data: self._wire.send(STDOUT, data)) if self._target.stdout else NullStream()
        stderr = Outlet(self._gate, lambda data: self._wire.send(STDERR, data)) if self._target.stderr else NullStream()
        return await self._kubelet.exec(self._target, stdin, stdout, stderr)

    def _interrupt(self) -> None:
        """A Ctrl-C ends what runs; a shell at its prompt goes on."""
        if self._target.kind == "attach":
            self._kubelet.interrupt(self._target)
        elif self._task is not None:
            self._interrupted = True
            self._task.cancel()

    def _resize(self, data: bytes) -> None:
        """``{"Width":80,"Height":24}``, one after the other; what is no size is read over."""
        self._sizes += data.decode("utf-8", "replace")
        decoder = json.JSONDecoder()
        while text := self._sizes.lstrip():
            try:
                size, end = decoder.raw_decode(text)
            except ValueError:
                self._sizes = text if len(text) < _LONGEST_SIZE else ""
                return
            self._sizes = text[end:]
            if self._terminal is not None and isinstance(size, dict):
                self._terminal.resize(_integer(size.get("Width")))
        self._sizes = ""


def _integer(value: Any) -> int:
    return value if isinstance(value, int) else 0


def _exit_status(code: int) -> Object:
    """What the error channel says of an exit status. Source: kubelet, cri/streaming/remotecommand/exec.go."""
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: exit status {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }
