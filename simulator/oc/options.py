"""``oc options``: the flags that every command takes."""

from __future__ import annotations

from simulator.oc.command import Command
from simulator.oc.help import options_text
from simulator.oc.invocation import Invocation


async def run(invocation: Invocation) -> int:
    await invocation.out(options_text(invocation.release))
    return 0


COMMAND = Command(path="oc options", usage="oc options [flags]", short="List the options of all commands", run=run)
