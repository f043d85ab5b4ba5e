"""``oc adm``: its help, and those of the administrative commands that are built."""

from __future__ import annotations

from simulator.oc.admnewproject import COMMAND as NEW_PROJECT
from simulator.oc.admpolicy import ADM_POLICY
from simulator.oc.admtop import COMMAND as TOP
from simulator.oc.command import Command
from simulator.oc.cordon import CORDON, UNCORDON
from simulator.oc.drain import COMMAND as DRAIN
from simulator.oc.errors import CommandError
from simulator.oc.help import catalog, group_text, unknown_subcommand
from simulator.oc.invocation import Invocation
from simulator.oc.taint import COMMAND as TAINT


async def run(invocation: Invocation) -> int:
    """Print the help; CommandError for a subcommand that is not built, or that there is not."""
    sections = catalog(invocation.release)["adm"]
    if not invocation.args:
        text = group_text(COMMAND, sections, invocation.release)
        await invocation.error(text.rstrip("\n"))
        return 1
    word = invocation.args[0]
    known = [name for section in sections.values() for name in section]
    if word in known:
        usable = ", ".join(COMMAND.available(invocation.release))
        raise CommandError(f'error: "oc adm {word}" is not available in this simulator; these are:\n  {usable}')
    raise unknown_subcommand(COMMAND, word, known, invocation.release)


COMMAND = Command(
    path="oc adm",
    usage="oc adm [flags]",
    short="Administrative Commands",
    long="Commands for managing a cluster are exposed here. Many administrative actions involve interaction with the\n"
    "command line client as well.",
    run=run,
    interspersed=False,
    subcommands={
        "cordon": CORDON,
        "drain": DRAIN,
        "new-project": NEW_PROJECT,
        "policy": ADM_POLICY,
        "taint": TAINT,
        "top": TOP,
        "uncordon": UNCORDON,
    },
)
