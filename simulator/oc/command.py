"""What a command is: usage, flags, and the coroutine that runs it. Each verb's module exports one as ``COMMAND``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.oc.flags import Flag

if TYPE_CHECKING:
    from simulator.oc.invocation import Invocation


@dataclass(frozen=True)
class Command:
    """One command, or a group of them (then ``subcommands`` is filled and ``run`` may be missing).

    ``usage`` is the line after ``Usage:``; ``path`` how the command is typed (``oc rollout status``); ``examples`` are
    lines without their indent. A command with ``interspersed`` off takes its first argument as the end of its flags.
    """

    path: str
    usage: str
    short: str
    long: str = ""
    examples: Sequence[str] = ()
    flags: Sequence[Flag] = ()
    run: Callable[[Invocation], Awaitable[int]] | None = None
    subcommands: Mapping[str, Command] = field(default_factory=dict)
    interspersed: bool = True
