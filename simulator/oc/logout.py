"""``oc logout``: end the session. Source: oc, pkg/cli/logout."""

from __future__ import annotations

import base64
import contextlib
import hashlib

from simulator.api.types import GVR, User
from simulator.errors import StatusError
from simulator.oc.command import Command
from simulator.oc.errors import fail
from simulator.oc.invocation import Invocation
from simulator.oc.project import user_name
from simulator.oc.session import Session

OAUTHACCESSTOKENS = GVR("oauth.openshift.io", "v1", "oauthaccesstokens")
_HASHED = "sha256~"

ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


async def run(invocation: Invocation) -> int:
    session = invocation.session.connected()
    if invocation.args:
        raise fail("No arguments are allowed to this command")
    if not session.token:
        raise fail("You must have a token in order to logout.")
    if session.connector is not None:
        return await _forget(invocation)
    with contextlib.suppress(StatusError):  # the one that the session began with is no object
        invocation.client.delete(OAUTHACCESSTOKENS, token_name(session.token))
    _forget_token(session)
    session.token = ""
    session.client = session.client.as_user(ANONYMOUS)
    await invocation.line(f'Logged "{session.user}" out on "{session.server}"')
    return 0


async def _forget(invocation: Invocation) -> int:
    """Delete the token on the server, and wherever the kubeconfig has it."""
    session, name = invocation.session, user_name(invocation)
    with contextlib.suppress(StatusError):  # told only at a higher log level
        invocation.client.delete(OAUTHACCESSTOKENS, token_name(session.token))
    _forget_token(session)
    await invocation.line(f'Logged "{name}" out on "{session.server}"')
    return 0


def _forget_token(session: Session) -> None:
    config = session.kubeconfig.load()
    for user in config.users.values():
        if user.get("token") == session.token:
            del user["token"]
    session.kubeconfig.save(config)


def token_name(token: str) -> str:
    """The object of a token: its name does not tell the token, if that is of the newer form."""
    secret = token.removeprefix(_HASHED)
    if secret == token:
        return token
    digest = base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode().rstrip("=")
    return f"{_HASHED}{digest}"


COMMAND = Command(
    path="oc logout",
    usage="oc logout [flags]",
    short="End the current server session",
    long="Log out by forgetting the token of the session; the server takes it for invalid from now on.",
    examples=("# Log out", "oc logout"),
    run=run,
)
