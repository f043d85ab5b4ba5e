"""``oc login`` on a cluster in the same process: the session becomes that of who shows a password or a token.

Source: oc, pkg/cli/login (loginoptions.go, login.go).
"""

from __future__ import annotations

from simulator.api.gvrs import USERS
from simulator.changes.client import LOGIN_REFUSED
from simulator.errors import StatusError, Unauthorized
from simulator.oc.command import Command
from simulator.oc.errors import Exit, fail
from simulator.oc.flags import Flag
from simulator.oc.identities import identities_of
from simulator.oc.invocation import Invocation
from simulator.oc.project import projects
from simulator.oc.projects import HEAD

_DEFAULT_NAMESPACE = "default"
_MANY = 50  # from here on the list of projects is suppressed
_REALM = "openshift"
NO_PROJECTS = (
    "You don't have any projects. You can try to create a new project, by running\n\n    oc new-project <projectname>\n"
)


async def run(invocation: Invocation) -> int:
    flags, session = invocation.flags, invocation.session
    if session.connector is not None:
        from simulator.oc.loginserver import login

        return await login(invocation, session.connector)
    if len(invocation.args) > 1:
        raise fail("Only the server URL may be specified as an argument")
    _check_server(invocation, "".join(invocation.args) or flags.text("server"))
    token, name = flags.text("token"), flags.text("username")
    if token:
        _use_token(invocation, token)
        await invocation.line(f'Logged into "{session.server}" as "{session.user}" using the token provided.\n')
    elif flags.text("password") or name not in ("", session.user) or not _logged_in(invocation):
        await _log_in(invocation, *await _ask(invocation))
        await invocation.line("Login successful.\n")
    else:
        await invocation.line(f'Logged into "{session.server}" as "{session.user}" using existing credentials.\n')
    await _choose_project(invocation)
    return 0


def _check_server(invocation: Invocation, url: str) -> None:
    """There is one server; any other cannot be reached."""
    host = url.partition("://")[2] if "://" in url else url
    host = host.rstrip("/")
    if host and host != invocation.session.host:
        name = host.partition(":")[0]
        raise fail(
            f"dial tcp: lookup {name}: no such host - verify you have provided the correct host and port and that "
            "the server is currently running."
        )


def _use_token(invocation: Invocation, token: str) -> None:
    """Speak as whose token this is. The one that the session began with is its own."""
    session = invocation.session
    if session.token and token == session.token:
        return
    known = identities_of(session.client)
    try:
        user = known.of_token(token) if known is not None else None
    except Unauthorized:
        user = None
    if user is None:
        raise fail("The token provided is invalid or expired.\n\n")
    session.client, session.user, session.token = session.client.as_user(user), user.name, token
    invocation.__dict__.pop("client", None)  # what was asked before was asked as somebody else


async def _log_in(invocation: Invocation, name: str, password: str) -> None:
    known = identities_of(invocation.session.client)
    token = known.log_in(name, password) if known is not None else ""
    if not token:
        await invocation.line(LOGIN_REFUSED.at(invocation.release))
        raise Exit(1)
    _use_token(invocation, token)


def _logged_in(invocation: Invocation) -> bool:
    """Whether the server knows who asks."""
    try:
        name: str = invocation.client.get(USERS, "~")["metadata"]["name"]
    except StatusError:
        return False
    return name == invocation.session.user


async def _ask(invocation: Invocation) -> tuple[str, str]:
    """Name and password; what the command line does not tell is asked for."""
    flags = invocation.flags
    name, password = flags.text("username"), flags.text("password")
    if name and password:
        return name, password
    await invocation.line(f"Authentication required for {invocation.session.server} ({_REALM})")
    if name:
        await invocation.line(f"Username: {name}")
    else:
        name = await _answer(invocation, "Username: ")
    if not password:
        password = await _answer(invocation, "Password: ")
    return name, password


async def _answer(invocation: Invocation, prompt: str) -> str:
    terminal = invocation.process.terminal
    if terminal is not None:
        return (await terminal.read_line(prompt) or "").strip()
    await invocation.out(prompt)
    line = await invocation.process.stdin.read_line()
    await invocation.line()
    return (line or b"").decode("utf-8", "replace").strip()


async def _choose_project(invocation: Invocation) -> None:
    """Stay in the project if it still exists, else go to ``default``; tell which there are."""
    session = invocation.session
    names = [project["metadata"]["name"] for project in projects(invocation)]
    if not names:
        await invocation.line(NO_PROJECTS)
        return
    if session.namespace not in names:
        session.namespace = _DEFAULT_NAMESPACE if _DEFAULT_NAMESPACE in names else names[0]
    await invocation.line(f'{overview(names, session.namespace)}\nUsing project "{session.namespace}".')


def overview(names: list[str], current: str) -> str:
    if len(names) == 1:
        return f'You have one project on this server: "{names[0]}"\n'
    if len(names) > _MANY:
        return (
            f"You have access to {len(names)} projects, the list has been suppressed. "
            "You can list all projects with 'oc projects'\n"
        )
    rows = "".join(f"{'  * ' if name == current else '    '}{name}\n" for name in names)
    return f"{HEAD.format(oc='oc')}\n\n{rows}"


COMMAND = Command(
    path="oc login",
    usage="oc login [URL] [flags]",
    short="Log in to a server",
    long="Log in to your server and save login for subsequent use.",
    examples=(
        "# Log in interactively",
        "oc login",
        "# Log in with the credentials that are there",
        "oc login -u kube:admin",
    ),
    flags=(
        Flag("password", "Password, will prompt if not provided", short="p"),
        Flag("username", "Username, will prompt if not provided", short="u"),
    ),
    run=run,
)
