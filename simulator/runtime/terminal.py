"""The port to whoever sits in front of a command: a person's terminal, the lab runner, a test, a web page."""

from __future__ import annotations

from typing import Protocol


class EditorMissing(Exception):
    """The editor named by the environment cannot be started; carries its name."""


class Terminal(Protocol):
    """What a command may ask of the person. Every call may suspend; none touches the cluster."""

    columns: int

    async def write(self, text: str) -> None:
        """Show text (both stdout and stderr of an interactive session end here)."""
        ...

    async def read_line(self, prompt: str) -> str | None:
        """Show ``prompt`` and return one line without its newline; None at end of input (Ctrl-D)."""
        ...

    async def edit(self, path: str, text: str, command: str) -> str:
        """Open ``text`` in an editor under the name ``path`` and return what was saved.

        ``command`` is the editor that the command's environment names ("" when it names none). Raises EditorMissing.
        """
        ...
