"""``oc logout``: end the session. Source: oc, pkg/cli/logout."""

from __future__ import annotations

from simulator.api.types import User
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation

ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


async def run(invocation: Invocation) -> int:
    session = invocation.session
    if invocation.args:
        raise fail("No arguments are allowed to this command")
    if not session.token:
        raise fail("You must have a token in order to logout.")
    session.token = ""
    session.client = session.client.as_user(ANONYMOUS)
    await invocation.line(f'Logged "{session.user}" out on "{session.server}"')
    return 0


COMMAND = Command(
    path="oc logout",
    usage="oc logout [flags]",
    short="End the current server session",
    long="Log out by forgetting the token of the session; the server takes it for invalid from now on.",
    examples=("# Log out", "oc logout"),
    run=run,
)
