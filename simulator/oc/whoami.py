"""``oc whoami``. Source: oc, cli/whoami."""

from __future__ import annotations

from simulator.api.gvrs import CONFIGMAPS, USERS
from simulator.changes.client import REVIEWS_ITSELF
from simulator.errors import NotFound, StatusError, Unauthorized
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation
from simulator.oc.logout import ANONYMOUS


async def run(invocation: Invocation) -> int:
    flags, session = invocation.flags, invocation.session.connected()
    if flags.flag("show-console"):
        await invocation.line(_console(invocation))
        return 0
    if sum(flags.flag(name) for name in ("show-token", "show-context", "show-server")) > 1:
        raise fail("only one of --show-token, --show-context and --show-server can be given")
    if flags.flag("show-token"):
        if not session.token:
            raise fail("no token is currently in use for this session")
        await invocation.line(session.token)
    elif flags.flag("show-context"):
        await invocation.line(session.context_name)
    elif flags.flag("show-server"):
        await invocation.line(session.server)
    else:
        await invocation.line(_user(invocation))
    return 0


def _user(invocation: Invocation) -> str:
    """The server's word for who asks; a server without the users API leaves it at the session's."""
    if REVIEWS_ITSELF.at(invocation.release) and invocation.client.user == ANONYMOUS:
        raise Unauthorized("Unauthorized")
    try:
        return str(invocation.client.get(USERS, "~")["metadata"]["name"])
    except NotFound:
        return invocation.session.user


def _console(invocation: Invocation) -> str:
    """The URL of the web console, which any user may read."""
    try:
        shared = invocation.client.get(CONFIGMAPS, "console-public", "openshift-config-managed")
    except NotFound:
        return invocation.session.server  # as of a server of version 3
    except StatusError as error:
        raise fail(f"unable to determine console location: {error.message}") from None
    return str((shared.get("data") or {}).get("consoleURL", ""))


FLAGS = (
    Flag("show-console", "If true, print the current server's web console URL", "bool"),
    Flag("show-context", "Print the current user context name", "bool", "c"),
    Flag("show-server", "If true, print the current server's REST API URL", "bool"),
    Flag("show-token", "Print the token the current session is using.", "bool", "t"),
)

COMMAND = Command(
    path="oc whoami",
    usage="oc whoami [flags]",
    short="Return information about the current session",
    long="Shows who the server takes you for.",
    examples=("# Display the user who is logged in", "oc whoami"),
    flags=FLAGS,
    run=run,
)
