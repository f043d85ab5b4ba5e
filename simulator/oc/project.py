"""``oc project``: show or change the current project. Source: oc, pkg/cli/project."""

from __future__ import annotations

from simulator.api.gvrs import NAMESPACES, PROJECTS, USERS
from simulator.errors import Forbidden, NotFound, Object, StatusError
from simulator.oc.command import Command
from simulator.oc.errors import CommandError, fail
from simulator.oc.flags import Flag
from simulator.oc.invocation import Invocation

NO_PROJECTS = (
    "You are not a member of any projects. You can request a project to be created with the 'new-project' command."
)


async def run(invocation: Invocation) -> int:
    session, args = invocation.session.connected(), invocation.args
    if len(args) > 1:
        raise fail("Only one argument is supported (project name or context name).")
    text = await _switch(invocation, args[0]) if args else _current(invocation)
    await invocation.line(session.namespace if invocation.flags.flag("short") else text)
    return 0


async def _switch(invocation: Invocation, name: str) -> str:
    """To the context of this name if there is one, else to the project."""
    session = invocation.session
    before, config = session.namespace, session.kubeconfig.load()
    if name in config.contexts:
        config.current = name
        session.kubeconfig.save(config)
        session.follow(config)
    else:
        _check(invocation, name)
        session.enter(name, user_name(invocation))
    if session.namespace == before:
        return f'Already on project "{before}" on server "{session.server}".'
    return switched(invocation)


def _current(invocation: Invocation) -> str:
    session = invocation.session
    if session.connector is not None:
        config = session.kubeconfig.load()
        if not config.contexts.get(session.context_name, {}).get("namespace"):
            return "No project has been set. Pass a project name to make that the default."
    _check_current(invocation)
    return using(invocation)


def user_name(invocation: Invocation) -> str:
    """Who the server takes one for, which may be another name than that of the kubeconfig."""
    session = invocation.session
    if session.connector is None:
        return session.user
    try:
        return str(invocation.client.get(USERS, "~")["metadata"]["name"])
    except NotFound:  # as on plain Kubernetes
        return session.user.partition("/")[0]


def using(invocation: Invocation) -> str:
    """``Using project "web" on server "https://…".``"""
    return f"Using {_place(invocation)}"


def switched(invocation: Invocation) -> str:
    return f"Now using {_place(invocation)}"


def _place(invocation: Invocation) -> str:
    """The project, and where it is; a context that a person named is told as well."""
    session = invocation.session
    context = f' from context named "{session.context}"' if session.context else ""
    return f'project "{session.namespace}"{context} on server "{session.server}".'


def _check_current(invocation: Invocation) -> None:
    name = invocation.session.namespace
    try:
        invocation.client.get(PROJECTS, name)
    except (Forbidden, NotFound) as error:
        raise fail(
            f'you do not have rights to view project "{name}" specified in your config or the project doesn\'t exist'
        ) from error


def _check(invocation: Invocation, name: str) -> None:
    """Refuse a project that does not exist or is not the user's, with the list of those that are."""
    try:
        invocation.client.get(PROJECTS, name)
    except NotFound:
        first = f'A project named "{name}" does not exist on "{invocation.session.server}".'
    except Forbidden:
        first = f'You are not a member of project "{name}".'
    else:
        return
    if not _is_namespace(invocation, name):
        raise CommandError(f"error: {first}\n{_others(projects(invocation))}{_elsewhere(invocation)}")


def _is_namespace(invocation: Invocation, name: str) -> bool:
    """Whether it is there on a cluster that has no projects."""
    if invocation.session.connector is None:
        return False
    try:
        return invocation.client.get_or_none(NAMESPACES, name) is not None
    except StatusError:
        return False


def _elsewhere(invocation: Invocation) -> str:
    servers = {str(cluster.get("server")) for cluster in invocation.session.kubeconfig.load().clusters.values()}
    return "\nTo see projects on another server, pass '--server=<server>'." if len(servers) > 1 else ""


def _others(found: list[Object]) -> str:
    if not found:
        return NO_PROJECTS
    if len(found) == 1:
        return f"You have one project on this server: {title(found[0])}"
    return "\n".join(["Your projects are:", *(f"* {title(project)}" for project in found)])


def projects(invocation: Invocation) -> list[Object]:
    """The projects that the user may see, by name."""
    return sorted(invocation.client.list(PROJECTS), key=lambda project: str(project["metadata"]["name"]))


def display_name(project: Object) -> str:
    """What people call the project; "" when that is its name."""
    text: str = (project["metadata"].get("annotations") or {}).get("openshift.io/display-name") or ""
    return text if text != project["metadata"]["name"] else ""


def title(project: Object) -> str:
    """The name, or ``Display name (name)``."""
    name: str = project["metadata"]["name"]
    display = display_name(project)
    return f"{display} ({name})" if display else name


COMMAND = Command(
    path="oc project",
    usage="oc project [NAME] [flags]",
    short="Switch to another project",
    long="Switch to another project and make it the default for the commands that follow. Without a name, show it.",
    examples=("# Switch to project 'myapp'", "oc project myapp", "# Show the project in use", "oc project"),
    flags=(Flag("short", "If true, display only the project name", "bool", "q"),),
    run=run,
)
