"""Whether a command was typed in a simulated shell. Apart from the rest, so that a command that was not starts fast."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from simulator.console import Console
    from simulator.shell.process import Process


@dataclass(frozen=True)
class AtHand:
    """The shell that this command was typed in, and the process that it is there."""

    console: Console
    process: Process


def at_hand() -> AtHand | None:
    """None outside of a simulated shell."""
    return click.get_current_context().find_object(AtHand)


def only_outside() -> None:
    """Refuse a command that would use the host's terminal or files from within a simulated shell."""
    if at_hand() is not None:
        raise click.UsageError("a simulated shell is running already; leave it first")
