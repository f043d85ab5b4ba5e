"""What a command is: usage, flags, and the coroutine that runs it. Each verb's module exports one as ``COMMAND``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from simulator.oc.flags import Flag
from simulator.release import Release, is_part

if TYPE_CHECKING:
    from simulator.oc.invocation import Invocation


@dataclass(frozen=True)
class Command:
    """One command, or a group of them (then ``subcommands`` is filled and ``run`` may be missing).

    ``usage`` is the line after ``Usage:``; ``path`` how the command is typed (``oc rollout status``); ``examples`` are
    lines without their indent. A command with ``interspersed`` off takes its first argument as the end of its flags.
    ``since`` is the first release that has the command, ``aliases`` are other names of subcommands.
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
    since: str | None = None
    aliases: Mapping[str, str] = field(default_factory=dict)

    def is_part_of(self, release: Release) -> bool:
        return is_part(release.minor, {"since": self.since})

    def available(self, release: Release) -> dict[str, Command]:
        """The subcommands that a release has."""
        return {name: command for name, command in self.subcommands.items() if command.is_part_of(release)}
