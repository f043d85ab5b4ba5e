"""The host's terminal as a Terminal: line editing, history, completion, and the user's own editor."""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from typing import TextIO

from simulator.runtime.clock import Clock
from simulator.runtime.terminal import EditorMissing
from simulator.server.shellclient import run_editor

_LONGEST_SLEEP_S = 3600.0


class WallClock:
    """Lets virtual time flow with the wall clock: while a person reads and types, and while a command waits."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._paused_at = 0.0

    def pause(self) -> None:
        """The person begins to type."""
        self._paused_at = time.monotonic()

    def resume(self) -> None:
        """The line is there: what happened meanwhile happens now."""
        self._clock.advance(time.monotonic() - self._paused_at)

    def sleep(self, delay_s: float) -> None:
        """Wait; ``math.inf``: until Ctrl-C."""
        time.sleep(min(delay_s, _LONGEST_SLEEP_S))


class HostReader:
    """The host's stdin."""

    async def read(self, size: int = 65536) -> bytes:
        return os.read(sys.stdin.fileno(), size) if not sys.stdin.isatty() else b""

    async def read_line(self) -> bytes:
        line = b""
        while not line.endswith(b"\n") and (byte := await self.read(1)):
            line += byte
        return line


class HostWriter:
    """The host's stdout or stderr; what is written shows at once."""

    def __init__(self, target: TextIO) -> None:
        self._target = target

    async def write(self, data: bytes | str) -> None:
        self._target.write(data if isinstance(data, str) else data.decode(errors="replace"))
        self._target.flush()


class HostTerminal:
    """Reads with ``input``. ``complete`` gives the words that may stand at the end of a line."""

    def __init__(
        self,
        complete: Callable[[str], Sequence[str]] | None = None,
        before_line: Callable[[], None] = lambda: None,
        after_line: Callable[[], None] = lambda: None,
    ) -> None:
        self.columns = shutil.get_terminal_size().columns
        self._before_line, self._after_line = before_line, after_line
        if sys.stdin.isatty():
            _prepare_readline(complete)

    async def write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    async def read_line(self, prompt: str) -> str | None:
        self._before_line()
        try:
            return input(prompt)
        except EOFError:
            return None
        except KeyboardInterrupt:  # Ctrl-C at a prompt drops the line
            sys.stdout.write("\n")
            return ""
        finally:
            self._after_line()

    async def edit(self, path: str, text: str, command: str) -> str:
        edited = run_editor(path, text.encode(), command)
        if edited is None:
            raise EditorMissing(command or "vi")
        return edited.decode()


def _prepare_readline(complete: Callable[[str], Sequence[str]] | None) -> None:
    try:
        import readline
    except ImportError:  # a Python built without it: lines can be typed, not edited
        return
    if complete is None:
        return
    choose = complete

    def offer(_word: str, index: int) -> str | None:
        choices = choose(readline.get_line_buffer()[: readline.get_endidx()])
        return choices[index] if index < len(choices) else None

    readline.set_completer(offer)
    readline.set_completer_delims(" \t\n|&;<>()$`\"'")
    readline.parse_and_bind("tab: complete")
