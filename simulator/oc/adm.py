"""``oc adm``: its top-level help. The administrative commands themselves are not built."""

from __future__ import annotations

from simulator.oc.command import Command
from simulator.oc.errors import CommandError
from simulator.oc.help import catalog, group_text, unknown_subcommand
from simulator.oc.invocation import Invocation


async def run(invocation: Invocation) -> int:
    """Print the help; CommandError for any subcommand."""
    sections = catalog(invocation.release)["adm"]
    if not invocation.args:
        text = group_text(COMMAND, sections, invocation.release)
        await invocation.error(text.rstrip("\n"))
        return 1
    word = invocation.args[0]
    known = [name for section in sections.values() for name in section]
    if word in known:
        raise CommandError(f'error: "oc adm {word}" is not available in this simulator\nOnly the help of "oc adm" is.')
    raise unknown_subcommand(COMMAND, word, known, invocation.release)


COMMAND = Command(
    path="oc adm",
    usage="oc adm [flags]",
    short="Administrative Commands",
    long="Commands for managing a cluster are exposed here. Many administrative actions involve interaction with the\n"
    "command line client as well.",
    run=run,
    interspersed=False,
)
